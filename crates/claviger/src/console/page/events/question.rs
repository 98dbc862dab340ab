//! What the address of the list asks for.

use std::collections::BTreeMap;

use claviger_model::{AssetId, Level, RiskEvent, RiskEventId, RiskType, WorkState};
use claviger_store::risk_events::RiskEventFilter;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::api::Problem;
use crate::console::part::address;

/// Rows of one page.
pub(super) const ROWS: u32 = 50;

/// Stretches of time up to now that a person chooses among. The longest is the window of the
/// original product.
pub(super) const STRETCHES: [(&str, &str); 4] = [
    ("24h", "The last 24 hours"),
    ("7d", "The last 7 days"),
    ("30d", "The last 30 days"),
    ("365d", "The last year"),
];

/// The filters; an empty one is none, as a form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Question {
    pub(super) risk_type: String,
    pub(super) level: String,
    pub(super) work_state: String,
    /// `true`: only those that nobody closed.
    pub(super) open: String,
    pub(super) search: String,
    /// The name of the user who works on it.
    pub(super) assigned_to: String,
    /// The id of the asset in which the evidence lies.
    pub(super) asset: String,
    /// A stretch of hours or days, as those of [`STRETCHES`], or an instant as RFC 3339 has it.
    pub(super) since: String,
    /// An instant as RFC 3339 has it; only a saved view and whoever writes the address say it.
    pub(super) until: String,
    /// The last row of the page before, as `latest_detected_at/id`.
    after: String,
    /// How many events the act before changed.
    changed: String,
}

impl Question {
    /// Whether nothing narrows the list.
    pub(super) fn is_all(&self) -> bool {
        let simple = [&self.risk_type, &self.level, &self.work_state, &self.open, &self.search];
        let others = [&self.since, &self.until, &self.assigned_to, &self.asset];
        simple.iter().chain(&others).all(|value| value.is_empty())
    }

    /// Whether these are the first rows.
    pub(super) fn is_first(&self) -> bool {
        self.after.is_empty()
    }

    /// How many events the act before changed, where there was one.
    pub(super) fn changed_before(&self) -> Option<u64> {
        self.changed.parse().ok()
    }

    /// The rows that are meant.
    pub(super) fn filter(&self) -> Result<RiskEventFilter, Problem> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let after = match self.after.rsplit_once('/') {
            Some((at, id)) => {
                let at = at.parse::<Timestamp>().map_err(|_| unknown("after"))?;
                Some((at, RiskEventId::from(id.to_owned())))
            }
            None => None,
        };
        Ok(RiskEventFilter {
            risk_type: word("risk_type", &self.risk_type, RiskType::from_word)?,
            level: word("level", &self.level, Level::from_word)?,
            work_state: word("work_state", &self.work_state, WorkState::from_word)?,
            open_only: !self.open.is_empty(),
            search: filled(&self.search),
            assigned_to: filled(&self.assigned_to),
            asset_id: filled(&self.asset).map(AssetId::from),
            since: word("since", self.since.trim(), since)?,
            until: word("until", self.until.trim(), |text| text.parse().ok())?,
            after,
            limit: ROWS,
        })
    }

    /// The address of the next rows; `None` where these are the last.
    pub(super) fn next(&self, events: &[RiskEvent]) -> Option<String> {
        let last = events.last().filter(|_| events.len() == ROWS as usize)?;
        let after = format!("{}/{}", last.latest_detected_at, last.id);
        Some(self.with("/events", &self.since, &[("after", &after)]))
    }

    /// The address of the first rows.
    pub(super) fn first(&self) -> String {
        self.with("/events", &self.since, &[])
    }

    /// The same rows at another address.
    pub(super) fn address(&self, path: &str) -> String {
        self.with(path, &self.since, &[("after", &self.after)])
    }

    /// The same rows, after an act that changed some events.
    pub(super) fn changed(&self, count: u64) -> String {
        let count = count.to_string();
        self.with("/events", &self.since, &[("after", &self.after), ("changed", &count)])
    }

    /// The same rows of the API, which takes instants alone.
    pub(super) fn of_api(&self, filter: &RiskEventFilter) -> String {
        let since = filter.since.map(|at| at.to_string()).unwrap_or_default();
        let rows = [("after", &*self.after), ("limit", &ROWS.to_string())];
        self.with("/api/v1/events", &since, &rows)
    }

    /// The filters, as a saved view keeps them.
    pub(super) fn words(&self) -> BTreeMap<String, String> {
        let filled = self.filters(&self.since).into_iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(word, value)| (word.to_owned(), value.to_owned())).collect()
    }

    fn with(&self, path: &str, since: &str, more: &[(&str, &str)]) -> String {
        let mut question = self.filters(since).to_vec();
        question.extend_from_slice(more);
        address::with(path, &question)
    }

    fn filters<'a>(&'a self, since: &'a str) -> [(&'static str, &'a str); 9] {
        [
            ("risk_type", self.risk_type.trim()),
            ("level", &self.level),
            ("work_state", &self.work_state),
            ("open", if self.open.is_empty() { "" } else { "true" }),
            ("search", &self.search),
            ("assigned_to", &self.assigned_to),
            ("asset", &self.asset),
            ("since", since),
            ("until", self.until.trim()),
        ]
    }
}

fn since(text: &str) -> Option<Timestamp> {
    let hours = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((count, "h")) => count.parse::<u32>().ok().map(i64::from),
        Some((count, "d")) => count.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        _ => return text.parse().ok(),
    };
    Timestamp::now().checked_sub(SignedDuration::from_hours(hours?)).ok()
}

fn word<T>(
    field: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| unknown(field))
}

fn unknown(field: &'static str) -> Problem {
    Problem::field(field, "The address asks for what there is not", "Choose from the filters.")
}
