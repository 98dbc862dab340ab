//! Names the key of a request where the log names only who asked.
//!
//! The S3 server access log, `SeaweedFS`, OBS and Azure name a user, an identity or the hash of a key.
//! Who knows the keys of each says so here; a request is given a key only where it can be no other.
//! Where nobody knows, the account is watched under its own name: whoever holds any key of it.

use std::borrow::Cow;
use std::collections::HashMap;

use claviger_model::{AccessEvent, AccessKeyId};

use crate::format::{EventView, LogFormat};

/// Who is nobody's account, or a service of the provider, as S3 and OBS name them.
const NO_ACCOUNTS: [&str; 3] = ["Anonymous", "anonymous", "AmazonS3"];

/// Begins the name of a service in the S3 server access log.
const SERVICE: &str = "svc:";

/// Gives the events that name no key the only one of their account, if it has just one. An account
/// with several stays without: which of them was used is not known, and never guessed.
#[expect(clippy::implicit_hasher, reason = "one map, made for this by the caller")]
pub fn name_keys(events: &mut [AccessEvent], keys: &HashMap<String, Vec<AccessKeyId>>) {
    for event in events.iter_mut().filter(|event| event.access_key_id.is_none()) {
        let of_account = event.account.as_ref().and_then(|account| keys.get(account));
        if let Some([only]) = of_account.map(Vec::as_slice) {
            event.access_key_id = Some(only.clone());
        }
    }
}

impl LogFormat {
    /// Whether the requests of a log of this format name the key that signed them. That of a pre-signed
    /// address is named in any.
    #[must_use]
    pub fn names_keys(self) -> bool {
        !matches!(self, Self::S3 | Self::SeaweedFs | Self::Azure | Self::Obs)
    }
}

/// Gives a request that names no key the name of its account, where the log's format never names keys.
pub fn name_account(format: Option<LogFormat>, event: &mut EventView<'_>) {
    if event.access_key_id.is_none() && format.is_some_and(|format| !format.names_keys()) {
        let id = event.account.as_deref().and_then(id_of);
        event.access_key_id = id.map(|id| Cow::Owned(id.into()));
    }
}

/// The same of requests of such a log, once the inventory has named what it can.
pub fn name_accounts(events: &mut [AccessEvent]) {
    for event in events.iter_mut().filter(|event| event.access_key_id.is_none()) {
        event.access_key_id = event.account.as_deref().and_then(id_of);
    }
}

/// An account in place of a key: what is no visible ASCII in its name is `_`.
fn id_of(account: &str) -> Option<AccessKeyId> {
    if NO_ACCOUNTS.contains(&account) || account.starts_with(SERVICE) {
        return None;
    }
    let plain = |sign: char| if sign.is_ascii_graphic() { sign } else { '_' };
    AccessKeyId::parse(&account.chars().map(plain).collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_stands_for_its_keys_and_nobody_for_none() {
        let named = |account| id_of(account).map(String::from);
        let user = "arn:aws:iam::111122223333:user/backup";
        assert_eq!(named(user).as_deref(), Some(user));
        assert_eq!(named("Zoë Q").as_deref(), Some("Zo__Q"));
        for nobody in ["", "Anonymous", "AmazonS3", "svc:delivery.logs.amazonaws.com"] {
            assert_eq!(named(nobody), None, "{nobody}");
        }
    }
}
