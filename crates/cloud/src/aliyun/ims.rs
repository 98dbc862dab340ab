//! Identity Management Service (2019-08-15): what it can do with one key and RAM cannot, the network
//! restriction and the recycle bin.
//!
//! Source: IMS API reference, `SetAccessKeyPolicy`, `GetAccessKeyPolicy`,
//! `ListAccessKeysInRecycleBin`, `RestoreAccessKeyFromRecycleBin`. Users are called `name@domain` here.

use claviger_model::AccessKeyId;
use serde::Deserialize;

use super::Aliyun;
use crate::CloudError;
use crate::wire::{Answer, Call};

const VERSION: &str = "2019-08-15";
const ENDPOINT: &str = "ims.aliyuncs.com";
/// A restriction cannot be deleted, only be switched off.
const NO_RESTRICTION: &str = r#"{"Version":1,"Status":"Inactive","Statements":[]}"#;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DomainAnswer {
    default_domain_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyAnswer {
    access_key_policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserAnswer {
    user: User,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecycledAnswer {
    access_keys: RecycledKeys,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecycledKeys {
    #[serde(default)]
    access_key: Vec<RecycledKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecycledKey {
    access_key_id: AccessKeyId,
}

impl Aliyun {
    async fn ims(
        &self,
        name: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        self.rpc(&self.service(ENDPOINT)?, VERSION, Call::new(name), parameters).await
    }

    async fn principal(&self, user: &str) -> Result<String, CloudError> {
        const CALL: &str = "ims:GetDefaultDomain";
        let domain: DomainAnswer = self.ims(CALL, &[]).await?.json(CALL)?;
        Ok(format!("{user}@{}", domain.default_domain_name))
    }

    /// The restriction in force; one that is switched off restricts nothing.
    pub(super) async fn restriction_of(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<String>, CloudError> {
        const CALL: &str = "ims:GetAccessKeyPolicy";
        let principal = self.principal(user).await?;
        let parameters = [("UserPrincipalName", &*principal), ("UserAccessKeyId", id.as_str())];
        let answer: PolicyAnswer = self.ims(CALL, &parameters).await?.json(CALL)?;
        let in_force = |text: &String| {
            let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
            document.is_some_and(|document| document["Status"] == "Active")
        };
        Ok(answer.access_key_policy.filter(in_force))
    }

    pub(super) async fn restrict(
        &self,
        user: &str,
        id: &AccessKeyId,
        document: Option<&str>,
    ) -> Result<(), CloudError> {
        let principal = self.principal(user).await?;
        let parameters = [
            ("UserPrincipalName", &*principal),
            ("UserAccessKeyId", id.as_str()),
            ("AccessKeyPolicy", document.unwrap_or(NO_RESTRICTION)),
        ];
        self.ims("ims:SetAccessKeyPolicy", &parameters).await.map(drop)
    }

    async fn user_id(&self, user: &str) -> Result<String, CloudError> {
        const CALL: &str = "ims:GetUser";
        let principal = self.principal(user).await?;
        let answer: UserAnswer =
            self.ims(CALL, &[("UserPrincipalName", &*principal)]).await?.json(CALL)?;
        Ok(answer.user.user_id)
    }

    pub(super) async fn recycled(&self, user: &str, id: &AccessKeyId) -> Result<bool, CloudError> {
        const CALL: &str = "ims:ListAccessKeysInRecycleBin";
        let user_id = self.user_id(user).await?;
        let answer: RecycledAnswer = self.ims(CALL, &[("UserId", &*user_id)]).await?.json(CALL)?;
        Ok(answer.access_keys.access_key.iter().any(|key| key.access_key_id == *id))
    }

    pub(super) async fn restore(&self, user: &str, id: &AccessKeyId) -> Result<(), CloudError> {
        let user_id = self.user_id(user).await?;
        let parameters = [("UserId", &*user_id), ("UserAccessKeyId", id.as_str())];
        self.ims("ims:RestoreAccessKeyFromRecycleBin", &parameters).await.map(drop)
    }
}
