//! Policies of RAM.

use async_trait::async_trait;
use serde::Deserialize;

use super::Aliyun;
use crate::CloudError;
use crate::cloud::{Policies, PolicyOwner};
use crate::wire::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionsAnswer {
    policy_versions: Versions,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    #[serde(default)]
    policy_version: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version_id: String,
    is_default_version: bool,
}

/// RAM's `PolicyType`.
fn type_of(owner: PolicyOwner) -> &'static str {
    match owner {
        PolicyOwner::Account => "Custom",
        PolicyOwner::Provider => "System",
    }
}

impl Aliyun {
    /// Deletes a policy that has its default version only.
    async fn delete_current(&self, name: &str) -> Result<(), CloudError> {
        match self.ram(Call::new("ram:DeletePolicy"), &[("PolicyName", name)]).await {
            Err(error) if error.has_code("EntityNotExist") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn delete_old_versions(&self, name: &str) -> Result<(), CloudError> {
        const CALL: &str = "ram:ListPolicyVersions";
        let parameters = [("PolicyName", name), ("PolicyType", "Custom")];
        let answer: VersionsAnswer = self.ram(Call::new(CALL), &parameters).await?.json(CALL)?;
        for version in answer.policy_versions.policy_version {
            if !version.is_default_version {
                let parameters = [("PolicyName", name), ("VersionId", version.version_id.as_str())];
                self.ram(Call::new("ram:DeletePolicyVersion"), &parameters).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Policies for Aliyun {
    async fn create_policy(&self, name: &str, document: &str) -> Result<(), CloudError> {
        let parameters = [("PolicyName", name), ("PolicyDocument", document)];
        match self.ram(Call::new("ram:CreatePolicy"), &parameters).await {
            Err(error) if error.has_code("EntityAlreadyExists.Policy") => {}
            answer => return answer.map(drop),
        }
        let parameters = [
            ("PolicyName", name),
            ("PolicyDocument", document),
            ("SetAsDefault", "true"),
            ("RotateStrategy", "DeleteOldestNonDefaultVersionWhenLimitExceeded"),
        ];
        self.ram(Call::new("ram:CreatePolicyVersion"), &parameters).await.map(drop)
    }

    async fn attach_policy(
        &self,
        user: &str,
        owner: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name), ("PolicyType", type_of(owner))];
        match self.ram(Call::new("ram:AttachPolicyToUser"), &parameters).await {
            Err(error) if error.has_code("EntityAlreadyExists.User.Policy") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn detach_policy(
        &self,
        user: &str,
        owner: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name), ("PolicyType", type_of(owner))];
        match self.ram(Call::new("ram:DetachPolicyFromUser"), &parameters).await {
            Err(error) if error.has_code("EntityNotExist") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn delete_policy(&self, name: &str) -> Result<(), CloudError> {
        match self.delete_current(name).await {
            Err(error) if error.has_code("DeleteConflict.Policy.Version") => {
                self.delete_old_versions(name).await?;
                self.delete_current(name).await
            }
            answer => answer,
        }
    }
}
