//! Key pairs that the provider's own secret manager keeps and replaces.

use async_trait::async_trait;
use claviger_model::{AccessKeyId, GivenPair};

use super::{Provided, lacks};
use crate::CloudError;

/// A secret that holds the key pairs of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedSecret {
    /// Its name.
    pub name: String,
    /// The key that it hands out now.
    pub current: Option<AccessKeyId>,
    /// The version that it hands out now.
    pub current_version: Option<String>,
    /// The key that it handed out before.
    pub previous: Option<AccessKeyId>,
}

/// Managed secrets. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Secrets: Provided {
    /// The secret that holds the pairs of a user; `None` where nobody gave them to the secret manager.
    async fn managed_secret(&self, _user: &str) -> Result<Option<ManagedSecret>, CloudError> {
        lacks(self, "manage key pairs as secrets")
    }

    /// Asks for a new pair. It comes after a while, and the old one lives until the rotation's window
    /// ends. Asking twice for the same version is asking once.
    async fn rotate_secret(&self, _name: &str, _version: &str) -> Result<(), CloudError> {
        lacks(self, "rotate a managed secret")
    }

    /// Gives every pair of a user to the secret manager; the youngest becomes `version`.
    async fn host_secret(
        &self,
        _user: &str,
        _pairs: &[GivenPair],
        _version: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "manage key pairs as secrets")
    }

    /// Takes a user's pairs from the secret manager; the pairs themselves stay as they are.
    async fn release_secret(&self, _name: &str) -> Result<(), CloudError> {
        lacks(self, "delete a managed secret")
    }
}
