//! Names the key of a request where the log names only who asked.
//!
//! The S3 server access log, `SeaweedFS`, OBS and Azure name a user, an identity or the hash of a key.
//! Who knows the keys of each says so here; a request is given a key only where it can be no other.

use std::collections::HashMap;

use claviger_model::{AccessEvent, AccessKeyId};

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
