//! Names of people: known by their column only, since a name has no shape of its own.

use super::{DataType, Judgement, Tally};

pub(super) const DATA_TYPE: DataType =
    DataType { rule: "person_name", number: None, in_column: Some(in_column), mask, judge };

/// Characters of a name.
const CHARACTERS: std::ops::RangeInclusive<usize> = 2..=64;
/// Most words of a name.
const WORDS_MAX: usize = 6;
/// What stands in a column where there is no name.
const NOTHING: [&str; 6] = ["null", "none", "true", "false", "unknown", "name"];

/// Whether a value of a column of names is one: letters, and the few marks that names have.
fn in_column(value: &str) -> bool {
    let marks = |c: char| c.is_alphabetic() || " .'-·,’".contains(c);
    CHARACTERS.contains(&value.chars().count())
        && value.chars().all(marks)
        && value.split_whitespace().count() <= WORDS_MAX
        && !NOTHING.contains(&value.to_lowercase().as_str())
}

/// `王…`.
fn mask(value: &str) -> String {
    let first: String = value.chars().take(1).collect();
    format!("{first}…")
}

fn judge(tally: &Tally) -> Option<Judgement> {
    let why = "names of people, by the head of their column".to_owned();
    (tally.right * 2 >= tally.shaped).then_some(Judgement { confidence: 0.8, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_and_few_words() {
        assert!(in_column("王小明") && in_column("Anne-Marie O'Neill"));
        assert!(!in_column("SKU-1234") && !in_column("null") && !in_column("a"));
    }
}
