//! A detector that has seen nothing and knows what the one at work knows beside the events: leaks, whoever read the
//! objects that hold them, keys that keys made, and rights that were given. So it judges the recorded history as
//! that one judged it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use claviger_model::{AccessKeyId, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{
    CanaryState, MintedKey, canaries, cloud_keys, evidence, grants, key_lines, minted_keys,
    object_reads, risk_events,
};
use claviger_watch::{Detector, Grants, principal};

use super::{handed_on, known_leaks, leaks, watcher};
use crate::gather::readers;
use crate::{Service, ServiceError};

/// Rows of each kind that are told, the latest: some hundred bytes each.
const ROWS_MAX: u32 = 500_000;

/// Keys that were made by keys that were made: as many generations as leaks are followed.
const GENERATIONS: usize = 4;

/// What is known beside the events.
pub(crate) struct Beside {
    /// A detector that knows it.
    pub(crate) detector: Detector,
    /// Our own keys.
    pub(crate) own_keys: HashSet<AccessKeyId>,
}

/// Gathers what is known now.
///
/// # Errors
/// The state cannot be read.
pub(crate) async fn beside(service: &Service) -> Result<Beside, ServiceError> {
    let mut reader = service.store().read().await?;
    let mut detector = watcher::detector(service);
    let minted = minted_keys::list(&mut reader, ROWS_MAX).await?;
    minted.iter().for_each(|one| detector.mint(&handed_on::born(one)));
    tell_leaks(&mut reader, &mut detector, &minted).await?;
    tell_grants(&mut reader, &mut detector).await?;
    let own_keys = readers::own_keys(&mut reader).await?;
    Ok(Beside { detector, own_keys })
}

async fn tell_leaks(
    reader: &mut AnyConnection,
    detector: &mut Detector,
    minted: &[MintedKey],
) -> Result<(), ServiceError> {
    let own = risk_events::leaks(reader).await?;
    let mut all: Vec<Leak> = own.into_iter().map(|(leak, _)| leak).collect();
    let armed = canaries::list(reader).await?.into_iter();
    let armed = armed.filter(|canary| canary.state == CanaryState::Armed);
    let canaries: Vec<AccessKeyId> = armed.filter_map(|canary| canary.access_key_id).collect();
    let leaked: HashSet<&AccessKeyId> =
        all.iter().map(|leak| &leak.access_key_id).chain(&canaries).collect();
    let heirs = heirs(leaked, minted);
    let asked: Vec<&AccessKeyId> = canaries.iter().chain(heirs).collect();
    let handed_on = leaks::of_keys(reader, &asked, &[]).await?;
    all.extend(handed_on.into_values().map(|exposed| exposed.leak));
    all.extend(evidence::leaks_in_objects(reader).await?);
    detector.set_leaks(all);
    known_leaks::note_reads(detector, object_reads::first_by_source(reader).await?);
    Ok(())
}

/// The keys that leaked ones made, and those that these made.
fn heirs<'a>(leaked: HashSet<&AccessKeyId>, minted: &'a [MintedKey]) -> Vec<&'a AccessKeyId> {
    let mut of_parent: BTreeMap<&AccessKeyId, Vec<&'a AccessKeyId>> = BTreeMap::new();
    for one in minted {
        of_parent.entry(&one.parent).or_default().push(&one.child);
    }
    let mut heirs: BTreeSet<&AccessKeyId> = BTreeSet::new();
    let children = |key: &AccessKeyId| of_parent.get(key).into_iter().flatten().copied();
    let mut latest: Vec<&'a AccessKeyId> = leaked.into_iter().flat_map(children).collect();
    for _ in 0..GENERATIONS {
        let new = latest.into_iter().filter(|key| heirs.insert(key));
        latest = new.flat_map(children).collect();
    }
    heirs.into_iter().collect()
}

async fn tell_grants(
    reader: &mut AnyConnection,
    detector: &mut Detector,
) -> Result<(), ServiceError> {
    let given = grants::list(reader, ROWS_MAX).await?;
    if given.is_empty() {
        return Ok(());
    }
    let mut known = Grants::default();
    given.iter().for_each(|one| known.add(handed_on::granted(one)));
    let lines = key_lines::list(reader, ROWS_MAX).await?;
    let keys: Vec<&AccessKeyId> = lines.iter().map(|(key, _)| key).collect();
    let users = cloud_keys::users_of(reader, &keys).await?;
    let mut holders: BTreeMap<BTreeSet<String>, Vec<AccessKeyId>> = BTreeMap::new();
    for (key, line) in &lines {
        let user = users.get(key).and_then(|user| principal(key, user));
        let principals: BTreeSet<String> = principal(key, line).into_iter().chain(user).collect();
        if !principals.is_empty() {
            holders.entry(principals).or_default().push(key.clone());
        }
    }
    for (principals, keys) in &holders {
        let reaching = principals.iter().flat_map(|principal| known.reaching(principal));
        detector.grant(keys, reaching);
    }
    Ok(())
}
