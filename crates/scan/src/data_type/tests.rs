//! Each data type by its own examples: beside their name, in a column, under a key, and alone where they tell
//! themselves.

use claviger_model::FingerprintKey;

use super::kind::KINDS;
use crate::{Limits, Scanner};

/// The names of what is found in a text.
fn found(scanner: &Scanner, text: &str) -> Vec<String> {
    let mut scan = scanner.open("a", Limits::default());
    scan.feed(text.as_bytes());
    scan.finish().findings.into_iter().map(|finding| finding.rule).collect()
}

fn scanner() -> Scanner {
    Scanner::builtin(FingerprintKey::new([7; 32]))
}

#[test]
fn there_are_eighty_data_types_each_with_its_words_and_examples() {
    assert!(KINDS.all.len() >= 80, "{}", KINDS.all.len());
    let mut rules: Vec<&str> = super::rules().collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules.len(), KINDS.all.len());
    for kind in &KINDS.all {
        let rule = &kind.rule;
        assert!(!kind.sure.is_empty() && !kind.yes.is_empty() && !kind.no.is_empty(), "{rule}");
        assert!(kind.sure.iter().any(|word| word.is_ascii()), "{rule}");
        assert!(kind.sure.iter().any(|word| !word.is_ascii()), "{rule}");
        let words = kind.sure.iter().chain(&kind.weak);
        for word in words {
            let plain = word.chars().all(char::is_alphanumeric) && *word == word.to_lowercase();
            assert!(plain, "{rule}: {word}");
        }
        assert!(kind.confidence.iter().all(|sure| (0.0..=1.0).contains(sure)), "{rule}");
    }
}

#[test]
fn values_in_a_column_with_their_name_are_known_and_others_are_not() {
    let (scanner, mut wrong) = (scanner(), Vec::new());
    let cell = |value: &str| match value.contains([',', '"']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    };
    for kind in &KINDS.all {
        for head in [kind.sure.first(), kind.sure.iter().find(|word| !word.is_ascii())] {
            let head = head.unwrap();
            for (values, expected) in [(&kind.yes, true), (&kind.no, false)] {
                for value in values {
                    let text = format!("no,{head}\n1,{}\n", cell(value));
                    let rules = found(&scanner, &text);
                    if rules.contains(&kind.rule) != expected {
                        wrong.push(format!("{}: {text}: {rules:?}", kind.rule));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_under_a_key_with_their_name_are_known_and_others_are_not() {
    let (scanner, mut wrong) = (scanner(), Vec::new());
    for kind in &KINDS.all {
        let head = &kind.sure[0];
        for (values, expected) in [(&kind.yes, true), (&kind.no, false)] {
            for value in values {
                let line = format!("{{\"no\": 1, \"{head}\": {value:?}}}\n");
                let rules = found(&scanner, &line.repeat(2));
                if rules.contains(&kind.rule) != expected {
                    wrong.push(format!("{}: {line}: {rules:?}", kind.rule));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_that_tell_themselves_need_no_name() {
    let scanner = scanner();
    for kind in KINDS.all.iter().filter(|kind| kind.alone) {
        for value in kind.yes.iter().filter(|value| kind.rule == "email" || kind.has_shape(value)) {
            let text = format!("see {value}, and reply\n");
            let rules = found(&scanner, &text);
            assert!(rules.contains(&kind.rule), "{}: {text}: {rules:?}", kind.rule);
        }
        for value in &kind.no {
            let text = format!("see {value}, and reply\n");
            assert!(!found(&scanner, &text).contains(&kind.rule), "{}: {text}", kind.rule);
        }
    }
}

#[test]
fn a_column_is_judged_by_its_cells_and_not_by_one_hit() {
    let scanner = scanner();
    // One number in ten passes the check of cards by chance.
    let numbers: String =
        (0..200).map(|n| format!("{n},45395787636{:05}\n", 20_000 + n * 7)).collect();
    assert!(
        !found(&scanner, &format!("phone,reference\n{numbers}")).contains(&"bank_card".to_owned())
    );
    let json: String = (0..200)
        .map(|n| {
            format!("{{\"phone\": \"-\", \"reference\": \"45395787636{:05}\"}}\n", 20_000 + n * 7)
        })
        .collect();
    assert!(!found(&scanner, &json).contains(&"bank_card".to_owned()));
    // Names in most cells of a column, and something else in most of another.
    let names = "email,name,status name\na@b.cn,王小明,OK-1\nb@b.cn,李伟,OK-2\n";
    assert_eq!(found(&scanner, names), ["email", "person_name"]);
}

#[test]
fn a_value_is_counted_once_whatever_its_column_says() {
    let text = "phone,note\n13912345670,call 13312345678\n13512345670,\n";
    let scanner = scanner();
    let mut scan = scanner.open("a", Limits::default());
    scan.feed(text.as_bytes());
    let findings = scan.finish().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].count, findings[0].sample.as_deref()), (3, Some("139…5670")));
}

#[test]
fn every_value_of_a_long_text_is_counted_once_whatever_it_is_written_in() {
    let scanner = scanner();
    let rows = 40_000u64;
    let phone = |row: u64| format!("139{:08}", 10_000_000 + row * 1_237);
    let write = |line: &dyn Fn(u64) -> String| (0..rows).map(line).collect::<String>();
    for (text, what) in [
        (format!("id,phone\n{}", write(&|row| format!("{row},{}\n", phone(row)))), "table"),
        (write(&|row| format!("{{\"id\": {row}, \"phone\": \"{}\"}}\n", phone(row))), "objects"),
        (write(&|row| format!("{{\"id\": {row}, \"phone\": {}}}\n", phone(row))), "numbers"),
        (
            format!("id,phone,x\n{}", write(&|row| format!("{row},,\"call {}\"\n", phone(row)))),
            "notes",
        ),
        (write(&|row| format!("row {row}: called {}, no answer\n", phone(row))), "words"),
    ] {
        let mut scan = scanner.open("a", Limits::default());
        scan.feed(text.as_bytes());
        let findings = scan.finish().findings;
        let count = findings.iter().find(|finding| finding.rule == "phone").map(|f| f.count);
        assert_eq!(count, Some(rows), "{what}");
    }
}
