//! Texts inside a text, written in base64, hexadecimal digits or escapes, once or several times.
//!
//! What stands for one line of text is put in its place, with what stands around it as it is, so that a
//! decoded id has its name and finds its secret, decoded or not; its location is that of what was written.
//! What stands for several lines, or for a container, is a content of its own.

mod escapes;
mod head;
mod long;
mod name;
mod readable;
mod run;
mod share;
mod view;

use std::ops::Range;

use claviger_model::{AccessKeyId, FindingKind, Secret};
use memchr::memmem;

use self::long::Long;
pub(crate) use self::name::mend as mend_name;
use self::readable::is_line;
pub(crate) use self::run::CursorsStanding;
use self::run::{Cursors, LONG, Notation, Run};
use self::view::{AROUND, View, unwrapped};
use crate::content::Content;
use crate::decode::base64;
use crate::encoding::Units;
use crate::engine::{Discovery, Engine, Place, Window};
use crate::rule::Rules;
use crate::walk::Walk;

/// Text that must follow a run's first byte before it is judged: the longest run that is held, with its
/// line breaks and their blanks, and what stands behind it.
const LOOK_AHEAD: usize = 4 * LONG + AROUND;
/// Text that is kept before a run: what is read together with it, and the beginning of a run that is
/// not long.
const LOOK_BEHIND: usize = 2 * LONG + AROUND;
/// Keys, their secrets and tokens have so many characters at least.
const KEY_MIN: usize = 16;
/// Shorter names come out of other names by chance.
const NAME_MIN: usize = 4;
/// How far from a value what announces it may stand.
const NAME_REACH: usize = 384;
/// Longest line that is put in its place rather than read by itself.
const LINE_MAX: usize = 512;

/// The search through one text.
#[derive(Default)]
pub(crate) struct Veiled {
    /// How much of the text in memory was searched for each notation.
    cursors: Cursors,
    /// A long run under way.
    long: Option<Long>,
    found: Vec<Discovery>,
    /// Where runs stand that became part of a finding.
    taken: Vec<Place>,
    /// Whether it was reported that something is not decoded.
    reported: bool,
}

/// Where in the text stands what was found with a run's meaning in its place; `None` where it owes nothing to that.
fn span_of(discovery: &Discovery, view: &View, run: &Run) -> Option<(usize, usize)> {
    let place = (discovery.place.start as usize, discovery.place.end as usize);
    if view.meaning.start < place.1 && place.0 < view.meaning.end {
        return Some((run.start, run.end));
    }
    view.written(place).filter(|_| holds_secret(discovery, view, &view.meaning))
}

/// Whether a meaning holds the secret of what was found.
fn holds_secret(discovery: &Discovery, view: &View, meaning: &Range<usize>) -> bool {
    discovery.secret.as_ref().is_some_and(|secret| {
        memmem::find(&view.text[meaning.clone()], secret.reveal().as_bytes()).is_some()
    })
}

/// What a name stands for that is too short to be told as base64 by itself: a map that holds its secret in base64 holds
/// it so, too, as a Kubernetes secret does.
fn in_base64(id: &AccessKeyId) -> Option<AccessKeyId> {
    let name = base64(id.as_str().as_bytes()).filter(|name| name.len() >= NAME_MIN)?;
    let name = String::from_utf8(name).ok()?;
    AccessKeyId::parse(&name).ok()
}

impl Veiled {
    /// Searches as much of the text in memory as can be searched now.
    pub(crate) fn take(&mut self, window: &Window<'_>, walk: &mut Walk<'_>) {
        let whole = window.text().len().saturating_sub(LOOK_AHEAD);
        if whole > self.cursors.least() {
            self.pass(window, whole, false, walk);
        }
    }

    /// Where the text begins that is still needed.
    pub(crate) fn needs(&self) -> usize {
        self.cursors.least().saturating_sub(LOOK_BEHIND)
    }

    /// So much of the text was forgotten.
    pub(crate) fn forgot(&mut self, bytes: usize) {
        self.cursors.drop_before(bytes);
    }

    /// Searches the rest of the text.
    pub(crate) fn end(&mut self, window: &Window<'_>, walk: &mut Walk<'_>) {
        self.pass(window, window.text().len(), true, walk);
        if let Some(long) = self.long.take() {
            long.finish(walk);
        }
    }

    /// Searches the text in memory up to `to`.
    fn pass(&mut self, window: &Window<'_>, to: usize, last: bool, walk: &mut Walk<'_>) {
        loop {
            if let Some(mut long) = self.long.take() {
                let at = self.cursors.least();
                let (at, ended) = long.go_on(window.text(), at, last, walk);
                self.cursors.advance(at);
                if !ended {
                    self.long = Some(long);
                    return;
                }
                long.finish(walk);
            }
            let (runs, long) = run::runs(window.text(), window.sheet(), &mut self.cursors, to);
            for run in runs {
                self.short(window, run, walk);
            }
            let Some(run) = long else { return };
            let line = window.mark(run.start).line;
            self.long = Some(Long::new(&run, line, self.may_open(walk)));
        }
    }

    /// Whether one more content may be opened inside the current one; where not, that is reported once.
    fn may_open(&mut self, walk: &mut Walk<'_>) -> bool {
        let most = walk.limits.depth;
        let may = walk.depth() < most;
        if !may && !std::mem::replace(&mut self.reported, true) {
            walk.unread(format!("inside {most} other containers: not decoded"));
        }
        may
    }

    /// Reads what a short run stands for.
    fn short(&mut self, window: &Window<'_>, mut run: Run, walk: &mut Walk<'_>) {
        run.decoded = unwrapped(&run.decoded, run.notation);
        let is_line = run.decoded.len() <= LINE_MAX && is_line(&run.decoded);
        if is_line {
            self.in_place(window, run, walk);
        } else if self.may_open(walk) {
            let line = window.mark(run.start).line;
            let name = name::of(run.notation, line);
            let before = walk.found();
            walk.within(&name, |walk| {
                if walk.take_expanded(run.decoded.len()) {
                    let mut content = Content::new();
                    content.feed(&run.decoded, walk);
                    content.finish(walk);
                }
            });
            // What it holds is told instead of it.
            if walk.found() > before {
                self.taken.push(window.place(run.start, run.end));
            }
        }
    }

    /// Whether a meaning is too short for a key or a token, and nothing in or near it announces a password.
    /// Most numbers that can be read as hexadecimal text are such.
    fn says_nothing(&self, window: &Window<'_>, run: &Run, rules: &Rules) -> bool {
        let stands_alone = matches!(run.notation, Notation::Base64 | Notation::Hexadecimal);
        let near = (run.start.saturating_sub(NAME_REACH), run.end + NAME_REACH);
        stands_alone
            && run.decoded.len() < KEY_MIN
            && !rules.announces(&run.decoded)
            && !rules.is_announced(window, near)
    }

    /// Reads a line with a run's meaning in its place.
    fn in_place(&mut self, window: &Window<'_>, run: Run, walk: &mut Walk<'_>) {
        if self.says_nothing(window, &run, &walk.scanner.rules) {
            return;
        }
        let view = View::around(window.text(), &run);
        if !walk.take_expanded(view.text.len()) {
            return;
        }
        let rules = &walk.scanner.rules;
        let mut engine = Engine::new(Units::Bytes, 0, true, &walk.limits);
        engine.feed(&view.text, rules);
        let (discoveries, _) = engine.finish(rules);
        for discovery in discoveries {
            if let Some(span) = span_of(&discovery, &view, &run) {
                self.keep(window, discovery, span, (&view, &run));
            }
        }
    }

    /// Keeps what a run's meaning led to, which stands at `span`.
    fn keep(
        &mut self,
        window: &Window<'_>,
        mut discovery: Discovery,
        span: (usize, usize),
        (view, run): (&View, &Run),
    ) {
        let meaning = &view.text[view.meaning.clone()];
        let is_apart = |id: &&AccessKeyId| memmem::find(meaning, id.as_str().as_bytes()).is_none();
        let known = discovery.access_key_id.as_ref().filter(is_apart);
        if run.notation == Notation::Base64
            && let Some(id) = known.and_then(in_base64)
        {
            discovery.access_key_id = Some(id);
        }
        self.taken.push(window.place(run.start, run.end));
        let secrets =
            view.runs.iter().filter(|(meaning, _)| holds_secret(&discovery, view, meaning));
        self.taken.extend(secrets.map(|(_, (start, end))| window.place(*start, *end)));
        discovery.place = window.place(span.0, span.1);
        discovery.why.push(format!("written in {}", run.notation.words()));
        self.found.push(discovery);
    }

    /// Puts what was found beside what `plain` says, less what that says about the same.
    pub(crate) fn finish(mut self, plain: &mut Vec<Discovery>) {
        let (found, taken) = (&self.found, &self.taken);
        let overlaps = |a: &Place, b: &Place| a.start < b.end && b.start < a.end;
        plain.retain(|known| match known.kind {
            FindingKind::AccessKeyPair if known.secret.is_none() => {
                let same = |other: &&Discovery| other.access_key_id == known.access_key_id;
                !found.iter().filter(same).any(|other| other.secret.is_some())
            }
            FindingKind::Credential | FindingKind::AccessKeyPair => {
                !taken.iter().any(|run| overlaps(run, &known.place))
            }
            FindingKind::Data => true,
        });
        let value = |discovery: &Discovery| -> (Option<AccessKeyId>, String, Place) {
            let secret = discovery.secret.as_ref().map(Secret::reveal).unwrap_or_default();
            (discovery.access_key_id.clone(), secret.to_owned(), discovery.place)
        };
        self.found.sort_by_key(value);
        self.found.dedup_by_key(|discovery| value(discovery));
        plain.append(&mut self.found);
        plain.sort_by(|a, b| (a.place, &a.rule).cmp(&(b.place, &b.rule)));
    }
}
