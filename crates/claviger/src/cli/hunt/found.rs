//! The requests that log files hold of a key: in memory as far as it goes, the rest in temporary files.

use claviger_history::{HistoryError, Pile, SortedPile};
use claviger_model::AccessEvent;
use claviger_watch::sort_and_dedup;

use super::HELD_MAX;

/// Takes requests in any order and number.
pub(super) struct Found {
    held: Vec<AccessEvent>,
    /// Bytes of what is held.
    bytes: usize,
    /// Bytes of memory that may be used.
    memory: usize,
    pile: Option<Pile>,
}

/// Requests in the order of time, each once.
pub(super) enum Sorted {
    /// So few that they are held.
    Held(Vec<AccessEvent>),
    /// More.
    Piled(SortedPile),
}

impl Found {
    /// Takes about so many bytes of memory.
    pub(super) fn new(memory: usize) -> Self {
        Self { held: Vec::new(), bytes: 0, memory, pile: None }
    }

    /// Adds a request.
    pub(super) fn push(&mut self, event: AccessEvent) -> Result<(), HistoryError> {
        if let Some(pile) = &mut self.pile {
            return pile.push(&event);
        }
        self.bytes += bytes_of(&event);
        self.held.push(event);
        // To sort what is held and to sum it up takes as much again.
        if self.held.len() as u64 <= HELD_MAX && self.bytes <= self.memory / 2 {
            return Ok(());
        }
        let mut pile = Pile::new(&std::env::temp_dir(), self.memory);
        for event in std::mem::take(&mut self.held) {
            pile.push(&event)?;
        }
        self.pile = Some(pile);
        Ok(())
    }

    /// All of them in order.
    pub(super) fn sort(self) -> Result<Sorted, HistoryError> {
        Ok(match self.pile {
            Some(pile) => Sorted::Piled(pile.sort()?),
            None => Sorted::Held(sort_and_dedup(self.held)),
        })
    }
}

/// Bytes that a request takes in memory.
fn bytes_of(event: &AccessEvent) -> usize {
    /// What an allocation takes beside its bytes.
    const ALLOCATION: usize = 16;
    let key = event.access_key_id.as_ref().map(|id| id.as_str());
    let texts = [
        key,
        event.account.as_deref(),
        event.source_ip.as_deref(),
        event.user_agent.as_deref(),
        Some(event.operation.as_str()),
        event.bucket.as_deref(),
        event.object.as_deref(),
        event.error.as_deref(),
        event.request_id.as_deref(),
        Some(event.event_id.as_str()),
    ];
    let texts: usize = texts.into_iter().flatten().map(|text| text.len() + ALLOCATION).sum();
    texts + size_of::<AccessEvent>()
}
