//! Types of personal data, one file each: what a value looks like and what its checksum is. Registered
//! here; each yields one finding a text, with the number of its values.

mod bank_card;
mod csv_column;
mod email;
mod phone;
mod resident_id;

use claviger_model::FindingKind;

use crate::engine::{Discovery, Line, Place};

/// Values of one type in a text.
struct Tally {
    name: &'static str,
    count: u64,
    first: Option<(Place, String)>,
}

impl Tally {
    fn add(&mut self, line: &Line<'_>, from: usize, to: usize) {
        self.count += 1;
        if self.first.is_none() {
            let value = String::from_utf8_lossy(&line.bytes[from..to]).into_owned();
            self.first = Some((line.place(from, to), masked(&value)));
        }
    }
}

/// The types looked for in one text.
pub(crate) struct DataTypes {
    tallies: [Tally; 6],
    columns: csv_column::Columns,
}

impl Default for DataTypes {
    fn default() -> Self {
        let tally = |name| Tally { name, count: 0, first: None };
        Self {
            tallies: [
                tally("email"),
                tally("phone"),
                tally("resident_id"),
                tally("bank_card"),
                tally("person_name"),
                tally("address"),
            ],
            columns: csv_column::Columns::default(),
        }
    }
}

impl DataTypes {
    /// Reads a line.
    pub(crate) fn read(&mut self, line: &Line<'_>) {
        let [email, phone, resident_id, bank_card, person_name, address] = &mut self.tallies;
        for (from, to) in email::find(line.bytes) {
            email.add(line, from, to);
        }
        for (from, to) in digit_groups(line.bytes) {
            let digits = &line.bytes[from..to];
            if resident_id::is_one(digits) {
                resident_id.add(line, from, to);
            } else if phone::is_one(digits) {
                phone.add(line, from, to);
            } else if bank_card::is_one(digits) {
                bank_card.add(line, from, to);
            }
        }
        for (column, from, to) in self.columns.read(line) {
            match column {
                csv_column::Column::PersonName => person_name.add(line, from, to),
                csv_column::Column::Address => address.add(line, from, to),
            }
        }
    }

    /// What was found.
    pub(crate) fn finish(self) -> impl Iterator<Item = Discovery> {
        self.tallies.into_iter().filter_map(|tally| {
            let (place, sample) = tally.first?;
            Some(Discovery {
                kind: FindingKind::Data,
                rule: tally.name.to_owned(),
                provider: None,
                access_key_id: None,
                secret: None,
                sample: Some(sample),
                count: tally.count,
                confidence: if tally.count > 2 { 0.9 } else { 0.7 },
                why: vec![format!("{} values have the shape of it", tally.count)],
                place,
            })
        })
    }
}

/// Stretches of digits (with a leading `+` or a last `X`) that no letter or digit touches.
fn digit_groups(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        let mut end = at;
        if at - start == 17 && matches!(bytes.get(at), Some(b'X' | b'x')) {
            end += 1;
            at += 1;
        }
        let plus = start > 0 && bytes[start - 1] == b'+';
        let from = if plus { start - 1 } else { start };
        let touches = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        };
        let before = from.checked_sub(1).and_then(|index| bytes.get(index));
        if !touches(before) && !touches(bytes.get(end)) {
            found.push((from, end));
        }
    }
    found
}

/// The first and the last character; the rest is hidden.
fn masked(value: &str) -> String {
    let characters: Vec<char> = value.trim().chars().collect();
    match characters.as_slice() {
        [first, .., last] if characters.len() > 4 => format!("{first}…{last}"),
        [first, ..] => format!("{first}…"),
        [] => String::new(),
    }
}
