//! The dial: how many alarms a day somebody wants to look at, and when that was turned.
//!
//! An event is judged by how the dial stood at its own time, so that whoever judges it again later comes to the
//! same alarms.

use jiff::Timestamp;

use crate::detector::Detector;
use crate::habit::Day;
use crate::judge;
use crate::traits::{day, second};

/// How the dial stands, and how it stood before.
#[derive(Debug, Clone, PartialEq)]
pub struct Dial {
    start: f64,
    /// Seconds from which on it stood at a value, in their order.
    turns: Vec<(u32, f64)>,
}

impl Dial {
    /// A dial that nobody turned.
    #[must_use]
    pub fn new(alarms_per_day: f64) -> Self {
        Self { start: alarms_per_day, turns: Vec::new() }
    }

    /// Turns it: it stands at a value from an instant on, whatever was set for later.
    pub fn turn(&mut self, at: Timestamp, alarms_per_day: f64) {
        let at = second(at);
        self.turns.retain(|(turned, _)| *turned < at);
        self.turns.push((at, alarms_per_day));
    }

    /// Where it stands in the end.
    #[must_use]
    pub fn alarms_per_day(&self) -> f64 {
        self.turns.last().map_or(self.start, |(_, value)| *value)
    }

    /// Where it stood at a second.
    pub(crate) fn at(&self, second: u32) -> f64 {
        let until = self.turns.partition_point(|(turned, _)| *turned <= second);
        self.turns[..until].last().map_or(self.start, |(_, value)| *value)
    }
}

/// What the dial means on a day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turned {
    day: Day,
    alarms_per_day: f64,
    /// The scores from which on an alarm is raised, without and with a leak.
    pub(crate) thresholds: [f64; 2],
}

impl Turned {
    fn is_of(&self, day: Day, alarms_per_day: f64) -> bool {
        self.day == day && self.alarms_per_day.to_bits() == alarms_per_day.to_bits()
    }
}

impl Detector {
    /// The dial, in place of the one it had: events of before it was turned are judged as it stood then.
    pub fn set_dial(&mut self, dial: Dial) {
        if self.dial != dial {
            self.dial = dial;
            self.turn_dial();
        }
    }

    /// Lets what closed before the day of a second count for all keys, and the dial as it stood then.
    pub(crate) fn reach(&mut self, second: u32) {
        let (day, alarms_per_day) = (day(second), self.dial.at(second));
        let is_behind = self.tenant.is_behind(day);
        if is_behind {
            self.tenant.settle(day);
        }
        if is_behind || !self.turned.is_of(day, alarms_per_day) {
            self.turned = self.turned_on(day, alarms_per_day);
        }
    }

    /// What the dial means is worked out anew: it was turned, or all keys show something else.
    pub(crate) fn turn_dial(&mut self) {
        self.turned = self.turned_on(0, self.dial.at(0));
    }

    /// The scores from which on an alarm is raised at a second of a day.
    pub(crate) fn thresholds_at(&self, day: Day, second: u32) -> [f64; 2] {
        let alarms_per_day = self.dial.at(second);
        if self.turned.is_of(day, alarms_per_day) {
            return self.turned.thresholds;
        }
        self.turned_on(day, alarms_per_day).thresholds
    }

    fn turned_on(&self, day: Day, alarms_per_day: f64) -> Turned {
        let thresholds = [false, true]
            .map(|exposed| judge::threshold(alarms_per_day, &self.tenant, day, exposed));
        Turned { day, alarms_per_day, thresholds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_judged_by_how_the_dial_stood_at_its_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut dial = Dial::new(5.0);
        dial.turn(at(100), 20.0);
        dial.turn(at(200), 1.0);
        let stood: Vec<f64> = [1, 99, 100, 199, 200, 9_000].map(|second| dial.at(second)).into();
        assert_eq!(stood, [5.0, 5.0, 20.0, 20.0, 1.0, 1.0]);
        dial.turn(at(150), 7.0);
        assert_eq!((dial.at(120), dial.at(9_000), dial.alarms_per_day()), (20.0, 7.0, 7.0));
    }
}
