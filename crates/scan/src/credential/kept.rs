//! What a text has given so far: each credential once, with how often it stands there, within the limits.

use std::collections::{BTreeMap, HashMap};

use claviger_model::{FindingKind, Secret};

use super::claim::Claim;
use super::rule::At;
use super::{account, allow};
use crate::engine::{Discovery, Shift, Taken, Window};
use crate::rule::Rules;

/// A credential, or what looked like one.
struct Found {
    /// Lower ranks stand for more specific rules.
    rank: u8,
    start: u64,
    end: u64,
    times: u64,
    discovery: Discovery,
}

/// The credentials of a text.
pub(super) struct Kept {
    found: Vec<Found>,
    /// Where each value is in `found`, by rule.
    known: HashMap<(usize, Vec<u8>), usize>,
    limit: u64,
    suppressed_left: u64,
    dropped: u64,
    /// In a share of a text: false alarms that nobody asks for, by rule and value, with how often each stands
    /// there. What is known before the share is counted there as well.
    passed_over: Option<HashMap<(usize, Vec<u8>), u64>>,
}

impl Kept {
    /// Nothing yet, with room for `limit` findings and `suppressed` false alarms.
    pub(super) fn new(limit: u64, suppressed: u64) -> Self {
        Self {
            found: Vec::new(),
            known: HashMap::new(),
            limit,
            suppressed_left: suppressed,
            dropped: 0,
            passed_over: None,
        }
    }

    /// Nothing yet, for a share of the text: all of it that may have room here.
    pub(super) fn share(&self) -> Self {
        let suppressed = if self.suppressed_left > 0 { u64::MAX } else { 0 };
        Self { passed_over: Some(HashMap::new()), ..Self::new(u64::MAX, suppressed) }
    }

    /// Whether there is room for all that a share has given.
    pub(super) fn has_room_for(&self, share: &Self) -> bool {
        let suppressed = share.found.iter().filter(|found| found.discovery.suppressed.is_some());
        let suppressed = suppressed.count() as u64;
        share.found.len() as u64 - suppressed <= self.limit && suppressed <= self.suppressed_left
    }

    /// Counts the lines and columns of what was given as they are.
    pub(super) fn mend(&mut self, shift: &Shift) {
        self.found.iter_mut().for_each(|found| shift.mend(&mut found.discovery.place));
    }

    /// Takes over what the share that follows has given.
    pub(super) fn join(&mut self, share: Self) {
        let mut keys: Vec<_> = share.known.into_iter().collect();
        keys.sort_by_key(|(_, index)| *index);
        for (key, times) in share.passed_over.into_iter().flatten() {
            if let Some(index) = self.known.get(&key) {
                self.found[*index].times += times;
            }
        }
        for ((key, _), found) in keys.into_iter().zip(share.found) {
            if let Some(index) = self.known.get(&key) {
                self.found[*index].times += found.times;
                continue;
            }
            let left = match found.discovery.suppressed {
                Some(_) => &mut self.suppressed_left,
                None => &mut self.limit,
            };
            if take(left) {
                self.known.insert(key, self.found.len());
                self.found.push(found);
            }
        }
    }

    /// Keeps a credential, or counts it where it is known already.
    pub(super) fn keep(&mut self, window: &Window<'_>, rules: &Rules, claim: Claim) {
        let text = window.text();
        let rule = rules.credentials().rule(claim.rule);
        let value = &text[claim.start..claim.end];
        let key = (claim.rule, value.to_vec());
        if let Some(index) = self.known.get(&key) {
            self.found[*index].times += 1;
            return;
        }
        let documented = rules.credentials().is_documented(value);
        let comment = allow::comment(text, claim.start, claim.end);
        let (confidence, suppressed) = match claim.judged {
            Err(reason) => (0.0, Some(reason.to_owned())),
            Ok(_) if documented => (0.0, Some("a key that documentation shows".to_owned())),
            Ok(sure) => (sure, comment.map(|mark| format!("allowed by the comment `{mark}`"))),
        };
        let room = match suppressed {
            Some(_) => take(&mut self.suppressed_left),
            None if self.limit > 0 => take(&mut self.limit),
            None => {
                self.dropped += 1;
                false
            }
        };
        if !room {
            if let Some(times) = &mut self.passed_over {
                *times.entry(key).or_default() += 1;
            }
            return;
        }
        self.known.insert(key, self.found.len());
        let mut why = claim.why;
        why.insert(0, rule.title.clone());
        let base = window.base();
        let id = rule.id.as_ref().and_then(|id| id.read(text, claim.start..claim.end));
        self.found.push(Found {
            rank: rank(rule.at),
            start: base + claim.start as u64,
            end: base + claim.end as u64,
            times: 1,
            discovery: Discovery {
                kind: match id {
                    Some(_) => FindingKind::AccessKeyPair,
                    None => FindingKind::Credential,
                },
                rule: rule.name.clone(),
                provider: rule.provider.filter(|_| id.is_some()),
                access_key_id: id,
                secret: Some(Secret::new(String::from_utf8_lossy(value).into_owned())),
                account: account::read(text, (claim.start, claim.end), rule),
                sample: None,
                count: 1,
                confidence: (confidence.clamp(0.0, 0.98) * 100.0).round() / 100.0,
                why,
                place: window.place(claim.start, claim.end),
                suppressed,
            },
        });
    }

    /// Ends the text: its credentials and how many more there were than the limit. What is `taken`
    /// as part of an access key pair is none of its own; of two that overlap, the more specific rule has
    /// it.
    pub(super) fn finish(mut self, taken: &Taken) -> (Vec<Discovery>, u64) {
        self.found.retain(|found| {
            let value = found.discovery.secret.as_ref().map(Secret::reveal);
            value.is_none_or(|value| !taken.values.contains(value))
        });
        self.found.sort_by_key(|found| (found.rank, found.start, found.end));
        let mut spans: BTreeMap<u64, u64> = taken.spans.clone();
        let mut kept = Vec::new();
        for mut found in self.found {
            let overlaps =
                spans.range(..found.end).next_back().is_some_and(|(_, end)| *end > found.start);
            if overlaps {
                continue;
            }
            spans.insert(found.start, found.end);
            if found.times > 1 {
                found.discovery.why.push(format!("stands here {} times", found.times));
            }
            kept.push(found.discovery);
        }
        (kept, self.dropped)
    }
}

/// Takes one from what is left; `false` when nothing is.
fn take(left: &mut u64) -> bool {
    let taken = *left > 0;
    *left = left.saturating_sub(1);
    taken
}

fn rank(at: At) -> u8 {
    match at {
        At::Token | At::Inside | At::Url | At::Pem => 0,
        At::Named => 1,
        At::Userinfo => 2,
        At::Account => 3,
        At::Header => 4,
        At::Password | At::Generic => 5,
    }
}
