//! When a message leaves: at once, when the hours begin, or with others as one.

use claviger_model::{AlertRules, Level, Outside};
use jiff::{SignedDuration, Timestamp};

use crate::hours;

/// The window of [`claviger_model::Throttle::hour_max`].
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The window of [`claviger_model::Throttle::event_day_max`].
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// By itself, at this instant or when it has passed.
    Alone(Timestamp),
    /// In one message with others, which leaves at this instant.
    Together(Timestamp),
}

impl Dispatch {
    /// The instant.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::Alone(at) | Self::Together(at) => at,
        }
    }
}

/// What has left, or is sure to leave, by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent<'a> {
    /// When the configuration's messages leave that do so by themselves, in any order.
    pub all: &'a [Timestamp],
    /// Of those, when those about the same event leave.
    pub of_event: &'a [Timestamp],
    /// When the message leaves that others are being collected for.
    pub collecting_until: Option<Timestamp>,
}

/// When a message of this level leaves. Nothing is lost: what may not leave by itself leaves with others.
#[must_use]
pub fn dispatch(rules: &AlertRules, level: Level, now: Timestamp, sent: Sent<'_>) -> Dispatch {
    let open = match &rules.hours {
        None => now,
        Some(hours) if hours.outside == Outside::HighOnly && level == Level::High => now,
        Some(hours) => {
            let open = hours::next_open(hours, now);
            if open > now && hours.outside == Outside::Digest {
                return together(rules, open, sent);
            }
            open
        }
    };
    if let Some(digest) = rules.digest
        && !(digest.high_at_once && level == Level::High)
    {
        let due = later(open, SignedDuration::from_mins(digest.minutes.into()));
        return together(rules, due, sent);
    }
    let full_until = [
        full_until(rules.throttle.hour_max, HOUR, sent.all, open),
        full_until(rules.throttle.event_day_max, DAY, sent.of_event, open),
    ];
    match full_until.into_iter().flatten().max() {
        None => Dispatch::Alone(open),
        Some(free) => together(rules, free, sent),
    }
}

/// With those that are being collected already, unless that leaves later than this need.
fn together(rules: &AlertRules, due: Timestamp, sent: Sent<'_>) -> Dispatch {
    let due = sent.collecting_until.map_or(due, |until| until.min(due));
    Dispatch::Together(rules.hours.as_ref().map_or(due, |hours| hours::next_open(hours, due)))
}

/// When there is room again, where there is none at `at`. What leaves later than `at` takes room as well,
/// so that no window, wherever it begins, holds more than `most`.
fn full_until(
    most: Option<u32>,
    window: SignedDuration,
    sent: &[Timestamp],
    at: Timestamp,
) -> Option<Timestamp> {
    let most = usize::try_from(most?.max(1)).unwrap_or(usize::MAX);
    let mut within: Vec<Timestamp> =
        sent.iter().copied().filter(|other| later(*other, window) > at).collect();
    if within.len() < most {
        return None;
    }
    within.sort_unstable();
    let leaves = within.len() - most;
    within.get(leaves).map(|oldest| later(*oldest, window))
}

fn later(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.checked_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use claviger_model::{Digest, Hours, Throttle};
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn rules(outside: Option<Outside>, throttle: Throttle, digest: Option<Digest>) -> AlertRules {
        let hours = outside.map(|outside| Hours {
            zone: "UTC".to_owned(),
            days: vec![1, 2, 3, 4, 5],
            from_minute: 480,
            until_minute: 1200,
            outside,
        });
        AlertRules { hours, throttle, digest, ..AlertRules::default() }
    }

    #[test]
    fn without_rules_everything_leaves_at_once() {
        let rules = AlertRules::default();
        let full: Vec<Timestamp> = (0..100).map(at).collect();
        let sent = Sent { all: &full, of_event: &full, collecting_until: None };
        assert_eq!(dispatch(&rules, Level::Low, at(5), sent), Dispatch::Alone(at(5)));
    }

    #[test]
    fn high_passes_closed_hours_only_where_they_say_so() {
        let sunday: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let monday: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
        let of = |outside, level| {
            let rules = rules(Some(outside), Throttle::default(), None);
            dispatch(&rules, level, sunday, Sent::default())
        };
        assert_eq!(of(Outside::HighOnly, Level::High), Dispatch::Alone(sunday));
        assert_eq!(of(Outside::HighOnly, Level::Low), Dispatch::Alone(monday));
        assert_eq!(of(Outside::Hold, Level::High), Dispatch::Alone(monday));
        assert_eq!(of(Outside::Digest, Level::High), Dispatch::Together(monday));
    }

    #[test]
    fn a_digest_collects_and_lets_high_pass_where_it_says_so() {
        let digest = Some(Digest { minutes: 30, high_at_once: true });
        let rules = rules(None, Throttle::default(), digest);
        let first = dispatch(&rules, Level::Low, at(0), Sent::default());
        assert_eq!(first, Dispatch::Together(at(1800)));
        let sent = Sent { collecting_until: Some(at(1800)), ..Sent::default() };
        assert_eq!(dispatch(&rules, Level::Low, at(600), sent), Dispatch::Together(at(1800)));
        assert_eq!(dispatch(&rules, Level::High, at(600), sent), Dispatch::Alone(at(600)));
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_the_throttle_and_nothing_is_lost(
            most in 1_u32..5,
            outside in prop::option::of(prop::sample::select(Outside::ALL.to_vec())),
            steps in prop::collection::vec((0_i64..3_000, 0_u8..3), 1..120),
        ) {
            let rules = rules(outside, Throttle { hour_max: Some(most), event_day_max: None }, None);
            let levels = [Level::Low, Level::Medium, Level::High];
            let mut now = at(0);
            let (mut alone, mut together) = (Vec::new(), 0);
            let mut collecting_until: Option<Timestamp> = None;
            for (pause, level) in &steps {
                now = later(now, SignedDuration::from_secs(*pause));
                collecting_until = collecting_until.filter(|until| *until > now);
                let sent = Sent { all: &alone, of_event: &[], collecting_until };
                let level = levels[usize::from(*level)];
                match dispatch(&rules, level, now, sent) {
                    Dispatch::Alone(at) => {
                        prop_assert!(at >= now);
                        alone.push(at);
                    }
                    Dispatch::Together(at) => {
                        prop_assert!(at >= now);
                        prop_assert!(collecting_until.is_none_or(|until| at <= until.max(now)
                            || rules.hours.is_some()));
                        if let Some(hours) = &rules.hours {
                            prop_assert!(hours::is_open(hours, at));
                        }
                        collecting_until = Some(at);
                        together += 1;
                    }
                }
            }
            prop_assert_eq!(alone.len() + together, steps.len());
            alone.sort_unstable();
            for window in alone.windows(most as usize + 1) {
                prop_assert!(window[most as usize] >= later(window[0], HOUR));
            }
        }
    }
}
