//! Jobs as rows: what is to be done, by whom, and when.
//!
//! A worker leases a job for a while and extends the lease as it works. Whoever lost its lease is told so
//! by `false` and has changed nothing. A job that is asked for while it runs, runs once more
//! afterwards, because what it is about changed under it. Every job may run twice.
//!
//! `worker` names one loop of one process, never two that run side by side: a lease belongs to the name.

use claviger_model::JobId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, locks_rows};
use crate::{Conn, StoreError};

const TABLE: &str = "jobs";

/// How a job fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// To be run, from `run_at` on.
    Ready,
    /// Leased by a worker.
    Running,
    /// Nothing to do until it is asked for again.
    Done,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Ready, Self::Running, Self::Done];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

/// A job that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Derived from its kind and what it is about: one row however often it is asked for.
    pub id: JobId,
    /// Which job.
    pub kind: String,
    /// What it is about.
    pub payload: serde_json::Value,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which job.
    pub kind: String,
    /// What it is about.
    pub payload: serde_json::Value,
    /// Runs begun since it was last asked for or went well: 1 during the first.
    pub attempts: u32,
    /// Not before.
    pub run_at: Timestamp,
    /// What the last run met.
    pub last_error: Option<String>,
    /// How it fares.
    pub state: JobState,
}

/// Asks for a job. A job that waits keeps its payload and runs at the earlier instant; one that is done
/// begins anew; one that runs, runs again afterwards.
///
/// # Errors
/// The database fails.
pub async fn enqueue(c: &mut Conn, job: &NewJob) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO jobs (id, kind, payload, run_at, attempts, state) \
               VALUES ($1, $2, $3, $4, 0, 'ready') \
               ON CONFLICT (id) DO UPDATE SET \
               payload = CASE WHEN jobs.state = 'done' THEN excluded.payload ELSE jobs.payload END, \
               attempts = CASE WHEN jobs.state = 'done' THEN 0 ELSE jobs.attempts END, \
               last_error = CASE WHEN jobs.state = 'done' THEN NULL ELSE jobs.last_error END, \
               run_at = CASE WHEN jobs.state = 'done' THEN excluded.run_at \
               WHEN jobs.state = 'ready' AND excluded.run_at < jobs.run_at THEN excluded.run_at \
               ELSE jobs.run_at END, \
               again_payload = CASE WHEN jobs.state = 'running' \
               THEN COALESCE(jobs.again_payload, excluded.payload) ELSE NULL END, \
               again_at = CASE WHEN jobs.state <> 'running' THEN NULL \
               WHEN jobs.again_at < excluded.run_at THEN jobs.again_at ELSE excluded.run_at END, \
               done_at = NULL, \
               state = CASE WHEN jobs.state = 'done' THEN 'ready' ELSE jobs.state END";
    Statement::new(TABLE, "enqueue", sql)
        .text(job.id.as_str())
        .text(&job.kind)
        .json(&job.payload)
        .time(job.run_at)
        .run(c)
        .await?;
    Ok(())
}

/// Takes the job that is due longest: one that waits, or one whose worker let its lease run out.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn lease(
    c: &mut Conn,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> std::result::Result<Option<Job>, StoreError> {
    // PostgreSQL passes by what another transaction is leasing; SQLite has one writer at a time.
    let lock = if locks_rows(c) { " FOR UPDATE SKIP LOCKED" } else { "" };
    // The first of either kind comes from the index, however many wait; an `OR` would sort them all.
    let first = |which: &str| {
        format!(
            "SELECT * FROM (SELECT id, run_at FROM jobs WHERE {which} \
             ORDER BY run_at, id LIMIT 1{lock}) AS first_one"
        )
    };
    let (ready, expired) = (
        first("state = 'ready' AND run_at <= $2"),
        first("state = 'running' AND lease_until <= $2"),
    );
    let sql = format!(
        "UPDATE jobs SET state = 'running', worker = $1, lease_until = $3, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM ({ready} UNION ALL {expired}) AS due \
         ORDER BY run_at, id LIMIT 1) RETURNING *"
    );
    let row = Statement::composed(TABLE, "lease", sql)
        .text(worker)
        .time(now)
        .time(lease_until)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Keeps a lease for longer. `false`: it is lost.
///
/// # Errors
/// The database fails.
pub async fn extend(
    c: &mut Conn,
    id: &JobId,
    worker: &str,
    until: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE jobs SET lease_until = $3 \
               WHERE id = $1 AND worker = $2 AND state = 'running'";
    let held =
        Statement::new(TABLE, "extend", sql).text(id.as_str()).text(worker).time(until).run(c);
    Ok(held.await? > 0)
}

/// The clock went back by so much: what waits for a later instant waits as long as it was meant to.
///
/// # Errors
/// The database fails.
pub async fn bring_forward(
    c: &mut Conn,
    now: Timestamp,
    by: jiff::SignedDuration,
) -> std::result::Result<u64, StoreError> {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    let sql = "UPDATE jobs SET \
               run_at = CASE WHEN run_at > $1 THEN run_at - $2 ELSE run_at END, \
               again_at = CASE WHEN again_at > $1 THEN again_at - $2 ELSE again_at END \
               WHERE state <> 'done' AND (run_at > $1 OR again_at > $1)";
    Statement::new(TABLE, "bring_forward", sql).time(now).integer(micros).run(c).await
}

/// It went well: done, or to be run once more if it was asked for meanwhile. `false`: the lease is lost.
///
/// # Errors
/// The database fails.
pub async fn complete(
    c: &mut Conn,
    id: &JobId,
    worker: &str,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE jobs SET \
               state = CASE WHEN again_at IS NULL THEN 'done' ELSE 'ready' END, \
               done_at = CASE WHEN again_at IS NULL THEN $3 END, \
               attempts = CASE WHEN again_at IS NULL THEN attempts ELSE 0 END, \
               run_at = COALESCE(again_at, run_at), payload = COALESCE(again_payload, payload), \
               last_error = NULL, worker = NULL, lease_until = NULL, again_at = NULL, \
               again_payload = NULL WHERE id = $1 AND worker = $2 AND state = 'running'";
    let held =
        Statement::new(TABLE, "complete", sql).text(id.as_str()).text(worker).time(now).run(c);
    Ok(held.await? > 0)
}

/// It failed: to be run again at `run_at`, or earlier if it was asked for earlier meanwhile. `false`: the
/// lease is lost.
///
/// # Errors
/// The database fails.
pub async fn retry(
    c: &mut Conn,
    id: &JobId,
    worker: &str,
    error: &str,
    run_at: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE jobs SET state = 'ready', last_error = $3, \
               run_at = CASE WHEN again_at < $4 THEN again_at ELSE $4 END, \
               worker = NULL, lease_until = NULL, again_at = NULL, again_payload = NULL \
               WHERE id = $1 AND worker = $2 AND state = 'running'";
    let held = Statement::new(TABLE, "retry", sql)
        .text(id.as_str())
        .text(worker)
        .text(error)
        .time(run_at)
        .run(c);
    Ok(held.await? > 0)
}

/// It went well and is to be run again at `run_at`, or earlier if it was asked for earlier meanwhile.
/// `false`: the lease is lost.
///
/// # Errors
/// The database fails.
pub async fn reschedule(
    c: &mut Conn,
    id: &JobId,
    worker: &str,
    run_at: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE jobs SET state = 'ready', attempts = 0, last_error = NULL, \
               run_at = CASE WHEN again_at < $3 THEN again_at ELSE $3 END, \
               payload = COALESCE(again_payload, payload), \
               worker = NULL, lease_until = NULL, again_at = NULL, again_payload = NULL \
               WHERE id = $1 AND worker = $2 AND state = 'running'";
    let held =
        Statement::new(TABLE, "reschedule", sql).text(id.as_str()).text(worker).time(run_at).run(c);
    Ok(held.await? > 0)
}

/// When the next job is due: waits until then, or its lease runs out then.
///
/// # Errors
/// The database fails.
pub async fn next_due(c: &mut Conn) -> std::result::Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(due) AS due FROM \
               (SELECT MIN(run_at) AS due FROM jobs WHERE state = 'ready' UNION ALL \
               SELECT MIN(lease_until) AS due FROM jobs WHERE state = 'running') AS first_ones";
    Statement::new(TABLE, "next_due", sql).only(c).await?.maybe_time("due")
}

/// Jobs, of one kind or of all, latest due first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    kind: Option<&str>,
    limit: u32,
) -> std::result::Result<Vec<Job>, StoreError> {
    let sql = "SELECT * FROM jobs WHERE ($1 IS NULL OR kind = $1) \
               ORDER BY run_at DESC, id DESC LIMIT $2";
    let rows =
        Statement::new(TABLE, "list", sql).maybe_text(kind).number(limit.into()).all(c).await?;
    read_all(&rows, read)
}

/// One job.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &JobId) -> std::result::Result<Option<Job>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM jobs WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// A worker ends, or begins and finds what it left: its jobs are ready for anybody, and the broken-off
/// run does not count.
///
/// # Errors
/// The database fails.
pub async fn release_worker(c: &mut Conn, worker: &str) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE jobs SET state = 'ready', worker = NULL, lease_until = NULL, \
               attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END, \
               again_at = NULL, again_payload = NULL WHERE worker = $1 AND state = 'running'";
    Statement::new(TABLE, "release_worker", sql).text(worker).run(c).await?;
    Ok(())
}

/// Forgets jobs that were done before an instant, and says how many.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, before: Timestamp) -> std::result::Result<u64, StoreError> {
    Statement::new(TABLE, "prune", "DELETE FROM jobs WHERE state = 'done' AND done_at < $1")
        .time(before)
        .run(c)
        .await
}

fn read(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.text("id")?.into(),
        kind: row.text("kind")?,
        payload: row.json("payload")?,
        attempts: row.count("attempts")?,
        run_at: row.time("run_at")?,
        last_error: row.maybe_text("last_error")?,
        state: row.word("state", &JobState::ALL, JobState::as_str)?,
    })
}
