//! Postal addresses: known by their column only.

use super::{DataType, Judgement, Tally};

pub(super) const DATA_TYPE: DataType =
    DataType { rule: "address", number: None, in_column: Some(in_column), mask, judge };

/// Fewest characters of an address.
const CHARACTERS_MIN: usize = 6;
/// Characters of an address that are shown.
const SHOWN: usize = 3;

/// Whether a value of a column of addresses is one: letters with blanks or Chinese characters, and no
/// address of a computer.
fn in_column(value: &str) -> bool {
    let is_technical =
        value.contains("://") || value.contains('@') || value.contains('_') || value.contains('=');
    let words = value.split_whitespace().count() >= 2;
    let chinese = value.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count() >= 4;
    value.chars().count() >= CHARACTERS_MIN
        && value.chars().any(char::is_alphabetic)
        && (words || chinese)
        && !is_technical
}

/// `浙江省…`.
fn mask(value: &str) -> String {
    let first: String = value.chars().take(SHOWN).collect();
    format!("{first}…")
}

fn judge(tally: &Tally) -> Option<Judgement> {
    let why = "postal addresses, by the head of their column".to_owned();
    (tally.right * 2 >= tally.shaped).then_some(Judgement { confidence: 0.8, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_a_place_and_not_of_a_computer() {
        assert!(
            in_column("浙江省杭州市西湖区文三路1号") && in_column("12 Main Street, Springfield")
        );
        assert!(!in_column("10.0.0.1") && !in_column("https://a.b c") && !in_column("a@b.cn x"));
    }
}
