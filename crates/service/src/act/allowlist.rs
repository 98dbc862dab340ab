//! The allowlist: places whose evidence counts no more. Its scope is the place, not the key: the same
//! key elsewhere still counts.

use claviger_model::{Evidence, EvidenceId};
use claviger_respond::life_cycle::{EvidenceSeen, next_evidence};
use claviger_store::allowlist::{self, AllowlistEntry};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{evidence, risk_events};
use serde_json::json;

use crate::gather::evidence::close_when_nothing_is_left;
use crate::gather::risk_event;
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// Every entry of the allowlist.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn allowlist(&self) -> Result<Vec<AllowlistEntry>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(allowlist::list(&mut reader).await?)
    }

    /// Puts the place of a piece of evidence on the allowlist.
    ///
    /// # Errors
    /// The evidence does not exist.
    pub async fn add_to_allowlist(
        &self,
        actor: &Actor,
        id: &EvidenceId,
        reason: &str,
    ) -> Result<Evidence, ServiceError> {
        self.perform(actor, Act::SetAllowlist, id.as_str(), async {
            let mut tx = self.store().write().await?;
            let mut found = evidence::get(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("evidence", id))?;
            let now = self.now();
            let entry = AllowlistEntry {
                id: format!("alw_{}", hex::encode(entropy()?)),
                access_key_id: found.access_key_id.clone(),
                uri: found.location.uri.clone(),
                reason: reason.to_owned(),
                by: actor.name.clone(),
                at: now,
            };
            allowlist::insert(&mut tx, &entry).await?;
            found.state = next_evidence(found.state, EvidenceSeen::Allowlisted);
            evidence::set_state(&mut tx, id, found.state).await?;
            let text = format!("{} was added to the allowlist", found.location.uri);
            tell(&mut tx, actor, &found, &text, now).await?;
            tx.commit().await?;
            self.tell_pages(found.risk_event_id.as_str());
            Ok(found)
        })
        .await
    }

    /// Takes an entry off the allowlist: its evidence counts again.
    ///
    /// # Errors
    /// The entry does not exist.
    pub async fn remove_from_allowlist(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetAllowlist, id, async {
            let mut tx = self.store().write().await?;
            let entry = allowlist::list(&mut tx)
                .await?
                .into_iter()
                .find(|entry| entry.id == id)
                .ok_or_else(|| ServiceError::not_found("allowlist entry", id))?;
            allowlist::remove(&mut tx, id).await?;
            if let Some(key) = &entry.access_key_id {
                for event in risk_events::of_key(&mut tx, key).await? {
                    let all = evidence::of_event(&mut tx, &event.id).await?;
                    for found in all.iter().filter(|found| found.location.uri == entry.uri) {
                        let state = next_evidence(found.state, EvidenceSeen::AllowlistRemoved);
                        evidence::set_state(&mut tx, &found.id, state).await?;
                        let text = format!("{} was taken off the allowlist", entry.uri);
                        tell(&mut tx, actor, found, &text, self.now()).await?;
                    }
                }
            }
            tx.commit().await?;
            self.tell_pages("allowlist");
            Ok(())
        })
        .await
    }
}

async fn tell(
    tx: &mut AnyConnection,
    actor: &Actor,
    found: &Evidence,
    text: &str,
    now: jiff::Timestamp,
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
