//! What a person should know of the history itself: its size, and what of it was lost.

use claviger_history::Damage;

use crate::{Service, ServiceError};

/// The history in numbers.
#[derive(Debug, Clone)]
pub struct HistoryState {
    /// Bytes of all its files.
    pub bytes: u64,
    /// Days that it holds.
    pub days: u64,
    /// Files that were damaged or could not be read, until somebody forgets them.
    pub damage: Vec<Damage>,
}

impl Service {
    /// The history in numbers.
    ///
    /// # Errors
    /// Its folder cannot be listed.
    pub async fn history_state(&self) -> Result<HistoryState, ServiceError> {
        let history = self.history().clone();
        let read = tokio::task::spawn_blocking(move || {
            Ok(HistoryState {
                bytes: history.bytes()?,
                days: history.days()?.len() as u64,
                damage: history.damage()?,
            })
        });
        read.await
            .map_err(|error| ServiceError::Internal(format!("the history was not read: {error}")))?
    }
}
