//! Once nothing came for a moment, keys that are judged ahead are judged in order.

use std::sync::Arc;
use std::time::Duration;

use super::{batch_of, keep_batch};
use crate::{Service, chain};

/// Nothing came for so long.
const QUIET: Duration = Duration::from_millis(200);

/// The pause after it failed.
const RETRY: Duration = Duration::from_secs(5);

/// Judges them in order, unless another group comes first.
pub(super) fn later(service: &Service) {
    after(service, QUIET);
}

fn after(service: &Service, pause: Duration) {
    let Some(group) = service.intake().group_ahead() else { return };
    // Nobody waits for this: an installation that closes meanwhile has kept word of them.
    let installation = Arc::downgrade(&service.0);
    tokio::spawn(async move {
        tokio::time::sleep(pause).await;
        let Some(service) = installation.upgrade().map(Service) else { return };
        if service.intake().group_ahead() == Some(group) {
            Box::pin(now(&service)).await;
        }
    });
}

/// Judges them in order.
pub(crate) async fn now(service: &Service) {
    let _turn = service.intake().turn.lock().await;
    if service.intake().group_ahead().is_none() {
        return;
    }
    let mut batch = batch_of(&mut []);
    batch.settles = true;
    if let Err(error) = keep_batch(service, &mut batch, &[]).await {
        tracing::warn!(error = %chain(&error), "busy keys are judged in order later");
        after(service, RETRY);
    }
}
