//! The key pairs of users: the one that a user is, and its access keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, Secret};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::access_keys::Info;
use super::users::User;
use super::{Admin, there};
use crate::CloudError;
use crate::cloud::{Keys, lacks};
use crate::s3::S3;

/// Users asked for their access keys at the same time: each answer costs the server a key derivation.
const USERS_AT_ONCE: usize = 2;

/// The pair that a user is; none for the user of a directory, or with a name that is no key's.
fn own_pair(name: &str, user: &User) -> Option<CloudKey> {
    let access_key_id = AccessKeyId::parse(name).ok().filter(|_| user.has_pair())?;
    let (user_name, status) = (name.to_owned(), user.status());
    Some(CloudKey { access_key_id, user_name, status, created_at: None })
}

impl S3<Admin> {
    /// An access key of this user; `None` when the user has none of this id.
    async fn access_key_of(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<Info>, CloudError> {
        Ok(self.access_key(id).await?.filter(|info| info.parent_user == user))
    }

    /// The same for a call that needs it to be there.
    async fn access_key_there(&self, user: &str, id: &AccessKeyId) -> Result<Info, CloudError> {
        self.access_key_of(user, id).await?.ok_or_else(|| CloudError::Malformed {
            call: "admin:ListServiceAccounts",
            why: format!("{user} has no access key {id}"),
        })
    }
}

#[async_trait]
impl Keys for S3<Admin> {
    async fn list_keys(&self) -> Result<Vec<CloudKey>, CloudError> {
        let users = self.users().await?;
        let mut keys: Vec<CloudKey> =
            users.iter().filter_map(|(name, user)| own_pair(name, user)).collect();
        let holders = match self.holders().await? {
            Some(holders) => holders.into_iter().map(Some).collect(),
            // Without a name: the caller's own account, which may be the owner, who is no user.
            None => users.into_keys().map(Some).chain([None]).collect::<Vec<_>>(),
        };
        let listed: Vec<CloudKey> = stream::iter(holders)
            .map(|user| async move { self.access_keys(user.as_deref()).await })
            .buffered(USERS_AT_ONCE)
            .try_concat()
            .await?;
        let by_id = |key: CloudKey| (key.access_key_id.clone(), key);
        let access_keys: BTreeMap<AccessKeyId, CloudKey> = listed.into_iter().map(by_id).collect();
        keys.extend(access_keys.into_values());
        Ok(keys)
    }

    async fn keys_of_user(&self, user: &str) -> Result<Vec<CloudKey>, CloudError> {
        let known = self.user(user).await?;
        let mut keys: Vec<CloudKey> =
            known.and_then(|known| own_pair(user, &known)).into_iter().collect();
        keys.extend(self.access_keys(Some(user)).await?);
        Ok(keys)
    }

    async fn key_status(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<CloudKeyStatus>, CloudError> {
        if id.as_str() == user {
            return Ok(self.user(user).await?.map(|user| user.status()));
        }
        Ok(self.access_key_of(user, id).await?.map(|info| info.status()))
    }

    async fn set_key_status(
        &self,
        user: &str,
        id: &AccessKeyId,
        status: CloudKeyStatus,
    ) -> Result<(), CloudError> {
        if id.as_str() == user {
            return self.set_user_status(user, status).await;
        }
        let info = self.access_key_there(user, id).await?;
        self.update_access_key(id, status, info.own_policy().as_ref()).await
    }

    /// Policies of buckets speak of requests that nobody signed; users are bound by their own alone.
    async fn principal_of_user(&self, _: &str) -> Result<String, CloudError> {
        lacks(
            self,
            "bind a user by the policy of a bucket: such a policy speaks of unsigned requests",
        )
    }

    async fn has_user(&self, user: &str) -> Result<bool, CloudError> {
        Ok(self.user(user).await?.is_some())
    }

    async fn create_user(&self, user: &str) -> Result<(), CloudError> {
        self.add_user(user).await
    }

    async fn create_key(&self, user: &str) -> Result<(AccessKeyId, Secret), CloudError> {
        self.add_access_key(user, None).await
    }

    async fn create_key_like(
        &self,
        user: &str,
        like: &AccessKeyId,
    ) -> Result<(AccessKeyId, Secret), CloudError> {
        if like.as_str() == user {
            return self.create_key(user).await;
        }
        let policy = self.access_key_there(user, like).await?.own_policy();
        self.add_access_key(user, policy.as_ref()).await
    }

    async fn delete_key(&self, user: &str, id: &AccessKeyId) -> Result<(), CloudError> {
        let deleted = match id.as_str() == user {
            true => self.remove_user(user).await,
            false => self.remove_access_key(id).await,
        };
        there(deleted).map(drop)
    }

    /// MinIO has no recycle bin.
    async fn is_recycled(&self, _: &str, _: &AccessKeyId) -> Result<bool, CloudError> {
        Ok(false)
    }

    async fn key_restriction(
        &self,
        user: &str,
        id: &AccessKeyId,
    ) -> Result<Option<String>, CloudError> {
        if id.as_str() == user {
            return lacks(self, "restrict the pair that a user is by a policy of its own");
        }
        let policy = self.access_key_there(user, id).await?.own_policy();
        Ok(policy.map(|policy| policy.to_string()))
    }

    async fn set_key_restriction(
        &self,
        user: &str,
        id: &AccessKeyId,
        document: Option<&str>,
    ) -> Result<(), CloudError> {
        if id.as_str() == user {
            return lacks(self, "restrict the pair that a user is by a policy of its own");
        }
        let policy: Option<Value> = document
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| CloudError::Settings { why: format!("the policy: {error}") })?;
        let info = self.access_key_there(user, id).await?;
        self.update_access_key(id, info.status(), policy.as_ref()).await
    }
}
