//! What is known and accepted: the findings of an earlier scan, so that a later one shows what is new.
//!
//! A finding is known when the same thing (by fingerprint, never by the secret itself) was found by the same
//! rule at the same place, which is a file and the names inside its containers; lines move with every edit
//! and are no part of it. Reading and writing files is the caller's.

use std::collections::BTreeSet;

use claviger_model::{Finding, FindingKind};
use serde::{Deserialize, Serialize};

use crate::{Report, Suppressed};

/// The reason that a known finding is given.
const REASON: &str = "known from the baseline";

/// Findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeSet<Known>,
}

/// One known finding, as a line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    uri: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the baseline cannot be read")]
pub struct BaselineError {
    /// The line, from 1.
    pub line: usize,
    #[source]
    source: serde_json::Error,
}

impl BaselineError {
    /// What a person can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "write the baseline anew; what it holds is one JSON object a line, in any order"
    }
}

impl Known {
    fn of(finding: &Finding) -> Self {
        // Of personal data the values change from day to day: the kind at its place is what is known.
        let secret = finding.secret.as_ref().filter(|_| finding.kind != FindingKind::Data);
        Self {
            uri: finding.location.uri.clone(),
            path: finding.location.path.clone(),
            rule: finding.rule.clone(),
            access_key_id: finding.access_key_id.as_ref().map(ToString::to_string),
            fingerprint: secret.map(|secret| secret.fingerprint.0.clone()),
        }
    }
}

impl Baseline {
    /// Reads what [`Baseline::write`] wrote.
    ///
    /// # Errors
    /// A line that is no known finding, with its number.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let known = lines.map(|(number, line)| {
            serde_json::from_str(line).map_err(|source| BaselineError { line: number + 1, source })
        });
        Ok(Self { known: known.collect::<Result<_, _>>()? })
    }

    /// One line of JSON a finding, sorted, so that two versions of the file differ in what changed alone.
    #[must_use]
    pub fn write(&self) -> String {
        let lines = self.known.iter().filter_map(|known| serde_json::to_string(known).ok());
        lines.map(|line| line + "\n").collect()
    }

    /// Takes a finding for known from now on.
    pub fn add(&mut self, finding: &Finding) {
        self.known.insert(Known::of(finding));
    }

    /// Whether a finding is known. It must carry a fingerprint under the same key as those that were added.
    #[must_use]
    pub fn holds(&self, finding: &Finding) -> bool {
        self.known.contains(&Known::of(finding))
    }

    /// Moves what is known from the findings of a report to what it suppressed.
    pub fn suppress(&self, report: &mut Report) {
        let (known, new) =
            std::mem::take(&mut report.findings).into_iter().partition(|found| self.holds(found));
        report.findings = new;
        let known: Vec<Finding> = known;
        let suppressed = |finding| Suppressed { finding, reason: REASON.to_owned() };
        report.suppressed.extend(known.into_iter().map(suppressed));
    }
}
