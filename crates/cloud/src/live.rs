//! Credentials that may change under a client at work: what signs is asked for them each time.

use std::sync::{Arc, PoisonError, RwLock};

use crate::Credentials;

/// What requests are signed with now. Clones are the same credentials: renewed in one place, every client that
/// shares them signs with the new ones.
#[derive(Debug, Clone)]
pub struct LiveCredentials(Arc<RwLock<Arc<Credentials>>>);

impl LiveCredentials {
    /// Those that are good now.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(credentials))))
    }

    /// Those to sign with now.
    #[must_use]
    pub fn now(&self) -> Arc<Credentials> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts others in their place.
    pub fn renew(&self, credentials: Credentials) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(credentials);
    }
}
