//! What heads of columns and names of fields mean: the words of `columns.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::DATA_TYPES;

/// Words of ASCII this long may end a longer name (`customer_phone`); shorter ones must be all of it.
const SUFFIX_MIN: usize = 5;

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// The data type's rule.
    pub(super) rule: &'static str,
    /// The data type's index.
    pub(super) index: usize,
    /// Whether the name alone says so; else it takes another column of personal data beside it.
    pub(super) is_sure: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    column: Vec<Words>,
}

/// The words of one data type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    rule: String,
    sure: Vec<String>,
    #[serde(default)]
    weak: Vec<String>,
    /// Words that make a name mean something else.
    #[serde(default)]
    except: Vec<String>,
}

static COLUMNS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
    let file: ColumnFile =
        toml::from_str(include_str!("columns.toml")).expect("columns.toml is valid");
    file.column
});

/// What a name means; `None` when it names no known data type.
pub(super) fn of(name: &str) -> Option<Column> {
    let name: String =
        name.to_lowercase().chars().filter(|character| character.is_alphanumeric()).collect();
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit());
    COLUMNS.iter().find_map(|words| {
        let is_sure = words.sure.iter().any(|word| names(name, word));
        let is_weak = words.weak.iter().any(|word| name == word);
        if !(is_sure || is_weak) || words.except.iter().any(|word| name.contains(word.as_str())) {
            return None;
        }
        let index = DATA_TYPES.iter().position(|known| known.rule == words.rule)?;
        Some(Column { rule: DATA_TYPES[index].rule, index, is_sure })
    })
}

fn names(name: &str, word: &str) -> bool {
    name == word || (name.ends_with(word) && (word.len() >= SUFFIX_MIN || !word.is_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_belongs_to_a_known_data_type() {
        for words in COLUMNS.iter() {
            assert!(DATA_TYPES.iter().any(|known| known.rule == words.rule), "{}", words.rule);
        }
    }

    #[test]
    fn names_in_english_and_chinese_are_known() {
        let rule = |name: &str| of(name).map(|column| column.rule);
        assert_eq!(rule("Customer_Phone"), Some("phone"));
        assert_eq!(rule("客户手机号"), Some("phone"));
        assert_eq!(rule("身份证号"), Some("resident_id"));
        assert_eq!(rule("收货地址"), Some("address"));
        assert_eq!(rule("address2"), Some("address"));
        assert_eq!(rule("姓名"), Some("person_name"));
        assert_eq!(rule("ip_address"), None);
        assert_eq!(rule("filename"), None);
        assert!(of("name").is_some_and(|column| !column.is_sure));
    }
}
