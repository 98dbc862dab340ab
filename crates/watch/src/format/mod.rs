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
mod event_id;
mod gcs_audit;
mod gcs_usage;
mod grant;
mod json;
mod line;
mod minio;
mod obs;
mod ocsf;
mod oss;
mod out;
mod r2;
mod s3;
mod s3_line;
mod scality;
mod seaweedfs;
mod sls;
mod storagegrid;
mod time;
mod token;
mod uri;
mod view;

use std::fmt;
use std::str::FromStr;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

use out::{Out, State};

use crate::grants::Granted;

pub use view::EventView;

/// How many records or lines decide what format a log has.
const TASTED: usize = 20;

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
    /// Cloudflare R2 data access log.
    R2 => r2,
    /// Scality `CloudServer` access log.
    Scality => scality,
    /// NetApp `StorageGRID` audit log.
    StorageGrid => storagegrid,
}

/// What a format's file offers.
pub(crate) struct Reader {
    /// The word on the command line and in data.
    name: &'static str,
    /// Whether a JSON record looks like one of this format, where it has such.
    is_record: Option<fn(json::Node<'_>) -> bool>,
    /// Whether a line looks like one of this format, where it has such.
    is_line: Option<fn(&str) -> bool>,
    /// Reads a block of a log and returns how far: all of the last one, of others all that is whole.
    parse: fn(&[u8], &mut Out<'_>) -> usize,
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
    /// The rights that requests of this log gave, in the order of the log.
    pub granted: Vec<Granted>,
    /// Whether its format never names keys ([`LogFormat::names_keys`]).
    pub is_nameless: bool,
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

/// What a log held besides its events. Law: `events + rejects.len() == lines`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// How many requests there were.
    pub events: u64,
    /// What could not be read, in the order of the log.
    pub rejects: Vec<Reject>,
    /// How many lines there were, as [`Parsed::lines`] counts them.
    pub lines: u64,
    /// Files that are known to hold no requests, as [`Parsed::skipped`].
    pub skipped: u64,
    /// The keys that requests of this log made, in the order of the log.
    pub minted: Vec<Minted>,
    /// The rights that requests of this log gave, in the order of the log.
    pub granted: Vec<Granted>,
    /// Whether its format never names keys, as [`Parsed::is_nameless`].
    pub is_nameless: bool,
}

impl Tally {
    /// All that the log held, with its events.
    #[must_use]
    pub fn with(self, events: Vec<AccessEvent>) -> Parsed {
        let Self { events: _, rejects, lines, skipped, minted, granted, is_nameless } = self;
        Parsed { events, rejects, lines, skipped, minted, granted, is_nameless }
    }
}

/// The most likely format of a log, by its first lines; `None` where it looks like none.
#[must_use]
pub fn detect(bytes: &[u8]) -> Option<LogFormat> {
    let mut right = vec![[0_usize; 2]; LogFormat::ALL.len()];
    let mut tasted = [0_usize; 2];
    json::taste(bytes, TASTED, |record| {
        tasted[0] += 1;
        for (format, right) in LogFormat::ALL.iter().zip(&mut right) {
            let looks =
                format.reader().is_record.zip(record).is_some_and(|(is, record)| is(record));
            right[0] += usize::from(looks);
        }
    });
    for line in line::lines(bytes).take(TASTED) {
        tasted[1] += 1;
        if line.text.len() > line::LINE_MAX {
            continue;
        }
        let text = String::from_utf8_lossy(line.text);
        for (format, right) in LogFormat::ALL.iter().zip(&mut right) {
            right[1] += usize::from(format.reader().is_line.is_some_and(|is| is(&text)));
        }
    }
    let mut best = None;
    let mut highest = 0;
    for (format, right) in LogFormat::ALL.iter().copied().zip(right) {
        let likelihood = share(right[0], tasted[0]).max(share(right[1], tasted[1]));
        if likelihood > highest {
            highest = likelihood;
            best = Some(format);
        }
    }
    best
}

/// `part` of `whole` in percent, at least 1 where there is any.
fn share(part: usize, whole: usize) -> usize {
    if part == 0 || whole == 0 { 0 } else { (100 * part / whole).clamp(1, 100) }
}

/// Reads a whole unpacked log. Never fails and never panics: what cannot be read is rejected.
#[must_use]
pub fn parse(format: LogFormat, bytes: &[u8]) -> Parsed {
    let mut events = Vec::new();
    parse_each(format, bytes, &mut |event| events.push(event.into_event())).with(events)
}

/// Reads a whole unpacked log and hands each event over where it lies.
pub fn parse_each(format: LogFormat, bytes: &[u8], take: &mut dyn FnMut(EventView<'_>)) -> Tally {
    let mut parser = Parser::new(Some(format));
    parser.push(bytes, true, take);
    parser.finish()
}

/// Rejects each line for the same reason: a log whose format nobody knows is counted, too.
#[must_use]
pub fn reject_all(bytes: &[u8], why: &str) -> Parsed {
    let mut state = State::default();
    let mut ignored = |_: EventView<'_>| {};
    let mut out = Out::new(&mut state, &mut ignored, true);
    reject_lines(bytes, &mut out, why);
    let Tally { rejects, lines, .. } = state.tally;
    Parsed { rejects, lines, ..Parsed::default() }
}

fn reject_lines(block: &[u8], out: &mut Out<'_>, why: &str) -> usize {
    line::each_line(block, out, |out, line| out.take(block, line.place, Err(why.to_owned())))
}

/// Reads a log block by block, so that it need not lie in memory whole.
#[derive(Debug)]
pub struct Parser {
    format: Option<LogFormat>,
    state: State,
}

impl Parser {
    /// A reader of one log. Without a format, each line is rejected.
    #[must_use]
    pub fn new(format: Option<LogFormat>) -> Self {
        Self { format, state: State::default() }
    }

    /// Reads a block, hands its events over and returns how many of its bytes were read: all of the
    /// last one; of any other what is whole. What is left comes again at the beginning of the next
    /// block, which is longer. More than 4 MiB are never left.
    pub fn push(
        &mut self,
        block: &[u8],
        is_last: bool,
        take: &mut dyn FnMut(EventView<'_>),
    ) -> usize {
        let mut out = Out::new(&mut self.state, take, is_last);
        let read = match self.format {
            Some(format) => (format.reader().parse)(block, &mut out),
            None => {
                let names: Vec<&str> = LogFormat::ALL.iter().map(|known| known.as_str()).collect();
                let why = format!("the log is in no known format ({})", names.join(", "));
                reject_lines(block, &mut out, &why)
            }
        };
        out.end_block(block, read);
        read
    }

    /// Counts what follows the last block and cannot be had, as one line.
    pub fn reject_rest(&mut self, why: String) {
        self.state.reject_rest(why);
    }

    /// What the log held besides its events.
    #[must_use]
    pub fn finish(self) -> Tally {
        let is_nameless = self.format.is_some_and(|format| !format.names_keys());
        Tally { is_nameless, ..self.state.tally }
    }
}
