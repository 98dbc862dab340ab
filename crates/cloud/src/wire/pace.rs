//! How fast calls leave: once a provider says that they are too many, every call of the connection waits, and longer
//! each time it says so again; with each answer the wait becomes shorter.
//!
//! A pause of one call alone would not do: the calls beside it would go on, and each would be refused in its turn.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The first wait.
const WAIT_FIRST: Duration = Duration::from_millis(100);
/// Longest wait that is found out here; one that the provider names may be as long as a call waits.
const WAIT_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// How long calls are held apart now; zero while nobody complains.
    wait: Duration,
    /// When the next may leave.
    not_before: Option<Instant>,
}

/// The pace of one connection.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

impl Pace {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The provider said that the calls are too many, and perhaps when to come again.
    pub(super) fn throttled(&self, now: Instant, asked: Option<Duration>) {
        self.change(|state| {
            // Calls that left together are refused together: that is one complaint.
            if state.not_before.is_none_or(|at| now >= at) {
                state.wait = (state.wait * 2).clamp(WAIT_FIRST, WAIT_MAX);
            }
            let until = now + state.wait.max(asked.unwrap_or_default().min(WAIT_MAX));
            state.not_before = Some(state.not_before.map_or(until, |at| at.max(until)));
        });
    }

    /// A call was answered.
    pub(super) fn answered(&self) {
        self.change(|state| {
            state.wait /= 2;
            if state.wait < WAIT_FIRST / 2 {
                *state = State::default();
            }
        });
    }

    /// How long the next call waits. `share`, 0 to 1, tells calls apart that wait together: they leave one after the
    /// other, within one more wait.
    pub(super) fn wait(&self, now: Instant, share: f64) -> Duration {
        let mut wait = Duration::ZERO;
        self.change(|state| {
            let rest = state.not_before.map(|at| at.saturating_duration_since(now));
            if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
                wait = rest + state.wait.mul_f64(share.clamp(0.0, 1.0));
            }
        });
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_wait_longer_with_each_complaint_and_shorter_with_each_answer() {
        let (pace, now) = (Pace::default(), Instant::now());
        assert_eq!(pace.wait(now, 1.0), Duration::ZERO);
        pace.throttled(now, None);
        assert_eq!(pace.wait(now, 0.0), WAIT_FIRST);
        let later = now + WAIT_FIRST;
        pace.throttled(later, None);
        assert_eq!(pace.wait(later, 0.0), WAIT_FIRST * 2);
        assert_eq!(pace.wait(later, 1.0), WAIT_FIRST * 4, "they do not all leave at once");
        for _ in 0..10 {
            pace.answered();
        }
        assert_eq!(pace.wait(later, 1.0), Duration::ZERO);
    }

    #[test]
    fn calls_that_are_refused_together_are_one_complaint() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..8 {
            pace.throttled(now, None);
        }
        assert_eq!(pace.wait(now, 0.0), WAIT_FIRST);
    }

    #[test]
    fn what_the_provider_asks_for_holds_for_every_call_up_to_a_bound() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.throttled(now, Some(Duration::from_secs(3)));
        assert_eq!(pace.wait(now, 0.0), Duration::from_secs(3));
        pace.throttled(now, Some(Duration::from_secs(3600)));
        assert_eq!(pace.wait(now, 0.0), WAIT_MAX);
        let mut at = now;
        for _ in 0..20 {
            at += WAIT_MAX;
            pace.throttled(at, None);
        }
        assert_eq!(pace.wait(at, 0.0), WAIT_MAX);
    }
}
