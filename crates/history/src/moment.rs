//! An instant as it is stored: whole microseconds, and the nanoseconds beyond them.
//!
//! Microseconds are what every Parquet engine reads as a timestamp, and they hold every year that a log may
//! name; the remainder keeps the few formats exact that write nanoseconds.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Microseconds since 1970 in UTC, and 0 to 999 nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) micros: i64,
    pub(crate) nanos: u16,
}

impl Moment {
    /// Before any other.
    pub(crate) const MIN: Self = Self { micros: i64::MIN, nanos: 0 };

    pub(crate) fn of(time: Timestamp) -> Self {
        let nanos = time.subsec_nanosecond();
        Self {
            micros: time.as_second() * MICROS_PER_SECOND + i64::from(nanos.div_euclid(1000)),
            nanos: u16::try_from(nanos.rem_euclid(1000)).unwrap_or_default(),
        }
    }

    /// The instant; what no year of the calendar holds becomes the nearest that one does.
    pub(crate) fn timestamp(self) -> Timestamp {
        let seconds = self.micros.div_euclid(MICROS_PER_SECOND);
        let micros = self.micros.rem_euclid(MICROS_PER_SECOND);
        let nanos = i32::try_from(micros * 1000 + i64::from(self.nanos)).unwrap_or_default();
        let nearest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::new(seconds, nanos).unwrap_or(nearest)
    }

    /// The day in UTC.
    pub(crate) fn day(self) -> Date {
        Offset::UTC.to_datetime(self.timestamp()).date()
    }

    /// Whether it is a whole number of milliseconds.
    pub(crate) fn is_in_millis(self) -> bool {
        self.nanos == 0 && self.micros % 1000 == 0
    }

    /// A number that is the same for all instants of a day and another for each other day.
    pub(crate) fn day_number(self) -> i64 {
        self.micros.div_euclid(MICROS_PER_DAY)
    }
}

/// The day that [`Moment::day_number`] numbers.
pub(crate) fn day_of_number(number: i64) -> Date {
    Moment { micros: number.saturating_mul(MICROS_PER_DAY), nanos: 0 }.day()
}

/// The first instant of a day.
pub(crate) fn start_of(day: Date) -> Moment {
    let start = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
    start.map_or(Moment::MIN, Moment::of)
}
