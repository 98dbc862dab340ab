//! The hunt for access key ids in one text, and the gathering of what may be their secrets.
//!
//! Secrets are never searched for by themselves: only around an id, so that a text without keys costs
//! nothing. What is seen goes to `clusters`, which needs the text no more.

use std::collections::HashSet;

use claviger_model::{FindingKind, Secret};

use super::clusters::{Clusters, KeysFound, Sighting};
use super::token::{self, Run};
use super::{Discovery, Shift, Window};
use crate::credential::comment;
use crate::data_type::Header;
use crate::pair::{IdSeen, Label, RADIUS, SecretSeen, Site, Surroundings};
use crate::rule::{Rules, SeenId};

/// How far before a place the search for secrets may have left off and still bear on what begins there.
const WALKED_REACH: u64 = 4 * RADIUS as u64;

/// The hunt in one text.
pub(crate) struct KeyHunt {
    /// Where in the text the search for secrets left off.
    walked: u64,
    /// What was seen and is not yet judged.
    sightings: Vec<Sighting>,
    /// Whether false alarms are asked for.
    notes_suppressed: bool,
    clusters: Clusters,
}

impl KeyHunt {
    /// A hunt that keeps `limit` discoveries and `suppressed` false alarms.
    pub(crate) fn new(limit: u64, suppressed: u64) -> Self {
        Self {
            walked: 0,
            sightings: Vec::new(),
            notes_suppressed: suppressed > 0,
            clusters: Clusters::new(limit, suppressed),
        }
    }

    /// A hunt in a share of the text, which judges nothing.
    pub(crate) fn share(&self) -> Self {
        Self {
            walked: 0,
            sightings: Vec::new(),
            notes_suppressed: self.notes_suppressed,
            clusters: Clusters::new(0, 0),
        }
    }

    /// Sees the ids that begin with these prefixes, and those that only their names gave away.
    pub(crate) fn pass(
        &mut self,
        window: &Window<'_>,
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
                if self.notes_suppressed {
                    self.sightings.push(false_alarm(window, &seen, rules));
                }
                continue;
            }
            let near = self.gather(window, &seen, rules, header);
            self.sightings.push(Sighting::Id(id_seen(window, seen, header, rules), near));
        }
    }

    /// Judges what was seen.
    pub(crate) fn judge(&mut self, rules: &Rules) {
        self.sightings.drain(..).for_each(|sighting| self.clusters.take(sighting, rules));
    }

    /// Forgets what was seen and is not judged.
    pub(crate) fn forget(&mut self) {
        self.sightings.clear();
    }

    /// Where the search for secrets left off, as far as that bears on what begins at `at`.
    pub(crate) fn walked(&self, at: u64) -> Option<u64> {
        Some(self.walked).filter(|walked| walked + WALKED_REACH > at)
    }

    /// Counts the lines and columns of what was seen as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        for sighting in &mut self.sightings {
            match sighting {
                Sighting::Id(id, near) => {
                    shift.mend(&mut id.site.place);
                    near.secrets.iter_mut().for_each(|secret| shift.mend(&mut secret.site.place));
                }
                Sighting::FalseAlarm(alarm) => shift.mend(&mut alarm.place),
            }
        }
    }

    /// Takes over what was seen in the share that follows.
    pub(crate) fn join(&mut self, share: Self, rules: &Rules) {
        self.walked = share.walked;
        self.sightings = share.sightings;
        self.judge(rules);
    }

    /// Gathers what may be a secret around an id, as far as that was not done for the id before.
    fn gather(
        &mut self,
        window: &Window<'_>,
        id: &SeenId,
        rules: &Rules,
        header: Option<&Header>,
    ) -> Surroundings {
        let mut near = Surroundings::default();
        let (text, base) = (window.text(), window.base());
        let earliest = base + id.start.saturating_sub(RADIUS) as u64;
        let fresh = self.walked < earliest;
        let from = (self.walked.max(earliest) - base) as usize;
        let to = text.len().min(id.end + RADIUS);
        if from >= to {
            return near;
        }
        let end = token::runs(text, from, to, fresh, |run| {
            near.note_token(base + run.start as u64, run.length, run.prefix);
            for candidate in candidates(text, run, id, rules) {
                near.secrets.extend(secret_seen(window, candidate, rules, header));
            }
        });
        near.note_separators(text, base, from, end);
        self.walked = base + end as u64;
        near
    }

    /// Ends the text.
    pub(crate) fn finish(self, rules: &Rules) -> KeysFound {
        self.clusters.finish(rules)
    }
}

/// What only looks like an id.
fn false_alarm(window: &Window<'_>, seen: &SeenId, rules: &Rules) -> Sighting {
    let rule = rules.rule(seen.rule);
    Sighting::FalseAlarm(Discovery {
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
    })
}

fn site(window: &Window<'_>, start: usize, end: usize, header: Option<&Header>) -> Site {
    let place = window.place(start, end);
    let label = Label::of(window.text(), start, header);
    let base = window.base();
    let allowed = comment(window.text(), start, end);
    Site { start: base + start as u64, end: base + end as u64, place, label, allowed }
}

fn id_seen(window: &Window<'_>, seen: SeenId, header: Option<&Header>, rules: &Rules) -> IdSeen {
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
    // Base64url may begin and end with a dash.
    let edge = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take(2).take_while(|byte| matches!(**byte, b'-' | b'_')).count()
    };
    let left = edge(&mut text[..run.start].iter().rev());
    let right = edge(&mut text[run.end..].iter());
    if plain && left + right > 0 {
        let (start, end) = (run.start - left, run.end + right);
        add(start, end, &text[start..end]);
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
    window: &Window<'_>,
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
