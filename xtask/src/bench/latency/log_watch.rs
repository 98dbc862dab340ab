//! Looks at the log bucket all the time, to know when each request could be read at all: what lies before
//! that moment is the cloud's time, what lies after it is ours.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::practice::PracticeCloud;

/// The pause between two looks: what it sees is at most so much too late.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What was seen of the log so far.
#[derive(Debug, Default)]
pub(super) struct LogWatch {
    seen: Mutex<Seen>,
    ended: AtomicBool,
}

#[derive(Debug, Default)]
struct Seen {
    /// When each file was seen first.
    files: Vec<Timestamp>,
    /// When the first line of each key was there.
    keys: HashMap<String, Timestamp>,
}

impl LogWatch {
    /// Looks until told to end. Files that are there at the beginning are passed over.
    pub(super) fn run(&self, cloud: &PracticeCloud, bucket: &str) -> anyhow::Result<()> {
        let mut after = String::new();
        loop {
            let names = cloud.names_after(bucket, &after)?;
            let Some(last) = names.last() else { break };
            after.clone_from(last);
        }
        while !self.ended.load(Ordering::Relaxed) {
            let names = cloud.names_after(bucket, &after)?;
            let seen_at = Timestamp::now();
            for name in names {
                let text = cloud.read(bucket, &name)?;
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.files.push(seen_at);
                for key in text.lines().filter_map(key_of) {
                    seen.keys.entry(key.to_owned()).or_insert(seen_at);
                }
                after = name;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Ends the looking.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// When the log told of a key first.
    pub(super) fn told_of(&self, key: &str) -> Option<Timestamp> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).keys.get(key).copied()
    }

    /// Milliseconds between one log file and the next.
    pub(super) fn intervals_ms(&self) -> Vec<f64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.files
            .windows(2)
            .filter_map(|pair| Some(super::ms(*pair.first()?, *pair.last()?)))
            .collect()
    }
}

/// The key id of a log line: the last field but one.
fn key_of(line: &str) -> Option<&str> {
    line.rsplit('"').nth(3).filter(|key| key.starts_with("LTAI"))
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn the_key_is_the_last_field_but_one() {
        let line = r#"192.0.2.7 … "-" "-" "LTAI5tMadeUpKeyId0000001" "acs:oss:cn-hangzhou:1:b""#;
        assert_eq!(key_of(line), Some("LTAI5tMadeUpKeyId0000001"));
        assert_eq!(key_of(r#""-" "acs:oss:cn-hangzhou:1:b""#), None);
    }
}
