//! Wake-ups inside one process.

use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Notice, Topic, Wake};

/// Wake-ups kept for a slow receiver. Each is a few dozen bytes; who is further behind than this looks at
/// all of the state anyway.
const WAITING_MAX: usize = 1024;

/// Wake-ups inside one process. Clones share their listeners.
#[derive(Debug, Clone)]
pub struct Live {
    jobs: broadcast::Sender<Notice>,
    changes: broadcast::Sender<Notice>,
}

impl Live {
    /// A stream without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self {
            jobs: broadcast::Sender::new(WAITING_MAX),
            changes: broadcast::Sender::new(WAITING_MAX),
        }
    }

    /// Wakes all who listen to a topic now. Never waits; nobody listening is fine.
    pub fn publish(&self, topic: Topic, notice: Notice) {
        // An error means that nobody listens.
        self.sender(topic).send(notice).ok();
    }

    /// Listens to a topic from now on.
    #[must_use]
    pub fn subscribe(&self, topic: Topic) -> Receiver {
        Receiver(self.sender(topic).subscribe())
    }

    fn sender(&self, topic: Topic) -> &broadcast::Sender<Notice> {
        match topic {
            Topic::Jobs => &self.jobs,
            Topic::Changes => &self.changes,
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// One who listens to a topic.
#[derive(Debug)]
pub struct Receiver(broadcast::Receiver<Notice>);

impl Receiver {
    /// Waits for the next wake-up; `None` once the stream is gone. Safe to drop while it waits.
    pub async fn next(&mut self) -> Option<Wake> {
        match self.0.recv().await {
            Ok(notice) => Some(Wake::Notice(notice)),
            Err(RecvError::Lagged(_)) => Some(Wake::Lagged),
            Err(RecvError::Closed) => None,
        }
    }
}
