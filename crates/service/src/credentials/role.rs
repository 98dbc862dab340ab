//! Credentials of the machine's role: asked for where it runs, and again before they end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use claviger_cloud::{CloudError, Credentials, MetadataService, SessionCredentials, instance_role};
use claviger_dial::Guard;
use claviger_model::Provider;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::missing;
use crate::chain;
use crate::settings::InstanceRole;

/// Those that end sooner are asked for anew: providers have the next ones ready by then.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// Those that hold still are not asked for more often than this.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// Whose role, and its name where one was named.
type Which = (Provider, Option<String>);

struct Held {
    session: SessionCredentials,
    asked_at: Instant,
}

impl Held {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let left = self.session.expires_at.duration_since(now);
        left > RENEW_BEFORE || left.is_positive() && self.asked_at.elapsed() < ASK_EVERY
    }
}

/// The sessions of the machine's roles. Locked while one is asked for, so that many jobs ask once.
#[derive(Default)]
pub(super) struct Roles(Mutex<HashMap<Which, Held>>);

impl Roles {
    /// What to sign with as the role now.
    pub(super) async fn take(
        &self,
        (provider, name): Which,
        allowed: &InstanceRole,
        guard: &Guard,
        now: Timestamp,
    ) -> Result<Credentials, CloudError> {
        let service = match allowed {
            InstanceRole::Refused => {
                return Err(missing(
                    "the role of this machine may not be used".to_owned(),
                    "set `instance_role = true` where the service runs".to_owned(),
                ));
            }
            InstanceRole::OfMachine => MetadataService::OfMachine,
            InstanceRole::At(address) => MetadataService::At(address.clone()),
        };
        let mut held = self.0.lock().await;
        let which = (provider, name);
        if let Some(fresh) = held.get(&which).filter(|held| held.is_fresh(now)) {
            return Ok(fresh.session.credentials.clone());
        }
        match instance_role(provider, which.1.as_deref(), &service, guard).await {
            Ok(session) => {
                let credentials = session.credentials.clone();
                held.retain(|_, old| old.session.expires_at > now);
                held.insert(which, Held { session, asked_at: Instant::now() });
                Ok(credentials)
            }
            Err(error) => match held.get_mut(&which) {
                Some(old) if old.session.expires_at > now => {
                    tracing::warn!(error = %chain(&error), hint = error.hint(),
                        "the credentials of the machine's role could not be renewed; they still hold");
                    old.asked_at = Instant::now();
                    Ok(old.session.credentials.clone())
                }
                _ => Err(error),
            },
        }
    }

    /// Asks anew the next time: some of them were refused.
    pub(super) async fn forget(&self) {
        self.0.lock().await.clear();
    }
}
