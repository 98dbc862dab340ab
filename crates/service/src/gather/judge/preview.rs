//! A detector that has seen nothing and knows what the one at work knows beside the events: leaks, whoever read the
//! objects that hold them, keys that keys made, and rights that were given. So it judges the recorded history as
//! that one judged it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use claviger_model::{AccessKeyId, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{
    MintedKey, canaries, cloud_keys, evidence, grants, key_lines, minted_keys, object_reads,
    risk_events,
};
use claviger_watch::{Detector, Grants, principal};

use super::handed_on::{self, Holders};
use super::leaks::{self, GENERATIONS};
use super::{known_leaks, watcher};
use crate::gather::readers;
use crate::{Service, ServiceError};

/// What is known beside the events.
pub(crate) struct Beside {
    /// A detector that knows it.
    pub(crate) detector: Detector,
    /// Our own keys.
    pub(crate) own_keys: HashSet<AccessKeyId>,
    /// Kinds of which there may be more than the detector knows.
    pub(crate) cut: Vec<&'static str>,
}

/// Gathers what is known now: of each kind no more than `rows_max`, the latest.
///
/// # Errors
/// The state cannot be read.
pub(crate) async fn beside(service: &Service, rows_max: u32) -> Result<Beside, ServiceError> {
    let mut reader = service.store().read().await?;
    let mut detector = watcher::detector(service);
    let minted = minted_keys::list(&mut reader, rows_max).await?;
    minted.iter().for_each(|one| detector.mint(&handed_on::born(one)));
    tell_leaks(&mut reader, &mut detector, &minted).await?;
    let (given, lines) = tell_grants(&mut reader, &mut detector, rows_max).await?;
    let own_keys = readers::own_keys(&mut reader).await?;
    let told = [
        ("keys that keys made", minted.len()),
        ("rights that keys gave", given),
        ("accounts of keys", lines),
    ];
    let is_full = |rows: usize| rows >= usize::try_from(rows_max).unwrap_or(usize::MAX);
    let cut = told.into_iter().filter(|(_, rows)| is_full(*rows)).map(|(kind, _)| kind).collect();
    Ok(Beside { detector, own_keys, cut })
}

async fn tell_leaks(
    reader: &mut AnyConnection,
    detector: &mut Detector,
    minted: &[MintedKey],
) -> Result<(), ServiceError> {
    let own = risk_events::leaks(reader).await?;
    let mut all: Vec<Leak> = own.into_iter().map(|(leak, _)| leak).collect();
    let canaries = canaries::armed_keys(reader).await?;
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

/// How many rights and how many keys' accounts were read.
async fn tell_grants(
    reader: &mut AnyConnection,
    detector: &mut Detector,
    rows_max: u32,
) -> Result<(usize, usize), ServiceError> {
    let given = grants::list(reader, rows_max).await?;
    if given.is_empty() {
        return Ok((0, 0));
    }
    let mut known = Grants::default();
    given.iter().for_each(|one| known.add(handed_on::granted(one)));
    let lines = key_lines::list(reader, rows_max).await?;
    let keys: Vec<&AccessKeyId> = lines.iter().map(|(key, _)| key).collect();
    let users = cloud_keys::users_of(reader, &keys).await?;
    let mut holders = Holders::new();
    for (key, line) in &lines {
        let user = users.get(key).and_then(|user| principal(key, user));
        let principals: BTreeSet<String> = principal(key, line).into_iter().chain(user).collect();
        if !principals.is_empty() {
            holders.entry(principals).or_default().push(key.clone());
        }
    }
    handed_on::grant(detector, &known, &holders);
    Ok((given.len(), lines.len()))
}
