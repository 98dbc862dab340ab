//! Self-managed intelligence: keys that a person knows, or fears, to be leaked.

use claviger_intel::{Entry, self_managed};
use claviger_model::{Evidence, EvidenceId, EvidenceState, IntelligenceSource, Location, RiskType};
use claviger_respond::raise;

use crate::gather::{evidence, risk_event};
use crate::{Act, Actor, Service, ServiceError};

/// Entries written in one transaction: few enough that other writers wait for milliseconds.
const ENTRIES_AT_ONCE: usize = 200;

impl Service {
    /// Enters keys as leaked, each with where and by whom it was seen. Returns how many were kept.
    ///
    /// # Errors
    /// The actor may not, or the state cannot be written.
    pub async fn add_intelligence(
        &self,
        actor: &Actor,
        entries: &[Entry],
    ) -> Result<usize, ServiceError> {
        let subject = format!("{} entries", entries.len());
        self.perform(actor, Act::AddIntelligence, &subject, async {
            let policy = self.policy(RiskType::AccessKeyPairLeak).await?;
            if !raise::allowed(&policy) {
                return Err(ServiceError::Conflict {
                    message: format!("the policy {} is disabled", policy.risk_type.title()),
                    hint: "enable it first: `PUT /api/v1/policies/access_key_pair_leak`".to_owned(),
                });
            }
            for batch in entries.chunks(ENTRIES_AT_ONCE) {
                let mut tx = self.store().write().await?;
                for entry in batch {
                    evidence::keep(self, &mut tx, self.evidence_of_entry(actor, entry)).await?;
                }
                tx.commit().await?;
                self.wake_workers();
            }
            self.tell_pages("events");
            Ok(entries.len())
        })
        .await
    }

    /// What people entered, newest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn intelligence(&self, limit: u32) -> Result<Vec<Evidence>, ServiceError> {
        let mut reader = self.store().read().await?;
        let source = IntelligenceSource::SelfManagedIntelligence;
        Ok(claviger_store::evidence::of_source(&mut reader, source, limit).await?)
    }

    /// Reads entries as a person uploads them: CSV with a header, or JSON lines.
    #[must_use]
    pub fn parse_intelligence(
        &self,
        text: &str,
        format: self_managed::Format,
    ) -> (Vec<Entry>, Vec<self_managed::Reject>) {
        self_managed::parse(text, format)
    }

    fn evidence_of_entry(&self, actor: &Actor, entry: &Entry) -> Evidence {
        let key = entry.access_key_id.clone();
        let now = self.now();
        let place = entry.link.clone().unwrap_or_else(|| format!("entered by {}", actor.name));
        Evidence {
            id: EvidenceId::derived(&["self_managed", key.as_str(), &place]),
            risk_event_id: risk_event::id_of_key(RiskType::AccessKeyPairLeak, &key),
            access_key_id: key,
            source: IntelligenceSource::SelfManagedIntelligence,
            state: EvidenceState::Found,
            location: Location {
                uri: place,
                path: Vec::new(),
                line: 1,
                column: 1,
                start: 0,
                end: 0,
            },
            connection_id: None,
            asset_id: None,
            bucket: None,
            object: None,
            link: entry.link.clone(),
            fingerprint: None,
            masked: None,
            confidence: 1.0,
            why: entry.note.iter().cloned().chain(entry.user.clone()).collect(),
            readable_since: entry.seen_at,
            found_at: now,
            seen_at: now,
        }
    }
}
