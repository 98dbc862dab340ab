//! Laws of the audit chain.

use claviger_store::{AuditProof, Store, audit};
use serde_json::json;

use crate::sample::at;

async fn append(store: &Store, number: i64) {
    let mut tx = store.write().await.unwrap();
    let details = json!({ "number": number, "words": "\"quoted\" ä", "z": null, "a": [1.5] });
    audit::append(&mut tx, at(number), "anna", "disable", "LTAI01", "done", &details)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn verify(store: &Store) -> AuditProof {
    let mut c = store.read().await.unwrap();
    audit::verify(&mut c).await.unwrap()
}

async fn tamper(store: &Store, sql: &'static str) {
    let mut tx = store.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn acts_form_a_chain(store: Store) {
    assert_eq!(verify(&store).await, AuditProof { entries: 0, broken_at: None });
    for number in 1..=3 {
        append(&store, number).await;
    }
    // Longer than what is read at once. Some at a time: PostgreSQL walks over every earlier version of a
    // row that one transaction changes again and again.
    let numbers: Vec<i64> = (4..=2_005).collect();
    for some in numbers.chunks(100) {
        let mut tx = store.write().await.unwrap();
        for number in some {
            audit::append(&mut tx, at(*number), "system", "tick", "", "done", &json!(null))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(verify(&store).await, AuditProof { entries: 2_005, broken_at: None });

    let mut c = store.read().await.unwrap();
    let newest = audit::list(&mut c, None, 2).await.unwrap();
    let sequences: Vec<_> = newest.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [2_005, 2_004]);
    let oldest = audit::list(&mut c, Some(3), 10).await.unwrap();
    assert_eq!((oldest[0].sequence, oldest[0].at), (2, at(2)));
    assert_eq!(oldest[0].details["words"], "\"quoted\" ä");
    assert_eq!(oldest[0].hash.len(), 64);
    assert_ne!(oldest[0].hash, oldest[1].hash);
}

pub(crate) async fn acts_at_once_form_one_chain(store: Store) {
    let mut actors = Vec::new();
    for number in 0..24 {
        let store = store.clone();
        actors.push(tokio::spawn(async move { append(&store, number).await }));
    }
    for actor in actors {
        actor.await.unwrap();
    }
    assert_eq!(verify(&store).await, AuditProof { entries: 24, broken_at: None });
}

pub(crate) async fn a_changed_act_breaks_the_chain_at_its_place(store: Store) {
    for number in 1..=5 {
        append(&store, number).await;
    }
    tamper(&store, "UPDATE audit SET actor = 'ben' WHERE sequence = 3").await;
    assert_eq!(verify(&store).await, AuditProof { entries: 2, broken_at: Some(3) });
    tamper(&store, "UPDATE audit SET actor = 'anna' WHERE sequence = 3").await;
    assert_eq!(verify(&store).await, AuditProof { entries: 5, broken_at: None });
    for column in [
        "UPDATE audit SET happened_at = happened_at + 1 WHERE sequence = 5",
        "UPDATE audit SET outcome = 'failed' WHERE sequence = 4",
        "UPDATE audit SET details = '{}' WHERE sequence = 2",
        "UPDATE audit SET hash = 'x' WHERE sequence = 1",
    ] {
        let sound_before = verify(&store).await.entries;
        tamper(&store, column).await;
        assert!(verify(&store).await.entries < sound_before, "{column}");
    }
}

pub(crate) async fn a_removed_act_breaks_the_chain(store: Store) {
    for number in 1..=4 {
        append(&store, number).await;
    }
    tamper(&store, "DELETE FROM audit WHERE sequence = 2").await;
    assert_eq!(verify(&store).await, AuditProof { entries: 1, broken_at: Some(2) });
}

pub(crate) async fn a_cut_off_tail_breaks_the_chain(store: Store) {
    for number in 1..=4 {
        append(&store, number).await;
    }
    tamper(&store, "DELETE FROM audit WHERE sequence > 2").await;
    assert_eq!(verify(&store).await, AuditProof { entries: 2, broken_at: Some(3) });
    tamper(&store, "DELETE FROM audit").await;
    assert_eq!(verify(&store).await, AuditProof { entries: 0, broken_at: Some(1) });
    tamper(&store, "DELETE FROM audit_head").await;
    assert!(verify(&store).await.broken_at.is_some());
}
