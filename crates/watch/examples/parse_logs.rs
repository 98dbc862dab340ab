//! Parses logs and forgets their events: what `cargo xtask bench logs` times as parsing alone.
//!
//! `parse_logs FILE…` reads each file, plain or gzip, in the format it is recognised by.

use std::io::Write;

use claviger_watch::read_log;

/// Longest log, in bytes.
const LOG_MAX: u64 = 1 << 32;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut events, mut rejects, mut digest) = (0, 0, 0_u64);
    for path in std::env::args_os().skip(1) {
        let mut take = |event: claviger_watch::EventView<'_>| {
            // Something of each event, so that none is left out by the compiler.
            let some = event.event_id.len() as u64 ^ event.bytes_out.unwrap_or(1);
            digest = digest.wrapping_add(some);
        };
        let tally = read_log(std::fs::File::open(path)?, None, LOG_MAX, &mut take);
        events += tally.events;
        rejects += tally.rejects.len();
    }
    writeln!(std::io::stderr(), "{events} events, {rejects} rejected, {digest:x}")?;
    Ok(())
}
