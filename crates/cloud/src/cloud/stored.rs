//! Secrets that people store in the provider's secret manager, by versions: texts, which programs fetch.

use async_trait::async_trait;
use claviger_model::Secret;

use super::{Provided, lacks};
use crate::CloudError;

/// A stored secret without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Its name.
    pub name: String,
    /// The version that is handed out; `None` where none is.
    pub current: Option<String>,
    /// Every version that is kept.
    pub versions: Vec<String>,
}

/// Stored secrets. Every method fails with what the provider refused, or `NotSupported`. A version has a name of
/// 32 to 64 characters; storing the same under it twice is storing it once.
#[async_trait]
pub trait StoredSecrets: Provided {
    /// The secret of a name; `None` where there is none.
    async fn stored_secret(&self, _name: &str) -> Result<Option<StoredSecret>, CloudError> {
        lacks(self, "store a secret")
    }

    /// What a version holds.
    async fn stored_value(&self, _name: &str, _version: &str) -> Result<Secret, CloudError> {
        lacks(self, "read a stored secret")
    }

    /// Makes a secret with its first version.
    async fn create_stored(
        &self,
        _name: &str,
        _version: &str,
        _value: &Secret,
    ) -> Result<(), CloudError> {
        lacks(self, "store a secret")
    }

    /// Adds a version, which is handed out from then on.
    async fn store_value(
        &self,
        _name: &str,
        _version: &str,
        _value: &Secret,
    ) -> Result<(), CloudError> {
        lacks(self, "store a secret")
    }

    /// Hands a version out again in place of the one that is.
    async fn hand_out(
        &self,
        _name: &str,
        _version: &str,
        _instead_of: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "change which version of a secret is handed out")
    }

    /// Deletes a secret for good.
    async fn delete_stored(&self, _name: &str) -> Result<(), CloudError> {
        lacks(self, "delete a stored secret")
    }
}
