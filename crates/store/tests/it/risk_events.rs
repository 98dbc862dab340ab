//! Laws of risk events and their timeline.

use claviger_model::{
    AssetId, EvidenceState, IntelligenceSource, Leak, LeakSource, Level, RiskEvent, RiskType,
    WorkState,
};
use claviger_store::{
    RiskCount, RiskCounts, RiskEventFilter, SourceCount, Store, TimelineEntry, evidence,
    risk_events, timeline,
};
use serde_json::json;

use crate::sample::{at, evidence as evidence_sample, key, risk_event};

pub(crate) async fn a_risk_event_reads_back_as_it_was_kept(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut event = risk_event("LTAI01");
    risk_events::insert(&mut c, &event).await.unwrap();
    assert_eq!(risk_events::get(&mut c, &event.id).await.unwrap(), Some(event.clone()));
    event.score = None;
    event.account = None;
    event.connection_id = None;
    event.first_used_at = None;
    event.last_used_at = Some(at(99));
    event.judgement.clear();
    event.sources.push(IntelligenceSource::Github);
    event.work_state = WorkState::Disposed;
    event.uses = 9_000_000_000;
    risk_events::update(&mut c, &event).await.unwrap();
    assert_eq!(risk_events::for_update(&mut c, &event.id).await.unwrap(), Some(event.clone()));
    // The statement was prepared without a score; one with a score must fit it as well.
    event.score = Some(-0.1);
    risk_events::update(&mut c, &event).await.unwrap();
    assert_eq!(risk_events::of_key(&mut c, &key("LTAI01")).await.unwrap(), [event]);
    assert_eq!(risk_events::get(&mut c, &risk_event("LTAI02").id).await.unwrap(), None);
}

pub(crate) async fn risk_events_are_listed_by_pages_and_filters(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut all = Vec::new();
    for number in 0..7_i64 {
        let mut event = risk_event(&format!("LTAI{number}"));
        // Two at each instant, so that the id must order them.
        event.latest_detected_at = at(number / 2);
        if number == 6 {
            event.risk_type = RiskType::AbnormalAccess;
            event.level = Level::Low;
            event.work_state = WorkState::Ignored;
        }
        risk_events::insert(&mut c, &event).await.unwrap();
        all.push(event);
    }
    all.sort_by(|a, b| {
        (b.latest_detected_at, b.id.as_str()).cmp(&(a.latest_detected_at, a.id.as_str()))
    });
    let mut paged = Vec::new();
    let mut filter = RiskEventFilter { limit: 3, ..RiskEventFilter::default() };
    loop {
        let page = risk_events::list(&mut c, &filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some((last.latest_detected_at, last.id.clone()));
        paged.extend(page);
    }
    assert_eq!(paged, all);

    let any = RiskEventFilter::default;
    for (filter, expected) in [
        (RiskEventFilter { risk_type: Some(RiskType::AbnormalAccess), ..any() }, 1),
        (RiskEventFilter { level: Some(Level::High), ..any() }, 6),
        (RiskEventFilter { work_state: Some(WorkState::Ignored), ..any() }, 1),
        (RiskEventFilter { open_only: true, ..any() }, 6),
        (RiskEventFilter { since: Some(at(2)), ..any() }, 3),
        (RiskEventFilter { until: Some(at(2)), ..any() }, 4),
        (RiskEventFilter { since: Some(at(1)), until: Some(at(2)), ..any() }, 2),
        (RiskEventFilter { search: Some("ltai3".to_owned()), ..any() }, 1),
        (RiskEventFilter { search: Some("ltai3".to_owned()), level: Some(Level::Low), ..any() }, 0),
    ] {
        assert_eq!(risk_events::list(&mut c, &filter).await.unwrap().len(), expected, "{filter:?}");
    }
}

pub(crate) async fn the_events_of_a_bucket_are_listed_however_many_they_are(store: Store) {
    let mut c = store.write().await.unwrap();
    let (rare, busy) = (AssetId::derived(&["rare"]), AssetId::derived(&["busy"]));
    // More evidence than is fetched and sorted.
    for number in 0..1_100_i64 {
        let mut event = risk_event(&format!("LTAI{number:04}"));
        event.latest_detected_at = at(number);
        risk_events::insert(&mut c, &event).await.unwrap();
        let mut found = evidence_sample(&event, "a.txt");
        found.asset_id = Some(busy.clone());
        evidence::upsert(&mut c, &found, at(1)).await.unwrap();
        if number % 550 == 7 {
            let mut twice = evidence_sample(&event, "b.txt");
            twice.asset_id = Some(rare.clone());
            evidence::upsert(&mut c, &twice, at(1)).await.unwrap();
        }
    }
    let of = |asset: &AssetId, limit| RiskEventFilter {
        asset_id: Some(asset.clone()),
        limit,
        ..RiskEventFilter::default()
    };
    let subjects = |events: Vec<RiskEvent>| -> Vec<String> {
        events.into_iter().map(|event| event.subject).collect()
    };
    let found = risk_events::list(&mut c, &of(&rare, 100)).await.unwrap();
    assert_eq!(subjects(found), ["LTAI0557", "LTAI0007"]);
    let found = risk_events::list(&mut c, &of(&busy, 2)).await.unwrap();
    assert_eq!(subjects(found), ["LTAI1099", "LTAI1098"]);
    let none = AssetId::derived(&["none"]);
    assert_eq!(risk_events::list(&mut c, &of(&none, 100)).await.unwrap(), []);
}

pub(crate) async fn counts_follow_every_change(store: Store) {
    let mut c = store.write().await.unwrap();
    let none = RiskCounts { alike: Vec::new(), by_source: Vec::new() };
    assert_eq!(risk_events::counts(&mut c).await.unwrap(), none);
    let stored = IntelligenceSource::PrivatePlaintextStorage;
    let mut events = Vec::new();
    // Every closed state must be known to the count.
    for (number, work_state) in WorkState::ALL.into_iter().enumerate() {
        let mut event = risk_event(&format!("LTAI{number}"));
        (event.work_state, event.sources) = (work_state, vec![stored]);
        risk_events::insert(&mut c, &event).await.unwrap();
        events.push(event);
    }
    let open = WorkState::ALL.into_iter().filter(|state| !state.is_closed()).count() as u64;
    let counts = risk_events::counts(&mut c).await.unwrap();
    assert_eq!(counts.by_source, [SourceCount { source: stored, all: 6, open }]);
    assert_eq!(counts.alike.len(), 6);

    let first = &mut events[0];
    first.sources = vec![IntelligenceSource::Github, stored];
    (first.work_state, first.level, first.uses) = (WorkState::Ignored, Level::Low, 0);
    risk_events::update(&mut c, first).await.unwrap();
    let counts = risk_events::counts(&mut c).await.unwrap();
    let expected = [
        SourceCount { source: IntelligenceSource::Github, all: 1, open: 0 },
        SourceCount { source: stored, all: 6, open: open - 1 },
    ];
    assert_eq!(counts.by_source, expected);
    let alike = RiskCount {
        risk_type: RiskType::AccessKeyPairLeak,
        level: Level::Low,
        work_state: WorkState::Ignored,
        count: 1,
        used: 0,
    };
    assert!(counts.alike.contains(&alike), "{counts:?}");
    let leak = RiskType::AccessKeyPairLeak;
    risk_events::set_level_of_type(&mut c, leak, Level::Low).await.unwrap();
    let counts = risk_events::counts(&mut c).await.unwrap();
    assert!(counts.alike.iter().all(|count| count.level == Level::Low), "{counts:?}");
    assert_eq!(counts.alike.iter().map(|count| count.count).sum::<u64>(), 6);
}

pub(crate) async fn a_new_level_changes_existing_events_of_that_type_only(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut other = risk_event("LTAI03");
    other.risk_type = RiskType::SharedAccount;
    for event in [&risk_event("LTAI01"), &risk_event("LTAI02"), &other] {
        risk_events::insert(&mut c, event).await.unwrap();
    }
    let leak = RiskType::AccessKeyPairLeak;
    let changed = risk_events::set_level_of_type(&mut c, leak, Level::Low).await.unwrap();
    assert_eq!(changed, 2);
    let again = risk_events::set_level_of_type(&mut c, leak, Level::Low).await.unwrap();
    assert_eq!(again, 0, "nothing is left to change");
    let first = risk_events::get(&mut c, &risk_event("LTAI01").id).await.unwrap().unwrap();
    let kept = risk_events::get(&mut c, &other.id).await.unwrap().unwrap();
    assert_eq!((first.level, kept.level), (Level::Low, Level::High));
}

pub(crate) async fn a_leak_begins_at_its_first_readable_instant_by_its_worst_source(store: Store) {
    let mut c = store.write().await.unwrap();
    let leaked = risk_event("LTAI01");
    let allowed = risk_event("LTAI02");
    let mut abnormal = risk_event("LTAI03");
    abnormal.risk_type = RiskType::AbnormalAccess;
    for event in [&leaked, &allowed, &abnormal] {
        risk_events::insert(&mut c, event).await.unwrap();
        evidence::upsert(&mut c, &evidence_sample(event, "private"), at(1)).await.unwrap();
    }
    let mut feed = evidence_sample(&leaked, "feed");
    (feed.source, feed.bucket, feed.object) = (IntelligenceSource::ThreatIntelligence, None, None);
    feed.readable_since = None;
    feed.found_at = at(-500);
    evidence::upsert(&mut c, &feed, at(1)).await.unwrap();
    let mut earlier_but_allowed = evidence_sample(&leaked, "allowed");
    earlier_but_allowed.readable_since = Some(at(-9_000));
    earlier_but_allowed.state = EvidenceState::AddedToWhitelist;
    evidence::upsert(&mut c, &earlier_but_allowed, at(1)).await.unwrap();
    let only = evidence_sample(&allowed, "private").id;
    evidence::set_state(&mut c, &only, EvidenceState::AddedToWhitelist, at(1)).await.unwrap();

    let place = evidence_sample(&leaked, "private");
    let leak = Leak {
        bucket: place.bucket,
        object: place.object,
        ..Leak::new(key("LTAI01"), at(-500), LeakSource::ThreatFeed)
    };
    assert_eq!(risk_events::leaks(&mut c).await.unwrap(), [(leak, leaked.id)]);
}

pub(crate) async fn a_leak_names_the_object_where_it_was_found_first(store: Store) {
    let mut c = store.write().await.unwrap();
    let leaked = risk_event("LTAI01");
    risk_events::insert(&mut c, &leaked).await.unwrap();
    let stands = |place: &str, found_at, state| {
        let mut evidence = evidence_sample(&leaked, place);
        (evidence.found_at, evidence.state) = (at(found_at), state);
        (evidence.bucket, evidence.object) = (Some("b".to_owned()), Some(place.to_owned()));
        evidence
    };
    let mut feed = stands("feed", 0, EvidenceState::Found);
    (feed.source, feed.bucket, feed.object) = (IntelligenceSource::ThreatIntelligence, None, None);
    let mut public = stands("public.txt", 20, EvidenceState::Found);
    public.source = IntelligenceSource::PublicPlaintextStorage;
    for evidence in [
        stands("later.txt", 30, EvidenceState::Found),
        feed,
        stands("allowed.txt", 5, EvidenceState::AddedToWhitelist),
        stands("first.txt", 10, EvidenceState::Deleted),
        public,
    ] {
        evidence::upsert(&mut c, &evidence, at(1)).await.unwrap();
    }
    let all = risk_events::leaks(&mut c).await.unwrap();
    let [(leak, _)] = all.as_slice() else { panic!("one leak of one key: {all:?}") };
    assert_eq!((leak.bucket.as_deref(), leak.object.as_deref()), (Some("b"), Some("first.txt")));
    assert_eq!(risk_events::leaks_of_keys(&mut c, &[&key("LTAI01")]).await.unwrap(), all);
}

pub(crate) async fn an_event_held_for_update_loses_no_change(store: Store) {
    let mut event = risk_event("LTAI01");
    event.uses = 0;
    let mut tx = store.write().await.unwrap();
    risk_events::insert(&mut tx, &event).await.unwrap();
    tx.commit().await.unwrap();
    let mut users = Vec::new();
    for _ in 0..24 {
        let (store, id) = (store.clone(), event.id.clone());
        users.push(tokio::spawn(async move {
            let mut tx = store.write().await.unwrap();
            let mut event = risk_events::for_update(&mut tx, &id).await.unwrap().unwrap();
            tokio::task::yield_now().await;
            event.uses += 1;
            risk_events::update(&mut tx, &event).await.unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for user in users {
        user.await.unwrap();
    }
    let mut c = store.read().await.unwrap();
    assert_eq!(risk_events::get(&mut c, &event.id).await.unwrap().unwrap().uses, 24);
}

pub(crate) async fn the_latest_line_of_a_kind_is_found(store: Store) {
    let mut c = store.write().await.unwrap();
    let event = risk_event("LTAI01").id;
    let line = |number: i64, second, kind: &str| TimelineEntry {
        id: format!("line {number}"),
        risk_event_id: event.clone(),
        at: at(second),
        kind: kind.to_owned(),
        text: format!("line {number}"),
        details: json!({ "number": number }),
        actor: None,
    };
    let lines = [
        line(1, 5, "reopened"),
        line(2, 9, "used"),
        line(3, 7, "reopened"),
        line(4, 7, "reopened"),
        line(5, 6, "reopened"),
    ];
    for one in &lines {
        assert!(timeline::append(&mut c, one).await.unwrap());
    }
    // Of two of the same instant, the one that was written last.
    let latest = timeline::latest(&mut c, &event, "reopened").await.unwrap();
    assert_eq!(latest.as_ref(), Some(&lines[3]));
    assert_eq!(timeline::latest(&mut c, &event, "refused").await.unwrap(), None);
}

pub(crate) async fn the_timeline_takes_a_line_once_and_keeps_its_order(store: Store) {
    let mut c = store.write().await.unwrap();
    let event = risk_event("LTAI01").id;
    let line = |id: &str, seconds| TimelineEntry {
        id: id.to_owned(),
        risk_event_id: event.clone(),
        at: at(seconds),
        kind: "used".to_owned(),
        text: format!("“{id}” <happened>"),
        details: json!({ "ip": "203.0.113.7", "objects": [1, 2.5, null] }),
        actor: Some("anna".to_owned()),
    };
    // Written in this order; `b` and `a` at one instant.
    let lines = [line("late", 9), line("b", 1), line("a", 1), line("early", 0)];
    for entry in &lines {
        assert!(timeline::append(&mut c, entry).await.unwrap());
        assert!(!timeline::append(&mut c, entry).await.unwrap());
    }
    let told = timeline::of_event(&mut c, &event, 10).await.unwrap();
    assert_eq!(told, [lines[3].clone(), lines[1].clone(), lines[2].clone(), lines[0].clone()]);
    let latest = timeline::of_event(&mut c, &event, 2).await.unwrap();
    assert_eq!(latest, [lines[2].clone(), lines[0].clone()], "the latest are told, in order");
    assert_eq!(timeline::of_event(&mut c, &risk_event("LTAI02").id, 9).await.unwrap(), []);
}
