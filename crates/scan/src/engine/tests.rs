//! The laws of the engine itself: where blocks are cut does not matter, and a pair is found at its place.

use proptest::prelude::*;

use super::*;

const ID: &str = "LTAI5t1GumF9ikeXfPX6xnYD";
const SECRET: &str = "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE";

/// The discoveries of a text that is fed in pieces of these sizes, again and again.
fn discoveries(text: &[u8], sizes: &[usize]) -> String {
    let rules = Rules::builtin();
    let mut engine = Engine::new(Units::Bytes, 0, false, &Limits::default());
    let mut rest = text;
    for size in sizes.iter().cycle() {
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        engine.feed(piece, &rules);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    format!("{:#?}", engine.finish(&rules))
}

/// Pieces of text that keys and data are likely to stand among.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(ID.to_owned()),
        3 => Just(SECRET.to_owned()),
        1 => Just("AKIAQNZGKIQY56JQ7WML".to_owned()),
        1 => Just("q8Zr+VbT2xW/5nKcY7mHs3JdL9uPfG4eA6tQoR1i".to_owned()),
        1 => Just("li.wei@acme.cn".to_owned()),
        1 => Just("13912345670".to_owned()),
        1 => Just("6222 0212 3456 7890 128".to_owned()),
        1 => Just("name,phone\n".to_owned()),
        4 => Just("\n".to_owned()),
        4 => "[ =:,{}\"\\[\\]/%\\\\n-]{1,3}",
        2 => "[a-z0-9 ]{1,40}",
        1 => Just("ALTAKQTWA3h7P8mumniyBH3ZBT".to_owned()),
        1 => Just("4b33f2a2cd37fd721f10904eef3c1dfa".to_owned()),
        1 => Just("\n| id | secret_key | x |\n|---|---|---|\n".to_owned()),
        1 => Just("\n| a | 4b33f2a2cd37fd721f10904eef3c1dfa | ALTAKQTWA3h7P8mumniyBH3ZBT |\n".to_owned()),
        1 => Just("insert into t (id, secret_key, x) VALUES ('".to_owned()),
        1 => Just("', '".to_owned()),
        1 => Just("</td><td>".to_owned()),
        1 => Just("{\"value\":\"".to_owned()),
        1 => Just("\",\"name\":\"secret_key\"}".to_owned()),
        1 => Just("access_key_id".to_owned()),
        1 => Just("%73%65%63%72%65%74%3d%61%62".to_owned()),
        1 => (100usize..6000).prop_map(|length| "x y".repeat(length / 3)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_the_blocks_are_cut_does_not_matter(
        pieces in prop::collection::vec(piece(), 0..60),
        sizes in prop::collection::vec(1usize..9000, 1..8),
    ) {
        let text = pieces.concat();
        prop_assert_eq!(
            discoveries(text.as_bytes(), &sizes),
            discoveries(text.as_bytes(), &[usize::MAX])
        );
    }

    #[test]
    fn a_pair_is_found_at_its_place_wherever_it_stands(
        before in 0usize..20_000,
        lines in 0usize..20,
        between in 0usize..55,
    ) {
        let text = format!(
            "{}{}key = {ID}\n{}secret = {SECRET}\n",
            "#".repeat(before),
            "\n".repeat(lines + 1),
            "# nothing\n".repeat(between),
        );
        let rules = Rules::builtin();
        let mut engine = Engine::new(Units::Bytes, 0, false, &Limits::default());
        engine.feed(text.as_bytes(), &rules);
        let (found, _) = engine.finish(&rules);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].secret.as_ref().map(Secret::reveal), Some(SECRET));
        let place = found[0].place;
        prop_assert_eq!(&text[place.start as usize..place.end as usize], ID);
        prop_assert_eq!((place.line, place.column), (lines as u64 + 2, 7));
    }
}
