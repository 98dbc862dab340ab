//! Users: each is a key pair by itself.

use std::collections::BTreeMap;

use claviger_model::CloudKeyStatus;
use serde::Deserialize;
use serde_json::json;

use super::wire::Ask;
use super::{Admin, there};
use crate::CloudError;
use crate::s3::S3;

/// Characters of a secret that is made here: as many as MinIO takes.
const SECRET_CHARACTERS: usize = 40;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What MinIO says of a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    status: String,
    /// The policies that bind it, joined by commas.
    #[serde(default)]
    policy_name: String,
    #[serde(default)]
    user_auth_info: Option<SignedIn>,
}

/// By whom a user is known.
#[derive(Deserialize)]
struct SignedIn {
    #[serde(rename = "type", default)]
    by: String,
}

impl User {
    /// Whether its pair works.
    pub(super) fn status(&self) -> CloudKeyStatus {
        status(&self.status)
    }

    /// Whether it has a pair by itself: users of a directory (LDAP) have access keys alone.
    pub(super) fn has_pair(&self) -> bool {
        self.user_auth_info.as_ref().is_none_or(|known| known.by != "ldap")
    }

    /// Whether a policy binds it, other than by a group.
    pub(super) fn is_bound_by(&self, policy: &str) -> bool {
        self.policy_name.split(',').any(|name| name.trim() == policy)
    }
}

/// `enabled` of users, `on` of access keys.
pub(super) fn status(word: &str) -> CloudKeyStatus {
    match word {
        "enabled" | "on" => CloudKeyStatus::Active,
        _ => CloudKeyStatus::Inactive,
    }
}

impl S3<Admin> {
    /// Every user but the owner.
    pub(super) async fn users(&self) -> Result<BTreeMap<String, User>, CloudError> {
        self.admin_sealed(Ask::new("admin:ListUsers", "GET", "list-users")).await
    }

    /// One user; `None` when there is none of this name, or it is the owner.
    pub(super) async fn user(&self, name: &str) -> Result<Option<User>, CloudError> {
        const CALL: &str = "admin:GetUser";
        let ask = Ask::new(CALL, "GET", "user-info").query("accessKey", name);
        there(self.admin(ask).await)?.map(|answer| answer.json(CALL)).transpose()
    }

    pub(super) async fn set_user_status(
        &self,
        name: &str,
        status: CloudKeyStatus,
    ) -> Result<(), CloudError> {
        let word = match status {
            CloudKeyStatus::Active => "enabled",
            CloudKeyStatus::Inactive => "disabled",
        };
        let ask = Ask::new("admin:EnableUser", "PUT", "set-user-status");
        self.admin(ask.query("accessKey", name).query("status", word)).await.map(drop)
    }

    /// Makes a user whose secret nobody is told.
    pub(super) async fn add_user(&self, name: &str) -> Result<(), CloudError> {
        let mut bytes = [0; SECRET_CHARACTERS];
        getrandom::fill(&mut bytes).map_err(|error| CloudError::Settings {
            why: format!("no randomness to be had: {error}"),
        })?;
        let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
        let secret: String = bytes.into_iter().map(letter).collect();
        let ask = Ask::new("admin:CreateUser", "PUT", "add-user").query("accessKey", name);
        let body = json!({ "secretKey": secret, "status": "enabled" });
        self.admin(ask.sealed(body)).await.map(drop)
    }

    /// Deletes a user, and its access keys with it.
    pub(super) async fn remove_user(&self, name: &str) -> Result<(), CloudError> {
        let ask = Ask::new("admin:DeleteUser", "DELETE", "remove-user");
        self.admin(ask.query("accessKey", name)).await.map(drop)
    }
}
