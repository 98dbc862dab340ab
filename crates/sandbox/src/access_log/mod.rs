//! The access log of buckets: lines wait here and become objects of the target bucket.
//!
//! The real service delivers by the hour; here every [`crate::Settings::log_interval`], under the
//! same kind of name. Delivery is the service's own doing: it is not logged and asks no permission.

mod line;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use claviger_model::Acl;
use jiff::Timestamp;

pub(crate) use line::{Line, beijing};

use crate::content::Content;
use crate::world::{Logging, World};

/// Lines kept while nobody delivers them; older ones are dropped, and the drop is told.
const PENDING_MAX: usize = 100_000;

/// Where lines go: target bucket, prefix, and the bucket they speak of.
type Place = (String, String, String);

/// Lines that wait.
#[derive(Debug, Default)]
pub(crate) struct AccessLog {
    pending: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    lines: BTreeMap<Place, Vec<String>>,
    count: usize,
}

impl AccessLog {
    /// Notes a request to a bucket whose log goes to `to`.
    pub(crate) fn note(&self, to: &Logging, line: &Line) {
        let mut pending = self.lock();
        if pending.count >= PENDING_MAX {
            tracing::warn!(bucket = line.bucket, "access log is full: a line is dropped");
            return;
        }
        pending.count += 1;
        let place = (to.target_bucket.clone(), to.target_prefix.clone(), line.bucket.clone());
        pending.lines.entry(place).or_default().push(line.text());
    }

    /// Whether anything waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().count == 0
    }

    /// Writes what waits into the target buckets. Lines for a bucket that is gone are dropped.
    pub(crate) fn deliver(&self, world: &mut World, now: Timestamp) {
        let lines = {
            let mut pending = self.lock();
            pending.count = 0;
            std::mem::take(&mut pending.lines)
        };
        for ((target, prefix, source), lines) in lines {
            let Some(bucket) = world.buckets.get_mut(&target) else {
                tracing::warn!(bucket = target, lines = lines.len(), "access log has no target");
                continue;
            };
            let Some(name) = (0..10_000)
                .map(|number| file_name(&prefix, &source, now, number))
                .find(|name| !bucket.objects.contains_key(name))
            else {
                tracing::warn!(bucket = target, "no free name for an access log file");
                continue;
            };
            let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            let headers = BTreeMap::from([("content-type".to_owned(), "text/plain".to_owned())]);
            let object = Content::of(Bytes::from(text)).into_object(headers, Acl::Default, now);
            bucket.objects.insert(name, object);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
