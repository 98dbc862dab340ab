//! The exporter's way to the collector, which is the guarded one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_service::chain;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

/// The largest answer: the protocol's has a number and a sentence.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The longest wait for one: the next spans are due in five seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends spans by the guarded client, from the exporter's thread on the service's runtime.
#[derive(Debug)]
pub(super) struct Collector {
    guard: Guard,
    runtime: Handle,
    fails: AtomicBool,
}

impl Collector {
    /// Must be called within the runtime.
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard, runtime: Handle::current(), fails: AtomicBool::new(false) }
    }

    /// Tells the log when spans cease to arrive, and when they arrive again.
    fn note(&self, failure: Option<String>) {
        let failed_before = self.fails.swap(failure.is_some(), Ordering::Relaxed);
        match (failure, failed_before) {
            (Some(failure), false) => tracing::warn!(failure, "traces do not arrive"),
            (None, true) => tracing::warn!("traces arrive again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // Without a subscriber: what carries spans makes none.
        let guard = self.guard.clone();
        let sent = async move { guard.carry(request, PATIENCE, ANSWER_BYTES_MAX).await };
        let answer = self.runtime.spawn(sent.with_subscriber(NoSubscriber::new())).await?;
        self.note(match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the collector answered {}", answer.status())),
            Err(error) => Some(chain(error)),
        });
        Ok(answer?.map(Bytes::from))
    }
}
