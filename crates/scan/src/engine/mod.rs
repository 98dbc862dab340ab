//! One pass over a text, as it comes: a literal prefilter finds access key ids, a few bytes' worth of
//! other anchors find data, and each is judged with the text around it.
//!
//! A place is judged once all that may bear on it is in memory, [`LOOK_AHEAD`] bytes further on, and
//! nothing looks back further than [`LOOK_BEHIND`]: so the outcome cannot depend on where the blocks
//! are cut.

mod clusters;
mod keys;
mod share;
mod token;
mod window;

use claviger_model::{AccessKeyId, DatabaseAccount, FindingKind, Provider, Secret};

use crate::Limits;
use crate::credential::CredentialHunt;
use crate::data_type::{DataHunt, Table};
use crate::encoding::Units;
use crate::pair::{Label, RADIUS};
use crate::rule::{Rules, Seen};

pub(crate) use clusters::Taken;
use keys::KeyHunt;
pub(crate) use share::Standing;
pub(crate) use token::{RANDOM_CHANGES, begins_word, changes, inside_base64, mixes_classes};
use window::Frame;
pub(crate) use window::{Mark, Place, Shift, Window};

/// Longest word, label or value that is looked at beside a place.
const REACH: usize = 512;
/// Text that must follow a place before it is judged.
const LOOK_AHEAD: usize = RADIUS + REACH;
/// Text in which the name of a value may stand: the head of its table, the columns of its statement.
const NAME_REACH: usize = 2048;
/// Text that is kept before a place.
const LOOK_BEHIND: usize = RADIUS + NAME_REACH + REACH;
/// Larger blocks are taken in pieces of this size, so that the window stays small.
pub(crate) const PIECE: usize = 64 * 1024;

/// What the engine found, before it has an address and a fingerprint.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) kind: FindingKind,
    pub(crate) rule: String,
    pub(crate) provider: Option<Provider>,
    pub(crate) access_key_id: Option<AccessKeyId>,
    pub(crate) secret: Option<Secret>,
    pub(crate) account: Option<DatabaseAccount>,
    pub(crate) sample: Option<String>,
    pub(crate) count: u64,
    pub(crate) confidence: f64,
    pub(crate) why: Vec<String>,
    pub(crate) place: Place,
    /// Why it is no finding after all, for who asks.
    pub(crate) suppressed: Option<String>,
}

/// The pass over one text.
pub(crate) struct Engine {
    frame: Frame,
    /// What is held of the text in memory; where others hold it, nothing.
    held: Vec<u8>,
    /// How much of the text in memory has been judged.
    judged: usize,
    /// The literals in what is being judged.
    seen: Seen,
    keys: KeyHunt,
    credentials: CredentialHunt,
    /// The first line as the header of a table, and the rows below it.
    table: Table,
    /// `None` in what is no text, where numbers mean nothing.
    data: Option<DataHunt>,
    /// Whether this is a share of a text: ids are judged by who has the text before it.
    is_share: bool,
}

impl Engine {
    /// An engine at the start of a text. `units`: what it was made of; `mark_bytes`: length of its byte
    /// order mark; `limits`: how much is kept.
    pub(crate) fn new(units: Units, mark_bytes: usize, binary: bool, limits: &Limits) -> Self {
        Self {
            frame: Frame::new(units, mark_bytes),
            held: Vec::new(),
            judged: 0,
            seen: Seen::default(),
            keys: KeyHunt::new(limits.findings, limits.suppressed),
            credentials: CredentialHunt::new(binary, limits.findings, limits.suppressed),
            table: Table::new(binary),
            data: (!binary).then(DataHunt::default),
            is_share: false,
        }
    }

    /// Looks for no data types: keys and other credentials alone.
    pub(crate) fn pass_over_data(&mut self) {
        self.data = None;
    }

    /// Takes the next bytes of the text, [`PIECE`] at most, and holds them: judges what can be judged now.
    pub(crate) fn take(&mut self, piece: &[u8], rules: &Rules) {
        self.held.extend_from_slice(piece);
        let held = std::mem::take(&mut self.held);
        self.take_held(&held, rules);
        self.held = held;
    }

    /// Takes the next bytes of the text, [`PIECE`] at most, with all that is in memory before them, which others hold:
    /// judges what can be judged now.
    pub(crate) fn take_held(&mut self, text: &[u8], rules: &Rules) {
        self.frame.read(text, rules.needles());
        let whole = text.len().saturating_sub(LOOK_AHEAD);
        if whole > self.judged {
            self.pass(text, whole, rules);
        }
    }

    /// Holds what is in memory of the text, which others held.
    pub(crate) fn hold(&mut self, text: &[u8]) {
        self.held.extend_from_slice(text);
    }

    /// What is held of the text in memory.
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    /// Lets go of what is held: others hold it from now on.
    pub(crate) fn let_go(&mut self) {
        self.held.clear();
    }

    /// The text in memory that is held.
    pub(crate) fn window(&self) -> Window<'_> {
        self.frame.over(&self.held)
    }

    /// The text in memory that others hold.
    pub(crate) fn window_over<'t>(&'t self, text: &'t [u8]) -> Window<'t> {
        self.frame.over(text)
    }

    /// Where the text begins that is still needed.
    pub(crate) fn needs(&self) -> usize {
        self.judged.saturating_sub(LOOK_BEHIND)
    }

    /// Forgets the text that is held before `at`, or a little less: returns how much.
    pub(crate) fn forget(&mut self, at: usize) -> usize {
        let held = std::mem::take(&mut self.held);
        let forgotten = self.forget_held(&held, at);
        self.held = held;
        self.held.drain(..forgotten);
        forgotten
    }

    /// Forgets the text that others hold before `at`, or a little less: returns how much.
    pub(crate) fn forget_held(&mut self, text: &[u8], at: usize) -> usize {
        let forgotten = self.frame.forget(text, at);
        self.judged -= forgotten;
        forgotten
    }

    /// Takes the next bytes of a text that nobody else looks at.
    pub(crate) fn feed(&mut self, block: &[u8], rules: &Rules) {
        for piece in block.chunks(PIECE) {
            self.take(piece, rules);
            self.forget(self.needs());
        }
    }

    /// Judges the text in memory up to `to`.
    fn pass(&mut self, text: &[u8], to: usize, rules: &Rules) {
        let (from, window) = (self.judged, &self.frame.over(text));
        self.table.pass(window, from, to, self.data.as_mut());
        let header = self.table.header();
        rules.see(window, (from, to), &mut self.seen);
        let Seen { prefixes, hints, .. } = &self.seen;
        let named = self.credentials.pass(window, (from, to), hints, rules, header);
        self.keys.pass(window, prefixes, named, rules, header);
        if !self.is_share {
            self.keys.judge(rules);
        }
        if let Some(data) = &mut self.data {
            data.pass(window, from, to, header);
        }
        self.judged = to;
    }

    /// What the whole text is, where that is one value that may be a secret: named so by the file, or random.
    pub(crate) fn lone_value(&self, name: &str, rules: &Rules) -> Option<(Secret, Place)> {
        let (text, window) = (self.held.as_slice(), self.window());
        if window.base() > 0 || text.len() > REACH {
            return None;
        }
        let value = text.trim_ascii();
        let named = Label::named(name).says_secret();
        if !rules.has_secret_of(value.len()) || rules.secret_fits(value, named).is_empty() {
            return None;
        }
        let start = text.len() - text.trim_ascii_start().len();
        let place = window.place(start, start + value.len());
        Some((Secret::new(String::from_utf8(value.to_vec()).ok()?), place))
    }

    /// Ends the text: its discoveries in the order of the text, and how many more there were than the
    /// limit.
    pub(crate) fn finish(mut self, rules: &Rules) -> (Vec<Discovery>, u64) {
        let held = std::mem::take(&mut self.held);
        self.pass(&held, held.len(), rules);
        self.table.finish(&self.frame.over(&held), self.data.as_mut());
        let keys = self.keys.finish(rules);
        let (credentials, dropped) = self.credentials.finish(&keys.taken);
        let dropped = dropped + keys.dropped;
        let mut discoveries = keys.discoveries;
        discoveries.extend(credentials);
        discoveries.extend(self.data.into_iter().flat_map(DataHunt::finish));
        discoveries.sort_by(|a, b| (a.place, &a.rule).cmp(&(b.place, &b.rule)));
        (discoveries, dropped)
    }
}

#[cfg(test)]
mod tests;
