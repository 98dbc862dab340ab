//! Laws of reading and writing.

use claviger_store::{Store, StoreError, connections, jobs, risk_events, settings, users};

use crate::sample::{at, connection, job, risk_event, user};

pub(crate) async fn a_dropped_write_leaves_nothing(store: Store) {
    let mut tx = store.write().await.unwrap();
    settings::set(&mut tx, "colour", "blue").await.unwrap();
    jobs::enqueue(&mut tx, &job("a", at(0))).await.unwrap();
    assert_eq!(settings::get(&mut tx, "colour").await.unwrap().as_deref(), Some("blue"));
    drop(tx);

    let mut tx = store.write().await.unwrap();
    assert_eq!(settings::get(&mut tx, "colour").await.unwrap(), None);
    assert_eq!(jobs::list(&mut tx, None, 10).await.unwrap(), []);
    tx.commit().await.unwrap();
}

pub(crate) async fn what_is_committed_is_read_at_once(store: Store) {
    // The reader is kept, so that one that holds on to an old picture is caught.
    let mut reader = store.read().await.unwrap();
    for turn in 0..50 {
        let turn = turn.to_string();
        let mut tx = store.write().await.unwrap();
        settings::set(&mut tx, "turn", &turn).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(settings::get(&mut reader, "turn").await.unwrap(), Some(turn.clone()));
        let mut other = store.read().await.unwrap();
        assert_eq!(settings::get(&mut other, "turn").await.unwrap(), Some(turn));
    }
}

pub(crate) async fn a_reader_does_not_see_what_is_not_committed(store: Store) {
    let mut tx = store.write().await.unwrap();
    settings::set(&mut tx, "colour", "blue").await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(settings::get(&mut reader, "colour").await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(settings::get(&mut reader, "colour").await.unwrap().as_deref(), Some("blue"));
}

pub(crate) async fn many_writers_lose_nothing(store: Store) {
    let mut writers = Vec::new();
    for writer in 0..40 {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            let mut tx = store.write().await.unwrap();
            settings::set(&mut tx, &format!("writer {writer}"), "was here").await.unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let mut reader = store.read().await.unwrap();
    for writer in 0..40 {
        let kept = settings::get(&mut reader, &format!("writer {writer}")).await.unwrap();
        assert_eq!(kept.as_deref(), Some("was here"));
    }
}

pub(crate) async fn a_changed_value_is_an_error_and_not_a_guess(store: Store) {
    let event = risk_event("LTAI5tFAKEFAKEFAKEFAKE02");
    let mut tx = store.write().await.unwrap();
    connections::insert(&mut tx, &connection("main"), None).await.unwrap();
    risk_events::insert(&mut tx, &event).await.unwrap();
    for (statement, column) in [
        ("UPDATE risk_events SET level = 'dreadful'", "level"),
        ("UPDATE risk_events SET level = 'high', key_state = '{'", "key_state"),
        ("UPDATE connections SET access_key_id = 'no key'", "access_key_id"),
    ] {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
        let error = match column {
            "access_key_id" => connections::list(&mut tx).await.unwrap_err(),
            _ => risk_events::get(&mut tx, &event.id).await.unwrap_err(),
        };
        assert!(matches!(&error, StoreError::Corrupt { column: found, .. } if *found == column));
        assert!(error.hint().is_some());
    }
}

pub(crate) async fn a_taken_identity_is_a_conflict(store: Store) {
    let mut tx = store.write().await.unwrap();
    users::insert(&mut tx, &user("anna")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    let error = users::insert(&mut tx, &user("anna")).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    assert!(!error.is_full());
}
