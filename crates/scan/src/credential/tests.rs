//! Every rule holds its own examples to its word.

use std::collections::HashSet;

use super::failed_examples;
use crate::rule::Rules;

/// Fewest rules that come with Claviger.
const RULES_MIN: usize = 250;

#[test]
fn every_rule_finds_its_positive_examples_and_not_its_negative_ones() {
    let rules = Rules::builtin();
    for (_, rule) in rules.credentials().all() {
        assert!(!rule.positive.is_empty() && !rule.negative.is_empty(), "{}", rule.name);
    }
    let failed = failed_examples(&rules, |_| true);
    let lines: Vec<String> =
        failed.iter().map(|failed| format!("{}: {}", failed.rule, failed.why)).collect();
    assert!(lines.is_empty(), "{}\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn there_are_many_rules_and_each_has_its_own_name() {
    let rules = Rules::builtin();
    let names: Vec<&str> = rules.credentials().all().map(|(_, rule)| rule.name.as_str()).collect();
    assert!(names.len() >= RULES_MIN, "{}", names.len());
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
}
