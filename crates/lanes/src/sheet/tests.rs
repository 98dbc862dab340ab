//! Every way tells what the plainest code tells, however a text slides through memory.

use proptest::prelude::*;

use super::*;
use crate::Literals;

const LITERALS: [&str; 23] = [
    "pass",
    "PASS",
    "Pass",
    "key",
    "Key",
    "ecret",
    "oken",
    "://",
    "-----BEGIN",
    " -p",
    " -u ",
    "AKIA",
    "LTAI",
    "A3T",
    "EXO",
    "密",
    "令",
    "\"ak\"",
    "ak=",
    "Ak",
    "sqlplus ",
    ":5432:",
    "JDC_",
];

/// Every row of a sheet, as places.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    words: Vec<usize>,
    dashes: Vec<usize>,
    symbols: Vec<usize>,
    lines: Vec<usize>,
    escapes: Vec<usize>,
    ats: Vec<usize>,
    trails: Vec<usize>,
    long_words: Vec<usize>,
    encoded: Vec<usize>,
    numbers: Vec<usize>,
    joined: Vec<usize>,
    literals: Vec<usize>,
}

fn literals() -> impl Iterator<Item = &'static [u8]> {
    LITERALS.iter().map(|literal| literal.as_bytes())
}

fn plainly(text: &[u8]) -> Told {
    let places = |is: &dyn Fn(u8) -> bool| (0..text.len()).filter(|at| is(text[*at])).collect();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+';
    let symbol = |byte: u8| word(byte) || byte == b'+' || byte == b'/';
    let digit = |byte: u8| byte.is_ascii_digit();
    let runs = |is: &dyn Fn(u8) -> bool, least: usize| -> Vec<usize> {
        let begins = |at: &usize| {
            let long = text[*at..].iter().take_while(|byte| is(**byte)).count() >= least;
            long && (*at == 0 || !is(text[at - 1]))
        };
        (0..text.len()).filter(begins).collect()
    };
    let mut encoded = [runs(&symbol, 16), runs(&part, 16)].concat();
    encoded.sort_unstable();
    encoded.dedup();
    let begins = |at: &usize| literals().any(|literal| text[*at..].starts_with(literal));
    let alnum =
        |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let joins = |at: &usize| {
        let joint = matches!(text[*at], b'-' | b'.' | b'/');
        alnum(Some(*at)) || (joint && alnum(at.checked_sub(1)) && alnum(Some(at + 1)))
    };
    Told {
        words: places(&word),
        dashes: places(&|byte| byte == b'_' || byte == b'-'),
        symbols: places(&symbol),
        lines: places(&|byte| byte == b'\n'),
        escapes: places(&|byte| byte == b'\\' || byte == b'%'),
        ats: places(&|byte| byte == b'@'),
        trails: places(&|byte| (0x80..0xC0).contains(&byte)),
        long_words: runs(&word, 16),
        encoded,
        numbers: runs(&digit, 3),
        joined: (0..text.len()).filter(joins).collect(),
        literals: (0..text.len()).filter(begins).collect(),
    }
}

fn told(path: Path, text: &[u8], cuts: &[usize]) -> Told {
    let (needles, known) = (Needles::new(literals()), Literals::new(literals()));
    let mut sheet = Sheet::default();
    let mut at = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        at = (at + cut).min(text.len());
        sheet.read_by(path, &text[..at], &needles);
    }
    let all = |bits: Bits<'_>| bits.iter(0, text.len()).collect::<Vec<_>>();
    let begins = |at: &usize| known.at(text, *at).is_some();
    Told {
        words: all(sheet.words()),
        dashes: all(sheet.dashes()),
        symbols: all(sheet.symbols()),
        lines: all(sheet.lines()),
        escapes: all(sheet.escapes()),
        ats: all(sheet.ats()),
        trails: all(sheet.trails()),
        long_words: all(sheet.long_words()),
        encoded: all(sheet.encoded()),
        numbers: all(sheet.numbers()),
        joined: all(sheet.joined()),
        literals: sheet.needles().iter(0, text.len()).filter(begins).collect(),
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        2 => prop::sample::select(LITERALS.to_vec()).prop_map(|literal| literal.as_bytes().to_vec()),
        2 => "[a-zA-Z0-9_+/-]{1,70}".prop_map(String::into_bytes),
        2 => "[ -~\n]{1,9}".prop_map(String::into_bytes),
        1 => "[0-9]{1,5}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..40),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_tells_what_the_plainest_code_tells(
        text in text(),
        cuts in prop::collection::vec(0usize..200, 0..4),
    ) {
        let expected = plainly(&text);
        for path in Path::known() {
            prop_assert_eq!(&told(path, &text, &cuts), &expected, "{:?}", path);
        }
    }

    #[test]
    fn what_is_forgotten_changes_nothing_behind_it(text in text(), chunks in 0usize..4) {
        let needles = Needles::new(literals());
        let mut sheet = Sheet::default();
        sheet.read(&text, &needles);
        let from = (chunks * Sheet::chunk_bytes()).min(text.len() / 64 * 64);
        let before: Vec<usize> = sheet.words().iter(from, text.len()).collect();
        sheet.forget(from / Sheet::chunk_bytes());
        let after: Vec<usize> = sheet.words().iter(0, text.len() - from).map(|at| at + from).collect();
        prop_assert_eq!(before, after);
    }
}

#[test]
fn a_plainer_way_is_taken_where_it_is_asked_for() {
    assert!(Path::known().any(|path| path == Path::Portable));
    assert_eq!(Path::known().last(), Some(Path::best()));
}
