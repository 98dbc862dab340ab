//! What keys handed on: keys that they made, and rights that they gave. Whoever judges the heirs is to know.

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::AccessKeyId;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{Grant, MintedKey, cloud_keys, grants, key_lines, minted_keys};
use claviger_watch::{Detector, Granted, Grants, Minted, principal, principal_of};

use super::batch::OneKey;
use super::held::Held;
use super::lineage;
use super::room::Room;
use crate::{Service, ServiceError};

/// Groups and policies through which rights are followed, as the detector does.
const STEPS_MAX: usize = 3;

/// Keys by the names that they are used in.
pub(super) type Holders = BTreeMap<BTreeSet<String>, Vec<AccessKeyId>>;

/// Tells a detector how some keys came to be and what rights their holders were given, as far as that was kept
/// or has just come.
pub(super) async fn tell(
    reader: &mut AnyConnection,
    detector: &mut Detector,
    keys: &[&Held],
    (minted, given): (&[MintedKey], &[Grant]),
) -> Result<(), ServiceError> {
    let mut before = Vec::with_capacity(keys.len());
    for held in keys {
        before.push(key_before(reader, held).await?);
    }
    let names: Vec<&AccessKeyId> =
        keys.iter().map(|held| held.key()).chain(before.iter().flatten()).collect();
    let births = minted_keys::of_children(reader, &names).await?;
    births.iter().chain(minted).for_each(|one| detector.mint(&born(one)));
    if given.is_empty() && !grants::are_any(reader).await? {
        return Ok(());
    }
    let own: Vec<&AccessKeyId> = keys.iter().map(|held| held.key()).collect();
    let users = cloud_keys::users_of(reader, &own).await?;
    let mut holders = Holders::new();
    for (held, before) in keys.iter().zip(before) {
        let principals = principals_of(reader, held, users.get(held.key())).await?;
        if !principals.is_empty() {
            let keys = holders.entry(principals).or_default();
            keys.push(held.key().clone());
            keys.extend(before);
        }
    }
    let mut known = Grants::default();
    given.iter().for_each(|one| known.add(granted(one)));
    let principals: BTreeSet<&String> = holders.keys().flatten().collect();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for _ in 0..=STEPS_MAX {
        let subjects = principals.iter().flat_map(|principal| known.subjects(principal));
        let due: Vec<String> = subjects.filter(|subject| asked.insert(subject.clone())).collect();
        if due.is_empty() {
            break;
        }
        let kept = grants::of_subjects(reader, &due).await?;
        kept.iter().for_each(|one| known.add(granted(one)));
    }
    grant(detector, &known, &holders);
    Ok(())
}

/// Tells a detector which of the known rights reach the keys, by the names they are used in.
pub(super) fn grant(detector: &mut Detector, known: &Grants, holders: &Holders) {
    for (principals, keys) in holders {
        let reaching = principals.iter().flat_map(|principal| known.reaching(principal));
        detector.grant(keys, reaching);
    }
}

/// Keys that were judged before it came that their holders were given rights.
pub(super) async fn reached(
    service: &Service,
    room: &Room,
    keys: &[OneKey],
    given: &[Grant],
) -> Result<BTreeSet<AccessKeyId>, ServiceError> {
    let Some(first) = given.iter().map(|one| one.granted_at).min() else {
        return Ok(BTreeSet::new());
    };
    let mut reader = service.store().read().await?;
    let mut subjects: BTreeSet<String> = given.iter().map(|one| one.subject.clone()).collect();
    let mut latest: Vec<String> = subjects.iter().cloned().collect();
    for _ in 0..STEPS_MAX {
        let joined = grants::through(&mut reader, &latest).await?;
        let new = joined.into_iter().map(|one| one.subject);
        latest = new.filter(|subject| subjects.insert(subject.clone())).collect();
    }
    let is_meant = |held: &Held| {
        held.last_judged().is_some_and(|event| event.time >= first)
            && holder(held).is_some_and(|principal| subjects.contains(&principal))
    };
    let mut reached: BTreeSet<AccessKeyId> = room.meant(is_meant).into_iter().collect();
    let of_these = keys.iter().filter(|one| is_meant(&one.held));
    reached.extend(of_these.map(|one| one.key.clone()));
    for subject in &subjects {
        let name = subject.rsplit('/').next().unwrap_or(subject);
        for (key, line) in key_lines::holding(&mut reader, name).await? {
            let is_at_hand = room.peek(&key).is_some() || keys.iter().any(|one| one.key == key);
            if !is_at_hand && principal(&key, &line).as_ref() == Some(subject) {
                reached.insert(key);
            }
        }
    }
    Ok(reached)
}

/// The key of the same line whose habits a key begins with: what it learned hangs on the same.
async fn key_before(
    reader: &mut AnyConnection,
    held: &Held,
) -> Result<Option<AccessKeyId>, ServiceError> {
    let birth = match held.recent().first() {
        Some(first) if held.is_unborn() => lineage::birth_of(first),
        Some(_) => None,
        None => key_lines::of_key(reader, held.key()).await?,
    };
    let Some(birth) = birth else { return Ok(None) };
    let before = key_lines::before(reader, &birth).await?;
    Ok(before.map(|before| before.access_key_id))
}

/// In whose name a key is used, as its logs and the inventory say, where that knows its user.
async fn principals_of(
    reader: &mut AnyConnection,
    held: &Held,
    user: Option<&String>,
) -> Result<BTreeSet<String>, ServiceError> {
    let key = held.key();
    let mut principals: BTreeSet<String> = holder(held).into_iter().collect();
    if principals.is_empty() {
        let line = key_lines::of_key(reader, key).await?;
        principals.extend(line.and_then(|begun| principal(key, &begun.line)));
    }
    principals.extend(user.and_then(|user| principal(key, user)));
    Ok(principals)
}

/// In whose name a key's latest requests were made.
fn holder(held: &Held) -> Option<String> {
    held.recent().iter().rev().find_map(principal_of)
}

pub(super) fn born(one: &MintedKey) -> Minted {
    Minted {
        event_id: one.event_id.clone(),
        at: one.minted_at,
        parent: one.parent.clone(),
        child: one.child.clone(),
    }
}

pub(super) fn granted(one: &Grant) -> Granted {
    Granted {
        at: one.granted_at,
        by: one.granter.clone(),
        event_id: one.event_id.clone(),
        operation: one.operation.clone(),
        to: one.subject.clone(),
        through: one.through.clone(),
    }
}
