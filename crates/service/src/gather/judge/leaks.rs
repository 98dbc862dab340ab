//! Under which leaks keys are judged: their own, that they are canaries, or that a leaked key made them.

use std::collections::HashMap;

use claviger_model::{AccessKeyId, Leak, LeakSource, RiskEventId, RiskType};
use claviger_store::canaries::{self, Canary};
use claviger_store::minted_keys::{self, MintedKey};
use claviger_store::risk_events;
use claviger_store::sqlx::AnyConnection;

use crate::ServiceError;
use crate::gather::risk_event;

/// Keys made by keys made by keys: so many generations are followed.
pub(super) const GENERATIONS: usize = 4;

/// The leak that a key is judged under.
#[derive(Debug, Clone)]
pub(crate) struct Exposed {
    /// The leak.
    pub(crate) leak: Leak,
    /// The risk event that its use belongs to: of a child, its parent's.
    pub(crate) event_id: RiskEventId,
    /// Whether a leaked key made it.
    pub(crate) is_child: bool,
    /// The canary that it is.
    pub(crate) canary: Option<Canary>,
}

/// The leaks of some keys, by key. `made` are keys that were made a moment ago, and are kept with what is
/// judged now.
pub(crate) async fn of_keys(
    reader: &mut AnyConnection,
    keys: &[&AccessKeyId],
    made: &[MintedKey],
) -> Result<HashMap<AccessKeyId, Exposed>, ServiceError> {
    let mut exposed = own(reader, keys).await?;
    // Child by child, the key that is asked for and the latest known of its line.
    let mut lines: Vec<(AccessKeyId, MintedKey)> = Vec::new();
    let orphans: Vec<&AccessKeyId> =
        keys.iter().filter(|key| !exposed.contains_key(**key)).copied().collect();
    for minted in parents(reader, &orphans, made).await? {
        lines.push((minted.child.clone(), minted));
    }
    for _ in 0..GENERATIONS {
        if lines.is_empty() {
            break;
        }
        let ancestors: Vec<&AccessKeyId> = lines.iter().map(|(_, minted)| &minted.parent).collect();
        let known = own(reader, &ancestors).await?;
        let unknown: Vec<&AccessKeyId> =
            ancestors.into_iter().filter(|key| !known.contains_key(*key)).collect();
        let above = parents(reader, &unknown, made).await?;
        let mut next = Vec::new();
        for (child, minted) in &lines {
            if let Some(parent) = known.get(&minted.parent) {
                if minted.minted_at >= parent.leak.leaked_at {
                    exposed.insert(child.clone(), heir(child, minted, parent));
                }
            } else if let Some(higher) = above.iter().find(|one| one.child == minted.parent) {
                next.push((child.clone(), higher.clone()));
            }
        }
        lines = next;
    }
    Ok(exposed)
}

async fn own(
    reader: &mut AnyConnection,
    keys: &[&AccessKeyId],
) -> Result<HashMap<AccessKeyId, Exposed>, ServiceError> {
    let mut exposed = HashMap::new();
    for (leak, event_id) in risk_events::leaks_of_keys(reader, keys).await? {
        let key = leak.access_key_id.clone();
        exposed.insert(key, Exposed { leak, event_id, is_child: false, canary: None });
    }
    for canary in canaries::armed_of_keys(reader, keys).await? {
        let Some(key) = canary.access_key_id.clone() else { continue };
        let since = canary.armed_at.unwrap_or(canary.made_at);
        let leak = Leak::new(key.clone(), since, LeakSource::Canary);
        let event_id = risk_event::id_of_key(RiskType::AccessKeyPairLeak, &key);
        exposed.insert(key, Exposed { leak, event_id, is_child: false, canary: Some(canary) });
    }
    Ok(exposed)
}

async fn parents(
    reader: &mut AnyConnection,
    children: &[&AccessKeyId],
    made: &[MintedKey],
) -> Result<Vec<MintedKey>, ServiceError> {
    let mut found = minted_keys::of_children(reader, children).await?;
    let now = made.iter().filter(|one| children.contains(&&one.child));
    found.extend(now.cloned());
    Ok(found)
}

/// A child is judged as leaked from its first moment on, as its parent was.
fn heir(child: &AccessKeyId, minted: &MintedKey, parent: &Exposed) -> Exposed {
    Exposed {
        leak: Leak::new(child.clone(), minted.minted_at, parent.leak.source),
        event_id: parent.event_id.clone(),
        is_child: true,
        canary: None,
    }
}
