//! What access keys look like: shapes as data (`keys.toml`, compiled in), checks that need code as one
//! file a family, and the literal prefilter over all id prefixes.

mod aliyun;
mod aws;
mod plausible;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use claviger_model::{AccessKeyId, Provider};
use serde::Deserialize;

use crate::engine::{begins_word, inside_base64};

/// Entropy in bits a character below which an id is made up by hand.
const ID_ENTROPY_MIN: f64 = 3.0;

/// One kind of access key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Its name in findings.
    pub(crate) name: String,
    /// Who issues it.
    pub(crate) provider: Provider,
    /// Who checks its structure.
    family: Family,
    /// What its ids begin with.
    prefixes: Vec<String>,
    /// Its ids, prefix included.
    id: Shape,
    /// Its secrets.
    pub(crate) secret: Shape,
    /// Temporary keys: what their session token begins with.
    #[serde(default)]
    pub(crate) session_token: Vec<String>,
}

/// Which file checks the structure of an id.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Family {
    AliyunAccessKey,
    AliyunSts,
    AwsAccessKey,
}

/// Lengths and characters of an id or a secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shape {
    /// Lengths in characters.
    pub(crate) lengths: Vec<usize>,
    alphabet: Alphabet,
    /// Least entropy in bits a character: six standard deviations below that of random text of this
    /// length and alphabet. Not asked of ids, which have [`ID_ENTROPY_MIN`].
    #[serde(default)]
    entropy: f64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Alphabet {
    Alphanumeric,
    /// Letters and digits after a prefix that ends with a dot.
    Dotted,
    /// RFC 4648 §6, after the first four characters, which are a prefix of letters and digits.
    Base32,
    /// RFC 4648 §4 without padding.
    Base64,
}

impl Alphabet {
    fn holds(self, token: &[u8]) -> bool {
        match self {
            Self::Alphanumeric => token.iter().all(u8::is_ascii_alphanumeric),
            Self::Dotted => token.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'.'),
            Self::Base32 => token.iter().skip(4).all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')),
            Self::Base64 => {
                token.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            }
        }
    }
}

/// What the structure of an id says.
struct Structure {
    /// How sure the id is one, without its secret.
    confidence: f64,
    /// Whether only a secret beside it makes it believable.
    is_weak: bool,
    /// The reasons, in words.
    why: Vec<String>,
}

/// An id in a text.
pub(crate) struct SeenId {
    /// Index of its rule.
    pub(crate) rule: usize,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    pub(crate) id: AccessKeyId,
    /// How sure the id is one, without its secret.
    pub(crate) confidence: f64,
    /// Whether only a secret beside it makes it believable.
    pub(crate) is_weak: bool,
    pub(crate) why: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Rule>,
}

/// The compiled rules.
#[derive(Debug)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    /// All prefixes of all rules; up to 64 of them are found by packed comparison.
    prefilter: AhoCorasick,
    /// The rule of each prefix.
    owners: Vec<usize>,
    /// The longest prefix in bytes.
    prefix_max: usize,
}

impl Rules {
    /// The rules that come with Claviger.
    pub(crate) fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
        let file: RuleFile = toml::from_str(include_str!("keys.toml")).expect("keys.toml is valid");
        Self::new(file.rule)
    }

    fn new(rules: Vec<Rule>) -> Self {
        let prefixes = || {
            rules.iter().enumerate().flat_map(|(index, rule)| {
                rule.prefixes.iter().map(move |prefix| (index, prefix.as_str()))
            })
        };
        #[expect(clippy::expect_used, reason = "a handful of short literals always compiles")]
        let prefilter = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(prefixes().map(|(_, prefix)| prefix))
            .expect("prefixes compile");
        let owners = prefixes().map(|(index, _)| index).collect();
        let prefix_max = prefixes().map(|(_, prefix)| prefix.len()).max().unwrap_or(0);
        Self { rules, prefilter, owners, prefix_max }
    }

    /// The rule with an index.
    pub(crate) fn rule(&self, index: usize) -> &Rule {
        &self.rules[index]
    }

    /// The ids that start in `from..to`, in order.
    pub(crate) fn ids(&self, text: &[u8], from: usize, to: usize) -> Vec<SeenId> {
        let stop = text.len().min(to + self.prefix_max - 1);
        let mut ids = Vec::new();
        let mut at = from;
        while at < stop {
            let Some(hit) = self.prefilter.find(Input::new(text).range(at..stop)) else { break };
            if hit.start() >= to {
                break;
            }
            let rule = self.owners[hit.pattern().as_usize()];
            let seen = self.check_id(text, rule, hit.start(), hit.end());
            at = seen.as_ref().map_or(hit.start() + 1, |seen| seen.end);
            ids.extend(seen);
        }
        ids
    }

    /// Checks what follows a prefix.
    fn check_id(
        &self,
        text: &[u8],
        index: usize,
        start: usize,
        prefix_end: usize,
    ) -> Option<SeenId> {
        let rule = &self.rules[index];
        let most = rule.id.lengths.iter().copied().max().unwrap_or(0);
        let rest = text[prefix_end..].iter().take(most + 1);
        let end = prefix_end + rest.take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let token = &text[start..end];
        if !rule.id.lengths.contains(&token.len()) {
            return None;
        }
        let id = std::str::from_utf8(token).ok()?;
        let fake = plausible::is_placeholder(token) || plausible::entropy(token) < ID_ENTROPY_MIN;
        if fake
            || !rule.id.alphabet.holds(token)
            || !begins_word(text, start)
            || inside_base64(text, start, end, &rule.secret.lengths)
        {
            return None;
        }
        let structure = match rule.family {
            Family::AliyunAccessKey => aliyun::access_key(id),
            Family::AliyunSts => aliyun::sts(id),
            Family::AwsAccessKey => aws::access_key(id),
        }?;
        let Structure { confidence, is_weak, why } = structure;
        let id = AccessKeyId::parse(id).ok()?;
        Some(SeenId { rule: index, start, end, id, confidence, is_weak, why })
    }

    /// Whether any rule has secrets of this length.
    pub(crate) fn has_secret_of(&self, length: usize) -> bool {
        self.rules.iter().any(|rule| rule.secret.lengths.contains(&length))
    }

    /// Whether a run begins as an id does.
    pub(crate) fn begins_id(&self, run: &[u8]) -> bool {
        let mut prefixes = self.rules.iter().flat_map(|rule| &rule.prefixes);
        prefixes.any(|prefix| run.starts_with(prefix.as_bytes()))
    }

    /// The rules whose secret this may be. A `named` one stands beside the word "secret" or its like,
    /// and need not look as random.
    pub(crate) fn secret_fits(&self, token: &[u8], named: bool) -> Vec<usize> {
        if plausible::is_placeholder(token) || !plausible::is_secret_like(token, named) {
            return Vec::new();
        }
        let entropy = plausible::entropy(token);
        let fits = |shape: &Shape| {
            shape.lengths.contains(&token.len())
                && shape.alphabet.holds(token)
                && entropy >= shape.entropy
        };
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, rule)| fits(&rule.secret)).map(|(index, _)| index).collect()
    }
}
