//! What access keys look like: shapes as data (`keys.toml`, compiled in), checks that need code as one
//! file a family, and the literal prefilter over all id prefixes.

mod aliyun;
mod aws;
mod backblaze;
mod error;
mod plausible;
mod secret;
mod spelling;

use claviger_lanes::{Literals, Needles, Places};
use claviger_model::{AccessKeyId, Provider};
use serde::Deserialize;

use crate::credential::{CredentialRules, Failed, failed_examples, group_of, without_examples};
use crate::engine::{Window, begins_word, inside_base64};

pub use error::RuleError;
pub(crate) use plausible::{entropy, is_placeholder, is_random, may_be_id, mixes_cases};
pub(crate) use spelling::is_worded;

/// Entropy in bits a character below which an id is made up by hand.
const ID_ENTROPY_MIN: f64 = 3.0;

/// The rule for keys of stores that speak S3.
const ANY_STORE: &str = "s3_compatible_access_key";

/// One kind of access key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Its name in findings.
    pub(crate) name: String,
    /// Who issues it, where Claviger can speak to it.
    #[serde(default)]
    pub(crate) provider: Option<Provider>,
    /// What people call it.
    title: String,
    /// Who checks its structure.
    #[serde(default)]
    family: Family,
    /// What its ids begin with; none where only a name gives them away.
    #[serde(default)]
    prefixes: Vec<String>,
    /// What gives ids without a prefix away.
    named: Option<Named>,
    /// Its ids, prefix included.
    id: Shape,
    /// Its secrets.
    pub(crate) secret: Shape,
    /// Temporary keys: what their session token begins with.
    #[serde(default)]
    pub(crate) session_token: Vec<String>,
    /// Texts that hold one pair; a `|` in them is cut out first, so that no file holds what looks like
    /// one.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests"))]
    #[serde(default)]
    positive: Vec<String>,
    /// Texts that hold none.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests"))]
    #[serde(default)]
    negative: Vec<String>,
}

/// Which file checks the structure of an id.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Family {
    AliyunAccessKey,
    AliyunSts,
    AwsAccessKey,
    BackblazeKey,
    /// Nothing but its shape is known.
    #[default]
    Plain,
}

/// What gives an id away that begins like any other word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    /// Words in lower case, of which one must stand near it.
    words: Vec<String>,
    /// What its name must end with, in lower case, letters and digits only.
    names: Vec<String>,
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
    /// RFC 4648 §4 with padding.
    PaddedBase64,
    /// RFC 4648 §5 without padding.
    Url,
    /// Capitals and digits.
    Capitals,
    /// Hexadecimal in lower case.
    Hexadecimal,
}

impl Alphabet {
    /// Whether it holds the characters of a `token`, of which `body` comes after a prefix.
    fn holds(self, body: &[u8], token: &[u8]) -> bool {
        match self {
            Self::Alphanumeric => token.iter().all(u8::is_ascii_alphanumeric),
            Self::Dotted => token.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'.'),
            Self::Base32 => token.iter().skip(4).all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')),
            Self::Base64 => {
                token.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            }
            Self::PaddedBase64 => {
                token.ends_with(b"=")
                    && token.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
            }
            Self::Url => token.iter().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(b)),
            Self::Capitals => body.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
            Self::Hexadecimal => {
                body.iter().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
            }
        }
    }
}

/// What the structure of an id says.
#[derive(Default)]
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
    /// Why it is none after all, where it only looks like one.
    pub(crate) suppressed: Option<&'static str>,
}

/// Literals of a text: where each begins, and which one it is.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) prefixes: Vec<(usize, usize)>,
    pub(crate) hints: Vec<(usize, usize)>,
    /// Where one may begin.
    places: Places,
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
    /// All prefixes of all rules, and behind them the literals of the rules about credentials.
    literals: Literals,
    /// The rules of each prefix, with its length.
    owners: Vec<(usize, Vec<usize>)>,
    /// Tables that tell where a prefix, or a literal of the rules about credentials, may begin.
    needles: Needles,
    credentials: CredentialRules,
}

impl Rules {
    /// The rules that come with Claviger.
    pub(crate) fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
        Self::with(&[]).expect("built-in rules are valid")
    }

    /// The rules that come with Claviger, and those about credentials of these files.
    pub(crate) fn with(files: &[&str]) -> Result<Self, RuleError> {
        let text = include_str!("../../rules/access_keys.toml");
        let text = if cfg!(test) { text.to_owned() } else { without_examples(text) };
        let file: RuleFile = toml::from_str(&text).map_err(RuleError::Notation)?;
        let rules = file.rule;
        let mut prefixes: Vec<(&str, Vec<usize>)> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for prefix in &rule.prefixes {
                match prefixes.iter_mut().find(|(known, _)| known == prefix) {
                    Some((_, owners)) => owners.push(index),
                    None => prefixes.push((prefix, vec![index])),
                }
            }
        }
        // The longest is preferred.
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let words: Vec<(usize, &[String])> = rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| Some((index, rule.named.as_ref()?.words.as_slice())))
            .collect();
        let credentials = CredentialRules::new(files, &words)?;
        let mut heads: Vec<&[u8]> = prefixes.iter().map(|(prefix, _)| prefix.as_bytes()).collect();
        heads.extend(credentials.literals());
        let literals = Literals::new(heads.iter().copied());
        let needles = Needles::new(heads);
        let owners = prefixes.into_iter().map(|(prefix, owners)| (prefix.len(), owners)).collect();
        let rules = Self { rules, literals, owners, needles, credentials };
        match failed_examples(&rules, |name| group_of(name).is_none()).into_iter().next() {
            Some(Failed { rule, why }) => Err(RuleError::Example { name: rule, why }),
            None => Ok(rules),
        }
    }

    /// The rule with an index.
    pub(crate) fn rule(&self, index: usize) -> &Rule {
        &self.rules[index]
    }

    /// The index of the rule with a name.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.name == name)
    }

    /// The rules about other credentials.
    pub(crate) fn credentials(&self) -> &CredentialRules {
        &self.credentials
    }

    /// Tables that tell where anything may begin that the rules look for.
    pub(crate) fn needles(&self) -> &Needles {
        &self.needles
    }

    /// Notes the literals that begin in `from..to` of the text in memory, in order: those that ids begin with, and
    /// those of the rules about credentials. What was seen before is forgotten.
    pub(crate) fn see(&self, window: &Window<'_>, (from, to): (usize, usize), seen: &mut Seen) {
        let Seen { prefixes, hints, places } = seen;
        prefixes.clear();
        hints.clear();
        places.gather(window.sheet().needles(), from, to);
        places.retain(|at| self.literals.may_begin(window.text(), at));
        for at in places.iter() {
            let Some(literal) = self.literals.at(window.text(), at) else { continue };
            match literal.checked_sub(self.owners.len()) {
                None => prefixes.push((at, literal)),
                Some(hint) => hints.push((at, hint)),
            }
        }
    }

    /// Whether any literal stands in a text.
    pub(crate) fn announces(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.literals.at(text, at).is_some())
    }

    /// Whether any literal begins in `from..to` of the text in memory.
    pub(crate) fn is_announced(&self, window: &Window<'_>, (from, to): (usize, usize)) -> bool {
        let mut places = window.sheet().needles().iter(from, to);
        places.any(|at| self.literals.at(window.text(), at).is_some())
    }

    /// The ids that begin with one of these prefixes, in order; also what only looks like one.
    pub(crate) fn ids(&self, text: &[u8], prefixes: &[(usize, usize)]) -> Vec<SeenId> {
        let (mut ids, mut floor) = (Vec::new(), 0);
        for (at, prefix) in prefixes {
            if *at < floor {
                continue;
            }
            let (length, owners) = &self.owners[*prefix];
            let seen = owners.iter().find_map(|rule| self.check_id(text, *rule, *at, at + length));
            floor = seen.as_ref().map_or(floor, |seen| seen.end);
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
        let url = matches!(rule.id.alphabet, Alphabet::Url);
        let in_id = |byte: &&u8| byte.is_ascii_alphanumeric() || (url && b"_-".contains(byte));
        let end = prefix_end + rest.take_while(in_id).count();
        let token = &text[start..end];
        if !rule.id.lengths.contains(&token.len())
            || !rule.id.alphabet.holds(&token[prefix_end - start..], token)
            || !begins_word(text, start)
        {
            return None;
        }
        let id = std::str::from_utf8(token).ok()?;
        let fake = is_placeholder(token) || entropy(token) < ID_ENTROPY_MIN;
        let suppressed = if fake {
            Some("a placeholder")
        } else if inside_base64(text, start, end, &rule.secret.lengths) {
            Some("part of a longer run of base64")
        } else {
            None
        };
        let structure = match rule.family {
            Family::AliyunAccessKey => aliyun::access_key(id),
            Family::AliyunSts => aliyun::sts(id),
            Family::AwsAccessKey => aws::access_key(id),
            Family::Plain | Family::BackblazeKey => plain(rule, token, prefix_end - start),
        };
        if structure.is_none() && suppressed.is_none() {
            return None;
        }
        let Structure { confidence, is_weak, why } = structure.unwrap_or_default();
        let id = AccessKeyId::parse(id).ok()?;
        Some(SeenId { rule: index, start, end, id, confidence, is_weak, why, suppressed })
    }

    /// Whether an id may have such a name and such a length.
    pub(crate) fn may_name_id(&self, name: &str, length: usize) -> bool {
        let fits = |rule: &Rule| {
            let named = rule.named.as_ref()?;
            let ends = named.names.iter().any(|word| name.ends_with(word.as_str()));
            Some(ends && rule.id.lengths.contains(&length))
        };
        self.rules.iter().any(|rule| fits(rule).unwrap_or(false))
    }

    /// The id of the rule with an index that a value is; `in_name`: the issuer stands in its name.
    pub(crate) fn named_id(
        &self,
        index: usize,
        text: &[u8],
        (start, end): (usize, usize),
        name: &str,
        in_name: bool,
    ) -> Option<SeenId> {
        let rule = &self.rules[index];
        let named = rule.named.as_ref()?;
        let token = &text[start..end];
        let fits = named.names.iter().any(|word| name.ends_with(word.as_str()))
            && rule.id.lengths.contains(&token.len())
            && rule.id.alphabet.holds(token, token)
            && !is_name_of_secret(name);
        let counted = matches!(rule.family, Family::BackblazeKey) && backblaze::is_key_id(token);
        if !fits || !(may_be_id(token) || counted) {
            return None;
        }
        let fake = !counted && (is_placeholder(token) || entropy(token) < ID_ENTROPY_MIN);
        Some(SeenId {
            rule: index,
            start,
            end,
            id: AccessKeyId::parse(std::str::from_utf8(token).ok()?).ok()?,
            confidence: 0.5,
            is_weak: !in_name,
            why: vec![format!("named `{name}`, in the length of an id of {}", rule.title)],
            suppressed: fake.then_some("a placeholder"),
        })
    }

    /// The rule for stores that speak S3, of which no name need be known.
    pub(crate) fn any_store(&self) -> Option<usize> {
        self.rules.iter().position(|rule| rule.name == ANY_STORE)
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
}

/// `bce_secret_access_key` names a secret, `secret_id` an id.
fn is_name_of_secret(name: &str) -> bool {
    name.contains("secret") && !name.ends_with("id")
}

/// An id of which nothing but the shape is known.
fn plain(rule: &Rule, token: &[u8], prefix: usize) -> Option<Structure> {
    let body = &token[prefix..];
    let mixed = body.iter().any(u8::is_ascii_digit) || plausible::mixes_cases(body);
    let digits = mixed && body.iter().any(u8::is_ascii_alphabetic);
    let words = String::from_utf8_lossy(&token[..prefix]);
    let why = format!("`{words}` and {} characters: {}", body.len(), rule.title);
    digits.then(|| Structure { confidence: 0.5, is_weak: false, why: vec![why] })
}

#[cfg(test)]
mod tests;
