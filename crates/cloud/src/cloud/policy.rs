//! Policies, and the users they bind.

use async_trait::async_trait;

use super::{Provided, lacks};
use crate::CloudError;

/// Who keeps a policy. One name may be kept by both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyOwner {
    /// The account: `Custom` with Alibaba Cloud, "customer managed" with AWS.
    Account,
    /// The provider: `System` with Alibaba Cloud, "AWS managed" with AWS.
    Provider,
}

/// Policies. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Policies: Provided {
    /// Makes a policy of the account from its JSON document; one of that name gets it as its new default version.
    async fn create_policy(&self, _name: &str, _document: &str) -> Result<(), CloudError> {
        lacks(self, "create a policy")
    }

    /// Binds a user by a policy. Binding twice is no error.
    async fn attach_policy(
        &self,
        _user: &str,
        _owner: PolicyOwner,
        _name: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "attach a policy")
    }

    /// Frees a user of a policy. That it was not bound is no error.
    async fn detach_policy(
        &self,
        _user: &str,
        _owner: PolicyOwner,
        _name: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "detach a policy")
    }

    /// The document of a policy that binds this user under this name; `None` where none does.
    async fn user_policy(&self, _user: &str, _name: &str) -> Result<Option<String>, CloudError> {
        lacks(self, "read a user's policy")
    }

    /// Binds a user by a policy of its own, in place of any of that name.
    async fn set_user_policy(
        &self,
        _user: &str,
        _name: &str,
        _document: &str,
    ) -> Result<(), CloudError> {
        lacks(self, "set a user's policy")
    }

    /// Removes a user's own policy. That it was not there is no error.
    async fn remove_user_policy(&self, _user: &str, _name: &str) -> Result<(), CloudError> {
        lacks(self, "remove a user's policy")
    }

    /// Deletes a policy of the account that binds nobody. That it was not there is no error.
    async fn delete_policy(&self, _name: &str) -> Result<(), CloudError> {
        lacks(self, "delete a policy")
    }
}
