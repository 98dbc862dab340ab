//! IAM users and their access keys.

use async_trait::async_trait;
use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, Secret};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;

use super::iam::{Iam, Members};
use super::{Accounts, S3};
use crate::CloudError;
use crate::cloud::Keys;
use crate::wire::Call;

/// Users asked for their keys at the same time: IAM throttles sooner than S3.
const USERS_AT_ONCE: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsersAnswer {
    list_users_result: UsersPage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsersPage {
    #[serde(default)]
    users: Members<User>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserAnswer {
    get_user_result: UserResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserResult {
    user: NamedUser,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedUser {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysAnswer {
    list_access_keys_result: KeysPage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysPage {
    #[serde(default)]
    access_key_metadata: Members<Key>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    access_key_id: AccessKeyId,
    status: CloudKeyStatus,
    create_date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedAnswer {
    create_access_key_result: CreatedResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedResult {
    access_key: Created,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    access_key_id: AccessKeyId,
    secret_access_key: String,
}

impl S3<Iam> {
    /// The keys of one user; none when the user is gone.
    async fn keys_of(&self, user: &str) -> Result<Vec<CloudKey>, CloudError> {
        let page = |answer: KeysAnswer| {
            let page = answer.list_access_keys_result;
            (page.access_key_metadata.member, page.marker.filter(|_| page.is_truncated))
        };
        let keys = match self.iam_pages("iam:ListAccessKeys", &[("UserName", user)], page).await {
            Err(error) if error.has_code("NoSuchEntity") => return Ok(Vec::new()),
            keys => keys?,
        };
        let of_user = |key: Key| CloudKey {
            access_key_id: key.access_key_id,
            user_name: user.to_owned(),
            status: key.status,
            created_at: key.create_date,
        };
        Ok(keys.into_iter().map(of_user).collect())
    }
}

/// How a store without an API for its users names one in its policies: as Ceph RGW does, with the tenant before
/// `$` (Ceph documentation, "Bucket Policies").
fn principal_by_name(user: &str) -> Result<String, CloudError> {
    let (tenant, name) = user.split_once('$').unwrap_or(("", user));
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@-".contains(&b));
    if name.is_empty() || !plain(tenant) || !plain(name) {
        let why = format!("`{user}` cannot be named in a policy");
        return Err(CloudError::Settings { why });
    }
    Ok(format!("arn:aws:iam::{tenant}:user/{name}"))
}

#[async_trait]
impl Keys for S3<Iam> {
    async fn list_keys(&self) -> Result<Vec<CloudKey>, CloudError> {
        let users = self
            .iam_pages("iam:ListUsers", &[], |answer: UsersAnswer| {
                let page = answer.list_users_result;
                (page.users.member, page.marker.filter(|_| page.is_truncated))
            })
            .await?;
        stream::iter(users)
            .map(|user| async move { self.keys_of(&user.user_name).await })
            .buffered(USERS_AT_ONCE)
            .try_concat()
            .await
    }

    async fn keys_of_user(&self, user: &str) -> Result<Vec<CloudKey>, CloudError> {
        self.keys_of(user).await
    }

    async fn key_status(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<CloudKeyStatus>, CloudError> {
        let keys = self.keys_of(user).await?;
        Ok(keys.iter().find(|key| key.access_key_id == *id).map(|key| key.status))
    }

    async fn set_key_status(
        &self,
        user: &str,
        id: &AccessKeyId,
        status: CloudKeyStatus,
    ) -> Result<(), CloudError> {
        let status = match status {
            CloudKeyStatus::Active => "Active",
            CloudKeyStatus::Inactive => "Inactive",
        };
        let parameters = [("UserName", user), ("AccessKeyId", id.as_str()), ("Status", status)];
        self.iam(Call::new("iam:UpdateAccessKey"), &parameters).await.map(drop)
    }

    async fn principal_of_user(&self, user: &str) -> Result<String, CloudError> {
        const CALL: &str = "iam:GetUser";
        if self.accounts.endpoint().is_none() {
            return principal_by_name(user);
        }
        let answer = self.iam(Call::new(CALL), &[("UserName", user)]).await?;
        Ok(answer.xml::<UserAnswer>(CALL)?.get_user_result.user.arn)
    }

    async fn has_user(&self, user: &str) -> Result<bool, CloudError> {
        match self.iam(Call::new("iam:GetUser"), &[("UserName", user)]).await {
            Err(CloudError::NotFound(_)) => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    async fn create_user(&self, user: &str) -> Result<(), CloudError> {
        self.iam(Call::new("iam:CreateUser"), &[("UserName", user)]).await.map(drop)
    }

    async fn create_key(&self, user: &str) -> Result<(AccessKeyId, Secret), CloudError> {
        const CALL: &str = "iam:CreateAccessKey";
        let call = Call { repeatable: false, ..Call::new(CALL) };
        let created: CreatedAnswer = self.iam(call, &[("UserName", user)]).await?.xml(CALL)?;
        let key = created.create_access_key_result.access_key;
        Ok((key.access_key_id, Secret::new(key.secret_access_key)))
    }

    async fn delete_key(&self, user: &str, id: &AccessKeyId) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("AccessKeyId", id.as_str())];
        self.iam(Call::new("iam:DeleteAccessKey"), &parameters).await.map(drop)
    }

    /// IAM has no recycle bin.
    async fn is_recycled(&self, _: &str, _: &AccessKeyId) -> Result<bool, CloudError> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::principal_by_name;

    #[test]
    fn a_user_is_named_as_ceph_does_and_nothing_else_is() {
        let cases = [
            ("leaky", Some("arn:aws:iam:::user/leaky")),
            ("tenant$leaky", Some("arn:aws:iam::tenant:user/leaky")),
            ("", None),
            ("*", None),
            ("a\",\"b", None),
        ];
        for (user, principal) in cases {
            assert_eq!(principal_by_name(user).ok().as_deref(), principal, "{user}");
        }
    }
}
