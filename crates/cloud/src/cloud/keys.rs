//! The access keys of an account's users.

use async_trait::async_trait;
use claviger_model::{AccessKeyId, CloudKey, CloudKeyStatus, Secret};

use super::{Provided, lacks};
use crate::CloudError;

/// Users and their keys. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Keys: Provided {
    /// The keys of every user of the account, by user. The owner's own keys are not among them: only
    /// the owner may list those.
    async fn list_keys(&self) -> Result<Vec<CloudKey>, CloudError> {
        lacks(self, "list keys")
    }

    /// The keys of one user; none when the user is gone.
    async fn keys_of_user(&self, _user: &str) -> Result<Vec<CloudKey>, CloudError> {
        lacks(self, "list keys")
    }

    /// What the provider says of a key; `None` when the user has no such key.
    async fn key_status(
        &self,
        _user: &str,
        _id: &AccessKeyId,
    ) -> Result<Option<CloudKeyStatus>, CloudError> {
        lacks(self, "read a key's status")
    }

    /// Enables or disables a key. Setting what already holds is no error.
    async fn set_key_status(
        &self,
        _user: &str,
        _id: &AccessKeyId,
        _status: CloudKeyStatus,
    ) -> Result<(), CloudError> {
        lacks(self, "change a key's status")
    }

    /// A user as the policy of a bucket names it.
    async fn principal_of_user(&self, _user: &str) -> Result<String, CloudError> {
        lacks(self, "name a user in a bucket's policy")
    }

    /// Whether there is a user of this name.
    async fn has_user(&self, _user: &str) -> Result<bool, CloudError> {
        lacks(self, "tell its users")
    }

    /// Makes a user without rights.
    async fn create_user(&self, _user: &str) -> Result<(), CloudError> {
        lacks(self, "create a user")
    }

    /// Makes a key; its secret is told this once. Not repeated when the answer is lost, so that no
    /// key exists that nobody knows of.
    async fn create_key(&self, _user: &str) -> Result<(AccessKeyId, Secret), CloudError> {
        lacks(self, "create a key")
    }

    /// The same for a key in place of another, which it shall not outdo where keys have rights of their own.
    async fn create_key_like(
        &self,
        user: &str,
        _like: &AccessKeyId,
    ) -> Result<(AccessKeyId, Secret), CloudError> {
        self.create_key(user).await
    }

    /// Deletes a key; where the provider has a recycle bin it lies there for a while.
    async fn delete_key(&self, _user: &str, _id: &AccessKeyId) -> Result<(), CloudError> {
        lacks(self, "delete a key")
    }

    /// Whether a deleted key can be restored.
    async fn is_recycled(&self, _user: &str, _id: &AccessKeyId) -> Result<bool, CloudError> {
        lacks(self, "restore a deleted key")
    }

    /// Restores a deleted key; it comes back disabled.
    async fn restore_key(&self, _user: &str, _id: &AccessKeyId) -> Result<(), CloudError> {
        lacks(self, "restore a deleted key")
    }

    /// From where one key may be used, as the provider holds it; `None` where nothing restricts it.
    async fn key_restriction(
        &self,
        _user: &str,
        _id: &AccessKeyId,
    ) -> Result<Option<String>, CloudError> {
        lacks(self, "restrict the network of one key")
    }

    /// Sets from where one key may be used, or lifts the restriction.
    async fn set_key_restriction(
        &self,
        _user: &str,
        _id: &AccessKeyId,
        _document: Option<&str>,
    ) -> Result<(), CloudError> {
        lacks(self, "restrict the network of one key")
    }
}
