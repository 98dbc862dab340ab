//! What a preview has read so far.

use std::collections::HashSet;

use claviger_model::AccessKeyId;
use jiff::Timestamp;

/// What was read.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) events: u64,
    /// The first use of a key.
    pub(super) first: Option<Timestamp>,
    /// Keys used in the time that is counted.
    pub(super) keys: HashSet<AccessKeyId>,
    /// Whether more keys were used than are told apart.
    pub(super) has_more_keys: bool,
    /// Whether there were more events than are read.
    pub(super) is_cut: bool,
}

impl Seen {
    /// A key was used, while no more than `keys_max` are told apart.
    pub(super) fn note(
        &mut self,
        key: &AccessKeyId,
        (at, since): (Timestamp, Timestamp),
        keys_max: usize,
    ) {
        self.first.get_or_insert(at);
        if at < since || self.keys.contains(key) {
            return;
        }
        if self.keys.len() < keys_max {
            self.keys.insert(key.clone());
        } else {
            self.has_more_keys = true;
        }
    }

    /// Days of which anything is known, at least one.
    pub(super) fn days_counted(&self, since: Timestamp, now: Timestamp) -> f64 {
        let from = self.first.map_or(since, |first| first.max(since));
        (now.duration_since(from).as_secs_f64() / 86_400.0).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_beyond_those_that_are_told_apart_are_told() {
        let (mut seen, since) = (Seen::default(), Timestamp::from_second(100).unwrap());
        let mut note = |number: u8, second| {
            let key = AccessKeyId::parse(&format!("LTAI5tMadeUpKeyId000000{number}")).unwrap();
            seen.note(&key, (Timestamp::from_second(second).unwrap(), since), 2);
            (seen.keys.len(), seen.has_more_keys)
        };
        assert_eq!(note(1, 50), (0, false), "before the time that is counted");
        assert_eq!(
            [note(1, 100), note(2, 101), note(1, 102)],
            [(1, false), (2, false), (2, false)]
        );
        assert_eq!(note(3, 103), (2, true));
    }
}
