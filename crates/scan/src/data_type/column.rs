//! What heads of columns and names of fields mean: the words of the data types.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::kind::KINDS;

/// Words of ASCII this long may end a longer name (`customer_phone`); shorter ones must be all of it.
const SUFFIX_MIN: usize = 5;

/// What a name means: data types by index, and whether the name alone says so of each; else it takes another
/// column of personal data beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    kinds: Vec<(usize, bool)>,
}

impl Meaning {
    /// Whether it means nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Whether one of its data types is said by the name alone.
    pub(super) fn is_sure(&self) -> bool {
        self.kinds.iter().any(|(_, sure)| *sure)
    }

    /// Whether it may mean a data type.
    pub(super) fn has(&self, index: usize) -> bool {
        self.kinds.iter().any(|(known, _)| *known == index)
    }

    /// Its data types, and whether the name alone says so.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (usize, bool)> {
        self.kinds.iter().copied()
    }
}

/// Names whose meaning is kept at most.
const NAMES_MAX: usize = 4096;

/// What names mean that were asked for before: most texts use the same few again and again.
#[derive(Debug, Default)]
pub(super) struct Meanings(HashMap<String, Meaning>);

impl Meanings {
    /// What a name means.
    pub(super) fn of(&mut self, name: &str) -> Meaning {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let meaning = of(name);
        if self.0.len() < NAMES_MAX {
            self.0.insert(name.to_owned(), meaning.clone());
        }
        meaning
    }
}

/// Data types by word.
static WORDS: LazyLock<HashMap<&'static str, Vec<(usize, bool)>>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Vec<(usize, bool)>> = HashMap::new();
    for (index, kind) in KINDS.all.iter().enumerate() {
        for word in &kind.sure {
            words.entry(word).or_default().push((index, true));
        }
        for word in &kind.weak {
            words.entry(word).or_default().push((index, false));
        }
    }
    words
});

/// What a name means.
pub(super) fn of(name: &str) -> Meaning {
    let name: String =
        name.to_lowercase().chars().filter(|character| character.is_alphanumeric()).collect();
    let bare = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let exact = WORDS.get(name.as_str()).or_else(|| WORDS.get(bare));
    let kinds = match exact {
        Some(kinds) => kinds.clone(),
        // The longest end says most: `home_postcode` is no `code`.
        None => {
            bare.char_indices().skip(1).find_map(|(at, _)| by_end(&bare[at..])).unwrap_or_default()
        }
    };
    let fits = |(index, _): &(usize, bool)| {
        !KINDS.all[*index].except.iter().any(|word| name.contains(word.as_str()))
    };
    Meaning { kinds: kinds.into_iter().filter(fits).collect() }
}

fn by_end(end: &str) -> Option<Vec<(usize, bool)>> {
    if end.is_ascii() && end.len() < SUFFIX_MIN {
        return None;
    }
    let sure: Vec<(usize, bool)> =
        WORDS.get(end)?.iter().filter(|(_, sure)| *sure).copied().collect();
    (!sure.is_empty()).then_some(sure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_english_and_chinese_are_known() {
        let rules = |name: &str| -> Vec<&str> {
            let meaning = of(name);
            meaning.kinds().map(|(index, _)| KINDS.all[index].rule.as_str()).collect()
        };
        assert_eq!(rules("Customer_Phone"), ["phone"]);
        assert_eq!(rules("客户手机号"), ["phone"]);
        assert!(rules("身份证号").contains(&"resident_id"));
        assert_eq!(rules("收货地址"), ["address"]);
        assert_eq!(rules("address2"), ["address"]);
        assert_eq!(rules("姓名"), ["person_name"]);
        assert_eq!(rules("ip_address"), ["ip_address"]);
        assert!(rules("filename").is_empty());
        assert!(!of("name").is_sure() && of("name").kinds().count() > 0);
    }
}
