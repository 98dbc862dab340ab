//! Framing, and that a record reads as `serde_json` reads it.

use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::*;

fn check(bytes: &str, expected: &[(usize, Result<&str, &str>)]) {
    let mut tape = Tape::default();
    let mut frames = Frames::new(bytes.as_bytes());
    let mut framed = Vec::new();
    while let Some(found) = frames.next(&mut tape) {
        let line = 1 + bytes[..found.start].matches('\n').count();
        framed.push((
            line,
            match found.why {
                Some(why) => Err(why),
                None => Ok(bytes[found.start..found.end].to_owned()),
            },
        ));
    }
    let framed: Vec<_> = framed
        .iter()
        .map(|(line, record)| (*line, record.as_deref().map_err(String::as_str)))
        .collect();
    assert_eq!(framed, expected, "{bytes}");
}

const CUT: Result<&str, &str> = Err("the JSON record does not end");
const NONE: Result<&str, &str> = Err("the line is no JSON record");

#[test]
fn one_record_a_line() {
    check("{\"a\":1}\n\n{\"b\":\"}\"}\r\n", &[(1, Ok("{\"a\":1}")), (3, Ok("{\"b\":\"}\"}"))]);
}

#[test]
fn several_records_share_a_line_or_a_list() {
    check("{}{}\n{}", &[(1, Ok("{}")), (1, Ok("{}")), (2, Ok("{}"))]);
    check("[{},\n{}]", &[(1, Ok("{}")), (2, Ok("{}"))]);
    check("[\n{},\n{},\n", &[(2, Ok("{}")), (3, Ok("{}"))]);
}

#[test]
fn an_envelope_is_opened() {
    check("{\"Records\":[{\"a\":1},{}]}", &[(1, Ok("{\"a\":1}")), (1, Ok("{}"))]);
    check(
        "{ \"Records\" : [\n {\n  \"a\": 1\n }\n], \"x\": {}}\n{}",
        &[(2, Ok("{\n  \"a\": 1\n }")), (6, Ok("{}"))],
    );
    check("{\"Records\":[{\"a\":1},{\"b\":", &[(1, Ok("{\"a\":1}")), (1, CUT)]);
    check("{\"Records\":[]}", &[]);
}

#[test]
fn a_broken_line_costs_itself_alone() {
    check("{\"a\":\n{}\n", &[(1, CUT), (2, Ok("{}"))]);
    check("{\"a\":\"b\n{}\n", &[(1, CUT), (2, Ok("{}"))]);
    check("rubbish {}\n{}", &[(1, NONE), (2, Ok("{}"))]);
    check("{} rubbish\n{}", &[(1, Err("something stands after the JSON record")), (2, Ok("{}"))]);
    check("{}}\n{}", &[(1, Err("something stands after the JSON record")), (2, Ok("{}"))]);
}

#[test]
fn a_pretty_printed_record_is_one() {
    check(
        "{\n  \"a\": [\n    {}\n  ]\n}\n{}",
        &[(1, Ok("{\n  \"a\": [\n    {}\n  ]\n}")), (6, Ok("{}"))],
    );
}

#[test]
fn numbers_come_as_integers_floats_and_text() {
    let mut tape = Tape::default();
    let text = br#"{"a":289,"b":289.0,"c":"289","d":-1,"e":null}"#;
    let record = record(text, &mut tape).unwrap();
    let record = record.node();
    let read = |key: &str| number(record, &[key]);
    assert_eq!(["a", "b", "c"].map(read), [Some(289); 3]);
    assert_eq!(["d", "e", "f"].map(read), [None; 3]);
}

/// As `serde_json` reads a text, but that of two members of one name the first counts.
#[derive(Debug, PartialEq)]
struct FirstWins(Value);

impl<'de> Deserialize<'de> for FirstWins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FirstWinsVisitor).map(Self)
    }
}

struct FirstWinsVisitor;

impl<'de> Visitor<'de> for FirstWinsVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(FirstWins(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = serde_json::Map::new();
        while let Some((name, FirstWins(value))) = members.next_entry::<String, _>()? {
            map.entry(name).or_insert(value);
        }
        Ok(map.into())
    }
}

/// Reads a text both ways. Beyond what `serde_json` takes, only text that is no Unicode and numbers
/// that no number of Rust can hold are taken; `IgnoredAny` takes those, too.
fn check_as_serde_json(text: &[u8]) {
    let mut tape = Tape::default();
    let read = record(text, &mut tape).map(|record| record.node().to_value());
    if text.contains(&b'\n') {
        return;
    }
    match serde_json::from_slice::<FirstWins>(text) {
        Ok(FirstWins(expected)) => assert_eq!(read, Ok(expected)),
        Err(_) => {
            let lossy = String::from_utf8_lossy(text);
            let is_json = serde_json::from_str::<IgnoredAny>(&lossy).is_ok();
            assert_eq!(read.is_ok(), is_json, "{lossy}");
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300_f64).prop_map(Value::from),
        "(?s).{0,40}".prop_map(Value::from),
        "[a-z\"\\\\ ]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("(?s).{0,12}", inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_as_serde_json_reads_it(value in json(), pretty in any::<bool>()) {
        let text = value.to_string();
        check_as_serde_json(text.as_bytes());
        if pretty {
            let text = serde_json::to_string_pretty(&value).unwrap();
            // A `{` at the left edge begins another record; pretty text has none but the first.
            let mut tape = Tape::default();
            let read = record(text.as_bytes(), &mut tape);
            prop_assert_eq!(read.map(|record| record.node().to_value()), Ok(value));
        }
    }

    #[test]
    fn what_is_no_json_is_refused_where_serde_json_refuses_it(
        value in json(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let mut text = value.to_string().into_bytes();
        for (place, byte, how) in changes {
            if text.is_empty() {
                continue;
            }
            let at = place.index(text.len());
            let likely = b"\\\"u{}[]:,0eE+-.d8 \x1f\xff"; let likely = likely[usize::from(byte) % likely.len()];
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, likely),
                2 => text[at] = likely,
                _ => drop(text.remove(at)),
            }
        }
        check_as_serde_json(&text);
    }

    #[test]
    fn numbers_and_escapes_are_as_strict(text in "[-+0-9.eE]{0,8}|\"(\\\\[ubnrtf\"/\\\\xdD8cC]{0,5}|.){0,8}\"") {
        check_as_serde_json(text.as_bytes());
    }
}

#[test]
fn what_is_no_unicode_costs_a_character() {
    let mut tape = Tape::default();
    let text = b"{\"a\":\"x\xffy\",\"b\":\"\\ud83d\\ude00 \\ud83d \\ude00\",\"\\u0063\":1}";
    let record = record(text, &mut tape).unwrap();
    let record = record.node();
    assert_eq!(record.get("a").unwrap().as_text().unwrap(), "x\u{fffd}y");
    assert_eq!(record.get("b").unwrap().as_text().unwrap(), "\u{1f600} \u{fffd} \u{fffd}");
    assert_eq!(record.get("c").unwrap().as_number(), Some("1"));
}

#[test]
fn names_are_picked_wherever_they_stand() {
    const NAMES: Names<4> = Names::new(["eventTime", "eventName", "a", "eventTimely"]);
    let mut tape = Tape::default();
    let text =
        br#"{"eventName":1,"awsRegion":{"a":2},"a":3,"eventTim":4,"eventTime":5,"a":6,"":7}"#;
    let record = record(text, &mut tape).unwrap();
    let record = record.node();
    let picked = record.pick(&NAMES).map(|value| value.and_then(Node::as_number));
    assert_eq!(picked, [Some("5"), Some("1"), Some("3"), None]);
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    let mut tape = Tape::default();
    assert!(record(&nested(127), &mut tape).is_ok());
    assert!(record(&nested(128), &mut tape).is_err());
}
