//! Any bytes as a log of any format: events + rejected = lines, rejects lie inside the log, and a log in
//! two blocks is the log at once.

#![no_main]

use claviger_watch::{LogFormat, Parsed, Parser, detect, parse, read_log, reject_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = detect(bytes);
    let cut = bytes.first().map_or(0, |byte| bytes.len() * usize::from(*byte) / 256);
    for format in LogFormat::ALL.iter().copied() {
        let parsed = parse(format, bytes);
        holds(&parsed, bytes);
        let mut parser = Parser::new(Some(format));
        let mut events = Vec::new();
        let mut take = |event: claviger_watch::EventView<'_>| events.push(event.into_event());
        let read = parser.push(&bytes[..cut], false, &mut take);
        parser.push(&bytes[read..], true, &mut take);
        let tally = parser.finish();
        assert_eq!((events, tally.rejects, tally.lines), (parsed.events, parsed.rejects, parsed.lines));
    }
    holds(&reject_all(bytes, "no format"), bytes);
    let mut events = 0;
    let tally = read_log(bytes, None, 1 << 20, &mut |_| events += 1);
    assert_eq!((events, events + tally.rejects.len() as u64), (tally.events, tally.lines));
});

fn holds(parsed: &Parsed, bytes: &[u8]) {
    assert_eq!((parsed.events.len() + parsed.rejects.len()) as u64, parsed.lines);
    for reject in &parsed.rejects {
        assert!(reject.start <= reject.end && reject.end <= bytes.len() as u64);
    }
}
