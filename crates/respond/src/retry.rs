//! How often a message is tried, and when it is given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The first pause; twice as long after each try.
const PAUSE_FIRST: Duration = Duration::from_secs(1);

/// Tries of a message that is refused for good: servers take back a refusal that was a mistake, seldom
/// later than this.
const REFUSALS_MAX: u32 = 5;

/// A message is tried for a day: whoever mends a mail server in the morning finds nothing lost.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// What follows a try that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another, after a pause.
    TryAgain(Duration),
    /// None: a person may send it again.
    GiveUp,
}

/// What follows the failed try number `tries` (from 1) of a message that might leave since `since`.
#[must_use]
pub fn next(
    tries: u32,
    since: Timestamp,
    now: Timestamp,
    is_permanent: bool,
    pause_max: Duration,
) -> Next {
    let too_old = now.duration_since(since) >= AGE_MAX && tries > 1;
    if too_old || (is_permanent && tries >= REFUSALS_MAX) {
        return Next::GiveUp;
    }
    let pause = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1).min(16)));
    Next::TryAgain(pause.min(pause_max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_message_ends_within_a_bound(permanent: bool, pause_max in 1_u64..600, wait in 0_u64..90) {
            let since = Timestamp::UNIX_EPOCH;
            let pause_max = Duration::from_secs(pause_max);
            let (mut now, mut tries) = (since, 0);
            loop {
                tries += 1;
                now += SignedDuration::from_secs(wait as i64);
                match next(tries, since, now, permanent, pause_max) {
                    Next::GiveUp => break,
                    Next::TryAgain(pause) => {
                        prop_assert!(pause > Duration::ZERO && pause <= pause_max);
                        now += SignedDuration::try_from(pause).unwrap();
                    }
                }
            }
            prop_assert!(!permanent || tries <= REFUSALS_MAX);
            prop_assert!(permanent || tries > 1);
            prop_assert!(now.duration_since(since) <= AGE_MAX + SignedDuration::from_secs(700));
        }
    }
}
