//! The examples that rules carry, held to their word: built-in rules by a test, a person's own when they
//! are read.

use claviger_model::FindingKind;

use super::rule::CredentialRule;
use crate::Limits;
use crate::engine::{Discovery, Engine};
use crate::rule::Rules;

/// What is cut out of an example before it is tried, so that no file of rules holds what looks like a
/// credential.
const CUT: char = '|';

/// An example that a rule fails.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) rule: String,
    /// What happened, in words, with the example.
    pub(crate) why: String,
}

/// A file of rules that comes with Claviger without the examples in it, which tests alone read: they are more than
/// half of what each start would parse. They begin with their name on a line, and end with a line that ends with `]`.
pub(crate) fn without_examples(text: &str) -> String {
    let mut is_example = false;
    let lines = text.split_inclusive('\n').filter(|line| {
        is_example |= line.starts_with("positive = [") || line.starts_with("negative = [");
        let is_kept = !is_example;
        is_example &= !line.trim_end().ends_with(']');
        is_kept
    });
    lines.collect()
}

/// The examples that rules fail whose name is `chosen`.
pub(crate) fn failed_examples(rules: &Rules, chosen: impl Fn(&str) -> bool) -> Vec<Failed> {
    let all = rules.credentials().all().map(|(_, rule)| rule);
    all.filter(|rule| chosen(&rule.name)).flat_map(|rule| failed(rules, rule)).collect()
}

fn failed(rules: &Rules, rule: &CredentialRule) -> Vec<Failed> {
    let fails = |why: String| Failed { rule: rule.name.clone(), why };
    let positive = rule.positive.iter().filter_map(|example| {
        let found = found(rules, example);
        let right = found == [rule.name.as_str()];
        (!right).then(|| fails(format!("found {found:?} in the positive example `{example}`")))
    });
    let negative = rule.negative.iter().filter_map(|example| {
        let wrong = found(rules, example).contains(&rule.name);
        wrong.then(|| fails(format!("found in the negative example `{example}`")))
    });
    positive.chain(negative).collect()
}

/// The rules that find something in an example, access keys left out.
fn found(rules: &Rules, example: &str) -> Vec<String> {
    let text = example.replace(CUT, "");
    let mut engine = Engine::new(crate::encoding::Units::Bytes, 0, false, &Limits::default());
    engine.feed(text.as_bytes(), rules);
    let (found, _) = engine.finish(rules);
    // A secret with its id beside it is a pair.
    let of_credentials = |found: &Discovery| {
        found.kind == FindingKind::Credential
            || rules.credentials().all().any(|(_, rule)| rule.name == found.rule)
    };
    found.into_iter().filter(of_credentials).map(|found| found.rule).collect()
}
