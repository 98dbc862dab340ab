//! Rules about credentials as data: read from TOML, checked, and compiled.

use std::sync::LazyLock;

use claviger_model::Provider;
use serde::Deserialize;

use super::beside::{IdBeside, IdText};
use super::check::Check;
use super::example::without_examples;
use super::index::Shaped;
use super::shape::Shape;
use crate::rule::RuleError;

/// Every file of rules that comes with Claviger.
const FILES: [&str; 14] = [
    include_str!("../../rules/cloud.toml"),
    include_str!("../../rules/code_host.toml"),
    include_str!("../../rules/package_registry.toml"),
    include_str!("../../rules/ci.toml"),
    include_str!("../../rules/chat.toml"),
    include_str!("../../rules/mail.toml"),
    include_str!("../../rules/payment.toml"),
    include_str!("../../rules/ai.toml"),
    include_str!("../../rules/monitoring.toml"),
    include_str!("../../rules/business.toml"),
    include_str!("../../rules/identity.toml"),
    include_str!("../../rules/private_key.toml"),
    include_str!("../../rules/database.toml"),
    include_str!("../../rules/generic.toml"),
];

/// Shortest prefix of a token: shorter ones stand everywhere.
pub(super) const PREFIX_MIN: usize = 3;

/// Where credentials of a rule stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum At {
    /// Anywhere: its prefix gives it away.
    #[default]
    Token,
    /// Anywhere: a text inside it gives it away.
    Inside,
    /// As the value of a name, with one of the rule's words in the name or shortly before it.
    Named,
    /// Right after `://`.
    Url,
    /// As the password in an address with one of the rule's schemes.
    Userinfo,
    /// Between `-----BEGIN` with one of the rule's labels and its end.
    Pem,
    /// After `Bearer` or `Basic`, as the rule's names say.
    Header,
    /// As a password with a user or a host beside it.
    Account,
    /// As the value of a name that says it is a password.
    Password,
    /// As the value of a name that says what it is, and nothing more is known.
    Generic,
}

/// One rule as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: String,
    title: String,
    #[serde(default)]
    at: At,
    #[serde(default)]
    shapes: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    id: Option<IdText>,
    provider: Option<Provider>,
    check: Option<Check>,
    confidence: Option<f64>,
    #[serde(default)]
    positive: Vec<String>,
    #[serde(default)]
    negative: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    group: String,
    /// Names of rules that are switched off.
    #[serde(default)]
    disabled: Vec<String>,
    #[serde(default)]
    rule: Vec<RuleText>,
}

/// One rule about a credential.
#[derive(Debug, Clone)]
pub(crate) struct CredentialRule {
    /// Its name in findings.
    pub(crate) name: String,
    /// What people call what it finds.
    pub(crate) title: String,
    /// The kind of service, such as `chat`.
    pub(crate) group: String,
    pub(super) at: At,
    /// What it looks like; any one of these.
    pub(super) shapes: Vec<Shape>,
    /// Words in lower case, of which one must stand in or shortly before its name.
    pub(super) words: Vec<String>,
    /// What its name must contain, in lower case, letters and digits only; schemes for `Userinfo`,
    /// labels for `Pem`.
    pub(super) names: Vec<String>,
    /// The id of an access key whose secret it is; without one, a password is left to other rules.
    pub(super) id: Option<IdBeside>,
    /// Who issues that key, where Claviger can speak to it.
    pub(super) provider: Option<Provider>,
    pub(super) check: Option<Check>,
    /// How sure it is with nothing but the rule itself.
    pub(super) confidence: f64,
    /// Texts in which it finds just one credential; a `|` in them is cut out first, so that no file
    /// holds what looks like one.
    pub(crate) positive: Vec<String>,
    /// Texts in which it finds nothing.
    pub(crate) negative: Vec<String>,
}

impl CredentialRule {
    /// What at `at` has one of its shapes; `index` is its own.
    pub(super) fn shaped(&self, index: usize, text: &[u8], at: usize) -> Option<Shaped> {
        self.shapes.iter().enumerate().find_map(|(shape, known)| {
            let end = known.end(text, at)?;
            Some(Shaped { rule: index, shape, start: at, end })
        })
    }
}

/// The rules that come with Claviger.
pub(super) static BUILTIN: LazyLock<Vec<CredentialRule>> = LazyLock::new(|| {
    let mut rules = Vec::new();
    for text in FILES {
        let text = if cfg!(test) { text.to_owned() } else { without_examples(text) };
        #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
        add(&mut rules, &text).expect("built-in rules are valid");
    }
    rules
});

/// The group of a rule that comes with Claviger, such as `chat`.
pub(crate) fn group_of(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|rule| rule.name == name).map(|rule| rule.group.as_str())
}

/// What people call the findings of a rule that comes with Claviger.
pub(crate) fn title_of(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|rule| rule.name == name).map(|rule| rule.title.as_str())
}

/// Adds the rules of a file; one with a known name takes its place.
pub(super) fn add(rules: &mut Vec<CredentialRule>, text: &str) -> Result<(), RuleError> {
    let file: RuleFile = toml::from_str(text).map_err(RuleError::Notation)?;
    for written in file.rule {
        let rule = compile(written, &file.group)?;
        match rules.iter_mut().find(|known| known.name == rule.name) {
            Some(known) => *known = rule,
            None => rules.push(rule),
        }
    }
    for name in &file.disabled {
        let before = rules.len();
        rules.retain(|rule| rule.name != *name);
        if rules.len() == before {
            return Err(RuleError::Unknown { name: name.clone() });
        }
    }
    Ok(())
}

fn compile(written: RuleText, group: &str) -> Result<CredentialRule, RuleError> {
    let wrong = |why: String| RuleError::Wrong { name: written.name.clone(), why };
    let shapes: Result<Vec<Shape>, String> =
        written.shapes.iter().map(|shape| Shape::parse(shape)).collect();
    let shapes = shapes.map_err(wrong)?;
    let secrets = if written.at == At::Password { written.names.as_slice() } else { &[] };
    let id =
        written.id.as_ref().map(|id| IdBeside::compile(id, secrets)).transpose().map_err(wrong)?;
    let lacks = match written.at {
        At::Token if shapes.iter().any(|shape| shape.prefix().len() < PREFIX_MIN) => {
            Some("a shape without a prefix of three characters".to_owned())
        }
        At::Inside if shapes.iter().any(|shape| shape.anchor().is_none()) => {
            Some("a shape without a text of two characters behind its beginning".to_owned())
        }
        At::Token | At::Inside | At::Url if shapes.is_empty() => Some("no `shapes`".to_owned()),
        At::Named if shapes.is_empty() || written.words.is_empty() => {
            Some("no `shapes` or no `words`".to_owned())
        }
        At::Userinfo | At::Pem | At::Header | At::Password | At::Generic
            if written.names.is_empty() =>
        {
            Some("no `names`".to_owned())
        }
        At::Account if written.words.is_empty() => Some("no `words`".to_owned()),
        _ => None,
    };
    if let Some(lacks) = lacks {
        return Err(wrong(lacks));
    }
    let confidence = written.confidence.unwrap_or(match written.at {
        At::Token | At::Inside | At::Url | At::Pem => 0.9,
        At::Named | At::Userinfo => 0.85,
        At::Header | At::Account => 0.8,
        At::Password | At::Generic => 0.6,
    });
    Ok(CredentialRule {
        name: written.name,
        title: written.title,
        group: group.to_owned(),
        at: written.at,
        shapes,
        words: written.words,
        names: written.names,
        id,
        provider: written.provider,
        check: written.check,
        confidence: confidence.clamp(0.0, 1.0),
        positive: written.positive,
        negative: written.negative,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_the_same_without_its_examples() {
        for text in FILES {
            let (mut whole, mut rules) = (Vec::new(), Vec::new());
            add(&mut whole, text).unwrap();
            add(&mut rules, &without_examples(text)).unwrap();
            for rule in &mut whole {
                assert!(!rule.positive.is_empty() && !rule.negative.is_empty(), "{}", rule.name);
                (rule.positive, rule.negative) = (Vec::new(), Vec::new());
            }
            assert_eq!(format!("{whole:?}"), format!("{rules:?}"));
        }
    }
}
