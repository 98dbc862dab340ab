//! Laws of evidence.

use claviger_model::{EvidenceState, IntelligenceSource};
use claviger_store::{EvidenceChange, Store, evidence, object_reads};

use crate::sample::{at, evidence as sample, risk_event};

pub(crate) async fn evidence_is_new_then_known_then_reopened(store: Store) {
    let mut c = store.write().await.unwrap();
    let first = sample(&risk_event("LTAI01"), "a.txt");
    assert_eq!(evidence::upsert(&mut c, &first, at(1)).await.unwrap(), EvidenceChange::New);
    assert_eq!(evidence::get(&mut c, &first.id).await.unwrap(), Some(first.clone()));

    let mut again = first.clone();
    again.seen_at = at(50);
    again.found_at = at(50);
    again.readable_since = Some(at(40));
    again.location.line = 9;
    assert_eq!(evidence::upsert(&mut c, &again, at(1)).await.unwrap(), EvidenceChange::Known);
    let known = evidence::get(&mut c, &first.id).await.unwrap().unwrap();
    assert_eq!((known.seen_at, known.location.line), (at(50), 9));
    assert_eq!((known.found_at, known.readable_since), (first.found_at, first.readable_since));

    for gone in [EvidenceState::Deleted, EvidenceState::Disposed] {
        evidence::set_state(&mut c, &first.id, gone, at(1)).await.unwrap();
        assert_eq!(
            evidence::upsert(&mut c, &again, at(1)).await.unwrap(),
            EvidenceChange::Reopened
        );
        let back = evidence::get(&mut c, &first.id).await.unwrap().unwrap();
        assert_eq!(back.state, EvidenceState::Found);
        assert_eq!(evidence::upsert(&mut c, &again, at(1)).await.unwrap(), EvidenceChange::Known);
    }
}

pub(crate) async fn allowed_evidence_stays_allowed(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut place = sample(&risk_event("LTAI01"), "a.txt");
    evidence::upsert(&mut c, &place, at(1)).await.unwrap();
    evidence::set_state(&mut c, &place.id, EvidenceState::AddedToWhitelist, at(1)).await.unwrap();
    place.seen_at = at(9);
    assert_eq!(evidence::upsert(&mut c, &place, at(1)).await.unwrap(), EvidenceChange::Known);
    let kept = evidence::get(&mut c, &place.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.seen_at), (EvidenceState::AddedToWhitelist, at(9)));
}

pub(crate) async fn evidence_is_found_by_event_object_and_state(store: Store) {
    let mut c = store.write().await.unwrap();
    let event = risk_event("LTAI01");
    let mut first = sample(&event, "a.txt");
    let mut second = sample(&event, "b.txt");
    second.found_at = at(2);
    second.masked = None;
    second.fingerprint = None;
    let mut entry = sample(&risk_event("LTAI02"), "a feed");
    entry.connection_id = None;
    entry.asset_id = None;
    entry.bucket = None;
    entry.object = None;
    entry.readable_since = None;
    entry.link = Some("https://feed.example/1".to_owned());
    entry.source = IntelligenceSource::ThreatIntelligence;
    for row in [&second, &first, &entry] {
        evidence::upsert(&mut c, row, at(1)).await.unwrap();
    }
    let of_event = evidence::of_event(&mut c, &event.id).await.unwrap();
    assert_eq!(of_event, [first.clone(), second.clone()]);
    let of_entry = evidence::of_event(&mut c, &entry.risk_event_id).await.unwrap();
    assert_eq!(of_entry, [entry.clone()]);
    let asset_id = first.asset_id.clone().unwrap();
    let of_object = evidence::of_object(&mut c, &asset_id, "b.txt").await.unwrap();
    assert_eq!(of_object, [second.clone()]);
    let feed = IntelligenceSource::ThreatIntelligence;
    assert_eq!(evidence::of_source(&mut c, feed, 10).await.unwrap(), [entry]);
    let stored = IntelligenceSource::PrivatePlaintextStorage;
    assert_eq!(evidence::of_source(&mut c, stored, 1).await.unwrap(), [second]);

    assert_eq!(evidence::awaiting_recheck(&mut c, 10).await.unwrap(), []);
    evidence::set_state(&mut c, &first.id, EvidenceState::Deleted, at(1)).await.unwrap();
    let public = IntelligenceSource::PublicPlaintextStorage;
    assert!(evidence::set_source(&mut c, &first.id, public, at(1)).await.unwrap());
    assert!(!evidence::set_source(&mut c, &first.id, public, at(1)).await.unwrap(), "it is");
    let sources = evidence::sources_of_event(&mut c, &event.id).await.unwrap();
    assert_eq!(sources, [public, stored]);
    first.state = EvidenceState::Deleted;
    first.source = IntelligenceSource::PublicPlaintextStorage;
    assert_eq!(evidence::awaiting_recheck(&mut c, 10).await.unwrap(), [first]);
}

pub(crate) async fn changes_that_the_detector_must_know_of_are_found_by_when_they_were_noted(
    store: Store,
) {
    let mut c = store.write().await.unwrap();
    let found = sample(&risk_event("LTAI01"), "a.txt");
    let mut other = sample(&risk_event("LTAI02"), "b.txt");
    let mut password = sample(&risk_event("LTAI03"), "c.txt");
    password.access_key_id = None;
    for (row, noted) in [(&found, 10), (&other, 20), (&password, 30)] {
        evidence::upsert(&mut c, row, at(noted)).await.unwrap();
    }
    let keys = [found.access_key_id.clone().unwrap(), other.access_key_id.clone().unwrap()];
    let noted = async |c: &mut _, since| {
        let mut noted = evidence::noted_since(c, at(since)).await.unwrap();
        noted.sort();
        noted
    };
    let [one, two] = keys;
    assert_eq!(noted(&mut c, 10).await, [(one.clone(), at(10)), (two.clone(), at(20))]);
    assert_eq!(noted(&mut c, 11).await, [(two.clone(), at(20))]);
    // That it is still there changes nothing; that a person allowed it, or that it became public, does.
    other.seen_at = at(40);
    evidence::upsert(&mut c, &other, at(40)).await.unwrap();
    assert_eq!(noted(&mut c, 21).await, []);
    let allowed = EvidenceState::AddedToWhitelist;
    evidence::set_state(&mut c, &found.id, allowed, at(50)).await.unwrap();
    let public = IntelligenceSource::PublicPlaintextStorage;
    evidence::set_source(&mut c, &other.id, public, at(60)).await.unwrap();
    assert_eq!(noted(&mut c, 50).await, [(one.clone(), at(50)), (two.clone(), at(60))]);
    let leaks = evidence::leaks_in_objects_of_keys(&mut c, &[&one, &two]).await.unwrap();
    let left: Vec<_> = leaks.into_iter().map(|leak| leak.access_key_id).collect();
    assert_eq!(left, [two]);
}

pub(crate) async fn the_first_reads_of_some_objects_are_told_by_address(store: Store) {
    let mut c = store.write().await.unwrap();
    for (object, source, second) in
        [("a", "192.0.2.1", 9), ("a", "192.0.2.1", 5), ("a", "192.0.2.2", 7), ("b", "192.0.2.1", 1)]
    {
        let read = claviger_model::AccessEvent {
            time: at(second),
            access_key_id: None,
            account: None,
            source_ip: Some(source.to_owned()),
            user_agent: None,
            operation: "GetObject".to_owned(),
            bucket: Some("bucket".to_owned()),
            object: Some(object.to_owned()),
            status: Some(200),
            error: None,
            bytes_out: None,
            bytes_in: None,
            request_id: None,
            event_id: claviger_model::EventId(format!("{object} {source} {second}")),
        };
        object_reads::insert(&mut c, ("bucket", object), &read).await.unwrap();
    }
    let first = |object: &str, source: &str, second| object_reads::FirstRead {
        bucket: "bucket".to_owned(),
        object: object.to_owned(),
        source_ip: source.to_owned(),
        at: at(second),
    };
    let of_a = [first("a", "192.0.2.1", 5), first("a", "192.0.2.2", 7)];
    let asked = [("bucket", "a"), ("bucket", "c"), ("other", "b")];
    let mut told = object_reads::first_by_source_of(&mut c, &asked).await.unwrap();
    told.sort_by(|a, b| a.source_ip.cmp(&b.source_ip));
    assert_eq!(told, of_a);
    let mut all = object_reads::first_by_source(&mut c).await.unwrap();
    all.sort_by(|a, b| (&a.object, &a.source_ip).cmp(&(&b.object, &b.source_ip)));
    let [one, two] = of_a;
    assert_eq!(all, [one, two, first("b", "192.0.2.1", 1)]);
}
