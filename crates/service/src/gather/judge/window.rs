//! How long the events of keys are kept one by one: the lateness window, or as much of it as memory holds. Time is
//! the log's own, so that months which are read back in minutes are held to the same.

use jiff::{SignedDuration, Timestamp};

/// A shorter window would leave out what is late by the log's own clock, which counts whole seconds.
const LENGTH_MIN: SignedDuration = SignedDuration::from_secs(2);

/// The window.
#[derive(Debug)]
pub(super) struct Window {
    lateness: SignedDuration,
    length: SignedDuration,
    /// The time of the log by now, and when the length was set last.
    latest: Timestamp,
    since: Option<Timestamp>,
    /// Whether there was no room since then.
    was_full: bool,
}

impl Window {
    /// The whole lateness window.
    pub(super) fn new(lateness: SignedDuration) -> Self {
        let latest = Timestamp::MIN;
        Self { lateness, length: lateness, latest, since: None, was_full: false }
    }

    /// How long it is.
    pub(super) fn length(&self) -> SignedDuration {
        self.length
    }

    /// There was no room for all of it.
    pub(super) fn overflow(&mut self) {
        self.was_full = true;
    }

    /// The log has come to an instant. `has_room`: twice as much would have room.
    pub(super) fn move_on(&mut self, newest: Timestamp, has_room: bool) {
        self.latest = self.latest.max(newest);
        let since = *self.since.get_or_insert(self.latest);
        let held = self.latest.duration_since(since);
        if self.was_full {
            // So long it took to fill the room, if the log moved on at all.
            let filled = if held.is_positive() { self.length.min(held) } else { self.length };
            self.length = (filled / 2).max(LENGTH_MIN);
        } else if has_room && held > self.length * 2 {
            self.length = (self.length * 2).min(self.lateness);
        } else {
            return;
        }
        (self.since, self.was_full) = (Some(self.latest), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATENESS: SignedDuration = SignedDuration::from_hours(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + second).unwrap()
    }

    /// The lengths in seconds after each of some steps: when, whether it overflowed before, and whether there is room.
    fn lengths(steps: &[(i64, bool, bool)]) -> Vec<i64> {
        let mut window = Window::new(LATENESS);
        let step = |(second, overflows, has_room): &(i64, bool, bool)| {
            if *overflows {
                window.overflow();
            }
            window.move_on(at(*second), *has_room);
            window.length().as_secs()
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn it_stays_whole_while_there_is_room() {
        assert_eq!(lengths(&[(0, false, true), (90_000, false, true)]), [7_200, 7_200]);
        assert_eq!(lengths(&[(0, false, false), (90_000, false, false)]), [7_200, 7_200]);
    }

    #[test]
    fn it_is_half_of_what_filled_the_room_and_grows_again_once_there_is_some() {
        let steps = [
            (0, false, true),
            (40, true, false),
            (60, false, true),
            (81, false, true),
            (1_000, false, true),
        ];
        assert_eq!(lengths(&steps), [7_200, 20, 20, 40, 80]);
    }

    #[test]
    fn a_log_that_is_read_back_fast_or_backwards_does_not_shrink_it_at_once() {
        let month = 30 * 86_400;
        assert_eq!(lengths(&[(0, false, true), (month, true, false)]), [7_200, 3_600]);
        assert_eq!(lengths(&[(month, false, true), (0, true, false)]), [7_200, 3_600]);
    }

    #[test]
    fn it_is_never_shorter_than_the_clocks_of_logs() {
        assert_eq!(lengths(&[(0, false, true), (1, true, false), (2, true, false)]), [7_200, 2, 2]);
    }
}
