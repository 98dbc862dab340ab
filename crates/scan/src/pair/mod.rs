//! Which secret belongs to which id: ranked by what speaks for each match, one secret an id and one id
//! a secret, never a cross product.
//!
//! What may be a secret of an id: of the right shape, at most [`RADIUS`] bytes and [`LINES`] lines away.
//! What speaks for it (`clue`): its name, the name's owner (`prod_…`), distance, the same record,
//! coming after the id. What order the ids have, their secrets have too, unless clues object.

mod clue;
mod label;

use std::collections::{HashMap, HashSet};

use claviger_model::{AccessKeyId, Secret};

use crate::engine::Place;
use crate::rule::Rules;
use clue::Clues;

pub(crate) use label::Label;

/// Farthest secret, in bytes.
pub(crate) const RADIUS: usize = 4096;
/// Farthest secret, in lines.
const LINES: u64 = 60;
/// Shortest session token, in characters.
const SESSION_TOKEN_MIN: usize = 100;
/// How much score the order of the text may cost: less than any name is worth.
const ORDER_TOLERANCE: f64 = 0.75;

/// What is said of an id without a secret.
pub(crate) const NO_SECRET: &str = "no secret near it";

/// Where an id or a secret stands.
pub(crate) struct Site {
    /// First byte in the text.
    pub(crate) start: u64,
    /// One past the last byte in the text.
    pub(crate) end: u64,
    pub(crate) place: Place,
    /// What names it.
    pub(crate) label: Option<Label>,
    /// The comment that says it is no leak.
    pub(crate) allowed: Option<&'static str>,
}

impl Site {
    /// Bytes between this and another site.
    fn gap(&self, other: &Self) -> u64 {
        if other.start >= self.end {
            other.start - self.end
        } else {
            self.start.saturating_sub(other.end)
        }
    }
}

/// An id, before it is known whether it has a secret.
pub(crate) struct IdSeen {
    /// Index of its rule.
    pub(crate) rule: usize,
    pub(crate) id: AccessKeyId,
    pub(crate) site: Site,
    /// How sure it is without a secret.
    pub(crate) confidence: f64,
    /// Whether it is believable only with a secret.
    pub(crate) is_weak: bool,
    pub(crate) why: Vec<String>,
}

/// What may be a secret.
pub(crate) struct SecretSeen {
    /// Indexes of the rules it fits.
    pub(crate) rules: Vec<usize>,
    /// Whether it is believed only right beside an id, since it is not random by itself.
    pub(crate) is_bare: bool,
    pub(crate) value: Secret,
    pub(crate) site: Site,
}

/// What became of an id.
pub(crate) struct Outcome {
    pub(crate) id: IdSeen,
    pub(crate) secret: Option<Secret>,
    /// Where the secret stands in the text.
    pub(crate) secret_span: Option<(u64, u64)>,
    pub(crate) confidence: f64,
    pub(crate) why: Vec<String>,
}

/// One possible match.
struct Match {
    id: usize,
    secret: usize,
    score: f64,
}

/// Ids whose surroundings touch, with what stands around them, each in the order of the text.
#[derive(Default)]
pub(crate) struct Cluster {
    ids: Vec<IdSeen>,
    near: Surroundings,
}

/// What stands around ids.
#[derive(Default)]
pub(crate) struct Surroundings {
    pub(crate) secrets: Vec<SecretSeen>,
    /// Where records end: braces, blank lines, section heads, list items.
    separators: Vec<u64>,
    /// Where long tokens begin, with their first characters.
    tokens: Vec<(u64, [u8; 4])>,
}

impl Surroundings {
    /// Notes a run that may be a session token.
    pub(crate) fn note_token(&mut self, start: u64, length: usize, prefix: [u8; 4]) {
        if length >= SESSION_TOKEN_MIN {
            self.tokens.push((start, prefix));
        }
    }

    /// Notes the ends of records in `from..to` of a text that begins at `base`.
    pub(crate) fn note_separators(&mut self, text: &[u8], base: u64, from: usize, to: usize) {
        for (offset, byte) in text[from..to].iter().enumerate() {
            let ends = match byte {
                b'}' => true,
                b'\n' => clue::starts_record(&text[from + offset + 1..]),
                _ => false,
            };
            if ends {
                self.separators.push(base + (from + offset) as u64);
            }
        }
    }

    /// Takes over what stands further on.
    fn append(&mut self, mut later: Self) {
        self.secrets.append(&mut later.secrets);
        self.separators.append(&mut later.separators);
        self.tokens.append(&mut later.tokens);
    }
}

impl Cluster {
    /// Whether an id at `start` is too far away to share a secret with this cluster.
    pub(crate) fn ends_before(&self, start: u64) -> bool {
        self.ids.last().is_some_and(|last| last.site.end + 2 * (RADIUS as u64) < start)
    }

    /// Takes an id with what stands around it, as far as that was not taken with the id before.
    pub(crate) fn add(&mut self, id: IdSeen, near: Surroundings) {
        self.ids.push(id);
        self.near.append(near);
    }

    /// How many ids it has.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Decides on all ids and empties the cluster.
    pub(crate) fn solve(&mut self, rules: &Rules) -> Vec<Outcome> {
        let cluster = std::mem::take(self);
        let matched = cluster.matched();
        let chosen = (0..cluster.ids.len()).collect();
        cluster.outcomes(&matched, &chosen, rules).0
    }

    /// Decides on the first half of the ids, with regard to the rest, and keeps the rest.
    pub(crate) fn solve_first_half(&mut self, rules: &Rules) -> Vec<Outcome> {
        let cluster = std::mem::take(self);
        let matched = cluster.matched();
        let chosen = (0..cluster.ids.len() / 2).collect();
        let (outcomes, rest) = cluster.outcomes(&matched, &chosen, rules);
        *self = rest;
        outcomes
    }

    /// The secret of each id that has one, with its score.
    fn matched(&self) -> HashMap<usize, (usize, f64)> {
        let mut matches = self.matches();
        matches.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then((a.id, a.secret).cmp(&(b.id, b.secret)))
        });
        let mut chosen = Choice::default();
        for found in &matches {
            chosen.take(self, found);
        }
        self.put_in_order(&mut chosen.matched, &matches);
        chosen.matched
    }

    /// Every match that clues allow.
    fn matches(&self) -> Vec<Match> {
        let ids: HashSet<&str> = self.ids.iter().map(|seen| seen.id.as_str()).collect();
        let mut matches = Vec::new();
        for (id, seen) in self.ids.iter().enumerate() {
            let near: Vec<(usize, Clues)> = self
                .near
                .secrets
                .iter()
                .enumerate()
                .filter(|(_, secret)| secret.rules.contains(&seen.rule))
                .filter(|(_, secret)| !ids.contains(secret.value.reveal()))
                .filter(|(_, secret)| is_near(&seen.site, &secret.site))
                .map(|(index, secret)| (index, self.clues(seen, secret)))
                .collect();
            let alone = self.is_only(seen, &near);
            let allowed = near.into_iter().filter(|(_, clues)| clues.allow(alone));
            matches.extend(allowed.map(|(secret, clues)| Match {
                id,
                secret,
                score: clues.score(),
            }));
        }
        matches
    }

    /// Whether there is just one id of the rule here, and just one secret for it.
    fn is_only(&self, id: &IdSeen, near: &[(usize, Clues)]) -> bool {
        let values: HashSet<&str> =
            near.iter().map(|(index, _)| self.near.secrets[*index].value.reveal()).collect();
        let same_rule = self.ids.iter().filter(|other| other.rule == id.rule);
        values.len() == 1 && same_rule.clone().all(|other| other.id == id.id)
    }

    fn clues(&self, id: &IdSeen, secret: &SecretSeen) -> Clues {
        let (first, last) = if id.site.start < secret.site.start {
            (id.site.end, secret.site.start)
        } else {
            (secret.site.end, id.site.start)
        };
        let below = |offset: u64| self.near.separators.partition_point(|at| *at < offset);
        let separators = below(last).saturating_sub(below(first));
        Clues::of(&id.site, secret, separators)
    }

    /// Swaps secrets between pairs that stand in the text crosswise, where that costs little score.
    fn put_in_order(&self, matched: &mut HashMap<usize, (usize, f64)>, matches: &[Match]) {
        let score = |id: usize, secret: usize| {
            matches.iter().find(|m| (m.id, m.secret) == (id, secret)).map(|m| m.score)
        };
        for first in 0..self.ids.len() {
            for second in first + 1..self.ids.len() {
                let pair = (matched.get(&first).copied(), matched.get(&second).copied());
                let (Some((a, score_a)), Some((b, score_b))) = pair else { continue };
                if a <= b || self.ids[first].id == self.ids[second].id {
                    continue;
                }
                if let (Some(straight_b), Some(straight_a)) = (score(first, b), score(second, a))
                    && straight_a + straight_b + ORDER_TOLERANCE >= score_a + score_b
                {
                    matched.insert(first, (b, straight_b));
                    matched.insert(second, (a, straight_a));
                }
            }
        }
    }

    /// Turns the `chosen` ids into outcomes; what is left of the cluster remains.
    fn outcomes(
        self,
        matched: &HashMap<usize, (usize, f64)>,
        chosen: &HashSet<usize>,
        rules: &Rules,
    ) -> (Vec<Outcome>, Self) {
        let mut outcomes = Vec::new();
        let mut rest = Self::default();
        let used: HashSet<usize> =
            chosen.iter().filter_map(|id| Some(matched.get(id)?.0)).collect();
        let clues: HashMap<usize, Clues> = matched
            .iter()
            .map(|(id, (secret, _))| (*id, self.clues(&self.ids[*id], &self.near.secrets[*secret])))
            .collect();
        for (index, id) in self.ids.into_iter().enumerate() {
            if !chosen.contains(&index) {
                rest.ids.push(id);
                continue;
            }
            let secret = matched.get(&index).map(|(secret, _)| &self.near.secrets[*secret]);
            let token = &rules.rule(id.rule).session_token;
            let token = has_token(&self.near.tokens, token, id.site.start);
            outcomes.extend(outcome(id, secret, clues.get(&index), token));
        }
        if let Some(first) = rest.ids.first() {
            let reach = first.site.start.saturating_sub(2 * RADIUS as u64);
            let left = self.near.secrets.into_iter().enumerate();
            let left =
                left.filter(|(index, secret)| !used.contains(index) && secret.site.start >= reach);
            rest.near.secrets = left.map(|(_, secret)| secret).collect();
            rest.near.tokens =
                self.near.tokens.into_iter().filter(|(at, _)| *at >= reach).collect();
            rest.near.separators =
                self.near.separators.into_iter().filter(|at| *at >= reach).collect();
        }
        (outcomes, rest)
    }
}

/// Matches taken so far, and what each id and each secret is already bound to.
#[derive(Default)]
struct Choice<'c> {
    matched: HashMap<usize, (usize, f64)>,
    secrets: HashSet<usize>,
    secret_of: HashMap<&'c AccessKeyId, &'c str>,
    id_of: HashMap<&'c str, &'c AccessKeyId>,
}

impl<'c> Choice<'c> {
    /// Takes a match unless its id or its secret is taken: by place, and also by value, since an id has
    /// one secret wherever it stands.
    fn take(&mut self, cluster: &'c Cluster, found: &Match) {
        let id = &cluster.ids[found.id].id;
        let secret = cluster.near.secrets[found.secret].value.reveal();
        let free = !self.matched.contains_key(&found.id)
            && !self.secrets.contains(&found.secret)
            && self.secret_of.get(id).is_none_or(|bound| *bound == secret)
            && self.id_of.get(secret).is_none_or(|bound| *bound == id);
        if free {
            self.matched.insert(found.id, (found.secret, found.score));
            self.secrets.insert(found.secret);
            self.secret_of.insert(id, secret);
            self.id_of.insert(secret, id);
        }
    }
}

fn is_near(id: &Site, secret: &Site) -> bool {
    id.gap(secret) <= RADIUS as u64 && id.place.line.abs_diff(secret.place.line) <= LINES
}

fn has_token(tokens: &[(u64, [u8; 4])], prefixes: &[String], near: u64) -> bool {
    tokens.iter().any(|(at, prefix)| {
        at.abs_diff(near) <= RADIUS as u64 && prefixes.iter().any(|p| p.as_bytes() == prefix)
    })
}

/// The outcome of an id; `None` for one that is not believable without a secret and has none.
fn outcome(
    mut id: IdSeen,
    secret: Option<&SecretSeen>,
    clues: Option<&Clues>,
    token: bool,
) -> Option<Outcome> {
    let mut why = std::mem::take(&mut id.why);
    let mut confidence = id.confidence;
    match (secret, clues) {
        (Some(secret), Some(clues)) => {
            why.insert(0, clues.words(secret.value.reveal().len(), &secret.site));
            confidence = clues.confidence(id.confidence);
        }
        _ if id.is_weak => return None,
        _ => why.push(NO_SECRET.to_owned()),
    }
    if token {
        why.push("a session token stands near it: a temporary key".to_owned());
    }
    id.site.allowed = id.site.allowed.or(secret.and_then(|secret| secret.site.allowed));
    Some(Outcome {
        id,
        secret: secret.map(|secret| secret.value.clone()),
        secret_span: secret.map(|secret| (secret.site.start, secret.site.end)),
        confidence,
        why,
    })
}
