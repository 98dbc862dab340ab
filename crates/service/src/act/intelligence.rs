//! Self-managed intelligence: keys that a person knows, or fears, to be leaked.

use claviger_intel::{Claim, Entry, self_managed};
use claviger_model::{Evidence, EvidenceId, EvidenceState, IntelligenceSource, Location, RiskType};
use claviger_respond::raise::{self, Fact};

use crate::gather::evidence;
use crate::gather::risk_event::About;
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
            let mut kinds: Vec<RiskType> = entries.iter().map(type_of).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for kind in kinds {
                if !raise::allowed(&self.policy(kind).await?) {
                    let word = kind.as_str();
                    return Err(ServiceError::Conflict {
                        message: format!("the policy {} is disabled", kind.title()),
                        hint: format!("enable it first: `PUT /api/v1/policies/{word}`"),
                    });
                }
            }
            for batch in entries.chunks(ENTRIES_AT_ONCE) {
                let mut tx = self.store().write().await?;
                for entry in batch {
                    let about = About::key(type_of(entry), &entry.access_key_id);
                    let found = self.evidence_of_entry(actor, entry, &about);
                    evidence::keep(self, &mut tx, &about, Fact::Told, found).await?;
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

    fn evidence_of_entry(&self, actor: &Actor, entry: &Entry, about: &About) -> Evidence {
        let now = self.now();
        let place = entry.link.clone().unwrap_or_else(|| format!("entered by {}", actor.name));
        Evidence {
            id: match about.risk_type {
                RiskType::CustomIntelligence => {
                    EvidenceId::derived(&["self_managed", &about.subject, &place, "suspected"])
                }
                _ => EvidenceId::derived(&["self_managed", &about.subject, &place]),
            },
            risk_event_id: about.id(),
            access_key_id: about.key.clone(),
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
            code: None,
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

/// What an entry raises: a key that is said to be leaked is a leak; one that is only to be watched is an
/// event of its own type.
fn type_of(entry: &Entry) -> RiskType {
    match entry.claim {
        Claim::Leaked => RiskType::AccessKeyPairLeak,
        Claim::Suspected => RiskType::CustomIntelligence,
    }
}
