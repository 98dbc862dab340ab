//! Policies of IAM, which are called by an ARN: the name alone is looked up first.

use async_trait::async_trait;
use serde::Deserialize;

use super::S3;
use super::iam::{Iam, Members};
use crate::CloudError;
use crate::cloud::{Policies, PolicyOwner};
use crate::sign::decode;
use crate::wire::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PoliciesAnswer {
    list_policies_result: PoliciesPage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PoliciesPage {
    #[serde(default)]
    policies: Members<Policy>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    policy_name: String,
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionsAnswer {
    list_policy_versions_result: VersionsPage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionsPage {
    #[serde(default)]
    versions: Members<Version>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version_id: String,
    is_default_version: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserPolicyAnswer {
    get_user_policy_result: UserPolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserPolicy {
    policy_document: String,
}

impl S3<Iam> {
    async fn policy_arn(
        &self,
        owner: PolicyOwner,
        name: &str,
    ) -> Result<Option<String>, CloudError> {
        let scope = match owner {
            PolicyOwner::Account => "Local",
            PolicyOwner::Provider => "AWS",
        };
        let page = |answer: PoliciesAnswer| {
            let page = answer.list_policies_result;
            (page.policies.member, page.marker.filter(|_| page.is_truncated))
        };
        let policies = self.iam_pages("iam:ListPolicies", &[("Scope", scope)], page).await?;
        let found = policies.into_iter().find(|policy| policy.policy_name == name);
        Ok(found.map(|policy| policy.arn))
    }

    /// The versions of a policy that are not in force, newest first.
    async fn old_versions(&self, arn: &str) -> Result<Vec<String>, CloudError> {
        let page = |answer: VersionsAnswer| {
            let page = answer.list_policy_versions_result;
            (page.versions.member, page.marker.filter(|_| page.is_truncated))
        };
        let versions =
            self.iam_pages("iam:ListPolicyVersions", &[("PolicyArn", arn)], page).await?;
        let old = versions.into_iter().filter(|version| !version.is_default_version);
        Ok(old.map(|version| version.version_id).collect())
    }

    async fn delete_version(&self, arn: &str, version: &str) -> Result<(), CloudError> {
        let parameters = [("PolicyArn", arn), ("VersionId", version)];
        self.iam(Call::new("iam:DeletePolicyVersion"), &parameters).await.map(drop)
    }

    /// Makes a document the version in force. IAM keeps five; the oldest makes room.
    async fn replace_policy(&self, arn: &str, document: &str) -> Result<(), CloudError> {
        let parameters =
            [("PolicyArn", arn), ("PolicyDocument", document), ("SetAsDefault", "true")];
        match self.iam(Call::new("iam:CreatePolicyVersion"), &parameters).await {
            Err(error) if error.has_code("LimitExceeded") => {
                if let Some(oldest) = self.old_versions(arn).await?.last() {
                    self.delete_version(arn, oldest).await?;
                }
                self.iam(Call::new("iam:CreatePolicyVersion"), &parameters).await.map(drop)
            }
            answer => answer.map(drop),
        }
    }
}

#[async_trait]
impl Policies for S3<Iam> {
    async fn create_policy(&self, name: &str, document: &str) -> Result<(), CloudError> {
        let parameters = [("PolicyName", name), ("PolicyDocument", document)];
        match self.iam(Call::new("iam:CreatePolicy"), &parameters).await {
            Err(error) if error.has_code("EntityAlreadyExists") => {
                match self.policy_arn(PolicyOwner::Account, name).await? {
                    Some(arn) => self.replace_policy(&arn, document).await,
                    None => Err(error),
                }
            }
            answer => answer.map(drop),
        }
    }

    async fn attach_policy(
        &self,
        user: &str,
        owner: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        let arn = self.policy_arn(owner, name).await?.ok_or_else(|| CloudError::Malformed {
            call: "iam:ListPolicies",
            why: format!("no policy is called `{name}`"),
        })?;
        let parameters = [("UserName", user), ("PolicyArn", arn.as_str())];
        self.iam(Call::new("iam:AttachUserPolicy"), &parameters).await.map(drop)
    }

    async fn detach_policy(
        &self,
        user: &str,
        owner: PolicyOwner,
        name: &str,
    ) -> Result<(), CloudError> {
        let Some(arn) = self.policy_arn(owner, name).await? else { return Ok(()) };
        let parameters = [("UserName", user), ("PolicyArn", arn.as_str())];
        match self.iam(Call::new("iam:DetachUserPolicy"), &parameters).await {
            Err(error) if error.has_code("NoSuchEntity") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn user_policy(&self, user: &str, name: &str) -> Result<Option<String>, CloudError> {
        const CALL: &str = "iam:GetUserPolicy";
        let parameters = [("UserName", user), ("PolicyName", name)];
        let answer: UserPolicyAnswer = match self.iam(Call::new(CALL), &parameters).await {
            Err(error) if error.has_code("NoSuchEntity") => return Ok(None),
            answer => answer?.xml(CALL)?,
        };
        // Encoded as in an address (RFC 3986), as IAM's reference says; not every store does that.
        let text = answer.get_user_policy_result.policy_document;
        let plain = text.trim_start().starts_with('{');
        Ok(Some(if plain { text } else { decode(&text).unwrap_or(text) }))
    }

    async fn set_user_policy(
        &self,
        user: &str,
        name: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name), ("PolicyDocument", document)];
        self.iam(Call::new("iam:PutUserPolicy"), &parameters).await.map(drop)
    }

    async fn remove_user_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("PolicyName", name)];
        match self.iam(Call::new("iam:DeleteUserPolicy"), &parameters).await {
            Err(error) if error.has_code("NoSuchEntity") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn delete_policy(&self, name: &str) -> Result<(), CloudError> {
        let Some(arn) = self.policy_arn(PolicyOwner::Account, name).await? else { return Ok(()) };
        for version in self.old_versions(&arn).await? {
            self.delete_version(&arn, &version).await?;
        }
        self.iam(Call::new("iam:DeletePolicy"), &[("PolicyArn", &arn)]).await.map(drop)
    }
}
