//! Reads the records of a JSON log. Shared by all JSON formats.
//!
//! `frames` cuts a log into records, `tape` reads one in one pass, `node` is what formats ask.

mod frames;
mod node;
mod tape;

use std::borrow::Cow;

use claviger_model::EventId;

pub(super) use frames::FrameState;
pub(super) use node::{Names, Node, Record, lossy};
pub(super) use tape::Tape;

use super::out::Out;
use super::view::EventView;
use frames::{ENVELOPES, Frames, malformed_at};

/// Reads each record by `read`, in whatever frame it stands. Returns how far the block was read.
pub(super) fn parse_records(
    block: &[u8],
    out: &mut Out<'_>,
    read: fn(Node<'_>) -> Result<EventView<'_>, String>,
) -> usize {
    let mut tape = Tape::default();
    let mut frames = Frames::of_block(block, out);
    while let Some(framed) = frames.next(&mut tape) {
        let place = (framed.start, framed.end);
        if let Some(why) = framed.why {
            out.take(block, place, Err(why));
            continue;
        }
        let record = Record::new(&block[framed.start..framed.end], &tape.slots);
        let record = record.node();
        let outcome = read(record);
        match outcome.is_err().then(|| envelope(record)).flatten() {
            // The list is not the first key of its envelope: its records share the one place.
            Some(records) => {
                records.values().for_each(|record| out.take(block, place, read(record)));
            }
            None => out.take(block, place, outcome),
        }
    }
    if let Some((start, why)) = frames.overlong {
        out.begin_overlong(block, start, why.to_owned());
    }
    frames.end(out)
}

/// The list of a delivery, where it is not the first thing in it.
fn envelope(record: Node<'_>) -> Option<Node<'_>> {
    ENVELOPES.iter().find_map(|name| record.get(name)).filter(|list| list.is_list())
}

/// The first records of a log: hands each to `taste`, or `None` for one that is broken.
pub(super) fn taste(bytes: &[u8], records: usize, mut taste: impl FnMut(Option<Node<'_>>)) {
    let mut tape = Tape::default();
    let mut frames = Frames::new(bytes);
    for _ in 0..records {
        let Some(framed) = frames.next(&mut tape) else { return };
        let record = Record::new(&bytes[framed.start..framed.end], &tape.slots);
        taste(framed.why.is_none().then(|| record.node()));
    }
}

/// The only record of a log, if it holds just one.
pub(super) fn only_record(bytes: &[u8], is: fn(Node<'_>) -> bool) -> bool {
    let mut seen = 0;
    let mut fits = false;
    taste(bytes, 2, |record| {
        seen += 1;
        fits = record.is_some_and(is);
    });
    seen == 1 && fits
}

/// Reads one JSON text. What is wrong with it is said without quoting it.
pub(super) fn record<'a>(text: &'a [u8], tape: &'a mut Tape) -> Result<Record<'a>, String> {
    match tape.scan(text, false) {
        Ok(end) => match text[end..].iter().position(|byte| !byte.is_ascii_whitespace()) {
            Some(after) => Err(malformed_at(end + after, false)),
            None => Ok(Record::new(text, &tape.slots)),
        },
        Err(broken) => Err(malformed_at(broken.at, broken.at >= text.len())),
    }
}

/// The event id of a record that has none of its own: derived from all it says, whatever the order
/// of its keys.
pub(super) fn content_id(format: &str, record: Node<'_>) -> Cow<'static, str> {
    Cow::Owned(EventId::derived(&[format, &record.to_value().to_string()]).0)
}

/// The text at a path of keys; `""`, `-` and `null` mean "unknown".
pub(super) fn text<'a>(record: Node<'a>, path: &[&str]) -> Option<Cow<'a, str>> {
    known(at(record, path)?)
}

/// A value's text, if it says anything.
pub(super) fn known(value: Node<'_>) -> Option<Cow<'_, str>> {
    value.as_text().filter(|text| !text.is_empty() && text != "-")
}

/// The whole number at a path of keys: an integer, a float (`289.0`) or either in quotes.
pub(super) fn number(record: Node<'_>, path: &[&str]) -> Option<u64> {
    whole_number(at(record, path)?)
}

/// A value as a whole number.
pub(super) fn whole_number(value: Node<'_>) -> Option<u64> {
    let text = scalar(value)?;
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// A number as it is written, or a text.
pub(super) fn scalar(value: Node<'_>) -> Option<Cow<'_, str>> {
    value.as_number().map(Cow::Borrowed).or_else(|| value.as_text())
}

fn whole(number: f64) -> Option<u64> {
    // Beyond 2^53 a float names no single whole number.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: 0 to 2^53"
    )]
    (0.0..=EXACT_MAX).contains(&number).then_some(number as u64)
}

/// The value at a path of keys.
pub(super) fn at<'a>(record: Node<'a>, path: &[&str]) -> Option<Node<'a>> {
    path.iter().try_fold(record, |value, key| value.get(key))
}

#[cfg(test)]
mod tests;
