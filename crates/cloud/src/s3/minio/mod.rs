//! MinIO's own API for users, access keys and policies (`/minio/admin/v3/`), which has what IAM has with AWS.
//!
//! A user is a key pair: its name is the id, and it has no second one. What MinIO calls the access keys of a
//! user (before 2023: service accounts) are further pairs, which may do what the user may, or less where a
//! key has a policy of its own. Disabling a user stops its access keys with it, deleting it deletes them.
//!
//! Source: minio/minio `cmd/admin-handlers-users.go`, `cmd/iam-store.go` and minio/madmin-go, 2021 to 2026.

mod access_keys;
mod keys;
mod policy;
mod users;
mod wire;

use crate::s3::Accounts;
use crate::wire::Address;
use crate::{CloudError, Settings};

/// What people paste behind the address, since documents write it so.
const ROOT: &str = "/minio/admin";

/// MinIO's own API.
#[derive(Debug)]
pub(crate) struct Admin(Address);

impl Accounts for Admin {
    /// It listens where S3 does, unless the settings name another address.
    fn open(settings: &Settings, _: &str, store: &Address) -> Result<Self, CloudError> {
        match &settings.accounts_endpoint {
            Some(endpoint) => {
                let bare = endpoint.split_once(ROOT).map_or(endpoint.as_str(), |(bare, _)| bare);
                Ok(Self(Address::parse(bare)?))
            }
            None => Ok(Self(store.clone())),
        }
    }

    fn endpoint(&self) -> Option<&Address> {
        Some(&self.0)
    }
}

/// Whether MinIO refused with this code; newer servers leave out the words before it.
fn says(error: &CloudError, code: &str) -> bool {
    error.refusal().is_some_and(|refusal| {
        let plain = refusal.code.trim_start_matches("XMinio").trim_start_matches("Admin");
        plain.starts_with(code)
    })
}

/// `None` for what is not there.
fn there<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Err(CloudError::NotFound(_)) => Ok(None),
        answer => answer.map(Some),
    }
}
