//! Outcomes that wait for their neighbours: an id and its secret may stand in two files of one folder, so what
//! has one of them is told once the folder is done.
//!
//! Nothing waits that has neither. What waits is bounded, and the listing's place is noted behind it alone, so
//! that an interrupted scan reads it again.

use std::path::Path;

use claviger_scan::{Report, Scanner, pair_neighbours, wants_neighbours};

use super::read::{Done, Outcome};

/// Outcomes that wait at most; further ones of the folder pair among themselves.
const HELD_MAX: usize = 256;

/// Outcomes that wait, all below one folder.
#[derive(Default)]
pub(super) struct Held {
    folder: String,
    waiting: Vec<Outcome>,
}

impl Held {
    /// Takes an outcome, and gives back those whose neighbours are all known, in their order.
    pub(super) fn take(&mut self, outcome: Outcome, scanner: &Scanner) -> Vec<Outcome> {
        let mut done = Vec::new();
        let uri = outcome.uri.as_deref();
        let is_below = uri.is_none_or(|uri| uri.starts_with(&self.folder));
        if !self.waiting.is_empty() && (!is_below || self.waiting.len() >= HELD_MAX) {
            done = self.end(scanner);
        }
        let wants =
            matches!(&outcome.done, Done::Report(report, _) if wants_neighbours(report, scanner));
        if !self.waiting.is_empty() {
            self.waiting.push(outcome);
        } else if let Some(uri) = uri.filter(|_| wants) {
            self.folder = folder_of(uri);
            self.waiting.push(outcome);
        } else {
            done.push(outcome);
        }
        done
    }

    /// Gives back all that waits.
    pub(super) fn end(&mut self, scanner: &Scanner) -> Vec<Outcome> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let reports = waiting.iter_mut().filter_map(|outcome| match &mut outcome.done {
            Done::Report(report, _) => Some(report),
            Done::LeftOut | Done::Unread(_) | Done::Failed { .. } => None,
        });
        pair_neighbours(&mut reports.collect::<Vec<&mut Report>>(), scanner);
        waiting
    }
}

/// The folder of an address, with the slash behind it.
fn folder_of(uri: &str) -> String {
    let name = Path::new(uri).file_name().map_or(0, |name| name.len());
    uri.get(..uri.len() - name).unwrap_or_default().to_owned()
}
