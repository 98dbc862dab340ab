//! What the address of the list asks for.

use claviger_model::{Level, RiskEvent, RiskEventId, RiskType, WorkState};
use claviger_store::risk_events::RiskEventFilter;
use jiff::Timestamp;
use serde::Deserialize;

use crate::api::Problem;
use crate::console::part::address;

/// Rows of one page.
const ROWS: u32 = 50;

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
    /// The last row of the page before, as `latest_detected_at/id`.
    after: String,
}

impl Question {
    /// Whether nothing narrows the list.
    pub(super) fn is_all(&self) -> bool {
        [&self.risk_type, &self.level, &self.work_state, &self.open, &self.search]
            .iter()
            .all(|value| value.is_empty())
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
            since: None,
            after,
            limit: ROWS,
        })
    }

    /// The address of the next rows; `None` where these are the last.
    pub(super) fn next(&self, events: &[RiskEvent]) -> Option<String> {
        let last = events.last().filter(|_| events.len() == ROWS as usize)?;
        let after = format!("{}/{}", last.latest_detected_at, last.id);
        Some(self.address("/events", &after))
    }

    /// The same rows at another address.
    pub(super) fn address(&self, path: &str, after: &str) -> String {
        address::with(
            path,
            &[
                ("risk_type", &self.risk_type),
                ("level", &self.level),
                ("work_state", &self.work_state),
                ("open", &self.open),
                ("search", &self.search),
                ("after", after),
            ],
        )
    }
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
