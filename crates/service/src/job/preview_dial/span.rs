//! Which part of the history a preview reads: whole days, the latest.

use claviger_history::DayHeld;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The part of the history that is read.
#[derive(Debug, PartialEq)]
pub(super) struct Span {
    /// `None`: from its beginning on.
    pub(super) begin: Option<Timestamp>,
    pub(super) events: u64,
    pub(super) left_out: u64,
}

impl Span {
    /// The last days that together hold no more events than are read, and the last one in any case.
    pub(super) fn of(days: &[DayHeld], events_max: u64) -> Self {
        let mut span = Self { begin: None, events: 0, left_out: 0 };
        let mut first = None;
        for day in days.iter().rev() {
            let fits = first.is_none() || span.events.saturating_add(day.rows) <= events_max;
            if fits && span.left_out == 0 {
                span.events += day.rows;
                first = Some(day.day);
            } else {
                span.left_out += day.rows;
            }
        }
        let midnight = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        span.begin = first.filter(|_| span.left_out > 0).and_then(midnight);
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_days_are_read_that_fit_and_the_others_are_told() {
        let day = |number: i8, rows| {
            let day = Date::constant(2026, 3, number);
            DayHeld { day, rows, bytes: 0, segments: 0 }
        };
        let days = [day(1, 5), day(2, 40), day(3, 30), day(4, 20)];
        let of = |events_max| Span::of(&days, events_max);
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(of(95), Span { begin: None, events: 95, left_out: 0 });
        let begin = at("2026-03-03T00:00:00Z");
        assert_eq!(of(60), Span { begin, events: 50, left_out: 45 }, "no day is skipped");
        let begin = at("2026-03-04T00:00:00Z");
        assert_eq!(of(3), Span { begin, events: 20, left_out: 75 }, "the last day in any case");
        assert_eq!(Span::of(&[], 9), Span { begin: None, events: 0, left_out: 0 });
    }
}
