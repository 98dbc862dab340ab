//! The log formats: one file a format, registered here in `LogFormat`.
//!
//! A format's file holds one `READER`: its name, how likely bytes are in it, and how they are
//! parsed. What several formats share stands beside them: `line`, `json` and `csv` cut bytes into
//! records, `token` and `s3_line` cut a text line into fields, `uri` takes key ids out of addresses
//! and secrets out of text, `time` and `address` read what their names say.

mod actiontrail;
mod address;
mod azure;
mod ceph;
mod cloudtrail;
mod cos;
mod csv;
mod gcs_audit;
mod gcs_usage;
mod json;
mod line;
mod minio;
mod obs;
mod ocsf;
mod oss;
mod s3;
mod s3_line;
mod seaweedfs;
mod sls;
mod time;
mod token;
mod uri;

use std::fmt;
use std::str::FromStr;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

use line::Span;

/// Writes the enum, its list and the way to each reader from one line a format, so that none can be
/// forgotten in one of them.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        /// A log format that can be read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LogFormat {
            $($(#[$doc])* $variant,)*
        }

        impl LogFormat {
            /// Every format, in the order help texts list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn reader(self) -> &'static Reader {
                match self {
                    $(Self::$variant => &$module::READER,)*
                }
            }
        }
    };
}

// Where two formats are as likely as each other, the earlier one is meant.
formats! {
    /// Alibaba Cloud OSS bucket log.
    Oss => oss,
    /// Alibaba Cloud OSS log as SLS delivers it.
    Sls => sls,
    /// Alibaba Cloud `ActionTrail`.
    ActionTrail => actiontrail,
    /// AWS CloudTrail.
    CloudTrail => cloudtrail,
    /// AWS S3 server access log.
    S3 => s3,
    /// `MinIO` audit log.
    MinIo => minio,
    /// Ceph RGW operations log.
    Ceph => ceph,
    /// `SeaweedFS` audit log.
    SeaweedFs => seaweedfs,
    /// Google Cloud Storage audit log.
    GcsAudit => gcs_audit,
    /// Google Cloud Storage usage log.
    GcsUsage => gcs_usage,
    /// Azure Storage resource log.
    Azure => azure,
    /// Tencent COS access log.
    Cos => cos,
    /// Huawei OBS access log.
    Obs => obs,
    /// OCSF API activity.
    Ocsf => ocsf,
}

/// What a format's file offers.
pub(crate) struct Reader {
    /// The word on the command line and in data.
    name: &'static str,
    /// How likely the bytes are in this format: 0 (not at all) to 100.
    likelihood: fn(&[u8]) -> u8,
    /// Reads everything.
    parse: fn(&[u8]) -> Parsed,
}

impl LogFormat {
    /// The word on the command line and in data: `oss`, `cloudtrail`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.reader().name
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No log format has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no log format")]
pub struct UnknownLogFormat {
    /// The name given.
    pub name: String,
}

impl UnknownLogFormat {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        let names: Vec<String> =
            LogFormat::ALL.iter().map(|format| format!("`{format}`")).collect();
        format!("give `--log-format` one of {}", names.join(", "))
    }
}

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;
    fn from_str(name: &str) -> Result<Self, UnknownLogFormat> {
        let known = Self::ALL.iter().copied().find(|format| format.as_str() == name);
        known.ok_or_else(|| UnknownLogFormat { name: name.to_owned() })
    }
}

/// What a log held. Law: `events.len() + rejects.len() == lines`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The requests, in the order of the log.
    pub events: Vec<AccessEvent>,
    /// What could not be read, in the order of the log.
    pub rejects: Vec<Reject>,
    /// How many lines there were. An empty line is no line, nor is the line of a CSV file that
    /// names its columns; in JSON logs each record of a list counts as a line, wherever it stands.
    pub lines: u64,
    /// Files that are known to hold no requests, such as a CloudTrail digest; their lines do not
    /// count.
    pub skipped: u64,
    /// The keys that requests of this log made, in the order of the log.
    pub minted: Vec<Minted>,
}

/// A key made another one: a key of a user, or the key of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The request that made it.
    pub event_id: EventId,
    /// When.
    pub at: Timestamp,
    /// The key that signed the request.
    pub parent: AccessKeyId,
    /// The key that was made.
    pub child: AccessKeyId,
}

impl Minted {
    /// What a request made, if it was signed with a key and the answer names another.
    fn by(event: &AccessEvent, child: &str) -> Option<Self> {
        let parent = event.access_key_id.clone()?;
        let child = AccessKeyId::parse(child).ok().filter(|child| *child != parent)?;
        Some(Self { event_id: event.event_id.clone(), at: event.time, parent, child })
    }
}

/// A line that could not be read, kept by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its line number in the unpacked log, from 1.
    pub line: u64,
    /// Its first byte in the unpacked log.
    pub start: u64,
    /// The byte after its last one.
    pub end: u64,
    /// Why, in words. Never quotes the line, which may hold secrets.
    pub why: String,
}

impl Parsed {
    /// Counts one line, read or not.
    fn take(&mut self, span: Span, outcome: Result<AccessEvent, String>) {
        self.lines += 1;
        match outcome {
            Ok(event) => self.events.push(event),
            Err(why) => {
                let Span { line, start, end } = span;
                self.rejects.push(Reject { line, start, end, why });
            }
        }
    }
}

/// The most likely format of a log, by its first lines; `None` where it looks like none.
#[must_use]
pub fn detect(bytes: &[u8]) -> Option<LogFormat> {
    let mut best = None;
    let mut highest = 0;
    for format in LogFormat::ALL.iter().copied() {
        let likelihood = (format.reader().likelihood)(bytes);
        if likelihood > highest {
            highest = likelihood;
            best = Some(format);
        }
    }
    best
}

/// Reads a whole unpacked log. Never fails and never panics: what cannot be read is rejected.
#[must_use]
pub fn parse(format: LogFormat, bytes: &[u8]) -> Parsed {
    (format.reader().parse)(bytes)
}

/// Rejects each line for the same reason: a log whose format nobody knows is counted, too.
#[must_use]
pub fn reject_all(bytes: &[u8], why: &str) -> Parsed {
    let mut parsed = Parsed::default();
    for line in line::lines(bytes) {
        parsed.take(line.span, Err(why.to_owned()));
    }
    parsed
}
