//! The hunt for credentials in one text: from places to findings.

use std::collections::HashMap;
use std::ops::Range;

use claviger_model::{FindingKind, Secret};

use super::account;
use super::assignment::Assignment;
use super::claim::{Claim, judged, lower};
use super::command;
use super::index::{Hint, Owner, REACH, Shaped};
use super::judge;
use super::named::{self, AFTER, AROUND, BEFORE};
use super::pem::Pem;
use super::rule::At;
use super::userinfo::{self, Userinfo};
use super::{allow, client, grid, insert, words};
use crate::data_type::{Header, key_named};
use crate::engine::{Discovery, Taken, Window};
use crate::rule::{Rules, SeenId};

/// Longest scheme of an address that is a credential.
const SCHEME_MAX: usize = 8;
/// A credential, or what looked like one.
struct Found {
    /// Lower ranks stand for more specific rules.
    rank: u8,
    start: u64,
    end: u64,
    times: u64,
    discovery: Discovery,
}

/// The hunt in one text.
pub(crate) struct CredentialHunt {
    found: Vec<Found>,
    /// Where each value is in `found`, by rule.
    known: HashMap<(usize, Vec<u8>), usize>,
    /// Where in the text the name of the last assignment began: several hints may lead to one.
    last_name: Option<u64>,
    /// Where in the text the line of dashes of the last table began: several hints may stand in one.
    grid: Option<u64>,
    /// Whether this is no text: what only a name gives away means nothing in it.
    binary: bool,
    limit: u64,
    suppressed_left: u64,
    dropped: u64,
}

impl CredentialHunt {
    /// A hunt that keeps `limit` findings and `suppressed` false alarms.
    pub(crate) fn new(binary: bool, limit: u64, suppressed: u64) -> Self {
        Self {
            found: Vec::new(),
            known: HashMap::new(),
            last_name: None,
            grid: None,
            binary,
            limit,
            suppressed_left: suppressed,
            dropped: 0,
        }
    }

    /// Judges what starts in `from..to` of the text in memory, and what these literals give away. Returns the ids of access keys that only
    /// their names give away, in order.
    pub(crate) fn pass(
        &mut self,
        window: &Window,
        (from, to): (usize, usize),
        hints: &[(usize, usize)],
        rules: &Rules,
        header: Option<&Header>,
    ) -> Vec<SeenId> {
        let text = window.text();
        let credentials = rules.credentials();
        let (sheet, begun) = (window.sheet(), credentials.beginnings());
        words::find(sheet, from, to, |start, end| {
            words::beginnings(text, sheet.dashes(), (start, end), |at| {
                if begun.may_begin(text, at)
                    && let Some(shaped) = credentials.token(text, at)
                {
                    self.token(window, rules, shaped);
                }
            });
        });
        let with_keys = header.filter(|header| header.has_keys());
        let mut ids =
            with_keys.map_or_else(Vec::new, |header| self.cells(window, (from, to), header, rules));
        for (at, literal) in hints {
            let (hint, start, end) = credentials.hint(*at, *literal);
            let clipped = Clip { text: &text[..text.len().min(start + REACH)], start, end };
            match hint {
                Hint::Name => ids.extend(self.name(window, &clipped, rules)),
                Hint::Address => self.address(window, &clipped, rules),
                Hint::Pem => self.pem(window, &clipped, rules),
                Hint::Header => self.header(window, &clipped, rules),
                Hint::Command(sort) => self.command(window, &clipped, sort, rules),
                Hint::Client(arguments) => {
                    let cells = client::named_cells(clipped.text, end, arguments);
                    ids.extend(self.named_cells(window, clipped.text, cells, rules));
                }
                Hint::Rows => {
                    // The `V` comes before what is looked for.
                    let word = start.saturating_sub(1);
                    let cells = insert::named_cells(clipped.text, word, word + "VALUES".len());
                    ids.extend(self.named_cells(window, clipped.text, cells, rules));
                }
                Hint::Grid if self.grid != Some(line_of(window, start)) => {
                    self.grid = Some(line_of(window, start));
                    let cells = grid::named_cells(clipped.text, start);
                    ids.extend(self.named_cells(window, clipped.text, cells, rules));
                }
                Hint::Grid => {}
                Hint::Inside(rule) => {
                    if let Some(shaped) = credentials.inside(rule, text, *at) {
                        self.token(window, rules, shaped);
                    }
                }
            }
        }
        ids
    }

    fn token(&mut self, window: &Window, rules: &Rules, shaped: Shaped) {
        let text = window.text();
        let rule = rules.credentials().rule(shaped.rule);
        if rule.words.is_empty() || is_mentioned(text, &shaped, rules) {
            self.keep(window, rules, judged(text, rules, shaped));
        }
    }

    /// A name: what it is given is a credential of a vendor, an id of an access key, a password of an
    /// account, or something that only the name gives away.
    fn name(&mut self, window: &Window, clip: &Clip<'_>, rules: &Rules) -> Option<SeenId> {
        let text = clip.text;
        let assignment = Assignment::read(text, clip.start, clip.end)?;
        let place = Some(window.base() + assignment.name.start as u64);
        if self.last_name == place {
            return None;
        }
        self.last_name = place;
        let name = assignment.plain_name(text);
        self.value(window, text, &assignment, &name, rules)
    }

    /// What is given to a name.
    fn value(
        &mut self,
        window: &Window,
        text: &[u8],
        assignment: &Assignment,
        name: &str,
        rules: &Rules,
    ) -> Option<SeenId> {
        if !named::may_open(&text[assignment.value.clone()]) {
            return None;
        }
        if rules.credentials().token(text, assignment.value.start).is_some() {
            return None;
        }
        if let Some(id) = named::id(text, assignment, name, rules) {
            return Some(id);
        }
        if !judge::names_other(name) {
            let claim = named::of_vendor(text, assignment, name, rules).or_else(|| {
                named::of_name(text, assignment, name, rules).filter(|claim| {
                    !self.binary || rules.credentials().rule(claim.rule).id.is_some()
                })
            });
            if let Some(claim) = claim {
                self.keep(window, rules, claim);
            }
        }
        None
    }

    /// A password that no name announces.
    fn command(&mut self, window: &Window, clip: &Clip<'_>, sort: command::Sort, rules: &Rules) {
        if let Some(found) = command::read(clip.text, sort, clip.start, clip.end)
            && !self.binary
        {
            self.value(window, clip.text, &found, "password", rules);
        }
    }

    /// The cells of a table below heads that name credentials, in the rows that begin in `from..to`.
    fn cells(
        &mut self,
        window: &Window,
        (from, to): (usize, usize),
        header: &Header,
        rules: &Rules,
    ) -> Vec<SeenId> {
        let text = window.text();
        let mut ids = Vec::new();
        let mut row = match from {
            0 => 0,
            _ => memchr::memchr(b'\n', &text[from - 1..to]).map_or(to, |end| from + end),
        };
        while row < to {
            let reach = &text[row..text.len().min(row + REACH)];
            let end = row + memchr::memchr(b'\n', reach).unwrap_or(reach.len());
            for (name, value) in header.cells_of_keys(&text[row..end]) {
                let value = row + value.start..row + value.end;
                let name_place = value.start..value.start;
                let assignment = Assignment::of_cell(name_place, value);
                ids.extend(self.value(
                    window,
                    &text[..text.len().min(end + REACH)],
                    &assignment,
                    name,
                    rules,
                ));
            }
            row = end + 1;
        }
        ids
    }

    /// The cells whose columns name credentials.
    fn named_cells(
        &mut self,
        window: &Window,
        text: &[u8],
        cells: Vec<(&[u8], Range<usize>)>,
        rules: &Rules,
    ) -> Vec<SeenId> {
        let mut ids = Vec::new();
        for (name, value) in cells {
            let Some(name) = key_named(&String::from_utf8_lossy(name)) else {
                continue;
            };
            let assignment = Assignment::of_cell(value.start..value.start, value);
            ids.extend(self.value(window, text, &assignment, &name, rules));
        }
        ids
    }

    fn address(&mut self, window: &Window, clip: &Clip<'_>, rules: &Rules) {
        let text = clip.text;
        let credentials = rules.credentials();
        for (rule, known) in credentials.at(At::Url) {
            if let Some(shaped) = known.shaped(rule, text, clip.end) {
                let mut claim = judged(text, rules, shaped);
                // What is used is the whole address.
                claim.start = scheme_start(text, clip.start);
                self.keep(window, rules, claim);
                return;
            }
        }
        // Most addresses have no user.
        if window.sheet().ats().next(clip.end, clip.end + userinfo::USERINFO_MAX).is_none() {
            return;
        }
        let Some(info) = Userinfo::read(text, clip.start, clip.end) else { return };
        if credentials.token(text, info.password.start).is_some() {
            return;
        }
        let scheme = info.scheme.as_str();
        let of_scheme = |name: &String| scheme == name || scheme.ends_with(&format!(":{name}"));
        let of_rule =
            credentials.at(At::Userinfo).find(|(_, rule)| rule.names.iter().any(of_scheme));
        let Some((rule, known)) = of_rule else { return };
        let (judged, why) = match info.judge(text, known.confidence) {
            Ok((sure, why)) => (Ok(sure), why),
            Err(reason) => (Err(reason), Vec::new()),
        };
        let (start, end) = (info.password.start, info.password.end);
        self.keep(window, rules, Claim { rule, start, end, judged, why });
    }

    fn pem(&mut self, window: &Window, clip: &Clip<'_>, rules: &Rules) {
        let Some(pem) = Pem::read(clip.text, clip.end) else { return };
        let around = lower(clip.text, clip.start.saturating_sub(AROUND), pem.end + AROUND);
        let of_label = |names: &[String]| names.contains(&pem.label);
        let has_word = |word: &String| memchr::memmem::find(&around, word.as_bytes()).is_some();
        let mut fitting: Vec<_> = rules
            .credentials()
            .at(At::Pem)
            .filter(|(_, rule)| of_label(&rule.names))
            .filter(|(_, rule)| rule.words.is_empty() || rule.words.iter().all(has_word))
            .collect();
        fitting.sort_by_key(|(index, rule)| (rule.words.is_empty(), *index));
        let Some((rule, known)) = fitting.first() else { return };
        let (judged, mut why) = match pem.inside {
            Ok(inside) => (Ok(known.confidence), vec![inside]),
            Err(reason) => (Err(reason), Vec::new()),
        };
        let judged = if pem.encrypted { judged.map(|sure| sure - 0.3) } else { judged };
        if pem.encrypted {
            why.push("it needs a passphrase".to_owned());
        }
        self.keep(
            window,
            rules,
            Claim { rule: *rule, start: clip.start, end: pem.end, judged, why },
        );
    }

    fn header(&mut self, window: &Window, clip: &Clip<'_>, rules: &Rules) {
        let text = clip.text;
        let word = text[clip.start..clip.end].to_ascii_lowercase();
        let before = lower(text, clip.start.saturating_sub(48), clip.start);
        if memchr::memmem::find(&before, b"auth").is_none() {
            return;
        }
        if rules.credentials().token(text, clip.end).is_some() {
            return;
        }
        for (rule, known) in rules.credentials().at(At::Header) {
            let named = known.names.iter().any(|name| name.as_bytes().ends_with(word.trim_ascii()));
            if named && let Some(shaped) = known.shaped(rule, text, clip.end) {
                self.keep(window, rules, judged(text, rules, shaped));
                return;
            }
        }
    }

    /// Keeps a credential, or counts it where it is known already.
    fn keep(&mut self, window: &Window, rules: &Rules, claim: Claim) {
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
    pub(crate) fn finish(mut self, taken: &Taken) -> (Vec<Discovery>, u64) {
        self.found.retain(|found| {
            let value = found.discovery.secret.as_ref().map(Secret::reveal);
            value.is_none_or(|value| !taken.values.contains(value))
        });
        self.found.sort_by_key(|found| (found.rank, found.start, found.end));
        let mut spans = taken.spans.clone();
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

/// A text as far as it may bear on a place in it, and the place.
struct Clip<'t> {
    text: &'t [u8],
    start: usize,
    end: usize,
}

/// Where in the text the line of a place begins.
fn line_of(window: &Window, at: usize) -> u64 {
    let text = &window.text()[..at];
    window.base() + memchr::memrchr(b'\n', text).map_or(0, |end| end + 1) as u64
}

/// Where the scheme begins that ends at `end`.
fn scheme_start(text: &[u8], end: usize) -> usize {
    let before = text[..end].iter().rev().take(SCHEME_MAX);
    end - before.take_while(|byte| byte.is_ascii_alphabetic()).count()
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

fn is_mentioned(text: &[u8], shaped: &Shaped, rules: &Rules) -> bool {
    let context = lower(text, shaped.start.saturating_sub(BEFORE), shaped.end + AFTER);
    let mentions = rules.credentials().mentioned(&context, 0..0);
    mentions.iter().any(|mention| mention.owner == Owner::Credential(shaped.rule))
}
