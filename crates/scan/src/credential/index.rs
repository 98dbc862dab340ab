//! All rules about credentials, with what finds the places where each may hold: literals that any
//! value's name or surroundings hold, beginnings of tokens, and words of vendors.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;
use claviger_lanes::Heads;

use super::client::Arguments;
use super::command::Sort;
use super::rule::{self, At, CredentialRule, PREFIX_MIN};
use crate::engine::begins_word;
use crate::rule::RuleError;

/// Words shorter than this must stand alone: `hw` is no part of `hwaddr`.
const WORD_ALONE: usize = 5;
/// Text after a place that may bear on it: never more than any window has.
pub(super) const REACH: usize = 4096;

/// What a literal gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// A name that may be given a value.
    Name,
    /// `://`.
    Address,
    /// `-----BEGIN`.
    Pem,
    /// `Bearer` or `Basic`.
    Header,
    /// What announces a password without a name.
    Command(Sort),
    /// The name of a client that takes an id and a secret in order.
    Client(Arguments),
    /// What stands before rows of values in SQL.
    Rows,
    /// The line below the heads of a table in Markdown.
    Grid,
    /// What stands inside the tokens of the rule with an index.
    Inside(usize),
}

/// The literals: of each word the letters in the middle, so that two spellings do for three. Up to 64 are
/// compared in one step.
const LITERALS: [(&str, Hint); 75] = [
    ("pass", Hint::Name),
    ("PASS", Hint::Name),
    ("Pass", Hint::Name),
    ("pwd", Hint::Name),
    ("PWD", Hint::Name),
    ("Pwd", Hint::Name),
    ("ecret", Hint::Name),
    ("ECRET", Hint::Name),
    ("oken", Hint::Name),
    ("OKEN", Hint::Name),
    ("key", Hint::Name),
    ("Key", Hint::Name),
    ("KEY", Hint::Name),
    ("redential", Hint::Name),
    ("REDENTIAL", Hint::Name),
    ("_auth", Hint::Name),
    ("_AUTH", Hint::Name),
    ("\"auth\"", Hint::Name),
    ("ak=", Hint::Name),
    ("ak =", Hint::Name),
    ("ak:", Hint::Name),
    ("AK=", Hint::Name),
    ("AK:", Hint::Name),
    ("\"ak\"", Hint::Name),
    ("sig=", Hint::Name),
    ("密", Hint::Name),
    ("令", Hint::Name),
    ("://", Hint::Address),
    ("-----BEGIN", Hint::Pem),
    ("_ak", Hint::Name),
    ("_AK", Hint::Name),
    ("Ak", Hint::Name),
    ("-ak", Hint::Name),
    (".ak", Hint::Name),
    ("uthkey", Hint::Name),
    ("OOT_USER", Hint::Name),
    (" -p", Hint::Command(Sort::ShortOption)),
    (" -u ", Hint::Command(Sort::UserOption)),
    (" --user ", Hint::Command(Sort::UserOption)),
    (" -P", Hint::Command(Sort::LongOption)),
    (" -a ", Hint::Command(Sort::AuthOption)),
    ("etConnection(", Hint::Command(Sort::ThirdArgument)),
    ("new PDO(", Hint::Command(Sort::ThirdArgument)),
    ("mysqli(", Hint::Command(Sort::ThirdArgument)),
    ("mysqli_connect(", Hint::Command(Sort::ThirdArgument)),
    ("sqlplus ", Hint::Command(Sort::Oracle)),
    ("oracle:thin:", Hint::Command(Sort::Oracle)),
    ("@tcp(", Hint::Command(Sort::GoAddress)),
    ("DENTIFIED BY", Hint::Command(Sort::Identified)),
    ("dentified by", Hint::Command(Sort::Identified)),
    (":5432:", Hint::Command(Sort::PasswordFile)),
    ("|---", Hint::Grid),
    ("| ---", Hint::Grid),
    ("|:---", Hint::Grid),
    ("| :---", Hint::Grid),
    ("ALUES (", Hint::Rows),
    ("ALUES(", Hint::Rows),
    (" alias set ", Hint::Client(Arguments::Words)),
    (" host add ", Hint::Client(Arguments::Words)),
    ("rize-account ", Hint::Client(Arguments::Words)),
    ("inio(", Hint::Client(Arguments::Quoted)),
    ("bsClient(", Hint::Client(Arguments::Quoted)),
    ("edentials(", Hint::Client(Arguments::Quoted)),
    ("ticV4(", Hint::Client(Arguments::Quoted)),
    ("Auth(", Hint::Client(Arguments::Quoted)),
    ("auth.New(", Hint::Client(Arguments::Quoted)),
    ("Auth.create(", Hint::Client(Arguments::Quoted)),
    ("eSystem(", Hint::Client(Arguments::Named)),
    ("(\"s3\"", Hint::Client(Arguments::Named)),
    ("('s3'", Hint::Client(Arguments::Named)),
    ("ge_options", Hint::Client(Arguments::Named)),
    ("S3Client(", Hint::Client(Arguments::Named)),
    ("asterauth ", Hint::Name),
    ("earer ", Hint::Header),
    ("asic ", Hint::Header),
];

/// Who asked for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// The credential rule with an index.
    Credential(usize),
    /// The rule about access keys with an index.
    AccessKey(usize),
}

/// A rule that has a word near a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) owner: Owner,
    /// Whether the word is in the name itself.
    pub(crate) in_name: bool,
}

/// A text with the shape of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shaped {
    pub(super) rule: usize,
    /// Which of the rule's shapes it has.
    pub(super) shape: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The compiled rules.
#[derive(Debug)]
pub(crate) struct CredentialRules {
    rules: Vec<CredentialRule>,
    /// The rules for each kind of place.
    by_place: HashMap<At, Vec<usize>>,
    /// What tokens begin with.
    beginnings: Heads,
    /// The rules and shapes of each beginning, longest prefix first.
    tokens: HashMap<[u8; PREFIX_MIN], Vec<(usize, usize)>>,
    /// What stands inside tokens that begin with anything, with the rule.
    anchors: Vec<(Vec<u8>, usize)>,
    words: AhoCorasick,
    word_lengths: Vec<usize>,
    owners: Vec<Vec<Owner>>,
    /// Digests of keys that documentation shows.
    documentation: HashSet<u64>,
}

impl CredentialRules {
    /// The rules that come with Claviger, with those of `files`; `keys` are the words of rules about
    /// access keys.
    pub(crate) fn new(files: &[&str], keys: &[(usize, &[String])]) -> Result<Self, RuleError> {
        let mut rules = rule::BUILTIN.clone();
        for file in files {
            rule::add(&mut rules, file)?;
        }
        let told = rules.iter().filter(|rule| rule.at == At::Token);
        let beginnings =
            Heads::new(told.flat_map(|rule| rule.shapes.iter().map(|shape| shape.prefix())));
        let tokens = tokens(&rules);
        let anchors = anchors(&rules);
        let mut by_place: HashMap<At, Vec<usize>> = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            by_place.entry(rule.at).or_default().push(index);
        }
        let mut owned: Vec<(String, Vec<Owner>)> = Vec::new();
        let of_rules = rules.iter().enumerate().flat_map(|(index, rule)| {
            rule.words.iter().map(move |word| (word, Owner::Credential(index)))
        });
        let of_keys = keys.iter().flat_map(|(index, words)| {
            words.iter().map(move |word| (word, Owner::AccessKey(*index)))
        });
        for (word, owner) in of_rules.chain(of_keys) {
            match owned.iter_mut().find(|(known, _)| known == word) {
                Some((_, owners)) => owners.push(owner),
                None => owned.push((word.clone(), vec![owner])),
            }
        }
        let words = AhoCorasick::builder()
            .build(owned.iter().map(|(word, _)| word))
            .map_err(|error| RuleError::Compile(error.to_string()))?;
        Ok(Self {
            rules,
            by_place,
            beginnings,
            tokens,
            anchors,
            words,
            word_lengths: owned.iter().map(|(word, _)| word.len()).collect(),
            owners: owned.into_iter().map(|(_, owners)| owners).collect(),
            documentation: documentation(),
        })
    }

    /// The rule with an index.
    pub(super) fn rule(&self, index: usize) -> &CredentialRule {
        &self.rules[index]
    }

    /// Every rule, with its index.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &CredentialRule)> {
        self.rules.iter().enumerate()
    }

    /// The rules for one kind of place, with their indexes.
    pub(super) fn at(&self, at: At) -> impl Iterator<Item = (usize, &CredentialRule)> {
        let indexes = self.by_place.get(&at).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|index| (*index, &self.rules[*index]))
    }

    /// What gives credentials away that are not told by their beginning.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &[u8]> {
        let anchors = self.anchors.iter().map(|(anchor, _)| anchor.as_slice());
        LITERALS.iter().map(|(literal, _)| literal.as_bytes()).chain(anchors)
    }

    /// What one of [`Self::literals`], which begins at `at`, gives away, and where that stands.
    pub(super) fn hint(&self, at: usize, literal: usize) -> (Hint, usize, usize) {
        let Some((literal, hint)) = LITERALS.get(literal) else {
            let (anchor, rule) = &self.anchors[literal - LITERALS.len()];
            return (Hint::Inside(*rule), at, at + anchor.len());
        };
        // Of `ak =` and `"ak"` the name alone.
        let sign = |c: char| matches!(c, '"' | '=' | ':' | ' ');
        let (front, back) = match hint {
            Hint::Name => (literal.trim_start_matches(sign), literal.trim_end_matches(sign)),
            _ => (*literal, *literal),
        };
        let start = at + literal.len() - front.len();
        (*hint, start, at + back.len())
    }

    /// The token of the rule with an index around the anchor at `at`.
    pub(super) fn inside(&self, rule: usize, text: &[u8], at: usize) -> Option<Shaped> {
        let reach = &text[..text.len().min(at + REACH)];
        self.rules[rule].shapes.iter().enumerate().find_map(|(shape, known)| {
            let (_, (least, most)) = known.anchor()?;
            (at.saturating_sub(most)..=at.checked_sub(least)?).find_map(|start| {
                let whole = begins_word(text, start).then(|| known.end(reach, start))??;
                Some(Shaped { rule, shape, start, end: whole })
            })
        })
    }

    /// What tokens begin with.
    pub(super) fn beginnings(&self) -> &Heads {
        &self.beginnings
    }

    /// The token that begins at `at`.
    pub(super) fn token(&self, text: &[u8], at: usize) -> Option<Shaped> {
        if !self.beginnings.may_begin(text, at) {
            return None;
        }
        let (first, _) = text[at..].split_first_chunk::<PREFIX_MIN>()?;
        let candidates = self.tokens.get(first)?;
        if !begins_word(text, at) {
            return None;
        }
        let reach = &text[..text.len().min(at + REACH)];
        candidates.iter().find_map(|(rule, shape)| {
            let end = self.rules[*rule].shapes[*shape].end(reach, at)?;
            Some(Shaped { rule: *rule, shape: *shape, start: at, end })
        })
    }

    /// The rules that have a word in `context`, which is in lower case; `name` is where the name stands
    /// in it. Those with the word in the name come first.
    pub(super) fn mentioned(&self, context: &[u8], name: std::ops::Range<usize>) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        for hit in self.words.find_overlapping_iter(context) {
            let (start, end) = (hit.start(), hit.end());
            let letter = |at: Option<usize>| {
                at.and_then(|at| context.get(at)).is_some_and(u8::is_ascii_alphabetic)
            };
            let index = hit.pattern().as_usize();
            let short = self.word_lengths[index] < WORD_ALONE;
            // `dd_` ends itself; `hw` must not go on.
            let open = letter(Some(end - 1)) && letter(Some(end));
            if short && (letter(start.checked_sub(1)) || open) {
                continue;
            }
            let in_name = name.start <= start && end <= name.end;
            for owner in &self.owners[index] {
                match mentions.iter_mut().find(|known| known.owner == *owner) {
                    Some(known) => known.in_name |= in_name,
                    None => mentions.push(Mention { owner: *owner, in_name }),
                }
            }
        }
        mentions.sort_by_key(|mention| (!mention.in_name, mention.owner));
        mentions
    }

    /// Whether documentation shows this value.
    pub(crate) fn is_documented(&self, value: &[u8]) -> bool {
        self.documentation.contains(&digest(value))
    }
}

type Tokens = HashMap<[u8; PREFIX_MIN], Vec<(usize, usize)>>;

/// The rules and shapes of tokens by their beginnings.
fn tokens(rules: &[CredentialRule]) -> Tokens {
    let mut tokens = Tokens::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.at == At::Token) {
        for (number, shape) in rule.shapes.iter().enumerate() {
            let Some((first, _)) = shape.prefix().split_first_chunk::<PREFIX_MIN>() else {
                continue;
            };
            tokens.entry(*first).or_default().push((index, number));
        }
    }
    for candidates in tokens.values_mut() {
        candidates.sort_by_key(|(rule, shape)| {
            (std::cmp::Reverse(rules[*rule].shapes[*shape].prefix().len()), *rule, *shape)
        });
    }
    tokens
}

/// What stands inside the tokens of rules that are told so.
fn anchors(rules: &[CredentialRule]) -> Vec<(Vec<u8>, usize)> {
    let inside = rules.iter().enumerate().filter(|(_, rule)| rule.at == At::Inside);
    let all = inside.flat_map(|(index, rule)| {
        let anchors = rule.shapes.iter().filter_map(|shape| shape.anchor());
        anchors.map(move |(anchor, _)| (anchor.to_vec(), index))
    });
    let mut anchors: Vec<_> = all.collect();
    anchors.sort();
    anchors.dedup();
    anchors
}

/// FNV-1a with 64 bits: enough to recognise a value without holding it.
fn digest(value: &[u8]) -> u64 {
    value.iter().fold(0xCBF2_9CE4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// Digests of the keys that providers' documentation and test suites show, in hexadecimal, one a line.
fn documentation() -> HashSet<u64> {
    let lines = include_str!("../../rules/documentation.txt").lines();
    lines.filter_map(|line| u64::from_str_radix(line.split('#').next()?.trim(), 16).ok()).collect()
}
