//! Files whose names are alike up to a day: a listing of them is in the order of days.
//!
//! Where the day stands shows in the name: the first place behind what all names begin with, at the beginning of a
//! folder, of a file's own name or behind the `=` of `dt=2026-01-02/`, at which a day can be read.

use jiff::civil::Date;
use jiff::tz::{self, Offset};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// No clock by which names are given is more hours behind UTC, or before it.
const BEHIND: Offset = tz::offset(-12);
const BEFORE: Offset = tz::offset(14);

/// How a day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// `2026/01/02`.
    Folders,
    /// `year=2026/month=01/day=02`.
    Named,
    /// `2026-01-02`.
    Dashed,
    /// `20260102`, or the same with the hour, or the time, behind it.
    Plain,
}

impl Form {
    const ALL: [Self; 4] = [Self::Folders, Self::Named, Self::Dashed, Self::Plain];

    /// The way to write one, as `strftime` has it; it is in the order of days, and has as many bytes each day.
    fn format(self) -> &'static str {
        match self {
            Self::Folders => "%Y/%m/%d",
            Self::Named => "year=%Y/month=%m/day=%d",
            Self::Dashed => "%Y-%m-%d",
            Self::Plain => "%Y%m%d",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Folders | Self::Dashed => 10,
            Self::Named => 25,
            Self::Plain => 8,
        }
    }

    /// What stands before its first digit.
    fn lead(self) -> &'static str {
        if self == Self::Named { "year=" } else { "" }
    }

    /// The day at the beginning of a text.
    fn day(self, text: &str) -> Option<Date> {
        let day = text.get(..self.bytes())?;
        let date = Date::strptime(self.format(), day).ok()?;
        let rest = &text[self.bytes()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let ends = match self {
            Self::Folders | Self::Named => rest.starts_with('/'),
            Self::Dashed => digits == 0,
            Self::Plain => matches!(digits, 0 | 2 | 6),
        };
        // What was read must be what is written for it: `strptime` takes less than that, and signs.
        let fits = ends && (1970..2200).contains(&date.year());
        (fits && date.strftime(self.format()).to_string() == day).then_some(date)
    }
}

/// Files whose names are alike up to a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Series {
    /// What stands before the day.
    stem: String,
    form: Form,
}

impl Series {
    /// The series of a file, or of the files in a folder that ends with the day; `root` is what all names begin with.
    pub(super) fn of(root: &str, name: &str) -> Option<Self> {
        let rest = name.strip_prefix(root)?;
        let behind = rest.match_indices(['/', '=']).map(|(at, _)| at + 1);
        let mut places = std::iter::once(0).chain(behind);
        places.find_map(|at| {
            let form = Form::ALL.into_iter().find(|form| form.day(&rest[at..]).is_some())?;
            Some(Self { stem: name[..root.len() + at].to_owned(), form })
        })
    }

    /// The series that a folder may be the first part of, by its own name: `2026/` or `year=2026/`.
    pub(super) fn perhaps(root: &str, folder: &str) -> Option<Self> {
        let path = folder.strip_prefix(root)?.strip_suffix('/')?;
        let own = path.rfind('/').map_or(0, |at| at + 1);
        let form = [Form::Folders, Form::Named].into_iter().find(|form| {
            let year = path[own..].strip_prefix(form.lead());
            year.is_some_and(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
        })?;
        Some(Self { stem: folder[..root.len() + own].to_owned(), form })
    }

    /// The day that the name of a file tells; `None` for a file that is not one of them.
    pub(super) fn day(&self, name: &str) -> Option<Date> {
        self.form.day(name.strip_prefix(&self.stem)?)
    }

    /// What their names begin with.
    pub(super) fn prefix(&self) -> String {
        format!("{}{}", self.stem, self.form.lead())
    }

    /// A text behind all their names, and before those of their neighbours that do not begin with a digit.
    pub(super) fn end(&self) -> String {
        // `:` comes next after `9`.
        format!("{}:", self.prefix())
    }

    /// A text before the names of all that were written since an instant, by whatever clock.
    pub(super) fn since(&self, at: Timestamp) -> String {
        self.text(BEHIND, at)
    }

    /// A text behind the names of all that were written until an instant.
    pub(super) fn until(&self, at: Timestamp) -> String {
        self.text(BEFORE, at.saturating_add(SignedDuration::from_hours(24)).unwrap_or(at))
    }

    fn text(&self, clock: Offset, at: Timestamp) -> String {
        format!("{}{}", self.stem, clock.to_datetime(at).strftime(self.form.format()))
    }

    /// A text behind all names of the year of one of them; none where other names might lie between.
    pub(super) fn behind_year(&self, name: &str) -> Option<String> {
        let prefix = self.prefix();
        let year = name.strip_prefix(&prefix)?.get(..4)?;
        // `0` comes next after `/`, `.` after `-`.
        match self.form {
            Form::Folders | Form::Named => Some(format!("{prefix}{year}0")),
            Form::Dashed => Some(format!("{prefix}{year}.")),
            Form::Plain => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem(root: &str, name: &str) -> Option<(String, Form)> {
        Series::of(root, name).map(|series| (series.stem, series.form))
    }

    #[test]
    fn the_series_of_a_file_ends_where_its_day_begins() {
        let trail = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_\
                     20260102T0005Z_vO0lHLRFuOnlbOKq.json.gz";
        let check = |root, name, before: &str, form| {
            assert_eq!(stem(root, name), Some((before.to_owned(), form)), "{name}");
        };
        check("AWSLogs/", trail, "AWSLogs/111122223333/CloudTrail/eu-west-1/", Form::Folders);
        check("", "p/dt=2026-01-02/x.gz", "p/dt=", Form::Dashed);
        check("", "p/year=2026/month=01/day=02/x", "p/", Form::Named);
        check("", "20260102/x", "", Form::Plain);
        check("s3/b-", "s3/b-2026-01-02-11-00-00-E568B2907131C0C0", "s3/b-", Form::Dashed);
        check("", "h/2026010211/x", "h/", Form::Plain);
        check("", "2026/01/02/2026-01-02-11-00-00-E5", "", Form::Folders);
        for name in [
            "AWSLogs/202611112222/CloudTrail/x.gz",
            "2026/1/2/x",
            "2026/13/01/x",
            "2026/02/30/x",
            "2026/01/x",
            "a2026-01-02",
            "+026-01-02",
            "9999-01-02",
        ] {
            assert_eq!(stem("", name), None, "{name}");
        }
    }

    #[test]
    fn a_folder_of_a_year_may_begin_a_series() {
        let perhaps = |folder| Series::perhaps("r/", folder).map(|series| series.prefix());
        assert_eq!(perhaps("r/a/2026/"), Some("r/a/".to_owned()));
        assert_eq!(perhaps("r/year=2026/"), Some("r/year=".to_owned()));
        for other in ["r/a/", "r/a/20260/", "r/a/2o26/", "r/a/month=2026/"] {
            assert_eq!(perhaps(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_since_an_instant_is_listed_from_there_by_whatever_clock(
            at in 1_600_000_000_i64..2_000_000_000,
            later in 0_i64..200_000_000,
            hours in -12_i8..=14,
            form in prop::sample::select(Form::ALL.to_vec()),
            behind in "/[a-z0-9]{0,9}",
        ) {
            let series = Series { stem: "r/".to_owned(), form };
            let at = Timestamp::from_second(at).unwrap();
            let written = at + SignedDuration::from_secs(later);
            let day = tz::offset(hours).to_datetime(written).strftime(form.format());
            let name = format!("r/{day}{behind}");
            let own = Series::of("r/", &name);
            prop_assert_eq!(own.as_ref(), Some(&series));
            prop_assert!(series.day(&name).is_some());
            prop_assert!(series.since(at) < name && name < series.end());
            prop_assert!(name < series.until(written));
            prop_assert!(series.behind_year(&name).is_none_or(|text| name < text));
        }
    }
}
