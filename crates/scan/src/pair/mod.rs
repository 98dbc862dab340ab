//! Ids with the secrets that belong to them: every id and secret in reach of each other are ranked, and
//! assigned one to one, best first. Never a cross product.

use claviger_model::{AccessKeyId, FindingKind, Provider, Secret};

use crate::engine::{Discovery, Line, Place};
use crate::rule::{Rules, account_of_aws_id, is_placeholder, looks_random};

/// How far apart id and secret may stand: either is enough to be in reach.
const REACH_BYTES: u64 = 4096;
const REACH_LINES: u64 = 60;

/// Ids and secrets that wait at most; a text with more is settled in parts.
const WAITING_MAX: usize = 1000;

/// Bytes before a secret that may name it.
const NAME_BYTES: usize = 48;

/// A pair below this rank is no pair.
const RANK_MIN: f64 = 0.0;

struct Id {
    place: Place,
    id: AccessKeyId,
    rule: usize,
}

struct Candidate {
    place: Place,
    text: Secret,
    /// The text before it calls it a secret.
    named: bool,
    /// Nothing else stands on its line.
    alone: bool,
}

/// What waits for its counterpart, and what was settled.
pub(crate) struct Pairs {
    ids: Vec<Id>,
    secrets: Vec<Candidate>,
    found: Vec<Discovery>,
    findings: u64,
    dropped: u64,
}

impl Pairs {
    /// Keeps at most `findings`.
    pub(crate) fn new(findings: u64) -> Self {
        Self { ids: Vec::new(), secrets: Vec::new(), found: Vec::new(), findings, dropped: 0 }
    }

    /// Takes a token that is an id by its rule.
    pub(crate) fn see_id(
        &mut self,
        line: &Line<'_>,
        from: usize,
        to: usize,
        rule: usize,
        rules: &Rules,
    ) {
        let token = &line.bytes[from..to];
        if is_placeholder(token) || !token.iter().any(u8::is_ascii_digit) {
            return;
        }
        let Ok(id) = AccessKeyId::parse(&String::from_utf8_lossy(token)) else { return };
        self.ids.push(Id { place: line.place(from, to), id, rule });
        if self.ids.len() >= WAITING_MAX {
            self.settle(rules);
        }
    }

    /// Takes a token that has the shape of a secret.
    pub(crate) fn see_secret(&mut self, line: &Line<'_>, from: usize, to: usize) {
        let token = &line.bytes[from..to];
        if is_placeholder(token) || !looks_random(token) {
            return;
        }
        let before = &line.bytes[from.saturating_sub(NAME_BYTES)..from];
        let before = String::from_utf8_lossy(before).to_ascii_lowercase();
        let named = ["secret", "sk", "password", "密钥"].iter().any(|word| before.contains(word));
        if self.secrets.len() >= WAITING_MAX {
            self.secrets.remove(0);
        }
        self.secrets.push(Candidate {
            place: line.place(from, to),
            text: Secret::new(String::from_utf8_lossy(token).into_owned()),
            named,
            alone: line.bytes.trim_ascii().len() == token.len(),
        });
    }

    /// Settles what is out of reach of anything that may still come.
    pub(crate) fn move_on(&mut self, line: u64, end: u64, rules: &Rules) {
        let passed = |place: &Place| {
            line.saturating_sub(place.line) > REACH_LINES
                && end.saturating_sub(place.end) > REACH_BYTES
        };
        if self.ids.last().is_some_and(|id| passed(&id.place)) {
            self.settle(rules);
        }
        if self.ids.is_empty() {
            self.secrets.retain(|secret| !passed(&secret.place));
        }
    }

    /// Ends. Returns what was found and how much more there was.
    pub(crate) fn finish(mut self, rules: &Rules) -> (Vec<Discovery>, u64) {
        self.settle(rules);
        (self.found, self.dropped)
    }

    fn settle(&mut self, rules: &Rules) {
        let ids = std::mem::take(&mut self.ids);
        let mut ranked: Vec<(f64, usize, usize)> = Vec::new();
        for (i, id) in ids.iter().enumerate() {
            let Some(rule) = rules.get(id.rule) else { continue };
            for (s, secret) in self.secrets.iter().enumerate() {
                if rule.takes_secret(secret.text.reveal().as_bytes())
                    && let Some(rank) = rank(&id.place, secret)
                {
                    ranked.push((rank, i, s));
                }
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut of_id: Vec<Option<usize>> = vec![None; ids.len()];
        let mut taken = vec![false; self.secrets.len()];
        for (_, i, s) in ranked {
            if of_id[i].is_none() && !taken[s] {
                of_id[i] = Some(s);
                taken[s] = true;
            }
        }
        for (id, secret) in ids.iter().zip(&of_id) {
            let secret = secret.and_then(|index| self.secrets.get(index));
            if self.found.len() as u64 >= self.findings {
                self.dropped += 1;
            } else if let Some(rule) = rules.get(id.rule) {
                self.found.push(discovery(id, secret, &rule.name, &rule.title, rule.provider));
            }
        }
        let mut kept = taken.iter();
        self.secrets.retain(|_| !kept.next().copied().unwrap_or(false));
    }
}

/// How well a secret fits an id: by what it is called, by nearness, and by coming after it. `None` when
/// out of reach.
#[expect(clippy::cast_precision_loss, reason = "distances are far below 2^52")]
fn rank(id: &Place, secret: &Candidate) -> Option<f64> {
    let bytes = secret.place.start.abs_diff(id.start);
    let lines = secret.place.line.abs_diff(id.line);
    if bytes > REACH_BYTES && lines > REACH_LINES {
        return None;
    }
    let mut rank = 2.0 - (bytes as f64) / 2048.0 - (lines as f64) * 0.1;
    if secret.named {
        rank += 6.0;
    }
    if secret.alone {
        rank += 4.0;
    }
    if lines == 0 {
        rank += 4.0;
    }
    if secret.place.start > id.start {
        rank += 1.0;
    }
    // Without a name, neither alone nor on the same line, only a close neighbour is believed.
    (rank > RANK_MIN).then_some(rank)
}

fn discovery(
    id: &Id,
    secret: Option<&Candidate>,
    rule: &str,
    title: &str,
    provider: Provider,
) -> Discovery {
    let mut why = vec![format!("{title}: prefix, length and characters of the id fit")];
    if let Some(account) = account_of_aws_id(id.id.as_str()).filter(|_| provider == Provider::Aws) {
        why.push(format!("the id names account {account}"));
    }
    let confidence = match secret {
        None => {
            why.push("no secret stands near it".to_owned());
            0.5
        }
        Some(secret) => {
            let lines = secret.place.line.abs_diff(id.place.line);
            why.push(match lines {
                0 => "a secret of the right shape stands on the same line".to_owned(),
                1 => "a secret of the right shape stands 1 line away".to_owned(),
                lines => format!("a secret of the right shape stands {lines} lines away"),
            });
            if secret.named {
                why.push("the text calls it a secret".to_owned());
            }
            if secret.named || lines <= 1 { 0.98 } else { 0.85 }
        }
    };
    Discovery {
        kind: FindingKind::AccessKeyPair,
        rule: rule.to_owned(),
        provider: Some(provider),
        access_key_id: Some(id.id.clone()),
        secret: secret.map(|secret| secret.text.clone()),
        sample: None,
        count: 1,
        confidence,
        why,
        place: id.place,
    }
}
