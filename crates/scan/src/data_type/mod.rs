//! Personal and business data: one file a data type, registered here.
//!
//! A data type says what of a number or of a column's value is one, how its values are masked, and
//! what a tally over a whole text is worth: single values can be chance, a column of them cannot. One
//! text gives one discovery a data type, with the number of its values.

mod address;
mod bank_card;
mod column;
mod email;
mod number;
mod person_name;
mod phone;
mod resident_id;
mod table;

use claviger_model::FindingKind;

use crate::engine::{Discovery, Place, Window};
use crate::pair::Label;
use number::Number;

pub(crate) use table::{Header, Table};

/// Values that are asked for their name: enough to know what a text calls them.
const NAMED_MAX: u64 = 64;

/// One data type.
struct DataType {
    /// Its name in findings.
    rule: &'static str,
    /// What a number in the text is to it; `None` for types that are no numbers.
    number: Option<fn(&Number) -> Verdict>,
    /// Whether a value of a column with its name is one, and was not counted as a number; `None` for
    /// types that need no column.
    in_column: Option<fn(&str) -> bool>,
    /// The value as it may be shown.
    mask: fn(&str) -> String,
    /// What a tally is worth; `None` when it is likely chance.
    judge: fn(&Tally) -> Option<Judgement>,
}

/// Every data type; their place here is their index everywhere.
const DATA_TYPES: [DataType; 6] = [
    email::DATA_TYPE,
    phone::DATA_TYPE,
    resident_id::DATA_TYPE,
    bank_card::DATA_TYPE,
    person_name::DATA_TYPE,
    address::DATA_TYPE,
];

/// What a value is to a data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing.
    No,
    /// It has the shape and fails the check.
    Shaped,
    /// It is one.
    Right,
    /// It is one that nobody has, such as an address in `example.com`.
    Reserved,
}

/// How many values of a data type a text has.
#[derive(Debug, Default, Clone)]
struct Tally {
    /// Values that have the shape, right or wrong.
    shaped: u64,
    /// Values that are right.
    right: u64,
    /// Of the right ones, those that nobody has.
    reserved: u64,
    /// Of the right ones, those that are named as the data type; counted up to [`NAMED_MAX`].
    named: u64,
    /// The first right value: where it stands, and masked.
    first: Option<(Place, String)>,
}

/// What a tally is worth.
struct Judgement {
    confidence: f64,
    why: String,
}

/// The hunt for data in one text.
#[derive(Default)]
pub(crate) struct DataHunt {
    tallies: [Tally; DATA_TYPES.len()],
}

impl DataHunt {
    /// Judges the values that start in `from..to` of the text in memory.
    pub(crate) fn pass(
        &mut self,
        window: &Window,
        from: usize,
        to: usize,
        header: Option<&Header>,
    ) {
        let text = window.text();
        email::find(text, from, to, |start, end, verdict| {
            self.count(email::DATA_TYPE.rule, verdict, window, (start, end), header);
        });
        number::find(text, from, to, |number| {
            for data_type in &DATA_TYPES {
                let verdict = data_type.number.map_or(Verdict::No, |judge| judge(number));
                if verdict != Verdict::No {
                    let span = (number.start, number.end);
                    self.count(data_type.rule, verdict, window, span, header);
                }
            }
        });
    }

    fn count(
        &mut self,
        rule: &str,
        verdict: Verdict,
        window: &Window,
        (start, end): (usize, usize),
        header: Option<&Header>,
    ) {
        let Some(index) = DATA_TYPES.iter().position(|known| known.rule == rule) else { return };
        let tally = &mut self.tallies[index];
        tally.shaped += 1;
        if verdict == Verdict::Shaped {
            return;
        }
        tally.right += 1;
        tally.reserved += u64::from(verdict == Verdict::Reserved);
        if tally.right <= NAMED_MAX {
            let label = Label::of(window.text(), start, header);
            let named = label.and_then(|label| column::of(&label.to_string()));
            tally.named += u64::from(named.is_some_and(|column| column.rule == rule));
        }
        if tally.first.is_none() {
            let value = String::from_utf8_lossy(&window.text()[start..end]);
            tally.first = Some((window.place(start, end), (DATA_TYPES[index].mask)(&value)));
        }
    }

    /// Counts a value of a column that is named as a data type.
    fn count_in_column(&mut self, index: usize, value: &str, place: impl FnOnce() -> Place) {
        let tally = &mut self.tallies[index];
        let Some(in_column) = DATA_TYPES[index].in_column else { return };
        tally.shaped += 1;
        if in_column(value) {
            tally.right += 1;
            tally.named += 1;
            if tally.first.is_none() {
                tally.first = Some((place(), (DATA_TYPES[index].mask)(value)));
            }
        }
    }

    /// Ends the text.
    pub(crate) fn finish(self) -> Vec<Discovery> {
        let tallies = DATA_TYPES.iter().zip(self.tallies);
        tallies.filter_map(|(data_type, tally)| discovery(data_type, tally)).collect()
    }
}

fn discovery(data_type: &DataType, mut tally: Tally) -> Option<Discovery> {
    let (place, sample) = tally.first.take()?;
    let Judgement { confidence, why } = (data_type.judge)(&tally)?;
    let mut why = vec![why];
    if tally.named > 0 {
        why.push("named as such".to_owned());
    }
    Some(Discovery {
        kind: FindingKind::Data,
        rule: data_type.rule.to_owned(),
        provider: None,
        access_key_id: None,
        secret: None,
        sample: Some(sample),
        count: tally.right,
        confidence,
        why,
        place,
        suppressed: None,
    })
}

/// The first `head` and last `tail` characters, with `…` between; nothing of what is shorter.
fn keep_ends(value: &str, head: usize, tail: usize) -> String {
    let characters: Vec<char> = value.chars().collect();
    if characters.len() <= head + tail {
        return "…".to_owned();
    }
    let first: String = characters[..head].iter().collect();
    let last: String = characters[characters.len() - tail..].iter().collect();
    format!("{first}…{last}")
}
