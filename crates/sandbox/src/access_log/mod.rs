//! The access log of buckets: lines wait here and become objects of the target bucket.
//!
//! The real service delivers by the hour; here every [`crate::Settings::log_interval`], under the
//! same kind of name. Delivery is the service's own doing: it is not logged and asks no permission.
//! Waiting lines are a part of the world, so that a restart keeps them like everything else.

mod line;

use std::collections::BTreeMap;

use axum::body::Bytes;
use claviger_model::Acl;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use line::{Line, beijing};

use crate::content::Content;
use crate::world::{Bucket, Logging, World};

/// Lines kept while nobody delivers them; further ones are dropped, and the drop is told.
const PENDING_MAX: usize = 100_000;

/// Lines that wait.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AccessLog {
    files: Vec<Pending>,
    /// Lines of all files.
    count: usize,
}

/// Lines that will make one file.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    to: Logging,
    /// The bucket they speak of.
    source: String,
    lines: Vec<String>,
}

impl AccessLog {
    /// Notes a request to a bucket whose log goes to `to`.
    pub(crate) fn note(&mut self, to: Logging, line: &Line) {
        if self.count >= PENDING_MAX {
            tracing::warn!(bucket = line.bucket, "access log is full: a line is dropped");
            return;
        }
        self.count += 1;
        let known = self.files.iter_mut().find(|file| file.to == to && file.source == line.bucket);
        match known {
            Some(file) => file.lines.push(line.text()),
            None => {
                let (source, lines) = (line.bucket.clone(), vec![line.text()]);
                self.files.push(Pending { to, source, lines });
            }
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Writes what waits into the target buckets. Lines for a bucket that is gone are dropped.
pub(crate) fn deliver(world: &mut World, now: Timestamp) {
    for Pending { to, source, lines } in std::mem::take(&mut world.access_log).files {
        match world.buckets.get_mut(&to.target_bucket) {
            Some(bucket) => write(bucket, &to.target_prefix, &source, &lines, now),
            None => {
                let (target, lines) = (&to.target_bucket, lines.len());
                tracing::warn!(bucket = target, lines, "access log has no target");
            }
        }
    }
}

fn write(bucket: &mut Bucket, prefix: &str, source: &str, lines: &[String], now: Timestamp) {
    let name = (0..10_000)
        .map(|number| file_name(prefix, source, now, number))
        .find(|name| !bucket.objects.contains_key(name));
    let Some(name) = name else {
        tracing::warn!(bucket = bucket.name, "no free name for an access log file");
        return;
    };
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let headers = BTreeMap::from([("content-type".to_owned(), "text/plain".to_owned())]);
    let object = Content::of(Bytes::from(text)).into_object(headers, Acl::Default, now);
    bucket.objects.insert(name, object);
}

/// `<prefix><bucket>YYYY-mm-DD-HH-MM-SS-<4 digits>`. The digits count up within a second, so that
/// names sort in the order of delivery.
fn file_name(prefix: &str, bucket: &str, now: Timestamp, number: u32) -> String {
    let time = beijing(now).strftime("%Y-%m-%d-%H-%M-%S").to_string();
    format!("{prefix}{bucket}{time}-{number:04}")
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_log_file_is_named_by_beijing_time() {
        let at = "2026-01-02T20:04:05Z".parse().unwrap();
        assert_eq!(file_name("logs/", "data", at, 7), "logs/data2026-01-03-04-04-05-0007");
    }
}
