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
struct AttachedAnswer {
    policies: Attached,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    #[serde(default)]
    policy: Vec<AttachedPolicy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_name: String,
    policy_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyAnswer {
    default_policy_version: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    policy_document: String,
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

    async fn user_policy(&self, user: &str, name: &str) -> Result<Option<String>, CloudError> {
        const LIST: &str = "ram:ListPoliciesForUser";
        const CALL: &str = "ram:GetPolicy";
        let attached = self.ram(Call::new(LIST), &[("UserName", user)]).await?;
        let attached: AttachedAnswer = attached.json(LIST)?;
        let own = type_of(PolicyOwner::Account);
        let named = |one: &AttachedPolicy| one.policy_name == name && one.policy_type == own;
        if !attached.policies.policy.iter().any(named) {
            return Ok(None);
        }
        let parameters = [("PolicyName", name), ("PolicyType", own)];
        let policy: PolicyAnswer = self.ram(Call::new(CALL), &parameters).await?.json(CALL)?;
        Ok(Some(policy.default_policy_version.policy_document))
    }

    /// RAM has no policies inside a user: the policy is one of the account that binds this user alone.
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
        match self.delete_current(name).await {
            Err(error) if error.has_code("DeleteConflict.Policy.Version") => {
                self.delete_old_versions(name).await?;
                self.delete_current(name).await
            }
            answer => answer,
        }
    }
}
