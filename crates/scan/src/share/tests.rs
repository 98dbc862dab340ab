//! The law of shares: whoever judges which, the report is that of one thread.

use std::collections::VecDeque;

use claviger_model::FingerprintKey;
use proptest::prelude::*;

use super::*;
use crate::{Limits, Report};

const ID: &str = "LTAI5t1GumF9ikeXfPX6xnYD";
const SECRET: &str = "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE";

fn scanner() -> Scanner {
    Scanner::builtin(FingerprintKey::new([7; 32]))
}

fn alone(scanner: &Scanner, text: &[u8], limits: Limits) -> String {
    let mut scan = scanner.open("a", limits);
    scan.feed(text);
    told(scan.finish())
}

/// Everything in a report, and what secrets are.
fn told(report: Report) -> String {
    let secrets: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.secret.as_ref().map_or("", |secret| secret.value.reveal()))
        .collect();
    format!("{secrets:#?} {report:#?}")
}

/// The report of a text in shares of `blocks` blocks, of which `ahead` are judged before one is joined; how many
/// were shared out, and how many of them in vain.
fn shared(
    scanner: &Scanner,
    text: &[u8],
    (blocks, ahead): (usize, usize),
    limits: Limits,
) -> (String, u64, u64) {
    let mut scan = scanner.open("a", limits);
    let mut out = VecDeque::new();
    for bytes in text.chunks(blocks * BLOCK) {
        // What shares do not fit in is fed, once all are joined.
        if bytes.len() < blocks * BLOCK {
            while let Some(judged) = out.pop_front() {
                scan.join(judged);
            }
            scan.feed(bytes);
            continue;
        }
        out.extend(scan.share(bytes.to_vec()).map(|share| share.judge(scanner)));
        if out.len() > ahead {
            scan.join(out.pop_front().unwrap());
        }
    }
    while let Some(judged) = out.pop_front() {
        scan.join(judged);
    }
    let Shared { joined, vain } = scan.shared;
    (told(scan.finish()), joined, vain)
}

/// Lines of one kind of text, which `number` makes differ.
fn line(kind: usize, number: usize) -> String {
    let phone = 13_900_000_000_u64 + number as u64 * 7919 % 99_999_999;
    match (kind, number % 13) {
        (0, 3) => {
            format!("2026-11-29 12:00:{:02} INFO user u{number}@acme.cn paid {number}", number % 60)
        }
        (0, 5) => format!("access_key_id={ID} x{number}\\nsecret={SECRET}"),
        (0, 6) => format!("password = hunter{}Zq!", number % 40),
        (0, 7) => format!("url=postgres://app:pW{}x9Zk@db.acme.cn/shop", number % 5),
        (0, 8) => format!("phone: {phone} and order {}", number * 1_000_003),
        (0, _) => format!("2026-11-29 GET /a/{number}?q=%E4%BD%A0 200 {}", number * 31),
        (1, 4) => format!("{number},\"a\nb, {number}\",{phone},u{number}@acme.cn"),
        (1, _) => format!("{number},张三,{phone},u{number}@acme.cn"),
        (2, 4) => format!("{{\"id\":{number},\"k{}\":1,\"phone\":\"{phone}\"}}", number % 29),
        (2, _) => {
            format!("{{\"id\":{number},\"name\":\"a\\\"b\",\"email\":\"u{number}@acme.cn\"}}")
        }
        (3, 2) => format!("data: {}", "YWNjZXNzX2tleV9pZCA9IA==".repeat(1 + number % 3)),
        (3, 9) => "c2VjcmV0IG9mIG1pbmUg".repeat(1 + number * 37 % 4000),
        (3, _) => format!("AKIAQNZGKIQY56JQ7WML {number} q8Zr+VbT2xW/5nKcY7mHs3JdL9uPfG4eA6tQoR1i"),
        (_, 1) => format!("token: ghp_{number:036}"),
        (_, _) => format!("let name_{number} = secret_of(key); // {ID}{number}"),
    }
}

/// A text of about so many bytes: its head, and its lines with what ends them.
fn text(kind: usize, first: usize, ends: &str, bytes: usize) -> String {
    let heads = ["", "id,姓名,phone,email\n", "", "", ""];
    let mut text = heads[kind].to_owned();
    for number in first.. {
        if text.len() >= bytes {
            return text;
        }
        text.push_str(&line(kind, number));
        text.push_str(ends);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_in_shares_is_reported_as_by_one_thread(
        kind in 0usize..5,
        first in 0usize..100_000,
        ends in prop::sample::select(vec!["\n", "\n", "\r\n", ",", " "]),
        bytes in 200_000usize..700_000,
        blocks in 1usize..4,
        ahead in 0usize..5,
        mark: bool,
        suppressed: bool,
    ) {
        let mark = if mark { "\u{FEFF}" } else { "" };
        let text = format!("{mark}{}", text(kind, first, ends, bytes));
        let limits = Limits { suppressed: u64::from(suppressed) * 1000, ..Limits::default() };
        let scanner = scanner();
        let (report, _, _) = shared(&scanner, text.as_bytes(), (blocks, ahead), limits);
        prop_assert_eq!(report, alone(&scanner, text.as_bytes(), limits));
    }

    #[test]
    fn limits_are_those_of_one_thread(
        kind in 0usize..4,
        findings in 0u64..60,
        suppressed in 0u64..3,
        expanded_bytes in 0u64..40_000,
        blocks in 1usize..3,
    ) {
        let limits = Limits { findings, suppressed, expanded_bytes, ..Limits::default() };
        let (scanner, text) = (scanner(), text(kind, 0, "\n", 400_000));
        let (report, _, _) = shared(&scanner, text.as_bytes(), (blocks, 3), limits);
        prop_assert_eq!(report, alone(&scanner, text.as_bytes(), limits));
    }
}

#[test]
fn shares_of_usual_texts_are_not_judged_in_vain() {
    let (all, keys) = (scanner(), scanner().without_data_types());
    let kinds = [(0, "\n", 2), (1, "\n", 0), (2, "\n", 2), (2, ",", 2), (4, "\n", 0)];
    for scanner in [&all, &keys] {
        for (kind, ends, most) in kinds {
            let text = text(kind, 0, ends, 1_000_000);
            let (report, joined, vain) =
                shared(scanner, text.as_bytes(), (1, 4), Limits::default());
            assert_eq!(report, alone(scanner, text.as_bytes(), Limits::default()), "{kind}");
            assert!(joined >= 13 && vain <= most, "{kind}: {vain} of {joined}");
        }
    }
}

#[test]
fn a_container_and_a_text_in_utf_16_are_not_shared_out() {
    let scanner = scanner();
    let wide: Vec<u8> =
        text(0, 0, "\n", 200_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let archive = [b"\x1F\x8B\x08\0\0\0\0\0".to_vec(), vec![9; 300_000]].concat();
    for bytes in [wide, archive] {
        let (report, joined, _) = shared(&scanner, &bytes, (1, 3), Limits::default());
        assert_eq!(report, alone(&scanner, &bytes, Limits::default()));
        assert_eq!(joined, 0);
        let mut scan = scanner.open("a", Limits::default());
        scan.feed(&bytes[..BLOCK]);
        assert!(!scan.may_share());
    }
}
