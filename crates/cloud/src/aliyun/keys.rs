//! RAM users and their access keys.

use async_trait::async_trait;
use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, Secret};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use super::Aliyun;
use crate::CloudError;
use crate::cloud::Keys;
use crate::sign::parse_extended;
use crate::wire::Call;

/// Users asked for their keys at the same time: RAM allows 100 calls a second for all of an account.
const USERS_AT_ONCE: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsersPage {
    users: Users,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Users {
    #[serde(default)]
    user: Vec<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserAnswer {
    user: NumberedUser,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NumberedUser {
    user_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysAnswer {
    access_keys: AccessKeys,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeys {
    #[serde(default)]
    access_key: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    access_key_id: AccessKeyId,
    status: CloudKeyStatus,
    create_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedAnswer {
    access_key: Created,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    access_key_id: AccessKeyId,
    access_key_secret: String,
}

impl Aliyun {
    /// The keys of one user; none when the user is gone.
    async fn keys_of(&self, user: &str) -> Result<Vec<CloudKey>, CloudError> {
        const CALL: &str = "ram:ListAccessKeys";
        let answer = match self.ram(Call::new(CALL), &[("UserName", user)]).await {
            Err(error) if error.has_code("EntityNotExist") => return Ok(Vec::new()),
            answer => answer?,
        };
        let keys: KeysAnswer = answer.json(CALL)?;
        let of_user = |key: Key| CloudKey {
            access_key_id: key.access_key_id,
            user_name: user.to_owned(),
            status: key.status,
            created_at: key.create_date.as_deref().and_then(parse_extended),
        };
        Ok(keys.access_keys.access_key.into_iter().map(of_user).collect())
    }
}

#[async_trait]
impl Keys for Aliyun {
    async fn list_keys(&self) -> Result<Vec<CloudKey>, CloudError> {
        let users = self
            .ram_pages("ram:ListUsers", &[("MaxItems", "1000")], |page: UsersPage| {
                (page.users.user, page.marker.filter(|_| page.is_truncated))
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
        let parameters = [("UserName", user), ("UserAccessKeyId", id.as_str()), ("Status", status)];
        self.ram(Call::new("ram:UpdateAccessKey"), &parameters).await.map(drop)
    }

    async fn principal_of_user(&self, user: &str) -> Result<String, CloudError> {
        const CALL: &str = "ram:GetUser";
        let answer = self.ram(Call::new(CALL), &[("UserName", user)]).await?;
        Ok(answer.json::<UserAnswer>(CALL)?.user.user_id)
    }

    async fn has_user(&self, user: &str) -> Result<bool, CloudError> {
        match self.ram(Call::new("ram:GetUser"), &[("UserName", user)]).await {
            Err(error) if error.has_code("EntityNotExist") => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    async fn create_user(&self, user: &str) -> Result<(), CloudError> {
        self.ram(Call::new("ram:CreateUser"), &[("UserName", user)]).await.map(drop)
    }

    async fn create_key(&self, user: &str) -> Result<(AccessKeyId, Secret), CloudError> {
        const CALL: &str = "ram:CreateAccessKey";
        let call = Call { repeatable: false, ..Call::new(CALL) };
        let created: CreatedAnswer = self.ram(call, &[("UserName", user)]).await?.json(CALL)?;
        let key = created.access_key;
        Ok((key.access_key_id, Secret::new(key.access_key_secret)))
    }

    async fn delete_key(&self, user: &str, id: &AccessKeyId) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("UserAccessKeyId", id.as_str())];
        self.ram(Call::new("ram:DeleteAccessKey"), &parameters).await.map(drop)
    }

    async fn is_recycled(&self, user: &str, id: &AccessKeyId) -> Result<bool, CloudError> {
        self.recycled(user, id).await
    }

    async fn restore_key(&self, user: &str, id: &AccessKeyId) -> Result<(), CloudError> {
        self.restore(user, id).await
    }

    async fn key_restriction(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<String>, CloudError> {
        self.restriction_of(user, id).await
    }

    async fn set_key_restriction(
        &self,
        user: &str,
        id: &AccessKeyId,
        document: Option<&str>,
    ) -> Result<(), CloudError> {
        self.restrict(user, id, document).await
    }
}
