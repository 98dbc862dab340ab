//! How findings are printed: one file a format.

mod json;
mod sarif;
mod text;

use std::io;

use claviger_model::{Finding, Unread};
use claviger_scan::Template;

pub(super) use json::Json;
pub(super) use sarif::Sarif;
pub(super) use text::Text;

use super::live::Live;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON line a finding.
    Jsonl,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// One finding with what is printed beside it.
pub(super) struct Shown<'f> {
    /// The finding.
    pub(super) finding: &'f Finding,
    /// The line around it, masked.
    pub(super) excerpt: Option<&'f str>,
    /// What its issuer says of it.
    pub(super) live: Option<Live>,
    /// Why it is none after all, where false alarms are asked for.
    pub(super) suppressed: Option<&'f str>,
}

/// What all formats need to know.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Whether secrets are printed themselves.
    pub(super) reveal: bool,
    /// What findings are called and how sensitive they are.
    pub(super) template: &'static Template,
}

/// A format. Whichever thread is done with an item prints it.
pub(super) trait Printer: Send {
    /// Prints what was found in one item, and hands it to the system.
    fn findings(&mut self, found: &[Shown<'_>]) -> io::Result<()>;

    /// Takes note of what could not be read.
    fn unread(&mut self, _unread: &Unread) -> io::Result<()> {
        Ok(())
    }

    /// Ends the output.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
