//! The access log of buckets: lines wait here and become objects of the target bucket.
//!
//! The real service delivers by the hour; here every [`crate::Settings::log_interval`], under the
//! same kind of name. Delivery is the service's own doing: it is not logged and asks no permission.
//! Waiting lines are a part of the world, so that a restart keeps them like everything else.

mod line;
mod s3_line;

use std::collections::BTreeMap;

use axum::body::Bytes;
use claviger_model::Acl;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use line::{Line, beijing};

use crate::content::Content;
use crate::world::{Bucket, Logging, Naming, World};

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
        let text = match to.naming {
            Naming::Oss => line.text(),
            Naming::S3 | Naming::S3Dated => s3_line::text(line),
        };
        let known = self.files.iter_mut().find(|file| file.to == to && file.source == line.bucket);
        match known {
            Some(file) => file.lines.push(text),
            None => {
                let (source, lines) = (line.bucket.clone(), vec![text]);
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
    let (owner, region) = (world.owner_uid.clone(), world.region.clone());
    for Pending { to, source, lines } in std::mem::take(&mut world.access_log).files {
        let begin = begin_of_name(&to, (&owner, &region, &source), now);
        match world.buckets.get_mut(&to.target_bucket) {
            Some(bucket) => write(bucket, &begin, &lines, now),
            None => {
                let (target, lines) = (&to.target_bucket, lines.len());
                tracing::warn!(bucket = target, lines, "access log has no target");
            }
        }
    }
}

fn write(bucket: &mut Bucket, begin: &str, lines: &[String], now: Timestamp) {
    let name = (0..10_000)
        .map(|number| format!("{begin}-{number:04}"))
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

/// The name of a log file up to four digits, which count up within a second, so that names sort in the order of
/// delivery: `<prefix><bucket>YYYY-mm-DD-HH-MM-SS` by OSS, `<prefix>YYYY-mm-DD-HH-MM-SS` or
/// `<prefix><account>/<region>/<bucket>/YYYY/mm/DD/YYYY-mm-DD-HH-MM-SS` by S3.
fn begin_of_name(
    to: &Logging,
    (owner, region, bucket): (&str, &str, &str),
    now: Timestamp,
) -> String {
    let prefix = &to.target_prefix;
    match to.naming {
        Naming::Oss => format!("{prefix}{bucket}{}", beijing(now).strftime("%Y-%m-%d-%H-%M-%S")),
        Naming::S3 => format!("{prefix}{}", now.strftime("%Y-%m-%d-%H-%M-%S")),
        Naming::S3Dated => {
            let time = now.strftime("%Y/%m/%d/%Y-%m-%d-%H-%M-%S");
            format!("{prefix}{owner}/{region}/{bucket}/{time}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::begin_of_name;
    use crate::world::{Logging, Naming};

    #[test]
    fn a_log_file_is_named_as_the_dialect_has_it_that_switched_the_log_on() {
        let at = "2026-01-02T20:04:05Z".parse().unwrap();
        let check = |naming, expected: &str| {
            let (target_bucket, target_prefix) = ("logs".to_owned(), "log/".to_owned());
            let to = Logging { target_bucket, target_prefix, naming };
            assert_eq!(begin_of_name(&to, ("1234", "eu-west-1", "data"), at), expected);
        };
        check(Naming::Oss, "log/data2026-01-03-04-04-05");
        check(Naming::S3, "log/2026-01-02-20-04-05");
        check(Naming::S3Dated, "log/1234/eu-west-1/data/2026/01/02/2026-01-02-20-04-05");
    }
}
