//! Whatever is appended, merged and reopened in whatever order, the history reads like a plain list.

use std::collections::BTreeMap;

use claviger_history::{Events, History};
use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::at;

/// What is done to a history.
#[derive(Debug, Clone)]
enum Deed {
    Append(Vec<AccessEvent>),
    Flush,
    Reopen,
    /// The days before this one of the month.
    Compact(u32),
    /// The days that ended before this one of the month.
    Retain(u32),
}

/// The history as a plain list: the last form of each event.
#[derive(Debug, Default)]
struct Model(BTreeMap<(Timestamp, EventId, Option<AccessKeyId>), AccessEvent>);

impl Model {
    fn append(&mut self, events: &[AccessEvent]) {
        for event in events {
            let place = (event.time, event.event_id.clone(), event.access_key_id.clone());
            self.0.insert(place, event.clone());
        }
    }

    fn read(
        &self,
        key: Option<&AccessKeyId>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Vec<AccessEvent> {
        let wanted = |event: &&AccessEvent| {
            key.is_none_or(|key| event.access_key_id.as_ref() == Some(key))
                && since.is_none_or(|since| since <= event.time)
                && until.is_none_or(|until| event.time < until)
        };
        self.0.values().filter(wanted).cloned().collect()
    }
}

const KEYS: [&str; 4] = ["AKIAEXAMPLEEXAMPLE01", "LTAI5tAnother", "LTAI5tAnotherOne", "k"];

fn text(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "é", "\n", "\"", "用", "\0", "x/y"]),
        0..max,
    )
    .prop_map(|parts| parts.concat())
}

/// Few places, so that events meet; any content.
fn event() -> impl Strategy<Value = AccessEvent> {
    let place = (0_usize..5, 0_u32..4, 0_u32..4, 0_u32..3, 0_u8..6);
    let texts = (prop::option::of(text(3)), prop::option::of(text(6)), text(2));
    let numbers = (any::<Option<u16>>(), any::<Option<u64>>(), any::<Option<u64>>());
    (place, texts, numbers).prop_map(|((key, day, hour, nanos, id), texts, numbers)| AccessEvent {
        time: at(&format!("2026-02-{:02}T{:02}:00:00.00000100{nanos}Z", day + 1, hour * 7)),
        access_key_id: KEYS.get(key).map(|key| AccessKeyId::parse(key).unwrap()),
        account: texts.0.clone(),
        source_ip: texts.0,
        user_agent: texts.1.clone(),
        operation: texts.2,
        bucket: None,
        object: texts.1,
        status: numbers.0,
        error: None,
        bytes_out: numbers.1,
        bytes_in: numbers.2,
        request_id: None,
        event_id: EventId(format!("event-{id}")),
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => prop::collection::vec(event(), 0..12).prop_map(Deed::Append),
        2 => Just(Deed::Flush),
        1 => Just(Deed::Reopen),
        2 => (1_u32..8).prop_map(Deed::Compact),
        1 => (1_u32..4).prop_map(Deed::Retain),
    ]
}

fn all(events: Events) -> Vec<AccessEvent> {
    events.map(|event| event.unwrap()).collect()
}

fn check(history: &History, model: &Model) -> Result<(), TestCaseError> {
    let times =
        [None, Some(at("2026-02-02T14:00:00.000001001Z")), Some(at("2026-02-03T00:00:00Z"))];
    let stretches = [(None, None), (times[1], None), (None, times[1]), (times[1], times[2])];
    for (since, until) in stretches {
        prop_assert_eq!(
            all(history.read_all(since, until).unwrap()),
            model.read(None, since, until)
        );
        for key in KEYS {
            let key = AccessKeyId::parse(key).unwrap();
            let expected = model.read(Some(&key), since, until);
            prop_assert_eq!(all(history.read_key(&key, since, until).unwrap()), expected.clone());
            for limit in [0, 1, 3, 1_000] {
                let (events, partial) = history.of_key(&key, since, until, limit).unwrap();
                let cut = expected.len().saturating_sub(limit);
                prop_assert_eq!(&events[..], &expected[cut..]);
                prop_assert_eq!(partial, cut > 0);
            }
            let summary = history.summary(&key, since, until, 9).unwrap();
            prop_assert_eq!(summary.events, expected.len() as u64);
            let refused = expected.iter().filter(|event| !event.succeeded()).count();
            prop_assert_eq!(summary.refused, refused as u64);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_history_reads_like_a_plain_list(deeds in prop::collection::vec(deed(), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let mut history = Some(History::open(dir.path()).unwrap());
        let mut model = Model::default();
        for deed in deeds {
            let open = history.as_ref().unwrap();
            match deed {
                Deed::Append(events) => {
                    open.append(&events).unwrap();
                    model.append(&events);
                }
                Deed::Flush => open.flush().unwrap(),
                Deed::Compact(day) => {
                    open.compact(at(&format!("2026-02-{day:02}T13:00:00Z"))).unwrap();
                }
                Deed::Retain(day) => {
                    let now = at(&format!("2026-02-{:02}T13:00:00Z", day + 3));
                    let age = SignedDuration::from_hours(3 * 24);
                    let kept = at(&format!("2026-02-{day:02}T00:00:00Z"));
                    let before = model.read(None, None, Some(kept)).len() as u64;
                    let retained = open.retain(now, Some(age), None).unwrap();
                    prop_assert!(retained.rows >= before);
                    prop_assert_eq!(retained.rows == 0, before == 0);
                    model.0.retain(|(time, _, _), _| *time >= kept);
                }
                Deed::Reopen => {
                    drop(history.take());
                    history = Some(History::open(dir.path()).unwrap());
                }
            }
            check(history.as_ref().unwrap(), &model)?;
        }
        check(&History::open_to_read(dir.path()).unwrap(), &model)?;
        prop_assert!(history.unwrap().damage().unwrap().is_empty());
    }
}
