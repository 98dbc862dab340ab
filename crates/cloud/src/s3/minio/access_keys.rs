//! Access keys of users (service accounts), and their own policies.

use std::collections::BTreeMap;

use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, Secret};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::users::status;
use super::wire::Ask;
use super::{Admin, says, there};
use crate::CloudError;
use crate::s3::S3;

const LIST: &str = "admin:ListServiceAccounts";

#[derive(Deserialize)]
struct Listed {
    accounts: Option<Vec<Entry>>,
}

/// An access key in a listing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    /// Servers before 2023 told the id alone.
    Id(String),
    Known(Known),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    access_key: String,
    #[serde(default)]
    parent_user: String,
    #[serde(default)]
    account_status: String,
}

/// What MinIO says of an access key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Info {
    /// Whose it is.
    pub(super) parent_user: String,
    account_status: String,
    /// Whether it has no policy of its own: `policy` is then its user's.
    #[serde(default)]
    implied_policy: bool,
    #[serde(default)]
    policy: String,
}

impl Info {
    pub(super) fn status(&self) -> CloudKeyStatus {
        status(&self.account_status)
    }

    /// The policy of this key alone. One that says nothing binds nothing, as MinIO has it.
    pub(super) fn own_policy(&self) -> Option<Value> {
        if self.implied_policy {
            return None;
        }
        let policy: Value = serde_json::from_str(&self.policy).ok()?;
        let says_something = policy["Statement"].as_array().is_some_and(|list| !list.is_empty());
        says_something.then_some(policy)
    }
}

#[derive(Deserialize)]
struct Created {
    credentials: Pair,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    access_key: AccessKeyId,
    secret_key: String,
}

impl S3<Admin> {
    /// The users that have access keys, the owner among them; `None` where the server does not tell (before
    /// 2024). One call in place of one for each user.
    pub(super) async fn holders(&self) -> Result<Option<Vec<String>>, CloudError> {
        let ask = Ask::new(LIST, "GET", "list-access-keys-bulk");
        let ask = ask.query("all", "true").query("listType", "svcacc-only");
        match self.admin_sealed::<BTreeMap<String, IgnoredAny>>(ask).await {
            Ok(users) => Ok(Some(users.into_keys().collect())),
            Err(error) if says(&error, "VersionMismatch") => Ok(None),
            Err(CloudError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The access keys of a user; those of the caller's own account with `None`.
    pub(super) async fn access_keys(
        &self,
        user: Option<&str>,
    ) -> Result<Vec<CloudKey>, CloudError> {
        let mut ask = Ask::new(LIST, "GET", "list-service-accounts");
        if let Some(user) = user {
            ask = ask.query("user", user);
        }
        let Some(listed) = there(self.admin_sealed::<Listed>(ask).await)? else {
            return Ok(Vec::new());
        };
        let mut keys = Vec::new();
        for entry in listed.accounts.unwrap_or_default() {
            keys.extend(self.listed_key(entry).await?);
        }
        Ok(keys)
    }

    /// A listed key with its state, which older servers have to be asked for; `None` for one that is gone
    /// meanwhile, or has a name that is no key's.
    async fn listed_key(&self, entry: Entry) -> Result<Option<CloudKey>, CloudError> {
        let known = match entry {
            Entry::Id(access_key) => {
                Known { access_key, parent_user: String::new(), account_status: String::new() }
            }
            Entry::Known(known) => known,
        };
        let Ok(access_key_id) = AccessKeyId::parse(&known.access_key) else { return Ok(None) };
        let (user_name, status) = match known.account_status.as_str() {
            "" => match self.access_key(&access_key_id).await? {
                Some(info) => (info.parent_user.clone(), info.status()),
                None => return Ok(None),
            },
            word => (known.parent_user, status(word)),
        };
        Ok(Some(CloudKey { access_key_id, user_name, status, created_at: None }))
    }

    /// What is known of one access key; `None` when there is none of this id.
    pub(super) async fn access_key(&self, id: &AccessKeyId) -> Result<Option<Info>, CloudError> {
        let ask = Ask::new(LIST, "GET", "info-service-account");
        there(self.admin_sealed(ask.query("accessKey", id.as_str())).await)
    }

    /// Sets the state of an access key and its own policy, both. MinIO takes an update without a policy for
    /// the wish to have none: to disable a key without freeing it of its policy, both are said again.
    pub(super) async fn update_access_key(
        &self,
        id: &AccessKeyId,
        status: CloudKeyStatus,
        policy: Option<&Value>,
    ) -> Result<(), CloudError> {
        let word = match status {
            CloudKeyStatus::Active => "on",
            CloudKeyStatus::Inactive => "off",
        };
        let mut body = json!({ "newStatus": word });
        if let Some(policy) = policy {
            body["newPolicy"] = policy.clone();
        }
        let ask = Ask::new("admin:UpdateServiceAccount", "POST", "update-service-account");
        self.admin(ask.query("accessKey", id.as_str()).sealed(body)).await.map(drop)
    }

    /// Makes an access key, with a policy of its own or all that its user may do.
    pub(super) async fn add_access_key(
        &self,
        user: &str,
        policy: Option<&Value>,
    ) -> Result<(AccessKeyId, Secret), CloudError> {
        let mut body = json!({ "targetUser": user });
        if let Some(policy) = policy {
            body["policy"] = policy.clone();
        }
        let ask = Ask::new("admin:CreateServiceAccount", "PUT", "add-service-account");
        let created: Created = self.admin_sealed(ask.sealed(body).once()).await?;
        let Pair { access_key, secret_key } = created.credentials;
        Ok((access_key, Secret::new(secret_key)))
    }

    pub(super) async fn remove_access_key(&self, id: &AccessKeyId) -> Result<(), CloudError> {
        let ask = Ask::new("admin:RemoveServiceAccount", "DELETE", "delete-service-account");
        self.admin(ask.query("accessKey", id.as_str())).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_is_read() {
        for (text, expected) in [
            (r#"{"accounts":null}"#, 0),
            (r#"{"accounts":["AKMADEUP1","AKMADEUP2"]}"#, 2),
            (
                r#"{"accounts":[{"parentUser":"ann","accountStatus":"on","impliedPolicy":true,
                    "accessKey":"AKMADEUP1","expiration":"1970-01-01T00:00:00Z"}]}"#,
                1,
            ),
        ] {
            let listed: Listed = serde_json::from_str(text).unwrap();
            assert_eq!(listed.accounts.unwrap_or_default().len(), expected, "{text}");
        }
    }

    #[test]
    fn a_policy_that_says_nothing_is_none() {
        let own = |implied: bool, policy: &str| {
            let (parent_user, account_status) = ("ann".to_owned(), "on".to_owned());
            let (implied_policy, policy) = (implied, policy.to_owned());
            Info { parent_user, account_status, implied_policy, policy }.own_policy().is_some()
        };
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#;
        assert!(own(false, policy));
        assert!(!own(true, policy));
        for empty in ["null", "{}", "", r#"{"Version":"","Statement":null}"#] {
            assert!(!own(false, empty), "{empty}");
        }
    }
}
