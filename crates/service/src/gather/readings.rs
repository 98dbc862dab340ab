//! What the readings of repositories share: how many run at a time, when they are to end, and which commit each host
//! was asked for last.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use claviger_model::RepositoryId;
use claviger_repository::ObjectId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{Service, ServiceError};

/// Readings at a time: each may hold hundreds of megabytes and keep a processor busy for hours, and other jobs want
/// workers, too.
const SEATS: usize = 2;

/// What all readings share.
pub(crate) struct Readings {
    seats: Arc<Semaphore>,
    end: Arc<AtomicBool>,
    told: watch::Sender<bool>,
    asked: Mutex<HashMap<RepositoryId, ObjectId>>,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            seats: Arc::new(Semaphore::new(SEATS)),
            end: Arc::default(),
            told: watch::Sender::new(false),
            asked: Mutex::default(),
        }
    }
}

impl Readings {
    /// A seat, where one is free.
    pub(crate) fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok()
    }

    /// Set once readings are to end: a repository is read until then.
    pub(crate) fn end(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.end)
    }

    /// Whether readings are to end. Then nothing that was read since is to be believed.
    pub(crate) fn are_ending(&self) -> bool {
        self.end.load(Ordering::SeqCst)
    }

    /// Waits until readings are to end.
    pub(crate) async fn ended(&self) {
        if self.told.subscribe().wait_for(|told| *told).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Has all readings end once `stop` is told.
    pub(crate) async fn end_at(&self, mut stop: watch::Receiver<bool>) {
        self.end.store(false, Ordering::SeqCst);
        self.told.send_replace(false);
        // Whoever is gone without a word stops nothing.
        if stop.wait_for(|stop| *stop).await.is_ok() {
            self.end.store(true, Ordering::SeqCst);
            self.told.send_replace(true);
        }
    }

    /// The commit that the host of a repository was asked for last.
    pub(crate) fn asked(&self, repository: &RepositoryId) -> Option<ObjectId> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(repository).copied()
    }

    /// Keeps it.
    pub(crate) fn keep_asked(&self, repository: &RepositoryId, commit: ObjectId) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(repository.clone(), commit);
    }

    /// Forgets a repository that is watched no more.
    pub(crate) fn forget(&self, repository: &RepositoryId) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(repository);
    }
}

impl Service {
    /// Lets a reading go on, unless it is to end.
    ///
    /// # Errors
    /// The service is being stopped: what was read since is not to be believed.
    pub(crate) fn go_on_reading(&self) -> Result<(), ServiceError> {
        match self.readings().are_ending() {
            true => Err(ServiceError::Stopping),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_read_at_a_time_and_all_end_at_the_stop() {
        let readings = Readings::default();
        let (first, second) = (readings.seat(), readings.seat());
        assert!(first.is_some() && second.is_some() && readings.seat().is_none());
        drop(first);
        assert!(readings.seat().is_some());
        let (stop, stopped) = watch::channel(false);
        let ((), ()) = tokio::join!(readings.end_at(stopped), async {
            tokio::task::yield_now().await;
            assert!(!readings.are_ending());
            stop.send_replace(true);
            readings.ended().await;
            assert!(readings.are_ending() && readings.end().load(Ordering::SeqCst));
        });
    }
}
