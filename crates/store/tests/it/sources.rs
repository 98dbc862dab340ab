//! Laws of log sources: their tokens, checkpoints, gaps and how they fare.

use claviger_model::{Feed, LogSource, SourceId};
use claviger_store::{
    Failure, Gap, GapKind, Noted, Store, TokenOf, log_sources, rejects, source_checkpoints,
    source_gaps, source_progress,
};

use crate::sample::at;

fn source(name: &str) -> LogSource {
    LogSource {
        id: SourceId::derived(&[name]),
        name: name.to_owned(),
        feed: Feed::Nats {
            url: "nats://127.0.0.1:4222".to_owned(),
            stream: "LOGS".to_owned(),
            subject: "logs.>".to_owned(),
        },
        log_format: Some("ceph".to_owned()),
        connection_id: None,
        created_at: at(1),
    }
}

fn noted(lines: u64, rejected: u64, second: i64) -> Noted {
    Noted {
        source: "s".to_owned(),
        lines,
        events: lines - rejected,
        rejected,
        bytes: lines * 100,
        last_line_at: Some(at(second - 2)),
        delivered_at: Some(at(second - 1)),
        read_at: at(second),
    }
}

pub(crate) async fn a_rotated_token_has_a_former_one(store: Store) {
    let mut c = store.write().await.unwrap();
    let one = source("one");
    log_sources::insert(&mut c, &one, Some("hash 1"), Some("sealed")).await.unwrap();
    assert!(log_sources::insert(&mut c, &one, None, None).await.is_err());
    drop(c);
    let mut c = store.write().await.unwrap();
    log_sources::insert(&mut c, &one, Some("hash 1"), Some("sealed")).await.unwrap();
    for name in ["one", one.id.as_str()] {
        assert_eq!(log_sources::find(&mut c, name).await.unwrap(), Some(one.clone()));
    }
    log_sources::rotate(&mut c, &one.id, "hash 2", at(9)).await.unwrap();
    let tokens = log_sources::token_of(&mut c, &one.id).await.unwrap();
    let expected =
        TokenOf { hash: Some("hash 2".to_owned()), former: Some(("hash 1".to_owned(), at(9))) };
    assert_eq!(tokens, expected);
    let sealed = log_sources::sealed(&mut c, &one.id).await.unwrap();
    assert_eq!(sealed.as_deref(), Some("sealed"));
    assert_eq!(log_sources::list(&mut c).await.unwrap(), std::slice::from_ref(&one));
    assert!(log_sources::remove(&mut c, &one.id).await.unwrap());
    assert!(!log_sources::remove(&mut c, &one.id).await.unwrap());
    assert_eq!(log_sources::token_of(&mut c, &one.id).await.unwrap(), TokenOf::default());
}

pub(crate) async fn progress_adds_up_and_a_failure_keeps_its_beginning(store: Store) {
    let mut c = store.write().await.unwrap();
    assert_eq!(source_progress::note(&mut c, &noted(10, 3, 120)).await.unwrap(), None);
    source_progress::note(&mut c, &noted(20, 0, 130)).await.unwrap();
    // A late delivery does not turn the latest line back.
    let late = Noted { last_line_at: Some(at(5)), ..noted(30, 1, 190) };
    source_progress::note(&mut c, &late).await.unwrap();
    let failure =
        Failure { code: "a".to_owned(), message: "b".to_owned(), hint: Some("c".to_owned()) };
    source_progress::fail(&mut c, "s", &failure, at(200)).await.unwrap();
    source_progress::fail(&mut c, "s", &failure, at(210)).await.unwrap();
    source_progress::set_backlog(&mut c, "s", 7, "bytes").await.unwrap();
    source_progress::set_confirmation(&mut c, "s", Some("https://x")).await.unwrap();
    let all = source_progress::list(&mut c).await.unwrap();
    let [now] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((now.deliveries, now.lines, now.events, now.rejected), (3, 60, 56, 4));
    assert_eq!(now.last_line_at, Some(at(128)));
    assert_eq!(now.lag_ms, Some(185_000));
    assert_eq!(now.failure, Some((failure.clone(), at(200))));
    assert_eq!(now.backlog, Some((7, "bytes".to_owned())));
    assert_eq!(now.confirmation.as_deref(), Some("https://x"));
    // 30 lines in this minute, and five seconds' share of the 30 in the one before.
    assert!((now.lines_per_second(at(195)) - (30.0 + 2.5) / 60.0).abs() < 1e-9);
    assert!(now.lines_per_second(at(600)).abs() < 1e-9);
    let former = source_progress::note(&mut c, &noted(1, 0, 220)).await.unwrap();
    assert_eq!(former, Some((failure, at(200))));
    assert_eq!(source_progress::recover(&mut c, "s").await.unwrap(), None);
    source_progress::fail(
        &mut c,
        "never read",
        &Failure { code: String::new(), message: String::new(), hint: None },
        at(1),
    )
    .await
    .unwrap();
    assert_eq!(source_progress::list(&mut c).await.unwrap().len(), 2);
    source_progress::forget_source(&mut c, "s").await.unwrap();
    assert_eq!(source_progress::list(&mut c).await.unwrap().len(), 1);
}

pub(crate) async fn checkpoints_and_gaps_are_kept_and_forgotten(store: Store) {
    let mut c = store.write().await.unwrap();
    for (part, checkpoint) in [("b", "1"), ("a", "2"), ("b", "3")] {
        source_checkpoints::set(&mut c, "s", part, checkpoint, at(1)).await.unwrap();
    }
    let pair = |part: &str, checkpoint: &str| (part.to_owned(), checkpoint.to_owned());
    let known = source_checkpoints::of_source(&mut c, "s").await.unwrap();
    assert_eq!(known, [pair("a", "2"), pair("b", "3")]);
    source_checkpoints::forget(&mut c, "s", "a").await.unwrap();
    source_checkpoints::forget_source(&mut c, "s").await.unwrap();
    assert_eq!(source_checkpoints::of_source(&mut c, "s").await.unwrap(), []);

    let gap = |begun: i64, ended: i64| Gap {
        source: "s".to_owned(),
        kind: GapKind::Blind,
        begun_at: at(begun),
        ended_at: at(ended),
        words: "why".to_owned(),
    };
    for one in [gap(1, 5), gap(10, 20), gap(10, 30)] {
        source_gaps::insert(&mut c, &one).await.unwrap();
    }
    let found = source_gaps::since(&mut c, Some("s"), at(0), 10).await.unwrap();
    assert_eq!(found, [gap(10, 30), gap(1, 5)]);
    assert_eq!(source_gaps::since(&mut c, None, at(5), 10).await.unwrap(), [gap(10, 30)]);
    source_gaps::prune(&mut c, at(6)).await.unwrap();
    assert_eq!(source_gaps::since(&mut c, None, at(0), 10).await.unwrap().len(), 1);
    source_gaps::forget_source(&mut c, "s").await.unwrap();
    assert_eq!(source_gaps::since(&mut c, None, at(0), 10).await.unwrap(), []);
}

pub(crate) async fn of_many_references_the_latest_stay(store: Store) {
    let mut c = store.write().await.unwrap();
    for number in 0..10 {
        let name = format!("2026-01-0{number}");
        rejects::insert(&mut c, "s", &name, 1, 0, 1, "why").await.unwrap();
        rejects::insert(&mut c, "other", &name, 1, 0, 1, "why").await.unwrap();
    }
    rejects::keep_latest(&mut c, "s", 3).await.unwrap();
    let left = rejects::list(&mut c, Some("s"), 100).await.unwrap();
    let names: Vec<&str> = left.iter().map(|reject| reject.name.as_str()).collect();
    assert_eq!(names, ["2026-01-09", "2026-01-08", "2026-01-07", "2026-01-06"]);
    rejects::keep_latest(&mut c, "s", 100).await.unwrap();
    rejects::forget_source(&mut c, "s").await.unwrap();
    assert_eq!(rejects::list(&mut c, None, 100).await.unwrap().len(), 10);
}
