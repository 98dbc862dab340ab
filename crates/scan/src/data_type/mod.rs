//! Personal and business data: values that tell themselves by shape and check, values that are told by the head
//! of their column or by their key, and both.
//!
//! Data types are data (`kind`), their checks code (`check`). A text is read as what it is: a table (`table`),
//! JSON (`json`), or words (`candidate`, `email`). Values are counted by column (`tally`), and a column is judged
//! by the share of its cells, not by one hit. One text gives one discovery a data type, with the number of its
//! values.

mod asking;
mod candidate;
mod cells;
mod check;
mod column;
mod email;
mod json;
mod kind;
mod shape;
mod share;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod utf8;
mod value;

use claviger_model::FindingKind;

use crate::engine::{Discovery, Place, Window};
use crate::pair::Label;
use asking::Asking;
use candidate::{Span, Stretches};
use cells::{Cell, Cells};
use check::Verdict;
use column::Meaning;
use kind::{KINDS, Kind};
use shape::Classes;
use tally::Tally;
use value::Value;

pub(crate) use share::DataStanding;
pub(crate) use table::{Header, Table, TableStanding, key_named};

/// Columns that are told apart; what stands in further ones counts as text.
const COLUMNS_MAX: usize = 1024;
/// Columns that a finding names.
const COLUMNS_TOLD: usize = 3;

/// What people call a data type, in English and in Chinese; `None` for other rules.
pub(crate) fn titles_of(rule: &str) -> Option<(&'static str, &'static str)> {
    KINDS.named(rule).map(|kind| (kind.title.as_str(), kind.title_zh.as_str()))
}

/// The names of all data types.
#[cfg(test)]
pub(crate) fn rules() -> impl Iterator<Item = &'static str> {
    KINDS.all.iter().map(|kind| kind.rule.as_str())
}

/// One column, or what stands in none.
#[derive(Default)]
struct Column {
    name: String,
    meaning: Meaning,
    /// By data type, in the order of their first values.
    tallies: Vec<(usize, Tally)>,
}

impl Column {
    fn new(name: String, meaning: Meaning) -> Self {
        let mut column = Self { name, meaning, tallies: Vec::new() };
        column.forget();
        column
    }

    /// Forgets its values. What its name means has the first tallies, in its order.
    fn forget(&mut self) {
        let meant = self.meaning.kinds().map(|(index, _)| (index, Tally::default()));
        self.tallies = meant.collect();
    }

    fn tally(&mut self, index: usize) -> &mut Tally {
        let place = match self.tallies.iter().position(|(known, _)| *known == index) {
            Some(place) => place,
            None => {
                self.tallies.push((index, Tally::default()));
                self.tallies.len() - 1
            }
        };
        &mut self.tallies[place].1
    }
}

/// The hunt for data in one text.
pub(crate) struct DataHunt {
    /// The first is the text outside of columns.
    columns: Vec<Column>,
    /// The cells of the stretch that is being judged.
    cells: Cells,
    /// Offset in the text behind the last row of words that was looked at.
    next: u64,
    asking: Asking,
}

impl Default for DataHunt {
    fn default() -> Self {
        Self {
            columns: vec![Column::default()],
            cells: Cells::default(),
            next: 0,
            asking: Asking::default(),
        }
    }
}

impl DataHunt {
    /// A column with this name; its number.
    fn column(&mut self, name: &str) -> usize {
        if self.columns.len() > COLUMNS_MAX {
            return 0;
        }
        self.columns.push(Column::new(name.to_owned(), column::of(name)));
        self.columns.len() - 1
    }

    /// Forgets the cells of the stretch before, but for one that may go on.
    fn begin_stretch(&mut self) {
        let done = self.cells.0.len().saturating_sub(1);
        self.cells.0.drain(..done);
    }

    /// A cell of a column begins at an offset of the text. Whether the name of the column means a data type.
    fn begin_cell(&mut self, start: u64, column: usize) -> bool {
        let is_taken = !self.columns[column].meaning.is_empty();
        self.cells.0.push(Cell { start, column, is_taken });
        is_taken
    }

    /// The cell that began last ends: counts its value as what the name of its column says.
    fn end_cell(&mut self, column: usize, value: &Value<'_>, place: impl FnOnce() -> Place) {
        match value.trimmed() {
            Some(trimmed) => self.count_cell(column, (value, &trimmed), place),
            None => self.count_cell(column, (value, value), place),
        }
    }

    /// The same for a value without blanks around it.
    #[inline]
    fn end_bare_cell(&mut self, column: usize, value: &Value<'_>, place: impl FnOnce() -> Place) {
        self.count_cell(column, (value, value), place);
    }

    /// Counts a value as what the name of its column says: as it stands, and without the blanks around it.
    fn count_cell(
        &mut self,
        column: usize,
        (value, cell): (&Value<'_>, &Value<'_>),
        place: impl FnOnce() -> Place,
    ) {
        let (mut is_taken, mut is_sure, mut is_first) = (false, false, false);
        let kinds = KINDS.all.as_slice();
        let Column { meaning, tallies, .. } = &mut self.columns[column];
        for ((index, sure), (_, tally)) in meaning.kinds().zip(&mut *tallies) {
            tally.shaped += 1;
            // What the name says for sure comes first; what it may also mean gets what is left.
            if is_sure && !sure {
                continue;
            }
            let verdict = kinds[index].cell(cell);
            if matches!(verdict, Verdict::No | Verdict::Shaped) {
                continue;
            }
            (is_taken, is_sure) = (true, is_sure || sure);
            tally.right += 1;
            tally.reserved += u64::from(verdict == Verdict::Reserved);
            is_first |= tally.first.is_none();
        }
        if is_first {
            let place = place();
            let of_name = tallies.iter_mut().take(meaning.kinds().count());
            of_name.filter(|(_, tally)| tally.right > 0 && tally.first.is_none()).for_each(
                |(index, tally)| tally.first = Some((place, kinds[*index].mask(value.raw))),
            );
        }
        if let Some(cell) = self.cells.0.last_mut() {
            cell.is_taken = is_taken;
        }
    }

    /// Judges the values that start in `from..to` of the text in memory.
    pub(crate) fn pass(
        &mut self,
        window: &Window<'_>,
        from: usize,
        to: usize,
        header: Option<&Header>,
    ) {
        let (text, base) = (window.text(), window.base());
        let cells = std::mem::take(&mut self.cells);
        // A row of words stands in one cell.
        let mut stretches = Stretches { whole: (from, to), parts: Vec::new() };
        cells.unsettled(base + from as u64, base + to as u64, |begin, end| {
            stretches.parts.push(((begin - base) as usize, (end - base) as usize));
        });
        let mut cursor = 0;
        for at in stretches.places(window.sheet().ats()) {
            let (column, is_taken) = cells.at(base + at as u64, &mut cursor);
            if !is_taken && let Some((start, end, verdict)) = email::around(text, at) {
                self.count(KINDS.email, verdict, window, (start, end), column, header);
            }
        }
        let floor = self.next.saturating_sub(base) as usize;
        let (mut cursor, mut of_number) = (0, 0);
        let mut done = Vec::new();
        let goes_on = self.asking.goes_on();
        let kinds = &*KINDS;
        // In a table the head of the column is the name, and it was asked.
        let asks = |at: usize| goes_on && cells.at(base + at as u64, &mut of_number).0 == 0;
        let fits =
            |length: usize, digits: u64, spaced, asks| kinds.fits_any(length, digits, spaced, asks);
        let sheet = window.sheet();
        let end = candidate::find(text, sheet, floor, &stretches, asks, fits, |spans| {
            let start = spans.iter().map(|span| span.0).min().unwrap_or_default();
            let (column, is_taken) = cells.at(base + start as u64, &mut cursor);
            if !is_taken {
                self.judge(window, spans, column, header, &mut done);
            }
        });
        self.next = base + end as u64;
        self.cells = cells;
    }

    /// Judges the spans of one row of words, longest first: one value of a data type stands in a place once.
    fn judge(
        &mut self,
        window: &Window<'_>,
        spans: &[Span],
        column: usize,
        header: Option<&Header>,
        done: &mut Vec<(usize, Verdict, Span)>,
    ) {
        done.clear();
        let (text, kinds) = (window.text(), &*KINDS);
        let asks = column == 0 && self.asking.goes_on();
        let mut said: Option<Meaning> = None;
        let start = spans.iter().map(|span| span.0).min().unwrap_or_default();
        let end = spans.iter().map(|span| span.1).max().unwrap_or_default();
        let row = Classes::of(&text[start..end]);
        for span in spans {
            let bytes = &text[span.0..span.1];
            let classes = row.part(span.0 - start, bytes.len());
            let alone = kinds.alone(bytes.len(), classes);
            let named = if asks { kinds.named_by_label(bytes.len(), classes) } else { &[] };
            for (index, shape) in alone {
                if shape.fits_in_text(bytes, classes) {
                    verdict(*index, window, *span, done);
                }
            }
            for (index, shape) in named {
                if !shape.fits_in_text(bytes, classes) {
                    continue;
                }
                if said.is_none() {
                    let meaning = meaning_at(text, span.0);
                    self.asking.asked(!meaning.is_empty());
                    said = Some(meaning);
                }
                if said.as_ref().is_some_and(|meaning| meaning.has(*index)) {
                    verdict(*index, window, *span, done);
                }
            }
        }
        for (index, verdict, span) in done.drain(..) {
            self.count(index, verdict, window, span, column, header);
        }
    }

    fn count(
        &mut self,
        index: usize,
        verdict: Verdict,
        window: &Window<'_>,
        (start, end): Span,
        column: usize,
        header: Option<&Header>,
    ) {
        let kind = &KINDS.all[index];
        let value = || String::from_utf8_lossy(&window.text()[start..end]);
        if verdict == Verdict::Shaped {
            if kind.alone {
                self.columns[column].tally(index).shaped += 1;
            }
            return;
        }
        let header = header.filter(|_| column > 0);
        let asks = self.columns[column].tally(index).asks();
        // What needs a name had one.
        let named = !kind.alone || (asks && is_named(window.text(), start, header, index));
        let tally = self.columns[column].tally(index);
        tally.count(verdict == Verdict::Reserved, named);
        if tally.first.is_none() {
            tally.first = Some((window.place(start, end), kind.mask(&value())));
        }
    }

    /// Ends the text.
    pub(crate) fn finish(self) -> Vec<Discovery> {
        if self.columns.iter().all(|column| column.tallies.is_empty()) {
            return Vec::new();
        }
        let any_sure = self.columns.iter().any(|column| {
            let told = column.tallies.iter().any(|(_, tally)| tally.right > 0);
            told && column.meaning.is_sure()
        });
        let mut found: Vec<Vec<Judged<'_>>> = KINDS.all.iter().map(|_| Vec::new()).collect();
        for column in &self.columns {
            for (index, tally) in &column.tallies {
                let by_head = column.meaning.kinds().find(|(known, _)| known == index);
                let kind = &KINDS.all[*index];
                if by_head.is_some_and(|(_, sure)| !sure && !any_sure) {
                    continue;
                }
                if let Some(confidence) = tally.confidence(kind, by_head.is_some()) {
                    let by_head = by_head.is_some();
                    found[*index].push(Judged { column, tally, confidence, by_head });
                }
            }
        }
        let all = KINDS.all.iter().zip(found);
        all.filter_map(|(kind, judged)| discovery(kind, &judged)).collect()
    }
}

/// Notes what a value is to a data type, unless a longer one of it stands there.
fn verdict(index: usize, window: &Window<'_>, span: Span, done: &mut Vec<(usize, Verdict, Span)>) {
    let overlaps = |(known, verdict, at): &(usize, Verdict, Span)| {
        *known == index && *verdict != Verdict::Shaped && at.0 < span.1 && span.0 < at.1
    };
    let Ok(value) = std::str::from_utf8(&window.text()[span.0..span.1]) else { return };
    if done.iter().any(overlaps) {
        return;
    }
    let verdict = KINDS.all[index].verdict(&Value::at(value, window.sheet(), span.0));
    if verdict != Verdict::No {
        done.retain(|(known, old, _)| *known != index || *old != Verdict::Shaped);
        done.push((index, verdict, span));
    }
}

/// What stands before a value says that it is.
fn meaning_at(text: &[u8], start: usize) -> Meaning {
    let label = Label::of(text, start, None);
    label.map_or_else(Meaning::default, |label| column::of(label.name()))
}

/// Whether what stands before a value names it.
fn is_named(text: &[u8], start: usize, header: Option<&Header>, index: usize) -> bool {
    let label = Label::of(text, start, header);
    label.is_some_and(|label| column::of(label.name()).has(index))
}

/// The values of a data type in one column that were believed.
struct Judged<'c> {
    column: &'c Column,
    tally: &'c Tally,
    confidence: f64,
    /// Whether the name of the column says what they are.
    by_head: bool,
}

fn discovery(kind: &Kind, judged: &[Judged<'_>]) -> Option<Discovery> {
    let firsts = judged.iter().filter_map(|one| one.tally.first.as_ref());
    let (place, sample) = firsts.min_by_key(|(place, _)| *place)?;
    let confidence = judged.iter().map(|one| one.confidence).fold(0.0, f64::max);
    let reserved = judged.iter().all(|one| one.tally.reserved == one.tally.right);
    let mut why = vec![kind.what.clone()];
    if reserved {
        why.push("all of them of those that nobody has".to_owned());
    }
    if judged.iter().any(|one| one.tally.named > 0 || one.by_head) {
        why.push("named as such".to_owned());
    }
    for one in judged.iter().filter(|one| one.by_head).take(COLUMNS_TOLD) {
        let (name, tally) = (&one.column.name, one.tally);
        why.push(format!("`{name}`: {} of {} values", tally.right, tally.shaped));
    }
    Some(Discovery {
        kind: FindingKind::Data,
        rule: kind.rule.clone(),
        provider: None,
        access_key_id: None,
        secret: None,
        account: None,
        sample: Some(sample.clone()),
        count: judged.iter().map(|one| one.tally.right).sum(),
        confidence,
        why,
        place: *place,
        suppressed: None,
    })
}
