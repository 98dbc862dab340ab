//! The alarms of the value asked for against those of the present one.

use claviger_watch::{Raised, RaisedAlarm};
use jiff::Timestamp;

use crate::act::dial_preview::{AlarmChange, PreviewAsked, PreviewedAlarm};

/// What came of it.
#[derive(Default)]
pub(super) struct Compared {
    /// The alarms of the value asked for, and those that would be gone, in the order of time.
    pub(super) alarms: Vec<PreviewedAlarm>,
    /// Alarms of the value asked for that are not listed.
    pub(super) unlisted: u64,
    /// From when on one of the lists is not whole, so that what is new or gone cannot be told.
    pub(super) until: Option<Timestamp>,
}

impl Compared {
    /// Compares the first alarms of both values, as far as they are listed.
    pub(super) fn of(asked: &PreviewAsked, raised: &[Raised]) -> Self {
        let at =
            |value: f64| raised.iter().find(|one| one.alarms_per_day.to_bits() == value.to_bits());
        let (Some(then), Some(now)) = (at(asked.alarms_per_day), at(asked.present)) else {
            return Self::default();
        };
        let until = then.listed_until().into_iter().chain(now.listed_until()).min();
        let is_whole = |alarm: &RaisedAlarm| until.is_none_or(|until| alarm.time < until);
        let mut alarms: Vec<PreviewedAlarm> = Vec::new();
        for alarm in &then.alarms {
            let alone = if is_whole(alarm) { AlarmChange::New } else { AlarmChange::Unknown };
            alarms.push(previewed(alarm, change(alarm, &now.alarms, alone)));
        }
        for alarm in now.alarms.iter().filter(|alarm| is_whole(alarm)) {
            if change(alarm, &then.alarms, AlarmChange::Gone) == AlarmChange::Gone {
                alarms.push(previewed(alarm, AlarmChange::Gone));
            }
        }
        alarms.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        Self { alarms, unlisted: then.count() - then.alarms.len() as u64, until }
    }
}

/// How an alarm stands against others; `alone` where none tells of the same.
fn change(alarm: &RaisedAlarm, others: &[RaisedAlarm], alone: AlarmChange) -> AlarmChange {
    if others.iter().any(|other| other.id == alarm.id) {
        return AlarmChange::Same;
    }
    let is_told = others.iter().any(|other| other.tells_the_same(alarm));
    if is_told { AlarmChange::Moved } else { alone }
}

fn previewed(alarm: &RaisedAlarm, change: AlarmChange) -> PreviewedAlarm {
    PreviewedAlarm {
        id: alarm.id.clone(),
        time: alarm.time,
        access_key_id: alarm.access_key_id.clone(),
        score: alarm.score,
        sentence: alarm.sentence.clone(),
        change,
    }
}

#[cfg(test)]
mod tests {
    use claviger_model::{AccessKeyId, Alarm, EventId};

    use super::*;

    /// An alarm about the access that begins with an event of this number.
    fn alarm(number: i64, second: i64) -> Alarm {
        let event = EventId(format!("event {number}"));
        Alarm {
            time: Timestamp::from_second(second).unwrap(),
            access_key_id: AccessKeyId::parse("LTAI5tMadeUpKeyId0000001").unwrap(),
            score: 1.0,
            families: Vec::new(),
            reasons: Vec::new(),
            first_event_id: event.clone(),
            event_ids: vec![event],
            bytes_out: 0,
            sources: Vec::new(),
        }
    }

    fn raised(alarms_per_day: f64, alarms: impl IntoIterator<Item = Alarm>) -> Raised {
        let mut raised = Raised::new(alarms_per_day);
        alarms.into_iter().for_each(|alarm| raised.add(&alarm));
        raised
    }

    /// At 20 a day instead of 5.
    fn compared(then: Raised, now: Raised) -> Compared {
        let asked = PreviewAsked { alarms_per_day: 20.0, present: 5.0, days: 30 };
        Compared::of(&asked, &[now, then])
    }

    fn count(compared: &Compared, change: AlarmChange) -> usize {
        compared.alarms.iter().filter(|alarm| alarm.change == change).count()
    }

    #[test]
    fn each_alarm_is_told_against_those_of_the_present_value() {
        use AlarmChange::{Gone, Moved, New, Same};
        let then = raised(20.0, [alarm(1, 10), alarm(2, 20), alarm(3, 30)]);
        let now = raised(5.0, [alarm(1, 10), alarm(2, 25), alarm(4, 40)]);
        let compared = compared(then, now);
        let changes: Vec<AlarmChange> = compared.alarms.iter().map(|one| one.change).collect();
        assert_eq!(changes, [Same, Moved, New, Gone]);
        assert_eq!((compared.unlisted, compared.until), (0, None));
    }

    #[test]
    fn what_a_list_that_is_cut_does_not_hold_is_neither_new_nor_gone() {
        let many = |value| raised(value, (0..1_500).map(|number| alarm(number, number)));
        let until = Some(Timestamp::from_second(999).unwrap());

        // Each of those that are listed stands in the other list, be it beyond its end.
        let fewer = raised(5.0, (0..1_500).step_by(5).map(|number| alarm(number, number)));
        let up = compared(many(20.0), fewer);
        assert_eq!((up.until, up.unlisted, up.alarms.len()), (until, 500, 1_000));
        assert_eq!(count(&up, AlarmChange::Gone), 0, "those from 999 on are raised, too");
        assert_eq!((count(&up, AlarmChange::Same), count(&up, AlarmChange::New)), (200, 799));
        assert_eq!(count(&up, AlarmChange::Unknown), 1, "of the last instant some may be missing");

        let fewer = raised(20.0, (0..1_500).step_by(5).map(|number| alarm(number, number)));
        let down = compared(fewer, many(5.0));
        assert_eq!((down.until, down.unlisted), (until, 0));
        assert_eq!(count(&down, AlarmChange::New), 0, "those from 999 on are raised now, too");
        assert_eq!((count(&down, AlarmChange::Same), count(&down, AlarmChange::Gone)), (200, 799));
        assert_eq!(count(&down, AlarmChange::Unknown), 100);
    }
}
