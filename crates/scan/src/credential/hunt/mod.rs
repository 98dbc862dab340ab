//! The hunt for credentials in one text: from places to claims. What a place says is read by what stands
//! there: a value that has a name (`value`), an address, a private key or a header (`written`).

mod value;
mod written;

use claviger_lanes::Places;

use super::claim::{Claim, judged, lower};
use super::index::{Hint, Owner, REACH, Shaped};
use super::kept::Kept;
use super::named::{AFTER, BEFORE};
use super::{client, grid, insert, words};
use crate::data_type::Header;
use crate::engine::{Discovery, Shift, Taken, Window};
use crate::rule::{Rules, SeenId};

/// The hunt in one text.
pub(crate) struct CredentialHunt {
    kept: Kept,
    /// Where in the text the name of the last assignment began: several hints may lead to one.
    last_name: Option<u64>,
    /// Where in the text the line of dashes of the last table began: several hints may stand in one.
    grid: Option<u64>,
    /// Whether this is no text: what only a name gives away means nothing in it.
    binary: bool,
    /// Where words begin that may hold tokens.
    words: Places,
}

/// A text as far as it may bear on a place in it, and the place.
struct Clip<'t> {
    text: &'t [u8],
    start: usize,
    end: usize,
}

impl CredentialHunt {
    /// A hunt that keeps `limit` findings and `suppressed` false alarms.
    pub(crate) fn new(binary: bool, limit: u64, suppressed: u64) -> Self {
        let kept = Kept::new(limit, suppressed);
        Self { kept, last_name: None, grid: None, binary, words: Places::default() }
    }

    /// Judges what starts in `from..to` of the text in memory, and what these literals give away. Returns the ids of access keys that only
    /// their names give away, in order.
    pub(crate) fn pass(
        &mut self,
        window: &Window<'_>,
        (from, to): (usize, usize),
        hints: &[(usize, usize)],
        rules: &Rules,
        header: Option<&Header>,
    ) -> Vec<SeenId> {
        let text = window.text();
        let credentials = rules.credentials();
        let (sheet, begun) = (window.sheet(), credentials.beginnings());
        let mut words = std::mem::take(&mut self.words);
        words::find(text, sheet, (from, to), begun, &mut words);
        for start in words.iter() {
            let end = words::end(sheet, start);
            words::beginnings(text, sheet.dashes(), (start, end), |at| {
                if begun.may_begin(text, at)
                    && let Some(shaped) = credentials.token(text, at)
                {
                    self.token(window, rules, shaped);
                }
            });
        }
        self.words = words;
        let with_keys = header.filter(|header| header.has_keys());
        let mut ids =
            with_keys.map_or_else(Vec::new, |header| self.cells(window, (from, to), header, rules));
        for (at, literal) in hints {
            self.hint(window, *at, *literal, rules, &mut ids);
        }
        ids
    }

    /// What a literal at a place gives away; ids that only their names give away go to `ids`.
    fn hint(
        &mut self,
        window: &Window<'_>,
        at: usize,
        literal: usize,
        rules: &Rules,
        ids: &mut Vec<SeenId>,
    ) {
        let text = window.text();
        let credentials = rules.credentials();
        let (hint, start, end) = credentials.hint(at, literal);
        let clip = Clip { text: &text[..text.len().min(start + REACH)], start, end };
        let claim = match hint {
            Hint::Name => {
                ids.extend(self.name(window, &clip, rules));
                None
            }
            Hint::Address => written::address(window, &clip, rules),
            Hint::Pem => written::pem(&clip, rules),
            Hint::Header => written::header(&clip, rules),
            Hint::Command(sort) => {
                self.command(window, &clip, sort, rules);
                None
            }
            Hint::Client(arguments) => {
                let cells = client::named_cells(clip.text, end, arguments);
                ids.extend(self.named_cells(window, clip.text, cells, rules));
                let named = client::named_arguments(clip.text, end, arguments);
                ids.extend(self.arguments(window, clip.text, named, rules));
                None
            }
            Hint::Rows => {
                // The `V` comes before what is looked for.
                let word = start.saturating_sub(1);
                let cells = insert::named_cells(clip.text, word, word + "VALUES".len());
                ids.extend(self.named_cells(window, clip.text, cells, rules));
                None
            }
            Hint::Grid => {
                let line = Some(line_of(window, start));
                if self.grid != line {
                    self.grid = line;
                    let cells = grid::named_cells(clip.text, start);
                    ids.extend(self.named_cells(window, clip.text, cells, rules));
                }
                None
            }
            Hint::Inside(rule) => {
                if let Some(shaped) = credentials.inside(rule, text, at) {
                    self.token(window, rules, shaped);
                }
                None
            }
        };
        self.keep(window, rules, claim);
    }

    fn token(&mut self, window: &Window<'_>, rules: &Rules, shaped: Shaped) {
        let text = window.text();
        let rule = rules.credentials().rule(shaped.rule);
        if rule.words.is_empty() || is_mentioned(text, &shaped, rules) {
            self.keep(window, rules, Some(judged(text, rules, shaped)));
        }
    }

    fn keep(&mut self, window: &Window<'_>, rules: &Rules, claim: Option<Claim>) {
        if let Some(claim) = claim {
            self.kept.keep(window, rules, claim);
        }
    }

    /// A hunt in a share of the text.
    pub(crate) fn share(&self) -> Self {
        let (kept, binary) = (self.kept.share(), self.binary);
        Self { kept, last_name: None, grid: None, binary, words: Places::default() }
    }

    /// What was seen that still bears on what begins at `at`, of a text of which all before `edge` is forgotten.
    pub(crate) fn standing(&self, at: u64, edge: u64) -> (Option<u64>, Option<u64>) {
        let name = self.last_name.filter(|name| name + 2 * REACH as u64 > at);
        (name, self.grid.filter(|line| *line >= edge))
    }

    /// Forgets what was found so far.
    pub(crate) fn forget(&mut self) {
        self.kept = self.kept.share();
    }

    /// Whether there is room for all that was found in a share.
    pub(crate) fn has_room_for(&self, share: &Self) -> bool {
        self.kept.has_room_for(&share.kept)
    }

    /// Counts the lines and columns of what was found as they are.
    pub(crate) fn mend(&mut self, shift: &Shift) {
        self.kept.mend(shift);
    }

    /// Takes over what a hunt found in the share that follows.
    pub(crate) fn join(&mut self, share: Self) {
        (self.last_name, self.grid) = (share.last_name, share.grid);
        self.kept.join(share.kept);
    }

    /// Ends the text: its credentials and how many more there were than the limit. What is `taken`
    /// as part of an access key pair is none of its own.
    pub(crate) fn finish(self, taken: &Taken) -> (Vec<Discovery>, u64) {
        self.kept.finish(taken)
    }
}

/// Where in the text the line of a place begins.
fn line_of(window: &Window<'_>, at: usize) -> u64 {
    let text = &window.text()[..at];
    window.base() + memchr::memrchr(b'\n', text).map_or(0, |end| end + 1) as u64
}

fn is_mentioned(text: &[u8], shaped: &Shaped, rules: &Rules) -> bool {
    let context = lower(text, shaped.start.saturating_sub(BEFORE), shaped.end + AFTER);
    let mentions = rules.credentials().mentioned(&context, 0..0);
    mentions.iter().any(|mention| mention.owner == Owner::Credential(shaped.rule))
}
