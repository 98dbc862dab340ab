//! Parses logs and judges their events in the order of time: what `claviger replay` does, and nothing
//! else, to time it.
//!
//! `judge_logs FILE…` reads each file, plain or gzip, in the format it is recognised by, and writes the
//! alarms to standard output, one JSON object a line, so that two versions can be compared.

use std::io::{BufWriter, Write};

use claviger_watch::{Detector, Grants, Settings, Timeline, read_log};

/// Longest log, in bytes.
const LOG_MAX: u64 = 1 << 32;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut detector = Detector::new(Settings::default());
    let (mut events, mut grants) = (Timeline::default(), Grants::default());
    let mut rejects = 0;
    for path in std::env::args_os().skip(1) {
        let mut take = |event: claviger_watch::EventView<'_>| {
            if let Some(minted) = event.minted() {
                detector.mint(&minted);
            }
            event.granted().into_iter().for_each(|granted| grants.add(granted));
            events.add(&event);
        };
        let tally = read_log(std::fs::File::open(path)?, None, LOG_MAX, &mut take);
        rejects += tally.rejects.len();
    }
    detector.grant_all(&grants, &events);
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut alarms, mut failed) = (0, None);
    events.in_order(|event| {
        if let Some(alarm) = detector.observe(event) {
            alarms += 1;
            let written = serde_json::to_writer(&mut out, &alarm).map_err(std::io::Error::from);
            failed = written.and_then(|()| out.write_all(b"\n")).err();
        }
        failed.is_none()
    });
    failed.map_or(Ok(()), Err)?;
    out.flush()?;
    let said = format!(
        "{} events, {rejects} rejected, {} keys, {alarms} alarms",
        events.len(),
        events.keys()
    );
    Ok(writeln!(std::io::stderr(), "{said}")?)
}
