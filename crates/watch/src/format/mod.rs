//! The log formats: one file a format, registered here in `LogFormat`.
//!
//! A format's file holds one `READER`: its name, how likely bytes are in it, and how they are
//! parsed. What several formats share stands beside them: `line` and `json` cut bytes into records,
//! `token` cuts a text line into fields from its right end, `uri` takes key ids out of addresses
//! and secrets out of text.

mod cloudtrail;
mod json;
mod line;
mod oss;
mod token;
mod uri;

use std::fmt;
use std::str::FromStr;

use claviger_model::AccessEvent;

use line::Span;

/// A log format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogFormat {
    /// Alibaba Cloud OSS bucket log.
    Oss,
    /// AWS CloudTrail.
    CloudTrail,
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
    /// Every format, in the order help texts list them.
    pub const ALL: [Self; 2] = [Self::Oss, Self::CloudTrail];

    /// The word on the command line and in data: `oss`, `cloudtrail`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.reader().name
    }

    fn reader(self) -> &'static Reader {
        match self {
            Self::Oss => &oss::READER,
            Self::CloudTrail => &cloudtrail::READER,
        }
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
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownLogFormat { name: name.to_owned() })
    }
}

/// What a log held. Law: `events.len() + rejects.len() == lines`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The requests, in the order of the log.
    pub events: Vec<AccessEvent>,
    /// What could not be read, in the order of the log.
    pub rejects: Vec<Reject>,
    /// How many lines there were. An empty line is no line; in JSON logs each record of a list
    /// counts as a line, wherever it stands.
    pub lines: u64,
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
    for format in LogFormat::ALL {
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
