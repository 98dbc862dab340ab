//! The allowlist: evidence that counts no more, and use that nobody is told of. An entry's scope is what it
//! names and no more: the same key elsewhere still counts.

use std::collections::HashMap;

use claviger_model::{
    AccessKeyId, AllowlistEntry, AllowlistScope, Evidence, EvidenceId, EvidenceState,
};
use claviger_respond::allowlist as rules;
use claviger_respond::life_cycle::{EvidenceSeen, Happening, next_evidence};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{allowlist, evidence, repositories, risk_events};
use jiff::Timestamp;
use serde_json::json;

use crate::gather::evidence::close_when_nothing_is_left;
use crate::gather::risk_event;
use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// Evidence looked at in one step.
const BATCH: u32 = 500;

/// Evidence that one answer lists as hidden.
const HIDDEN_MAX: usize = 1_000;

/// What a person wants allowed.
#[derive(Debug, Clone)]
pub struct NewAllowance {
    /// What it is about.
    pub scope: AllowlistScope,
    /// The place, name, network or client.
    pub value: String,
    /// Only of this key.
    pub access_key_id: Option<AccessKeyId>,
    /// Why.
    pub reason: String,
    /// Who answers for it; `None` for who allows it.
    pub owner: Option<String>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Said twice: also what makes a key public, and use of such a key.
    pub also_public: bool,
}

/// An entry and how much it hides.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The entry.
    pub entry: AllowlistEntry,
    /// Pieces of evidence that it hides now.
    pub hidden: u64,
}

impl Service {
    /// Every entry of the allowlist, each with how much it hides.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn allowlist(&self) -> Result<Vec<Allowance>, ServiceError> {
        let mut reader = self.store().read().await?;
        let entries = allowlist::list(&mut reader).await?;
        // An entry that names a key is about that key alone: of many only those are asked.
        let mut of_key: HashMap<Option<&AccessKeyId>, Vec<usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            of_key.entry(entry.access_key_id.as_ref()).or_default().push(place);
        }
        let mut counts = vec![0_u64; entries.len()];
        let hidden = EvidenceState::AddedToWhitelist;
        let mut after: Option<EvidenceId> = None;
        loop {
            let page = evidence::page(&mut reader, Some(hidden), after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for found in &page {
                let key = found.access_key_id.as_ref();
                let mut asked = vec![of_key.get(&None)];
                asked.extend(key.map(|key| of_key.get(&Some(key))));
                for place in asked.into_iter().flatten().flatten() {
                    counts[*place] += u64::from(rules::is_about(&entries[*place], found));
                }
            }
        }
        let all = entries.into_iter().zip(counts);
        Ok(all.map(|(entry, hidden)| Allowance { entry, hidden }).collect())
    }

    /// The evidence that an entry hides.
    ///
    /// # Errors
    /// The entry does not exist.
    pub async fn hidden_by(&self, id: &str) -> Result<Vec<Evidence>, ServiceError> {
        let mut reader = self.store().read().await?;
        let entry = allowlist::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("allowlist entry", id))?;
        let hidden = EvidenceState::AddedToWhitelist;
        let mut all = about(&mut reader, &entry, Some(hidden)).await?;
        all.truncate(HIDDEN_MAX);
        Ok(all)
    }

    /// Puts the place of a piece of evidence on the allowlist.
    ///
    /// # Errors
    /// The evidence does not exist, or the place is public and that was not said twice.
    pub async fn add_to_allowlist(
        &self,
        actor: &Actor,
        id: &EvidenceId,
        reason: &str,
        also_public: bool,
    ) -> Result<Evidence, ServiceError> {
        let mut reader = self.store().read().await?;
        let found = evidence::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("evidence", id))?;
        drop(reader);
        let new = NewAllowance {
            scope: AllowlistScope::Place,
            value: found.location.uri.clone(),
            access_key_id: found.access_key_id.clone(),
            reason: reason.to_owned(),
            owner: None,
            expires_at: None,
            also_public,
        };
        self.allow(actor, new).await?;
        let mut reader = self.store().read().await?;
        let found = evidence::get(&mut reader, id).await?;
        found.ok_or_else(|| ServiceError::not_found("evidence", id))
    }

    /// Allows something: what it hides counts no more from now on.
    ///
    /// # Errors
    /// The actor may not, the value does not fit its scope, or it would hide what is public and that was
    /// not said twice.
    pub async fn allow(
        &self,
        actor: &Actor,
        new: NewAllowance,
    ) -> Result<AllowlistEntry, ServiceError> {
        let subject = format!("{} {}", new.scope.as_str(), new.value);
        self.perform(actor, Act::SetAllowlist, &subject, async {
            let mut tx = self.store().write().await?;
            let entry = allow_in(&mut tx, actor, new, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("allowlist");
            self.tell_pages("events");
            Ok(entry)
        })
        .await
    }

    /// Takes an entry off the allowlist: what it hid counts again.
    ///
    /// # Errors
    /// The entry does not exist.
    pub async fn remove_from_allowlist(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetAllowlist, id, async {
            let mut tx = self.store().write().await?;
            let entry = allowlist::get(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("allowlist entry", id))?;
            allowlist::remove(&mut tx, id).await?;
            self.show_again(&mut tx, actor, &entry).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("allowlist");
            Ok(())
        })
        .await
    }

    /// What an entry hid counts again, where no other one hides it.
    async fn show_again(
        &self,
        tx: &mut AnyConnection,
        actor: &Actor,
        entry: &AllowlistEntry,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let others = allowlist::list(tx).await?;
        for found in about(tx, entry, Some(EvidenceState::AddedToWhitelist)).await? {
            if others.iter().any(|other| rules::hides(other, &found, now)) {
                continue;
            }
            let state = next_evidence(found.state, EvidenceSeen::AllowlistRemoved);
            evidence::set_state(tx, &found.id, state, now).await?;
            let text = format!("{} was taken off the allowlist", found.location.uri);
            tell(tx, actor, &found, &text, now).await?;
            if let Some(mut event) = risk_events::for_update(tx, &found.risk_event_id).await? {
                let (counts, at) = (Happening::NewEvidence, (now, now));
                risk_event::happen_seen(tx, &mut event, counts, at, &text).await?;
                risk_events::update(tx, &event).await?;
            }
            // The next look tells whether it still stands there.
            if let Some((asset_id, object)) = found.asset_id.clone().zip(found.object.clone()) {
                enqueue(tx, &Kind::CheckObject { asset_id, object }, now).await?;
            }
            if let Some(code) = &found.code {
                let repository_id = code.repository_id.clone();
                repositories::look_again(tx, &repository_id).await?;
                enqueue(tx, &Kind::ScanRepository { repository_id }, now).await?;
            }
            if let Some(access_key_id) = found.access_key_id.clone() {
                enqueue(tx, &Kind::JoinPast { access_key_id }, now).await?;
            }
        }
        Ok(())
    }
}

/// Allows something in a transaction. What is refused has written nothing.
pub(super) async fn allow_in(
    tx: &mut AnyConnection,
    actor: &Actor,
    new: NewAllowance,
    now: Timestamp,
) -> Result<AllowlistEntry, ServiceError> {
    let entry = entry_of(actor, new, now)?;
    let all = about(tx, &entry, None).await?;
    if !entry.also_public {
        refuse_public(&all)?;
    }
    allowlist::insert(tx, &entry).await?;
    for mut found in all {
        if rules::hides(&entry, &found, now) {
            hide(tx, actor, &mut found, now).await?;
        }
    }
    if let Some(at) = entry.expires_at {
        enqueue(tx, &Kind::EndAllowance { entry_id: entry.id.clone() }, at).await?;
    }
    Ok(entry)
}

/// The entry that a person asked for.
fn entry_of(
    actor: &Actor,
    new: NewAllowance,
    now: Timestamp,
) -> Result<AllowlistEntry, ServiceError> {
    rules::check(new.scope, &new.value)
        .map_err(|error| ServiceError::invalid("value", error.to_string(), error.hint()))?;
    if new.expires_at.is_some_and(|at| at <= now) {
        let hint = "name an instant to come, or none";
        return Err(ServiceError::invalid("expires_at", "that is over already", hint));
    }
    Ok(AllowlistEntry {
        id: format!("alw_{}", hex::encode(entropy()?)),
        scope: new.scope,
        value: new.value.trim().to_owned(),
        access_key_id: new.access_key_id,
        reason: new.reason,
        owner: new.owner.unwrap_or_else(|| actor.name.clone()),
        by: actor.name.clone(),
        at: now,
        expires_at: new.expires_at,
        also_public: new.also_public,
        silenced: 0,
        silenced_at: None,
    })
}

/// The secret of a key that stands where anybody may read it is used by anybody: that is not hidden by
/// one word.
fn refuse_public(all: &[Evidence]) -> Result<(), ServiceError> {
    let Some(public) = all.iter().find(|found| rules::is_public(found.source)) else {
        return Ok(());
    };
    Err(ServiceError::Conflict {
        message: format!(
            "{} is {}: anybody may read the secret, and its use would be told to nobody",
            public.location.uri,
            public.source.title()
        ),
        hint: "say it twice: send `also_public: true`, or `--also-public`".to_owned(),
    })
}

/// All evidence that an entry is about, in a state.
async fn about(
    c: &mut AnyConnection,
    entry: &AllowlistEntry,
    state: Option<EvidenceState>,
) -> Result<Vec<Evidence>, ServiceError> {
    let mut all = Vec::new();
    if entry.scope.is_of_use() {
        return Ok(all);
    }
    if let Some(key) = key_of(entry) {
        // Of many keys only this one's evidence is read.
        all = evidence::of_key(c, &key).await?;
        all.retain(|found| {
            state.is_none_or(|state| found.state == state) && rules::is_about(entry, found)
        });
        return Ok(all);
    }
    let mut after: Option<EvidenceId> = None;
    loop {
        let page = evidence::page(c, state, after.as_ref(), BATCH).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id.clone());
        all.extend(page.into_iter().filter(|found| rules::is_about(entry, found)));
    }
}

/// The only key whose evidence an entry is about.
fn key_of(entry: &AllowlistEntry) -> Option<AccessKeyId> {
    match entry.scope {
        AllowlistScope::Key => AccessKeyId::parse(&entry.value).ok(),
        _ => entry.access_key_id.clone(),
    }
}

async fn hide(
    tx: &mut AnyConnection,
    actor: &Actor,
    found: &mut Evidence,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let state = next_evidence(found.state, EvidenceSeen::Allowlisted);
    if state == found.state {
        return Ok(());
    }
    found.state = state;
    evidence::set_state(tx, &found.id, state, now).await?;
    let text = format!("{} was added to the allowlist", found.location.uri);
    tell(tx, actor, found, &text, now).await
}

async fn tell(
    tx: &mut AnyConnection,
    actor: &Actor,
    found: &Evidence,
    text: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let Some(mut event) = risk_events::for_update(tx, &found.risk_event_id).await? else {
        return Ok(());
    };
    let details = json!({ "evidence_id": found.id });
    let occasion = format!("{} {now}", found.id);
    let by = Some(actor.name.as_str());
    risk_event::tell_as(tx, &event.id, "allowlist", &occasion, now, text, details, by).await?;
    close_when_nothing_is_left(tx, &mut event, now).await
}
