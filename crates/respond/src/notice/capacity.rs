//! The message about a capacity that comes near its limit, or is used up.

use claviger_model::{AlertNotice, Language, Level, NoticeFact};
use jiff::Timestamp;

use crate::capacity::{self, FULL_PERCENT};
use crate::catalogue::{self, Catalogue};
use crate::text;

/// What the message is made of.
#[derive(Debug, Clone, Copy)]
pub struct CapacityNotice<'a> {
    /// `protection` or `log_storage`.
    pub kind: &'a str,
    /// Bytes used.
    pub used: u64,
    /// Bytes that may be used.
    pub limit: u64,
    /// The threshold that was reached, in percent of the limit.
    pub threshold: u8,
    /// Bytes a day that it grew by lately; `None` where that is not known yet.
    pub per_day: Option<f64>,
    /// When it will be full, if it goes on so.
    pub full_at: Option<Timestamp>,
    /// What happens at the limit, as the catalogue calls it: `authorizing`, `forgetting` or `recording`.
    pub at_limit: &'a str,
}

impl CapacityNotice<'_> {
    /// How bad it is: what is used up has its effect already.
    #[must_use]
    pub fn level(&self) -> Level {
        if self.threshold >= FULL_PERCENT { Level::High } else { Level::Medium }
    }

    fn forecast(&self, words: &Catalogue) -> String {
        match (self.per_day, self.full_at) {
            _ if self.used >= self.limit => words.text("capacity.forecast_full"),
            (Some(per_day), Some(at)) => {
                let values = [("per_day", grown(per_day)), ("at", text::time(at))];
                words.say("capacity.forecast", &values.each_ref().map(|(n, v)| (*n, v.as_str())))
            }
            (Some(_), None) => words.text("capacity.forecast_never"),
            (None, _) => words.text("capacity.forecast_unknown"),
        }
    }
}

/// Bytes that something grew by.
fn grown(bytes: f64) -> String {
    // A growth of so many bytes is beyond any limit; below zero nothing grows.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
    let whole = bytes.clamp(0.0, 9e15) as u64;
    text::bytes(whole)
}

/// What people are told once for each threshold that a capacity reaches.
#[must_use]
pub fn compose_capacity(
    language: Language,
    notice: &CapacityNotice<'_>,
    link: Option<String>,
) -> AlertNotice {
    let words = catalogue::of(language);
    let level = words.text(&format!("level.{}", notice.level().as_str()));
    let what = words.text(&format!("capacity.{}", notice.kind));
    let percent = capacity::percent(notice.used, notice.limit).to_string();
    let (used, limit) = (text::bytes(notice.used), text::bytes(notice.limit));
    let subject = if notice.threshold >= FULL_PERCENT { "capacity.full" } else { "capacity.near" };
    let values = [
        ("level", level.as_str()),
        ("what", what.as_str()),
        ("percent", percent.as_str()),
        ("used", used.as_str()),
        ("limit", limit.as_str()),
    ];
    let fact = |name: &str, value: &str| NoticeFact {
        label: words.text(&format!("capacity.fact.{name}")),
        value: value.to_owned(),
    };
    let mut facts = vec![fact("used", &used), fact("limit", &limit)];
    facts.extend(notice.per_day.map(|per_day| fact("per_day", &grown(per_day))));
    facts.extend(notice.full_at.map(|at| fact("full_at", &text::time(at))));
    AlertNotice {
        subject: words.say(subject, &values),
        lead: vec![
            words.say("capacity.used", &values),
            notice.forecast(words),
            words.text(&format!("capacity.at_limit.{}", notice.at_limit)),
            words.text(&format!("capacity.way_out.{}", notice.at_limit)),
        ],
        facts,
        link,
    }
}
