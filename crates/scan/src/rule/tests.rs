//! Every rule about access keys holds its own examples to its word.

use claviger_model::FindingKind;

use super::{RuleFile, Rules, without_examples};
use crate::Limits;
use crate::engine::Engine;

/// The rules of the pairs in an example.
fn pairs(rules: &Rules, example: &str) -> Vec<String> {
    let mut engine = Engine::new(crate::encoding::Units::Bytes, 0, false, &Limits::default());
    engine.feed(example.replace('|', "").as_bytes(), rules);
    let found = engine.finish(rules).0.into_iter();
    let pairs = found.filter(|found| found.kind == FindingKind::AccessKeyPair);
    pairs.filter(|found| found.secret.is_some()).map(|found| found.rule).collect()
}

#[test]
fn every_rule_pairs_its_positive_examples_and_not_its_negative_ones() {
    let rules = Rules::builtin();
    let mut wrong = Vec::new();
    for rule in &rules.rules {
        assert!(!rule.positive.is_empty() && !rule.negative.is_empty(), "{}", rule.name);
        for example in &rule.positive {
            let found = pairs(&rules, example);
            if found != [rule.name.as_str()] {
                wrong.push(format!("{}: found {found:?} in {example}", rule.name));
            }
        }
        for example in &rule.negative {
            if pairs(&rules, example).contains(&rule.name) {
                wrong.push(format!("{}: found in the negative {example}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn rules_about_access_keys_are_the_same_without_their_examples() {
    let read = |text: &str| toml::from_str::<RuleFile>(text).unwrap().rule;
    let text = include_str!("../../rules/access_keys.toml");
    let (mut whole, rules) = (read(text), read(&without_examples(text)));
    for rule in &mut whole {
        (rule.positive, rule.negative) = (Vec::new(), Vec::new());
    }
    assert_eq!(format!("{whole:?}"), format!("{rules:?}"));
}
