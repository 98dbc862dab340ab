//! The message catalogue: what people read, by key, in each language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use claviger_model::Language;

static ENGLISH: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(include_str!("../messages/en.toml")));
static CHINESE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(include_str!("../messages/zh-CN.toml")));

/// The messages of one language, by dotted key.
pub(crate) struct Catalogue(BTreeMap<String, String>);

/// The messages of a language.
pub(crate) fn of(language: Language) -> &'static Catalogue {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

impl Catalogue {
    /// Reads a file. One that cannot be read has no messages, and each shows as its key: an engine does
    /// not panic, and a test holds that the files are whole.
    fn parse(text: &str) -> Self {
        let mut texts = BTreeMap::new();
        if let Ok(table) = text.parse::<toml::Table>() {
            flatten("", &table, &mut texts);
        }
        Self(texts)
    }

    /// A message without values.
    pub(crate) fn text(&self, key: &str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// A message with its `{name}`s filled in, in one pass: a value that holds braces is not read
    /// again.
    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let template = self.text(key);
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                rest = after;
                break;
            };
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.push_str(value),
                // Left visible, so that whoever forgot the value sees it.
                None => out.push_str(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    /// A number with its word: `<key>.one` for 1 where the language has it, else `<key>.other`.
    pub(crate) fn count(&self, key: &str, count: u64) -> String {
        let one = format!("{key}.one");
        let form =
            if count == 1 && self.0.contains_key(&one) { one } else { format!("{key}.other") };
        self.say(&form, &[("n", &count.to_string())])
    }
}

fn flatten(prefix: &str, table: &toml::Table, texts: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::String(text) => {
                texts.insert(key, text.clone());
            }
            toml::Value::Table(inner) => flatten(&key, inner, texts),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_values() {
        let forms = |catalogue: &Catalogue| -> BTreeSet<String> {
            catalogue.0.keys().filter(|key| !key.ends_with(".one")).cloned().collect()
        };
        assert_eq!(forms(&ENGLISH), forms(&CHINESE));
        assert!(ENGLISH.0.len() > 50);
        for (key, english) in &ENGLISH.0 {
            if let Some(chinese) = CHINESE.0.get(key) {
                assert_eq!(names(english), names(chinese), "{key}");
            }
        }
    }

    #[test]
    fn messages_are_one_line() {
        for text in ENGLISH.0.values().chain(CHINESE.0.values()) {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }

    #[test]
    fn a_value_with_braces_is_not_read_again() {
        let catalogue = Catalogue::parse("a = 'x {one} {two} {none} y'");
        assert_eq!(catalogue.say("a", &[("one", "{two}"), ("two", "2")]), "x {two} 2 {none} y");
        assert_eq!(catalogue.say("missing", &[]), "missing");
    }
}
