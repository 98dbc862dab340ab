//! The hunt for access key ids in one text, and the gathering of what may be their secrets.
//!
//! Secrets are never searched for by themselves: only around an id, so that a text without keys costs
//! nothing. Ids whose surroundings touch form a cluster, which `pair` solves as a whole.

use std::collections::{BTreeMap, HashMap, HashSet};

use claviger_model::{FindingKind, Secret};

use super::token::{self, Run};
use super::{Discovery, Window};
use crate::credential::comment;
use crate::data_type::Header;
use crate::pair::{Cluster, IdSeen, Label, Outcome, RADIUS, SecretSeen, Site};
use crate::rule::{Rules, SeenId};

/// A cluster with more ids than this is solved before it ends, to bound memory.
const CLUSTER_MAX: usize = 64;

/// The hunt in one text.
pub(crate) struct KeyHunt {
    cluster: Cluster,
    /// Where in the text the search for secrets left off.
    walked: u64,
    /// Ids without a secret so far, with how often each stands in the text.
    lone: HashMap<String, (Discovery, u64)>,
    /// Ids that have a secret somewhere in the text.
    paired: HashSet<String>,
    found: Vec<Discovery>,
    taken: Taken,
    /// Ids that were noted as false alarms.
    suppressed: HashSet<String>,
    limit: u64,
    suppressed_max: u64,
    dropped: u64,
}

impl KeyHunt {
    /// A hunt that keeps `limit` discoveries and `suppressed` false alarms.
    pub(crate) fn new(limit: u64, suppressed: u64) -> Self {
        Self {
            cluster: Cluster::default(),
            walked: 0,
            lone: HashMap::new(),
            paired: HashSet::new(),
            found: Vec::new(),
            taken: Taken::default(),
            suppressed: HashSet::new(),
            limit,
            suppressed_max: suppressed,
            dropped: 0,
        }
    }

    /// Judges the ids that begin with these prefixes, and those that only their names gave away.
    pub(crate) fn pass(
        &mut self,
        window: &Window,
        prefixes: &[(usize, usize)],
        named: Vec<SeenId>,
        rules: &Rules,
        header: Option<&Header>,
    ) {
        let mut ids = rules.ids(window.text(), prefixes);
        let known: HashSet<usize> = ids.iter().map(|seen| seen.start).collect();
        ids.extend(named.into_iter().filter(|seen| !known.contains(&seen.start)));
        ids.sort_by_key(|seen| seen.start);
        for seen in ids {
            if seen.suppressed.is_some() {
                self.suppress(window, &seen, rules);
                continue;
            }
            if self.cluster.ends_before(window.base() + seen.start as u64) {
                let outcomes = self.cluster.solve(rules);
                self.keep(outcomes, rules);
            }
            self.gather(window, &seen, rules, header);
            self.cluster.ids.push(id_seen(window, seen, header, rules));
            if self.cluster.ids.len() > CLUSTER_MAX {
                let outcomes = self.cluster.solve_first_half(rules);
                self.keep(outcomes, rules);
            }
        }
    }

    /// Notes a false alarm.
    fn suppress(&mut self, window: &Window, seen: &SeenId, rules: &Rules) {
        let name = seen.id.to_string();
        let rule = rules.rule(seen.rule);
        let room = (self.suppressed.len() as u64) < self.suppressed_max;
        if room && self.suppressed.insert(name) {
            self.found.push(Discovery {
                kind: FindingKind::AccessKeyPair,
                rule: rule.name.clone(),
                provider: rule.provider,
                access_key_id: Some(seen.id.clone()),
                secret: None,
                account: None,
                sample: None,
                count: 1,
                confidence: 0.0,
                why: seen.why.clone(),
                place: window.place(seen.start, seen.end),
                suppressed: seen.suppressed.map(str::to_owned),
            });
        }
    }

    /// Gathers what may be a secret around an id, as far as that was not done for the id before.
    fn gather(&mut self, window: &Window, id: &SeenId, rules: &Rules, header: Option<&Header>) {
        let (text, base) = (window.text(), window.base());
        let earliest = base + id.start.saturating_sub(RADIUS) as u64;
        let fresh = self.walked < earliest;
        let from = (self.walked.max(earliest) - base) as usize;
        let to = text.len().min(id.end + RADIUS);
        if from >= to {
            return;
        }
        let cluster = &mut self.cluster;
        let end = token::runs(text, from, to, fresh, |run| {
            cluster.note_token(base + run.start as u64, run.length, run.prefix);
            for candidate in candidates(text, run, id, rules) {
                cluster.secrets.extend(secret_seen(window, candidate, rules, header));
            }
        });
        cluster.note_separators(text, base, from, end);
        self.walked = base + end as u64;
    }

    /// Keeps what a solved cluster says.
    fn keep(&mut self, outcomes: Vec<Outcome>, rules: &Rules) {
        for outcome in outcomes {
            let rule = rules.rule(outcome.id.rule);
            let name = outcome.id.id.to_string();
            let is_pair = outcome.secret.is_some();
            self.taken
                .values
                .extend(outcome.secret.iter().map(|secret| secret.reveal().to_owned()));
            self.taken.spans.extend(outcome.secret_span);
            let allowed = outcome.id.site.allowed;
            if allowed.is_some() && self.suppressed_max == 0 {
                continue;
            }
            let discovery = Discovery {
                kind: FindingKind::AccessKeyPair,
                rule: rule.name.clone(),
                provider: rule.provider,
                access_key_id: Some(outcome.id.id),
                secret: outcome.secret,
                account: None,
                sample: None,
                count: 1,
                confidence: outcome.confidence,
                why: outcome.why,
                place: outcome.id.site.place,
                suppressed: allowed.map(|mark| format!("allowed by the comment `{mark}`")),
            };
            if is_pair {
                self.lone.remove(&name);
                self.paired.insert(name);
                self.push(discovery);
            } else if !self.paired.contains(&name) {
                self.keep_lone(name, discovery);
            }
        }
    }

    fn keep_lone(&mut self, name: String, discovery: Discovery) {
        if let Some((_, times)) = self.lone.get_mut(&name) {
            *times += 1;
        } else if (self.lone.len() as u64) < self.limit {
            self.lone.insert(name, (discovery, 1));
        } else {
            self.dropped += 1;
        }
    }

    fn push(&mut self, discovery: Discovery) {
        if (self.found.len() as u64) < self.limit {
            self.found.push(discovery);
        } else {
            self.dropped += 1;
        }
    }

    /// Ends the text. An id that stands alone at one place and with its secret at another is reported
    /// with its secret only; one that never has a secret is reported once.
    pub(crate) fn finish(mut self, rules: &Rules) -> KeysFound {
        let outcomes = self.cluster.solve(rules);
        self.keep(outcomes, rules);
        for (_, (mut discovery, times)) in std::mem::take(&mut self.lone) {
            if times > 1 {
                discovery.why.push(format!("stands here {times} times"));
            }
            self.found.push(discovery);
        }
        self.taken.values.extend(self.paired);
        KeysFound { discoveries: self.found, dropped: self.dropped, taken: self.taken }
    }
}

/// What the hunt in one text gave.
pub(crate) struct KeysFound {
    pub(crate) discoveries: Vec<Discovery>,
    /// How many more there were than the limit.
    pub(crate) dropped: u64,
    pub(crate) taken: Taken,
}

/// What belongs to access key pairs, so that no other rule need report it.
#[derive(Default)]
pub(crate) struct Taken {
    /// Ids that have a secret, and secrets.
    pub(crate) values: HashSet<String>,
    /// Where secrets stand in the text: first byte, and one past the last.
    pub(crate) spans: BTreeMap<u64, u64>,
}

fn site(window: &Window, start: usize, end: usize, header: Option<&Header>) -> Site {
    let place = window.place(start, end);
    let label = Label::of(window.text(), start, header);
    let base = window.base();
    let allowed = comment(window.text(), start, end);
    Site { start: base + start as u64, end: base + end as u64, place, label, allowed }
}

fn id_seen(window: &Window, seen: SeenId, header: Option<&Header>, rules: &Rules) -> IdSeen {
    let site = site(window, seen.start, seen.end, header);
    // Of what begins as an id does, its name takes the doubt away.
    let told = rules.begins_id(seen.id.as_str().as_bytes())
        && site.label.as_ref().is_some_and(Label::says_id);
    IdSeen {
        rule: seen.rule,
        id: seen.id,
        site,
        confidence: seen.confidence,
        is_weak: seen.is_weak && !told,
        why: seen.why,
    }
}

/// What of a run may be a secret.
struct Candidate {
    start: usize,
    end: usize,
    symbols: Vec<u8>,
}

/// The run itself; where an id and a slash come first, what follows them; with the padding behind it;
/// and the longer word of base64url that it is part of.
fn candidates(text: &[u8], run: &Run<'_>, id: &SeenId, rules: &Rules) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let mut add = |start: usize, end: usize, symbols: &[u8]| {
        if rules.has_secret_of(symbols.len()) {
            candidates.push(Candidate { start, end, symbols: symbols.to_vec() });
        }
    };
    let plain = run.symbols.len() == run.end - run.start;
    // What follows the id and a slash.
    if plain && run.start < id.end && id.end < run.end && text[id.end] == b'/' {
        add(id.end + 1, run.end, &text[id.end + 1..run.end]);
        return candidates;
    }
    if token::is_tied(text, run.start, run.end) {
        // Only its first run stands for the whole word.
        let (start, end) = token::tied(text, run.start, run.end);
        let first = text[start..run.start].iter().all(|byte| matches!(byte, b'-' | b'_'));
        if plain && first && !token::is_tied(text, start, end) {
            add(start, end, &text[start..end]);
        }
        return candidates;
    }
    if !is_padded_hash(text, run.end, run.symbols.len()) {
        add(run.start, run.end, run.symbols);
    }
    let (padding, length) = token::padding(&text[run.end..]);
    if padding > 0 && !run.symbols.is_empty() {
        let padded = [run.symbols, &b"=="[..padding]].concat();
        add(run.start, run.end + length, &padded);
    }
    if let Some(slash) = memchr::memchr(b'/', run.symbols).filter(|_| plain)
        && rules.begins_id(run.symbols)
    {
        add(run.start + slash + 1, run.end, &run.symbols[slash + 1..]);
    }
    candidates
}

/// 43 characters and `=` are 32 bytes of base64: a SHA-256, no secret.
fn is_padded_hash(text: &[u8], end: usize, length: usize) -> bool {
    let padded = text.get(end) == Some(&b'=');
    length == 43 && padded && text.get(end + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

fn secret_seen(
    window: &Window,
    candidate: Candidate,
    rules: &Rules,
    header: Option<&Header>,
) -> Option<SecretSeen> {
    let site = site(window, candidate.start, candidate.end, header);
    let named = site.label.as_ref().is_some_and(Label::says_secret);
    let mut fitting = rules.secret_fits(&candidate.symbols, named);
    let is_bare = fitting.is_empty() && !site.label.as_ref().is_some_and(Label::is_key);
    if is_bare {
        fitting = rules.secret_may_fit(&candidate.symbols);
    }
    if fitting.is_empty() {
        return None;
    }
    let text = String::from_utf8(candidate.symbols).ok()?;
    Some(SecretSeen { rules: fitting, is_bare, value: Secret::new(text), site })
}
