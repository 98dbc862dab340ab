//! What findings are worth, by the labels: the same for every scanner.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use super::case::{Case, Truth};
use super::tool::Found;

/// Shortest part of a secret that counts as having found it.
const PART_MIN: usize = 12;
/// Lower ends of the bins of confidence.
pub(super) const BINS: [f64; 7] = [0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// So many of so many.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) hit: u64,
    pub(super) all: u64,
}

impl Share {
    pub(super) fn note(&mut self, hit: bool) {
        self.hit += u64::from(hit);
        self.all += 1;
    }

    /// As a number between 0 and 1; `None` of nothing.
    pub(super) fn value(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 cases")]
        let value = self.hit as f64 / self.all as f64;
        (self.all > 0).then_some(value)
    }
}

/// One scanner's score.
#[derive(Debug, Default)]
pub(super) struct Score {
    pub(super) ids: Share,
    pub(super) secrets: Share,
    pub(super) pairs: Share,
    pub(super) precise: Share,
    /// Cases without a truth that stayed without a finding.
    pub(super) quiet: Share,
    /// By class: what was found of what is there (pairs as pairs), then findings that are true.
    pub(super) classes: BTreeMap<String, (Share, Share)>,
    /// By confidence: true findings of all, and the sum of what was said.
    pub(super) bins: [(Share, f64); BINS.len()],
    /// What was missed and what was wrong, in words.
    pub(super) remarks: Vec<String>,
}

/// Judges findings, each with the number of its case.
pub(super) fn judge(cases: &[Case], found: &[(usize, Found)]) -> Score {
    let mut score = Score::default();
    let mut of_case: Vec<Vec<&Found>> = vec![Vec::new(); cases.len()];
    for (number, finding) in found {
        of_case[*number].push(finding);
    }
    for (number, (case, found)) in cases.iter().zip(&of_case).enumerate() {
        for truth in &case.truths {
            score.note_truth(number, case, truth, found);
        }
        for finding in found {
            score.note_finding(number, case, finding);
        }
        if case.truths.is_empty() {
            score.quiet.note(found.is_empty());
        }
    }
    score
}

impl Score {
    fn note_truth(&mut self, number: usize, case: &Case, truth: &Truth, found: &[&Found]) {
        let seen = |value: &String| found.iter().any(|finding| shows(finding, value));
        let id = truth.id.as_ref().map(seen);
        let secret = truth.secret.as_ref().map(seen);
        id.iter().for_each(|hit| self.ids.note(*hit));
        secret.iter().for_each(|hit| self.secrets.note(*hit));
        let mut whole = id.unwrap_or(true) && secret.unwrap_or(true);
        if let (Some(id), Some(secret)) = (&truth.id, &truth.secret) {
            whole = found.iter().any(|finding| is_pair(finding, id, secret));
            self.pairs.note(whole);
        }
        self.classes.entry(case.class.clone()).or_default().0.note(whole);
        if !whole {
            self.remarks.push(format!(
                "missed {number:04} {} {}: id {id:?} secret {secret:?}",
                case.class, case.name
            ));
        }
    }

    fn note_finding(&mut self, number: usize, case: &Case, finding: &Found) {
        let right = is_true(&case.truths, finding);
        self.precise.note(right);
        self.classes.entry(case.class.clone()).or_default().1.note(right);
        if let Some(said) = finding.confidence {
            let bin = BINS.iter().rposition(|low| said >= *low).unwrap_or_default();
            self.bins[bin].0.note(right);
            self.bins[bin].1 += said;
        }
        if !right {
            self.remarks.push(format!(
                "wrong {number:04} {} {}: {} {:?} line {} {:?}",
                case.class,
                case.name,
                finding.rule,
                finding.confidence,
                finding.line,
                finding.values
            ));
        }
    }
}

fn digest(value: &str) -> String {
    Sha1::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a finding shows a value: as it is, within more, or a good part of it.
fn shows(finding: &Found, value: &str) -> bool {
    if finding.hashed {
        return finding.values.contains(&digest(value));
    }
    let part = |shown: &String| shown.len() >= PART_MIN && value.contains(shown.as_str());
    finding.values.iter().any(|shown| shown.contains(value) || part(shown))
}

fn is_pair(finding: &Found, id: &str, secret: &str) -> bool {
    finding.pair.as_ref().is_some_and(|(first, second)| {
        first.contains(id) && second.contains(secret)
            || second.contains(id) && first.contains(secret)
    })
}

/// A pair must be one; anything else must show something that is true.
fn is_true(truths: &[Truth], finding: &Found) -> bool {
    let pairs = || truths.iter().filter_map(|t| Some((t.id.as_ref()?, t.secret.as_ref()?)));
    if finding.pair.is_some() {
        return pairs().any(|(id, secret)| is_pair(finding, id, secret));
    }
    truths.iter().flat_map(|truth| [&truth.id, &truth.secret]).flatten().any(|v| shows(finding, v))
}
