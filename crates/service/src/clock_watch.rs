//! Notices that the machine's clock went back, beside one that never does.
//!
//! Jobs wait for an instant. Where the clock goes back by an hour, all that repeats would stand still for an
//! hour, and nobody would be told of anything.

use std::time::{Duration, Instant};

use claviger_store::jobs;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::{Service, ServiceError, chain};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// A clock that is set right goes back by less, and nothing waits for it.
const BACK_MIN: SignedDuration = SignedDuration::from_secs(3);

/// Looks until told to stop.
pub(crate) async fn run(service: Service, mut stop: watch::Receiver<bool>) {
    let (mut wall, mut steady) = (service.now(), Instant::now());
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
        let (now, passed) = (service.now(), steady.elapsed());
        let back = went_back(wall, now, passed);
        if back >= BACK_MIN
            && let Err(error) = bring_forward(&service, now, back).await
        {
            // Looked at again from the same instant.
            tracing::error!(error = %chain(&error), "cannot bring jobs forward after the clock went back");
            continue;
        }
        (wall, steady) = (now, Instant::now());
    }
}

/// By how much the clock went back while some time passed.
fn went_back(before: Timestamp, now: Timestamp, passed: Duration) -> SignedDuration {
    SignedDuration::try_from(passed).unwrap_or_default() - now.duration_since(before)
}

async fn bring_forward(
    service: &Service,
    now: Timestamp,
    back: SignedDuration,
) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    let jobs = jobs::bring_forward(&mut tx, now, back).await?;
    tx.commit().await?;
    tracing::warn!(
        seconds = back.as_secs(),
        jobs,
        "the clock went back; what waited waits no longer for it"
    );
    service.wake_workers();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_went_back_went_back() {
        let at = |second: i64| Timestamp::from_second(1_767_225_600 + second).unwrap();
        let back = |now, passed| went_back(at(0), at(now), Duration::from_secs(passed)).as_secs();
        assert_eq!(back(1, 1), 0);
        assert_eq!(back(-599, 1), 600);
        assert!(back(3_600, 1) < 0, "forward is none of our concern");
    }
}
