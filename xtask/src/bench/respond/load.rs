//! Fills the service with risk events by the door that a person has: entries of intelligence.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::Service;
use crate::say;

/// Entries of one upload.
const ENTRIES: u64 = 1_000;

/// The service has nothing to do once it takes less processor time than this in a second, in hundredths of a
/// second, so many seconds on end.
const QUIET_TICKS_MAX: u64 = 10;
const QUIET_SECONDS: u32 = 4;

/// Longest wait for that.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// How the events came in.
pub(super) struct Loaded {
    /// Events a second.
    pub(super) events_per_s: f64,
}

/// The key of an event.
pub(super) fn key(number: u64) -> String {
    format!("LTAI5tBenchRisk{number:09}")
}

/// Enters so many keys, each of which becomes a risk event. Every twentieth is only suspected.
pub(super) fn load(service: &Service, events: u64) -> anyhow::Result<Loaded> {
    let begun = Instant::now();
    let mut entered = 0;
    while entered < events {
        let until = events.min(entered + ENTRIES);
        service.post_text("/api/v1/intelligence", &entries(entered..until)?)?;
        entered = until;
        if entered.is_multiple_of(10 * ENTRIES) {
            say(&format!("xtask: {entered} events …"));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 events")]
    let events_per_s = events as f64 / begun.elapsed().as_secs_f64();
    Ok(Loaded { events_per_s })
}

fn entries(numbers: std::ops::Range<u64>) -> anyhow::Result<String> {
    let mut lines = String::new();
    for number in numbers {
        let claim = if number.is_multiple_of(20) { "suspected" } else { "leaked" };
        writeln!(
            lines,
            "{{\"access_key_id\":\"{}\",\"user\":\"partner-{}\",\"claim\":\"{claim}\",\
             \"link\":\"https://partner.example.com/reports/{number}\"}}",
            key(number),
            number % 50
        )?;
    }
    Ok(lines)
}

/// Waits until the service has done what follows from what was entered. Gives the seconds that took.
pub(super) fn drain(service: &Service) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let (mut before, mut quiet) = (service.cpu_ticks()?, 0);
    while quiet < QUIET_SECONDS {
        if begun.elapsed() > PATIENCE {
            bail!("the service was still busy after {} s", PATIENCE.as_secs());
        }
        sleep(Duration::from_secs(1));
        let now = service.cpu_ticks()?;
        quiet = if now - before <= QUIET_TICKS_MAX { quiet + 1 } else { 0 };
        before = now;
    }
    Ok(begun.elapsed().as_secs_f64() - f64::from(QUIET_SECONDS))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn every_entry_names_another_key_and_a_twentieth_is_suspected() {
        let lines = super::entries(0..40).unwrap();
        let entries: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let keys: std::collections::BTreeSet<&str> =
            entries.iter().filter_map(|entry| entry["access_key_id"].as_str()).collect();
        assert_eq!(keys.len(), 40);
        assert!(keys.iter().all(|key| key.len() == "LTAI5t".len() + 18));
        assert_eq!(entries.iter().filter(|entry| entry["claim"] == "suspected").count(), 2);
    }
}
