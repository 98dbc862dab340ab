//! What becomes of each outcome, in the order of the listing: printed, counted, and noted as done.

use std::sync::atomic::Ordering;
use std::time::Instant;

use claviger_model::{Finding, FindingKind, Sensitivity, Unread};
use claviger_scan::{Baseline, Report, Template};

use super::held::Held;
use super::live::Checker;
use super::print::{Printer, Shown};
use super::read::{Done, Outcome, Reading};
use super::state::{State, Total};
use crate::cli::Exit;
use crate::cli::exit::say;

/// What a finding must be to count.
pub(super) struct Least {
    /// What says how sensitive it is.
    pub(super) template: &'static Template,
    /// Least sensitive.
    pub(super) level: Sensitivity,
    /// Least sure.
    pub(super) confidence: f64,
}

impl Least {
    fn lets(&self, finding: &Finding) -> bool {
        let alone = finding.kind == FindingKind::AccessKeyPair && finding.secret.is_none();
        let level = self.template.level(if alone { "access_key_id" } else { &finding.rule });
        level >= self.level && finding.confidence >= self.confidence
    }
}

/// Takes outcomes in the order of the listing: prints, counts, and notes how far it is.
pub(super) struct Taker<'t> {
    pub(super) printer: Box<dyn Printer>,
    pub(super) checker: Option<Checker<'t>>,
    pub(super) state: State,
    pub(super) total: Total,
    /// What waits for its neighbours.
    pub(super) held: Held,
    /// Whether false alarms are told with their reasons.
    pub(super) shows_suppressed: bool,
    /// What is to be known from now on.
    pub(super) new_baseline: Option<Baseline>,
    /// What is passed over.
    pub(super) least: Least,
    pub(super) unread: Vec<String>,
    /// How a target failed that could not be listed.
    pub(super) failed: Option<Exit>,
}

impl Taker<'_> {
    /// Takes one outcome.
    ///
    /// # Errors
    /// Nothing can be printed, or the place cannot be written.
    pub(super) fn take(&mut self, outcome: Outcome, reading: &Reading<'_>) -> anyhow::Result<()> {
        // What was cut off by an interruption is read again, whole.
        if reading.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let done = self.held.take(outcome, reading.scanner);
        done.into_iter().try_for_each(|outcome| self.tell_one(outcome, reading))
    }

    /// Takes what still waits, when nothing more comes.
    ///
    /// # Errors
    /// Nothing can be printed, or the place cannot be written.
    pub(super) fn end(&mut self, reading: &Reading<'_>) -> anyhow::Result<()> {
        if reading.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let done = self.held.end(reading.scanner);
        done.into_iter().try_for_each(|outcome| self.tell_one(outcome, reading))
    }

    fn tell_one(&mut self, outcome: Outcome, reading: &Reading<'_>) -> anyhow::Result<()> {
        match outcome.done {
            Done::Report(report, excerpts) => {
                self.report(&report, &excerpts)?;
                reading.tally.findings.store(self.total.findings, Ordering::Relaxed);
            }
            Done::LeftOut => self.total.left_out += 1,
            Done::Unread(why) => {
                self.not_read(Unread { uri: why, path: Vec::new(), why: String::new() })?
            }
            Done::Failed { why, refused } => {
                self.failed = Some(if refused { Exit::Refused } else { Exit::Error });
                self.not_read(Unread { uri: why, path: Vec::new(), why: String::new() })?;
            }
        }
        match outcome.position {
            Some(position) => self.state.reached(position, &self.total),
            None => Ok(()),
        }
    }

    fn report(&mut self, report: &Report, excerpts: &[Option<String>]) -> anyhow::Result<()> {
        self.total.files += 1;
        self.total.bytes += report.bytes;
        let mut found = Vec::with_capacity(report.findings.len());
        for (number, finding) in report.findings.iter().enumerate() {
            if !self.least.lets(finding) {
                continue;
            }
            let live = self.checker.as_mut().and_then(|checker| checker.check(finding));
            let excerpt = excerpts.get(number).and_then(Option::as_deref);
            if let Some(new) = &mut self.new_baseline {
                new.add(finding);
            }
            found.push(Shown { finding, excerpt, live, suppressed: None });
        }
        self.total.findings += found.len() as u64;
        if self.shows_suppressed {
            found.extend(report.suppressed.iter().map(|suppressed| Shown {
                finding: &suppressed.finding,
                excerpt: None,
                live: None,
                suppressed: Some(&suppressed.reason),
            }));
        }
        self.printer.findings(&found)?;
        for unread in &report.unread {
            self.not_read(unread.clone())?;
        }
        Ok(())
    }

    fn not_read(&mut self, unread: Unread) -> anyhow::Result<()> {
        self.total.unread += 1;
        self.printer.unread(&unread)?;
        let inner: String = unread.path.iter().map(|name| format!("!{name}")).collect();
        let why = if unread.why.is_empty() { String::new() } else { format!(": {}", unread.why) };
        self.unread.push(format!("{}{inner}{why}", unread.uri));
        Ok(())
    }

    /// Says to people what was not read and what was done.
    pub(super) fn tell(&self, started: Instant, links: u64) {
        self.unread.iter().for_each(|why| say(&format!("not read: {why}")));
        let Total { files, bytes, findings, unread, left_out } = &self.total;
        let mut told =
            format!("{files} files, {bytes} bytes, {findings} findings, {unread} not read");
        if *left_out > 0 {
            told.push_str(&format!(", {left_out} left out"));
        }
        if links > 0 {
            told.push_str(&format!(", {links} links not followed"));
        }
        say(&format!("{told}, {:.1} s", started.elapsed().as_secs_f64()));
    }

    /// How the run ended.
    pub(super) fn exit(&self) -> Exit {
        match (self.total.findings, self.failed, self.total.unread) {
            (1.., _, _) => Exit::Findings,
            (0, Some(exit), _) => exit,
            (0, None, 0) => Exit::Clean,
            (0, None, _) => Exit::Incomplete,
        }
    }
}
