//! How a key stood on the way to its last event, so that a line which comes a little late costs little: the key is
//! judged anew from the last mark before it, not from its kept state. Logs whose times are whole seconds are out of
//! order within each of them, and a busy key has many requests a second: where the newest instant begins, there is a
//! mark.

use std::mem;

use claviger_watch::LiveState;

/// So few events are judged anew for little: a mark would save nothing.
pub(super) const EVENTS_MIN: usize = 8;

/// How a key stood after some of its recent events.
#[derive(Debug)]
pub(super) struct Mark {
    /// So many of them were judged.
    pub(super) judged: usize,
    /// Its state then.
    pub(super) state: LiveState,
    /// The alarms that stood over them.
    pub(super) alarms: usize,
    /// What they had shown to all keys.
    pub(super) news: usize,
}

/// The marks of a key, the oldest first: the farther from the end, the fewer.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<Mark>);

impl Marks {
    /// The key stood so, and has so many events judged by now.
    pub(super) fn set(&mut self, mark: Mark, judged: usize) {
        if mark.judged >= EVENTS_MIN {
            self.0.push(mark);
            self.thin(judged);
        }
    }

    /// Drops each without which the way back from between its neighbours is at most twice as long: the number of
    /// marks grows with the logarithm of that of the events.
    fn thin(&mut self, judged: usize) {
        let mut kept: Vec<Mark> = Vec::with_capacity(self.0.len());
        let mut older = mem::take(&mut self.0).into_iter().rev().peekable();
        while let Some(mark) = older.next() {
            let reach = 2 * kept.last().map_or(0, |last| judged - last.judged);
            let is_bridged = older.peek().is_some_and(|next| judged - next.judged <= reach);
            if !is_bridged {
                kept.push(mark);
            }
        }
        kept.reverse();
        self.0 = kept;
    }

    /// The last mark with nothing behind a place judged in it; those after it are gone.
    pub(super) fn back_to(&mut self, place: usize) -> Option<Mark> {
        self.0.truncate(self.0.partition_point(|mark| mark.judged <= place));
        self.0.pop()
    }

    /// The last mark with nothing behind a place judged in it; those after it stay.
    pub(super) fn take_before(&mut self, place: usize) -> Option<Mark> {
        let later = self.0.split_off(self.0.partition_point(|mark| mark.judged <= place));
        mem::replace(&mut self.0, later).pop()
    }

    /// The first events, alarms and news are no longer among those that are counted.
    pub(super) fn count_from(&mut self, judged: usize, alarms: usize, news: usize) {
        for mark in &mut self.0 {
            mark.judged = mark.judged.saturating_sub(judged);
            mark.alarms = mark.alarms.saturating_sub(alarms);
            mark.news = mark.news.saturating_sub(news);
        }
    }

    /// None of them holds any more.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|mark| mark.state.size() + size_of::<Mark>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use claviger_model::AccessKeyId;
    use claviger_watch::{Detector, Settings};
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn mark(judged: usize) -> Mark {
        let key = AccessKeyId::parse("LTAI5tFAKEFAKEFAKE000001").unwrap();
        let detector = Detector::new(Settings::default());
        let turn = detector.take_up(&key, None, Timestamp::UNIX_EPOCH).unwrap();
        Mark { judged, state: turn.into_parts().0, alarms: 0, news: 0 }
    }

    proptest! {
        #[test]
        fn few_marks_are_kept_and_the_way_back_is_at_most_twice_as_long_as_it_must_be(
            steps in prop::collection::vec(1_usize..60, 1..300),
            back in 1_usize..4_000,
        ) {
            let (mut marks, mut judged) = (Marks::default(), 0);
            for step in &steps {
                let before = judged;
                judged += step;
                marks.set(mark(before), judged);
            }
            let bits = usize::try_from(judged.ilog2()).unwrap();
            let count = marks.0.len();
            prop_assert!(count <= 2 * bits + 2, "{count} marks of {judged} events");
            let place = judged.saturating_sub(back);
            let longest = steps.iter().max().unwrap();
            let found = marks.back_to(place).map_or(0, |mark| mark.judged);
            prop_assert!(found <= place);
            let way = judged - found;
            prop_assert!(
                found == 0 || way <= 2 * (judged - place) + 2 * longest,
                "{way} events back for {back}"
            );
            prop_assert!(marks.0.iter().all(|mark| mark.judged < found));
        }
    }
}
