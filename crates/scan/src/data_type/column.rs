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
    /// Those that the name alone says come first.
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

/// A bit for each hash of the last [`SUFFIX_MIN`] bytes of a word that may end a longer name. Most names end with none
/// of them.
static ENDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut ends = vec![0; ENDS_BITS / 64];
    for end in WORDS.keys().filter_map(|word| word.as_bytes().last_chunk()) {
        let bit = hash_of_end(end);
        ends[bit / 64] |= 1 << (bit % 64);
    }
    ends
});

/// Bits of [`ENDS`]: fifty times as many as there are words.
const ENDS_BITS: usize = 1 << 16;

/// FNV-1a, cut.
fn hash_of_end(end: &[u8; SUFFIX_MIN]) -> usize {
    let hash = end
        .iter()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) as usize % ENDS_BITS
}

/// Whether a name may end with a word. Of others than ASCII that is not told.
fn may_end_with_word(name: &str) -> bool {
    let Some(end) = name.as_bytes().last_chunk() else { return !name.is_ascii() };
    let bit = hash_of_end(end);
    !name.is_ascii() || ENDS[bit / 64] >> (bit % 64) & 1 == 1
}

/// The letters and digits of a name, in lower case.
fn plain(name: &str) -> String {
    if name.is_ascii() {
        let plain = name.bytes().filter(u8::is_ascii_alphanumeric);
        return plain.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    }
    name.to_lowercase().chars().filter(|character| character.is_alphanumeric()).collect()
}

/// What a name means.
pub(super) fn of(name: &str) -> Meaning {
    let name = plain(name);
    let bare = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let exact = WORDS.get(name.as_str()).or_else(|| WORDS.get(bare));
    let kinds = match exact {
        Some(kinds) => kinds.clone(),
        None if !may_end_with_word(bare) => Vec::new(),
        // The longest end says most: `home_postcode` is no `code`.
        None => {
            bare.char_indices().skip(1).find_map(|(at, _)| by_end(&bare[at..])).unwrap_or_default()
        }
    };
    let fits = |(index, _): &(usize, bool)| {
        !KINDS.all[*index].except.iter().any(|word| name.contains(word.as_str()))
    };
    let mut kinds: Vec<_> = kinds.into_iter().filter(fits).collect();
    kinds.sort_by_key(|(_, sure)| !sure);
    Meaning { kinds }
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

    #[test]
    fn every_word_that_may_end_a_name_does() {
        for word in WORDS.keys().filter(|word| !word.is_ascii() || word.len() >= SUFFIX_MIN) {
            let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
            let ends = bare.len() < word.len() || may_end_with_word(&format!("x{word}"));
            assert!(ends, "{word}");
        }
        assert!(!may_end_with_word("requesttrace") && !may_end_with_word("ab"));
    }
}
