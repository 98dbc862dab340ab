//! Laws of jobs.

use std::collections::BTreeSet;

use claviger_model::JobId;
use claviger_store::{Job, JobState, Store, jobs};
use serde_json::json;

use crate::sample::{at, job};

/// Leases in a transaction of its own.
async fn lease(store: &Store, worker: &str, now: i64) -> Option<Job> {
    let mut tx = store.write().await.unwrap();
    let job = jobs::lease(&mut tx, worker, at(now), at(now + 60)).await.unwrap();
    tx.commit().await.unwrap();
    job
}

async fn enqueue(store: &Store, subject: &str, run_at: i64) -> JobId {
    let new = job(subject, at(run_at));
    let mut tx = store.write().await.unwrap();
    jobs::enqueue(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    new.id
}

async fn get(store: &Store, id: &JobId) -> Job {
    let mut c = store.read().await.unwrap();
    jobs::get(&mut c, id).await.unwrap().unwrap()
}

pub(crate) async fn a_job_is_leased_by_one_worker_only(store: Store) {
    enqueue(&store, "a", 0).await;
    let mut workers = Vec::new();
    for worker in 0..8 {
        let store = store.clone();
        workers.push(tokio::spawn(async move {
            lease(&store, &format!("worker-{worker}"), 1).await.is_some()
        }));
    }
    let mut leased = 0;
    for worker in workers {
        leased += usize::from(worker.await.unwrap());
    }
    assert_eq!(leased, 1);
}

pub(crate) async fn every_job_is_leased_once_however_many_workers(store: Store) {
    let mut expected = BTreeSet::new();
    for number in 0..60 {
        expected.insert(enqueue(&store, &number.to_string(), 0).await);
    }
    let mut workers = Vec::new();
    for worker in 0..6 {
        let store = store.clone();
        workers.push(tokio::spawn(async move {
            let name = format!("worker-{worker}");
            let mut mine = Vec::new();
            while let Some(job) = lease(&store, &name, 1).await {
                let mut tx = store.write().await.unwrap();
                assert!(jobs::complete(&mut tx, &job.id, &name, at(2)).await.unwrap());
                tx.commit().await.unwrap();
                mine.push(job.id);
            }
            mine
        }));
    }
    let mut leased = Vec::new();
    for worker in workers {
        leased.extend(worker.await.unwrap());
    }
    assert_eq!(leased.len(), 60, "none twice");
    assert_eq!(leased.into_iter().collect::<BTreeSet<_>>(), expected, "none left");
}

pub(crate) async fn the_job_due_longest_comes_first(store: Store) {
    enqueue(&store, "later", 20).await;
    enqueue(&store, "earlier", 10).await;
    enqueue(&store, "future", 1_000).await;
    let mut order = Vec::new();
    while let Some(job) = lease(&store, "w", 30).await {
        order.push(job.payload["subject"].as_str().unwrap().to_owned());
    }
    assert_eq!(order, ["earlier", "later"]);
}

pub(crate) async fn a_waiting_job_keeps_its_payload_and_runs_at_the_earlier_instant(store: Store) {
    let id = enqueue(&store, "a", 10).await;
    let mut again = job("a", at(5));
    again.payload = json!({ "turn": 2 });
    for (run_at, expected) in [(5, 5), (50, 5)] {
        again.run_at = at(run_at);
        let mut tx = store.write().await.unwrap();
        jobs::enqueue(&mut tx, &again).await.unwrap();
        tx.commit().await.unwrap();
        let kept = get(&store, &id).await;
        assert_eq!((kept.run_at, kept.state), (at(expected), JobState::Ready));
        assert_eq!(kept.payload, job("a", at(0)).payload);
    }
}

pub(crate) async fn a_done_job_begins_anew(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    lease(&store, "w", 1).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(jobs::complete(&mut tx, &id, "w", at(2)).await.unwrap());
    assert!(!jobs::complete(&mut tx, &id, "w", at(2)).await.unwrap(), "done once");
    tx.commit().await.unwrap();
    assert_eq!(get(&store, &id).await.state, JobState::Done);
    assert!(lease(&store, "w", 9_999).await.is_none());

    let mut again = job("a", at(7));
    again.payload = json!({ "turn": 2 });
    let mut tx = store.write().await.unwrap();
    jobs::enqueue(&mut tx, &again).await.unwrap();
    tx.commit().await.unwrap();
    let anew = get(&store, &id).await;
    assert_eq!((anew.state, anew.attempts, anew.run_at), (JobState::Ready, 0, at(7)));
    assert_eq!(anew.payload, again.payload);

    lease(&store, "w", 8).await.unwrap();
    let mut tx = store.write().await.unwrap();
    jobs::complete(&mut tx, &id, "w", at(9)).await.unwrap();
    assert_eq!(jobs::prune(&mut tx, at(9)).await.unwrap(), 0);
    assert_eq!(jobs::prune(&mut tx, at(10)).await.unwrap(), 1);
    assert_eq!(jobs::get(&mut tx, &id).await.unwrap(), None);
}

pub(crate) async fn a_job_asked_for_while_it_runs_runs_again(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    lease(&store, "w", 1).await.unwrap();
    // Asked for three times: once more is enough, at the earliest of the instants.
    for (turn, run_at) in [(2, 30), (3, 20), (4, 40)] {
        let mut again = job("a", at(run_at));
        again.payload = json!({ "turn": turn });
        let mut tx = store.write().await.unwrap();
        jobs::enqueue(&mut tx, &again).await.unwrap();
        tx.commit().await.unwrap();
        let running = get(&store, &id).await;
        assert_eq!(running.state, JobState::Running);
        assert_eq!(running.payload["turn"], 1, "the run under way is not disturbed");
    }
    assert!(lease(&store, "other", 50).await.is_none(), "not at the same time");
    let mut tx = store.write().await.unwrap();
    assert!(jobs::complete(&mut tx, &id, "w", at(5)).await.unwrap());
    tx.commit().await.unwrap();
    let again = get(&store, &id).await;
    assert_eq!((again.state, again.run_at, again.attempts), (JobState::Ready, at(20), 0));
    assert_eq!(again.payload["turn"], 2);

    lease(&store, "w", 21).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(jobs::complete(&mut tx, &id, "w", at(22)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(get(&store, &id).await.state, JobState::Done, "and only once more");
}

pub(crate) async fn an_expired_lease_is_taken_over_and_the_old_worker_is_told(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    lease(&store, "old", 1).await.unwrap();
    assert!(lease(&store, "new", 60).await.is_none(), "the lease still holds");
    let taken = lease(&store, "new", 61).await.unwrap();
    assert_eq!((taken.id.clone(), taken.attempts), (id.clone(), 2));

    let mut tx = store.write().await.unwrap();
    assert!(!jobs::complete(&mut tx, &id, "old", at(62)).await.unwrap());
    assert!(!jobs::extend(&mut tx, &id, "old", at(900)).await.unwrap());
    assert!(!jobs::retry(&mut tx, &id, "old", "lost", at(900)).await.unwrap());
    assert!(!jobs::reschedule(&mut tx, &id, "old", at(900)).await.unwrap());
    assert_eq!(jobs::get(&mut tx, &id).await.unwrap(), Some(taken), "and changed nothing");
    assert!(jobs::complete(&mut tx, &id, "new", at(63)).await.unwrap());
}

pub(crate) async fn an_extended_lease_is_not_taken_over(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    lease(&store, "w", 1).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(jobs::extend(&mut tx, &id, "w", at(500)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(lease(&store, "other", 499).await.is_none());
    assert!(lease(&store, "other", 500).await.is_some());
}

pub(crate) async fn a_failed_job_is_retried_with_its_error(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    for attempt in 1..=3_u32 {
        let now = i64::from(attempt) * 100;
        assert_eq!(lease(&store, "w", now).await.unwrap().attempts, attempt);
        let mut tx = store.write().await.unwrap();
        assert!(jobs::retry(&mut tx, &id, "w", "503 <slow down>", at(now + 50)).await.unwrap());
        tx.commit().await.unwrap();
        let failed = get(&store, &id).await;
        assert_eq!((failed.state, failed.run_at), (JobState::Ready, at(now + 50)));
        assert_eq!(failed.last_error.as_deref(), Some("503 <slow down>"));
        assert!(lease(&store, "w", now + 49).await.is_none());
    }
    // Asked for meanwhile: that is sooner than the retry.
    lease(&store, "w", 1_000).await.unwrap();
    enqueue(&store, "a", 1_001).await;
    let mut tx = store.write().await.unwrap();
    assert!(jobs::retry(&mut tx, &id, "w", "again", at(5_000)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(get(&store, &id).await.run_at, at(1_001));
}

pub(crate) async fn a_rescheduled_job_waits_and_counts_from_zero(store: Store) {
    let id = enqueue(&store, "a", 0).await;
    lease(&store, "w", 1).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(jobs::reschedule(&mut tx, &id, "w", at(30)).await.unwrap());
    tx.commit().await.unwrap();
    let waiting = get(&store, &id).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.run_at), (JobState::Ready, 0, at(30)));
    lease(&store, "w", 30).await.unwrap();
    enqueue(&store, "a", 31).await;
    let mut tx = store.write().await.unwrap();
    assert!(jobs::reschedule(&mut tx, &id, "w", at(90)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(get(&store, &id).await.run_at, at(31));
}

pub(crate) async fn a_released_worker_leaves_its_jobs_ready(store: Store) {
    let mine = enqueue(&store, "mine", 0).await;
    lease(&store, "w", 1).await.unwrap();
    let other = enqueue(&store, "other", 0).await;
    lease(&store, "x", 1).await.unwrap();
    let mut tx = store.write().await.unwrap();
    jobs::release_worker(&mut tx, "w").await.unwrap();
    tx.commit().await.unwrap();
    let released = get(&store, &mine).await;
    assert_eq!((released.state, released.attempts), (JobState::Ready, 0));
    assert_eq!(get(&store, &other).await.state, JobState::Running);
    assert_eq!(lease(&store, "y", 2).await.unwrap().id, mine);
}

pub(crate) async fn a_job_is_due_when_it_may_run_or_its_lease_ends(store: Store) {
    let mut c = store.read().await.unwrap();
    assert_eq!(jobs::next_due(&mut c).await.unwrap(), None);
    let id = enqueue(&store, "a", 5).await;
    enqueue(&store, "b", 900).await;
    assert_eq!(jobs::next_due(&mut c).await.unwrap(), Some(at(5)));
    lease(&store, "w", 6).await.unwrap();
    assert_eq!(jobs::next_due(&mut c).await.unwrap(), Some(at(66)));
    let mut tx = store.write().await.unwrap();
    jobs::complete(&mut tx, &id, "w", at(7)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(jobs::next_due(&mut c).await.unwrap(), Some(at(900)));
    let listed = jobs::list(&mut c, Some("scan"), 1).await.unwrap();
    assert_eq!(listed[0].payload["subject"], "b");
    assert_eq!(jobs::list(&mut c, Some("other"), 9).await.unwrap(), []);
}
