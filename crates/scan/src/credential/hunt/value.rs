//! Values that have a name: what is given to it, what stands in its column, what follows a word of a command.

use std::ops::Range;

use super::{Clip, CredentialHunt, REACH};
use crate::credential::assignment::Assignment;
use crate::credential::{client, command, judge, named};
use crate::data_type::{Header, key_named};
use crate::engine::Window;
use crate::rule::{Rules, SeenId, may_be_id};

/// What the rules call the argument `secret` of a client of a store: no other name says so.
const SECRET_ARGUMENT: &str = "argumentsecret";

impl CredentialHunt {
    /// A name: what it is given is a credential of a vendor, an id of an access key, a password of an
    /// account, or something that only the name gives away.
    pub(super) fn name(
        &mut self,
        window: &Window<'_>,
        clip: &Clip<'_>,
        rules: &Rules,
    ) -> Option<SeenId> {
        let text = clip.text;
        let assignment = Assignment::read(text, clip.start, clip.end)?;
        let place = Some(window.base() + assignment.name.start as u64);
        if self.last_name == place {
            return None;
        }
        self.last_name = place;
        let name = assignment.plain_name(text);
        self.value(window, text, &assignment, &name, rules)
    }

    /// What is given to a name.
    fn value(
        &mut self,
        window: &Window<'_>,
        text: &[u8],
        assignment: &Assignment,
        name: &str,
        rules: &Rules,
    ) -> Option<SeenId> {
        let given = &text[assignment.value.clone()];
        let opens = named::may_open(given);
        if !opens && !may_be_id(given) {
            return None;
        }
        if rules.credentials().token(text, assignment.value.start).is_some() {
            return None;
        }
        if let Some(id) = named::id(text, assignment, name, rules) {
            return Some(id);
        }
        if opens && !judge::names_other(name) {
            let claim = named::of_vendor(text, assignment, name, rules).or_else(|| {
                named::of_name(text, assignment, name, rules).filter(|claim| {
                    !self.binary || rules.credentials().rule(claim.rule).id.is_some()
                })
            });
            self.keep(window, rules, claim);
        }
        None
    }

    /// A password that no name announces.
    pub(super) fn command(
        &mut self,
        window: &Window<'_>,
        clip: &Clip<'_>,
        sort: command::Sort,
        rules: &Rules,
    ) {
        if let Some(found) = command::read(clip.text, sort, clip.start, clip.end)
            && !self.binary
        {
            self.value(window, clip.text, &found, "password", rules);
        }
    }

    /// The cells of a table below heads that name credentials, in the rows that begin in `from..to`.
    pub(super) fn cells(
        &mut self,
        window: &Window<'_>,
        (from, to): (usize, usize),
        header: &Header,
        rules: &Rules,
    ) -> Vec<SeenId> {
        let text = window.text();
        let mut ids = Vec::new();
        let mut row = match from {
            0 => 0,
            _ => memchr::memchr(b'\n', &text[from - 1..to]).map_or(to, |end| from + end),
        };
        while row < to {
            let reach = &text[row..text.len().min(row + REACH)];
            let end = row + memchr::memchr(b'\n', reach).unwrap_or(reach.len());
            for (name, value) in header.cells_of_keys(&text[row..end]) {
                let value = row + value.start..row + value.end;
                let name_place = value.start..value.start;
                let assignment = Assignment::of_cell(name_place, value);
                ids.extend(self.value(
                    window,
                    &text[..text.len().min(end + REACH)],
                    &assignment,
                    name,
                    rules,
                ));
            }
            row = end + 1;
        }
        ids
    }

    /// The `key` and the `secret` of a client of a store.
    pub(super) fn arguments(
        &mut self,
        window: &Window<'_>,
        text: &[u8],
        named: Option<[client::Named; 2]>,
        rules: &Rules,
    ) -> Vec<SeenId> {
        let meant = ["accesskeyid", SECRET_ARGUMENT].into_iter();
        let values = meant.zip(named.into_iter().flatten()).filter_map(|(meant, (name, value))| {
            let assignment = Assignment::of_cell(name, value);
            self.value(window, text, &assignment, meant, rules)
        });
        values.collect()
    }

    /// The cells whose columns name credentials.
    pub(super) fn named_cells(
        &mut self,
        window: &Window<'_>,
        text: &[u8],
        cells: Vec<(&[u8], Range<usize>)>,
        rules: &Rules,
    ) -> Vec<SeenId> {
        let mut ids = Vec::new();
        for (name, value) in cells {
            let Some(name) = key_named(&String::from_utf8_lossy(name)) else {
                continue;
            };
            let assignment = Assignment::of_cell(value.start..value.start, value);
            ids.extend(self.value(window, text, &assignment, &name, rules));
        }
        ids
    }
}
