//! Where a scan stands: the path through containers, what is left of the limits, and the report in
//! progress. Every container and every text works through it; it never looks at bytes.

use claviger_model::{Finding, FoundSecret, Location, Secret, Unread};

use crate::engine::{Discovery, Place, Shift};
use crate::veiled::mend_name;
use crate::{Limits, Lone, Report, Scanner, Suppressed};

/// Bytes that may come out of containers whatever went in, so that small files may expand well.
const EXPANDED_FREE: u64 = 64 << 20;

/// The state that all levels of one scan share.
pub(crate) struct Walk<'s> {
    pub(crate) scanner: &'s Scanner,
    pub(crate) limits: Limits,
    uri: String,
    path: Vec<String>,
    /// What is known of the current content beside its path.
    notes: Vec<String>,
    entries_left: u64,
    expanded: u64,
    steps_left: u64,
    archive_left: u64,
    /// Set once a budget has run out and that was reported: from then on nothing is unpacked.
    exhausted: bool,
    /// Findings that no longer fitted.
    dropped: u64,
    report: Report,
}

impl<'s> Walk<'s> {
    pub(crate) fn new(scanner: &'s Scanner, uri: String, limits: Limits) -> Self {
        Self {
            scanner,
            limits,
            uri,
            path: Vec::new(),
            notes: Vec::new(),
            entries_left: limits.entries,
            expanded: 0,
            steps_left: limits.steps,
            archive_left: limits.archive_bytes,
            exhausted: false,
            dropped: 0,
            report: Report::default(),
        }
    }

    /// Counts bytes that were fed.
    pub(crate) fn add_bytes(&mut self, bytes: usize) {
        self.report.bytes += bytes as u64;
    }

    /// The address of what is scanned, and what that may cost: all that a walk through a share of it must know.
    pub(crate) fn told(&self) -> (String, Limits) {
        (self.uri.clone(), self.limits)
    }

    /// Whether a walk through a share took no more than is left here.
    pub(crate) fn has_room_for(&self, share: &Self) -> bool {
        let (most, ratio) = (self.limits.expanded_bytes, self.limits.expanded_ratio);
        let by_ratio = EXPANDED_FREE.saturating_add(self.report.bytes.saturating_mul(ratio));
        let fits = |here: usize, there: usize, most: u64| (here + there) as u64 <= most;
        let (own, other) = (&self.report, &share.report);
        !self.exhausted
            && !share.exhausted
            && share.dropped == 0
            && self.expanded + share.expanded <= most.min(by_ratio)
            && share.limits.entries - share.entries_left <= self.entries_left
            && share.limits.steps - share.steps_left <= self.steps_left
            && share.limits.archive_bytes - share.archive_left <= self.archive_left
            && fits(own.findings.len(), other.findings.len(), self.limits.findings)
            && fits(own.suppressed.len(), other.suppressed.len(), self.limits.suppressed)
            && fits(own.lone.len(), other.lone.len(), self.limits.findings)
    }

    /// Takes over what the walk through a share found and took, in what is written in its lines.
    pub(crate) fn join(&mut self, mut share: Self, shift: &Shift) {
        let depth = self.path.len();
        let Report { findings, suppressed, lone, unread, .. } = &mut share.report;
        let paths = (findings.iter_mut().map(|finding| &mut finding.location.path))
            .chain(suppressed.iter_mut().map(|one| &mut one.finding.location.path))
            .chain(lone.iter_mut().map(|lone| &mut lone.location.path))
            .chain(unread.iter_mut().map(|unread| &mut unread.path));
        for name in paths.filter_map(|path| path.get_mut(depth)) {
            mend_name(name, shift);
        }
        self.expanded += share.expanded;
        self.entries_left -= share.limits.entries - share.entries_left;
        self.steps_left -= share.limits.steps - share.steps_left;
        self.archive_left -= share.limits.archive_bytes - share.archive_left;
        self.report.findings.append(&mut share.report.findings);
        self.report.suppressed.append(&mut share.report.suppressed);
        self.report.lone.append(&mut share.report.lone);
        self.report.unread.append(&mut share.report.unread);
    }

    /// Findings so far.
    pub(crate) fn found(&self) -> usize {
        self.report.findings.len()
    }

    /// Containers that are open around the current content.
    pub(crate) fn depth(&self) -> u32 {
        u32::try_from(self.path.len()).unwrap_or(u32::MAX)
    }

    /// The name of the current content: its name in its container, else the end of the address.
    pub(crate) fn name(&self) -> &str {
        let whole = self.path.last().unwrap_or(&self.uri);
        whole.rsplit(['/', '\\']).next().unwrap_or(whole)
    }

    /// Runs `work` on what has `name` inside the current content.
    pub(crate) fn within<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_owned());
        let outcome = work(self);
        self.path.pop();
        outcome
    }

    /// Runs `work` with something said about the current content that every finding in it repeats.
    pub(crate) fn noting<T>(&mut self, note: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        if note.is_empty() {
            return work(self);
        }
        self.notes.push(note.to_owned());
        let outcome = work(self);
        self.notes.pop();
        outcome
    }

    /// Notes that something of the current content could not be read.
    pub(crate) fn unread(&mut self, why: impl Into<String>) {
        let (uri, path) = (self.uri.clone(), self.path.clone());
        self.report.unread.push(Unread { uri, path, why: why.into() });
    }

    /// Takes one archive entry from the budget; `false` when none is left.
    pub(crate) fn take_entry(&mut self) -> bool {
        if self.exhausted {
            return false;
        }
        if self.entries_left == 0 {
            self.exhausted = true;
            let most = self.limits.entries;
            self.unread(format!("more than {most} archive entries: the rest was not read"));
            return false;
        }
        self.entries_left -= 1;
        true
    }

    /// Takes unpacked bytes from the budget; `false` when they exceed it.
    pub(crate) fn take_expanded(&mut self, bytes: usize) -> bool {
        if self.exhausted {
            return false;
        }
        self.expanded += bytes as u64;
        let (most, ratio) = (self.limits.expanded_bytes, self.limits.expanded_ratio);
        let by_ratio = EXPANDED_FREE.saturating_add(self.report.bytes.saturating_mul(ratio));
        if self.expanded <= most.min(by_ratio) {
            return true;
        }
        self.exhausted = true;
        self.unread(if self.expanded > most {
            format!(
                "unpacks to more than {most} bytes, perhaps a decompression bomb: the rest was not read"
            )
        } else {
            format!(
                "unpacks to more than {ratio} times its size, perhaps a decompression bomb: the rest was \
                 not read"
            )
        });
        false
    }

    /// Takes `steps` from the budget of steps; `false` when none is left.
    pub(crate) fn take_steps(&mut self, steps: u64) -> bool {
        if self.exhausted {
            return false;
        }
        let left = self.steps_left.checked_sub(steps);
        if left.is_none() {
            self.exhausted = true;
            let most = self.limits.steps;
            self.unread(format!("takes more than {most} steps to read: the rest was not read"));
        }
        self.steps_left = left.unwrap_or(0);
        left.is_some()
    }

    /// Reserves memory for an archive that must be seen whole; `false` when it does not fit.
    pub(crate) fn hold(&mut self, bytes: usize) -> bool {
        let left = self.archive_left.checked_sub(bytes as u64);
        self.archive_left = left.unwrap_or(self.archive_left);
        left.is_some()
    }

    /// Gives reserved memory back.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.archive_left += bytes as u64;
    }

    /// Notes that the current content is nothing but what may be a secret.
    pub(crate) fn note_lone(&mut self, value: Secret, place: Place) {
        if (self.report.lone.len() as u64) < self.limits.findings {
            let location = self.location(place);
            self.report.lone.push(Lone { value, location });
        }
    }

    /// Takes what the engine discovered in the current content, of which `dropped` did not fit.
    pub(crate) fn record(&mut self, discoveries: Vec<Discovery>, dropped: u64) {
        self.dropped += dropped;
        for mut discovery in discoveries {
            if let Some(reason) = discovery.suppressed.take() {
                if (self.report.suppressed.len() as u64) < self.limits.suppressed {
                    let finding = self.finding(discovery);
                    self.report.suppressed.push(Suppressed { finding, reason });
                }
            } else if self.report.findings.len() as u64 >= self.limits.findings {
                self.dropped += 1;
            } else {
                let finding = self.finding(discovery);
                self.report.findings.push(finding);
            }
        }
    }

    fn finding(&self, discovery: Discovery) -> Finding {
        let secret = discovery.secret.map(|value| FoundSecret {
            fingerprint: self.scanner.key.fingerprint(&value),
            masked: value.masked(),
            value,
        });
        Finding {
            kind: discovery.kind,
            rule: discovery.rule,
            provider: discovery.provider,
            access_key_id: discovery.access_key_id,
            secret,
            account: discovery.account,
            sample: discovery.sample,
            count: discovery.count,
            confidence: discovery.confidence,
            why: [discovery.why, self.notes.clone()].concat(),
            location: self.location(discovery.place),
        }
    }

    fn location(&self, place: Place) -> Location {
        let Place { start, end, line, column } = place;
        Location { uri: self.uri.clone(), path: self.path.clone(), line, column, start, end }
    }

    /// Ends the walk.
    pub(crate) fn into_report(mut self) -> Report {
        if self.dropped > 0 {
            let (kept, dropped) = (self.limits.findings, self.dropped);
            self.unread(format!("more than {kept} findings: {dropped} are not listed"));
        }
        self.report
    }
}
