//! Which risk events are meant: the same words in the question of a list, of an export and of a count, and in the
//! body of a bulk change.

use std::collections::BTreeMap;

use claviger_model::{AssetId, Level, RiskEventId, RiskType, WorkState};
use claviger_store::risk_events::RiskEventFilter;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::row_form::RowForm;
use super::{Problem, limit};

/// Which risk events.
#[derive(Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Where {
    risk_type: Option<String>,
    level: Option<String>,
    work_state: Option<String>,
    /// Only those that nobody closed.
    open: bool,
    /// Part of a key, account or id.
    search: Option<String>,
    /// Only those that this user works on.
    assigned_to: Option<String>,
    /// Id of an asset: only with evidence in it.
    asset: Option<String>,
    /// RFC 3339, or a stretch up to now such as `24h` or `7d`: detected last at or after this instant.
    since: Option<String>,
    /// RFC 3339: detected last before this instant.
    until: Option<String>,
}

impl Where {
    /// The words that were said, as a question of the list says them.
    pub(super) fn words(&self) -> BTreeMap<String, String> {
        let open = self.open.then(|| "true".to_owned());
        let said = [
            ("risk_type", &self.risk_type),
            ("level", &self.level),
            ("work_state", &self.work_state),
            ("open", &open),
            ("search", &self.search),
            ("assigned_to", &self.assigned_to),
            ("asset", &self.asset),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let filled = said.into_iter().filter_map(|(word, value)| Some((word, value.clone()?)));
        filled
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(word, value)| (word.to_owned(), value))
            .collect()
    }

    /// The filter, of the first rows.
    pub(super) fn parse(self) -> Result<RiskEventFilter, Problem> {
        let since = self.since.as_deref().map(since).transpose()?;
        let until = self.until.as_deref().map(|text| time("until", text)).transpose()?;
        Ok(RiskEventFilter {
            risk_type: word("risk_type", self.risk_type, &RiskType::ALL.map(RiskType::as_str))?
                .and_then(|word| RiskType::from_word(&word)),
            level: word("level", self.level, &Level::ALL.map(Level::as_str))?
                .and_then(|word| Level::from_word(&word)),
            work_state: word(
                "work_state",
                self.work_state,
                &WorkState::ALL.map(WorkState::as_str),
            )?
            .and_then(|word| WorkState::from_word(&word)),
            open_only: self.open,
            search: self.search,
            assigned_to: self.assigned_to,
            asset_id: self.asset.map(AssetId::from),
            since,
            until,
            ..RiskEventFilter::default()
        })
    }
}

/// A word, if it is one of those that there are.
fn word(
    field: &'static str,
    asked: Option<String>,
    words: &[&str],
) -> Result<Option<String>, Problem> {
    match asked {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(Problem::field(field, "no such word", &format!("use one of {}", words.join(", "))))
        }
        asked => Ok(asked),
    }
}

/// An instant, or a stretch of hours or days up to now: `24h`, `7d`.
fn since(text: &str) -> Result<Timestamp, Problem> {
    let hours = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((count, "h")) => count.parse::<u32>().ok().map(i64::from),
        Some((count, "d")) => count.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        _ => None,
    };
    match hours {
        Some(hours) => Timestamp::now()
            .checked_sub(SignedDuration::from_hours(hours))
            .map_err(|error| Problem::field("since", &error.to_string(), "write it as `7d`")),
        None => time("since", text),
    }
}

/// An instant.
pub(super) fn time(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    text.parse::<Timestamp>().map_err(|error| {
        Problem::field(field, &error.to_string(), "write it as `2026-01-02T03:04:05Z`")
    })
}

/// Which page of risk events. Its fields are those of [`Where`], written out: serde takes shared fields and refuses
/// unknown words, but not both at once, and a word that is spelled wrong must not widen a list in silence.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichPage {
    risk_type: Option<String>,
    level: Option<String>,
    work_state: Option<String>,
    /// Only those that nobody closed.
    #[serde(default)]
    open: bool,
    /// Part of a key, account or id.
    search: Option<String>,
    /// Only those that this user works on.
    assigned_to: Option<String>,
    /// Id of an asset: only with evidence in it.
    asset: Option<String>,
    /// RFC 3339, or a stretch up to now such as `24h` or `7d`: detected last at or after this instant.
    since: Option<String>,
    /// RFC 3339: detected last before this instant.
    until: Option<String>,
    /// The last row of the page before, as `latest_detected_at/id`.
    after: Option<String>,
    limit: Option<u32>,
}

impl WhichPage {
    pub(super) fn parse(self) -> Result<RiskEventFilter, Problem> {
        let which = Where {
            risk_type: self.risk_type,
            level: self.level,
            work_state: self.work_state,
            open: self.open,
            search: self.search,
            assigned_to: self.assigned_to,
            asset: self.asset,
            since: self.since,
            until: self.until,
        };
        let after = match self.after.as_deref().and_then(|after| after.rsplit_once('/')) {
            Some((at, id)) => Some((time("after", at)?, RiskEventId::from(id.to_owned()))),
            None => None,
        };
        Ok(RiskEventFilter { after, limit: limit(self.limit), ..which.parse()? })
    }
}

/// Which risk events, all of them, and how they are written.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichRows {
    /// `csv` or `json_lines`.
    form: Option<RowForm>,
    risk_type: Option<String>,
    level: Option<String>,
    work_state: Option<String>,
    /// Only those that nobody closed.
    #[serde(default)]
    open: bool,
    /// Part of a key, account or id.
    search: Option<String>,
    /// Only those that this user works on.
    assigned_to: Option<String>,
    /// Id of an asset: only with evidence in it.
    asset: Option<String>,
    /// RFC 3339, or a stretch up to now such as `24h` or `7d`: detected last at or after this instant.
    since: Option<String>,
    /// RFC 3339: detected last before this instant.
    until: Option<String>,
}

impl WhichRows {
    pub(super) fn parse(self) -> Result<(RiskEventFilter, RowForm), Problem> {
        let which = Where {
            risk_type: self.risk_type,
            level: self.level,
            work_state: self.work_state,
            open: self.open,
            search: self.search,
            assigned_to: self.assigned_to,
            asset: self.asset,
            since: self.since,
            until: self.until,
        };
        Ok((which.parse()?, self.form.unwrap_or_default()))
    }
}
