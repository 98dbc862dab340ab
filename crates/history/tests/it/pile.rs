//! Events from anywhere, sorted in bounded memory.

use claviger_history::Pile;
use claviger_model::AccessEvent;

use crate::event;

const KEY: &str = "LTAI5tExampleKeyOfTests1";

/// So many events in no order, a third of them delivered twice and some of those with other words.
fn deliveries(count: u32) -> Vec<AccessEvent> {
    let mut all = Vec::new();
    for n in 0..count {
        let mixed = n * 7_919 % count;
        let time = format!("2026-03-{:02}T{:02}:00:{:02}Z", 1 + mixed % 9, mixed % 24, mixed % 60);
        let mut one = event(Some(KEY), &time, mixed);
        // Long enough that a megabyte of them is a few hundred.
        one.object = Some(format!("object {} {}", mixed % 1_000, "x".repeat(3_000)));
        all.push(one.clone());
        if mixed.is_multiple_of(3) {
            one.user_agent =
                Some(if mixed.is_multiple_of(2) { "another" } else { "ossutil/2.1" }.into());
            if mixed.is_multiple_of(9) {
                one.time = "2026-02-01T00:00:00Z".parse().unwrap();
            }
            all.insert(all.len() / 2, one);
        }
    }
    all
}

/// Each once, in order, as it is done in memory.
fn sorted(mut events: Vec<AccessEvent>) -> Vec<AccessEvent> {
    events.sort_by(|a, b| a.event_id.cmp(&b.event_id).then_with(|| a.cmp(b)));
    events.dedup_by(|later, kept| later.event_id == kept.event_id);
    events.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
    events
}

#[test]
fn whatever_the_memory_the_events_are_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let all = deliveries(6_000);
    let expected = sorted(all.clone());
    assert_eq!(expected.len(), 6_000);
    // All in memory; a few runs; so many that runs are merged before the end.
    for memory in [64 << 20, 1 << 20, 1] {
        let mut pile = Pile::new(dir.path(), memory);
        all.iter().for_each(|event| pile.push(event).unwrap());
        let pile = pile.sort().unwrap();
        assert_eq!(pile.events(), 6_000);
        for _ in 0..2 {
            let read: Vec<_> = pile.read().unwrap().collect::<Result<_, _>>().unwrap();
            assert!(read == expected, "{memory}");
        }
        let summary = pile.summary(1).unwrap();
        assert_eq!((summary.events, summary.objects.values), (6_000, 1_000));
        assert_eq!(summary.first, expected.first().map(|event| event.time));
        assert_eq!(summary.last, expected.last().map(|event| event.time));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "files have no names");
}

#[test]
fn a_pile_of_nothing_is_empty() {
    let pile = Pile::new(&std::env::temp_dir(), 1 << 20).sort().unwrap();
    assert_eq!((pile.events(), pile.read().unwrap().count()), (0, 0));
}
