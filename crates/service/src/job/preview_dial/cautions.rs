//! What is to be known before the numbers of a preview are believed, in sentences.

use claviger_watch::Raised;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::seen::Seen;
use super::span::Span;
use super::{EVENTS_MAX, KEYS_COUNTED_MAX, ROWS_MAX};

/// In its first week hardly any habit of a key is known.
const FIRST_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// All that there may be a caution about.
pub(super) struct Course<'a> {
    pub(super) span: &'a Span,
    pub(super) seen: &'a Seen,
    /// From when on alarms are counted, and up to when.
    pub(super) counted: (Timestamp, Timestamp),
    /// Whether a part of the history could not be read.
    pub(super) is_partial: bool,
    /// Keys that were forgotten on the way.
    pub(super) forgotten: u64,
    /// Kinds of which the detector may not know all.
    pub(super) cut: &'a [&'static str],
    pub(super) raised: &'a [Raised],
    /// From when on it is not told which alarms are new or gone.
    pub(super) compared_until: Option<Timestamp>,
    /// Alarms of keys that did not leak open no event below this.
    pub(super) score_min: u8,
}

impl Course<'_> {
    /// Each in its sentence.
    pub(super) fn cautions(&self) -> Vec<String> {
        let all = [
            self.of_first_week(),
            self.of_days_left_out(),
            self.of_events_left_out(),
            self.of_unreadable(),
            self.of_forgotten_keys(),
            self.of_what_is_not_told(),
            self.of_keys_not_counted(),
            self.of_what_is_not_compared(),
            self.of_score(),
        ];
        all.into_iter().flatten().collect()
    }

    fn of_first_week(&self) -> Option<String> {
        let (since, now) = self.counted;
        let Some(first) = self.seen.first else {
            let nothing =
                "the history holds no use of a key yet, so nothing can be said of any value";
            return Some(nothing.to_owned());
        };
        if now.duration_since(first) < FIRST_WEEK {
            return Some(format!(
                "the first use of a key that was read is of {}, less than a week ago: hardly any \
                 habit of a key is known yet, so these numbers say little of later weeks",
                day_of(first)
            ));
        }
        (since.duration_since(first) < FIRST_WEEK).then(|| {
            format!(
                "the days up to {} are counted, too: habits are learned from {} on, and in the \
                 first week hardly any is known",
                day_of(first + FIRST_WEEK),
                day_of(first)
            )
        })
    }

    fn of_days_left_out(&self) -> Option<String> {
        let begin = self.span.begin.filter(|_| self.span.left_out > 0)?;
        let (left_out, day) = (self.span.left_out, day_of(begin));
        Some(format!(
            "{left_out} events of before {day} were left out: at most {EVENTS_MAX} are read"
        ))
    }

    fn of_events_left_out(&self) -> Option<String> {
        let told = || format!("the last events were left out: at most {EVENTS_MAX} are read");
        self.seen.is_cut.then(told)
    }

    fn of_unreadable(&self) -> Option<String> {
        let told = || "a part of the history could not be read: see `claviger history`".to_owned();
        self.is_partial.then(told)
    }

    fn of_forgotten_keys(&self) -> Option<String> {
        let forgotten = self.forgotten;
        (forgotten > 0).then(|| {
            format!(
                "{forgotten} keys that were unused for longest were forgotten on the way, since \
                 there are too many to watch at several values at once"
            )
        })
    }

    fn of_what_is_not_told(&self) -> Option<String> {
        let kinds = self.cut.join(", ");
        (!kinds.is_empty()).then(|| {
            format!(
                "there may be more than {ROWS_MAX} of these, and only the latest count: {kinds}"
            )
        })
    }

    fn of_keys_not_counted(&self) -> Option<String> {
        if self.seen.has_more_keys {
            return Some(format!("no more than {KEYS_COUNTED_MAX} keys were counted"));
        }
        let cut = self.raised.iter().filter(|one| one.has_more_keys);
        let most = cut.map(|one| one.keys.len()).max()?;
        Some(format!("no more than {most} keys with an alarm were counted at a value"))
    }

    fn of_what_is_not_compared(&self) -> Option<String> {
        let until = self.compared_until?;
        Some(format!(
            "there are more alarms than are listed at a value: which are new or gone is told up to \
             {until}, and not from then on"
        ))
    }

    fn of_score(&self) -> Option<String> {
        let least = self.score_min;
        (least > 0).then(|| {
            format!(
                "the policy of abnormal access opens no event for an alarm below {least} nats; \
                 those are counted here"
            )
        })
    }
}

fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// What is told of a course that is changed so.
    fn told(change: impl FnOnce(&mut Seen, &mut Course<'_>)) -> Vec<String> {
        let span = Span { begin: None, events: 9, left_out: 0 };
        let mut seen = Seen { first: Some(at("2026-01-01T00:00:00Z")), ..Seen::default() };
        let blank = Seen::default();
        let mut course = Course {
            span: &span,
            seen: &blank,
            counted: (at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z")),
            is_partial: false,
            forgotten: 0,
            cut: &[],
            raised: &[],
            compared_until: None,
            score_min: 0,
        };
        change(&mut seen, &mut course);
        Course { seen: &seen, ..course }.cautions()
    }

    #[test]
    fn whole_numbers_need_no_caution() {
        assert_eq!(told(|_, _| {}), [""; 0]);
    }

    #[test]
    fn each_bound_that_was_reached_is_told() {
        let check = |told: Vec<String>, expected: &str| {
            assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
        };
        check(told(|seen, _| seen.is_cut = true), "the last events were left out");
        check(told(|seen, _| seen.has_more_keys = true), "no more than 1000000 keys were counted");
        check(told(|_, course| course.forgotten = 3), "3 keys that were unused for longest");
        check(
            told(|_, course| course.cut = &["keys that keys made", "accounts of keys"]),
            "more than 500000 of these, and only the latest count: keys that keys made, accounts",
        );
        check(
            told(|_, course| course.compared_until = Some(at("2026-03-09T01:02:03Z"))),
            "told up to 2026-03-09T01:02:03Z, and not from then on",
        );
        let raised = [Raised { has_more_keys: true, ..Raised::new(5.0) }];
        let seen = Seen { first: Some(at("2026-01-01T00:00:00Z")), ..Seen::default() };
        let span = Span { begin: Some(at("2026-02-01T00:00:00Z")), events: 9, left_out: 7 };
        let counted = (at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z"));
        let course = Course {
            span: &span,
            seen: &seen,
            counted,
            is_partial: true,
            forgotten: 0,
            cut: &[],
            raised: &raised,
            compared_until: None,
            score_min: 2,
        };
        let told = course.cautions();
        let begin = |text: &str| told.iter().any(|one| one.starts_with(text));
        assert!(begin("7 events of before 2026-02-01 were left out"), "{told:?}");
        assert!(begin("a part of the history could not be read"), "{told:?}");
        assert!(begin("no more than 0 keys with an alarm were counted"), "{told:?}");
        assert!(begin("the policy of abnormal access opens no event"), "{told:?}");
    }

    #[test]
    fn a_young_history_is_told_by_the_first_use_that_was_read() {
        let first = |text| told(|seen, _| seen.first = Some(at(text)));
        let young = first("2026-03-28T00:00:00Z");
        assert!(young[0].starts_with("the first use of a key that was read is of 2026-03-28"));
        let within = first("2026-02-25T00:00:00Z");
        assert!(within[0].starts_with("the days up to 2026-03-04 are counted, too"), "{within:?}");
        let none = told(|seen, _| seen.first = None);
        assert!(none[0].contains("nothing can be said of any value"), "{none:?}");
    }
}
