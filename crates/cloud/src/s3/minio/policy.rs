//! Policies of MinIO: one name space, kept apart from the users that they bind.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::wire::Ask;
use super::{Admin, says, there};
use crate::CloudError;
use crate::cloud::{Policies, PolicyOwner};
use crate::s3::S3;

const ASSOCIATE: &str = "admin:UpdatePolicyAssociation";

impl S3<Admin> {
    /// Attaches or detaches (servers since 2023).
    async fn associate(
        &self,
        path: &'static str,
        user: &str,
        name: &str,
    ) -> Result<(), CloudError> {
        let body = json!({ "policies": [name], "user": user });
        match self.admin(Ask::new(ASSOCIATE, "POST", path).sealed(body)).await {
            Err(error) if says(&error, "PolicyChangeAlreadyApplied") => Ok(()),
            answer => answer.map(drop),
        }
    }
}

#[async_trait]
impl Policies for S3<Admin> {
    async fn create_policy(&self, name: &str, document: &str) -> Result<(), CloudError> {
        let ask = Ask::new("admin:CreatePolicy", "PUT", "add-canned-policy");
        self.admin(ask.query("name", name).plain(document)).await.map(drop)
    }

    async fn attach_policy(
        &self,
        user: &str,
        _: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        self.associate("idp/builtin/policy/attach", user, name).await
    }

    async fn detach_policy(
        &self,
        user: &str,
        _: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        there(self.associate("idp/builtin/policy/detach", user, name).await).map(drop)
    }

    async fn user_policy(&self, user: &str, name: &str) -> Result<Option<String>, CloudError> {
        const CALL: &str = "admin:GetPolicy";
        let bound = self.user(user).await?.is_some_and(|user| user.is_bound_by(name));
        if !bound {
            return Ok(None);
        }
        let ask = Ask::new(CALL, "GET", "info-canned-policy").query("name", name);
        let Some(answer) = there(self.admin(ask).await)? else { return Ok(None) };
        let answer: Value = answer.json(CALL)?;
        // Servers are to wrap it one day, as they do for those who ask for it (`v=2`).
        Ok(Some(answer.get("Policy").unwrap_or(&answer).to_string()))
    }

    async fn set_user_policy(
        &self,
        user: &str,
        name: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        self.create_policy(name, document).await?;
        self.attach_policy(user, PolicyOwner::Account, name).await
    }

    async fn remove_user_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        self.detach_policy(user, PolicyOwner::Account, name).await?;
        self.delete_policy(name).await
    }

    async fn delete_policy(&self, name: &str) -> Result<(), CloudError> {
        let ask = Ask::new("admin:DeletePolicy", "DELETE", "remove-canned-policy");
        match there(self.admin(ask.query("name", name)).await) {
            // Somebody bound others by it: it is no longer this user's own.
            Err(error) if says(&error, "PolicyInUse") => Ok(()),
            answer => answer.map(drop),
        }
    }
}
