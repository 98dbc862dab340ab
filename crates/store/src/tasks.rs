//! Identification tasks: one run over a bucket each, with its progress.

use claviger_model::AssetId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "identification_tasks";

/// How a task fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Under way.
    Running,
    /// Every object was scanned or could not be read.
    Done,
    /// It could not go on; `error` says why.
    Failed,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Failed];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// One run of identification over a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentificationTask {
    /// Its id, chosen by the caller.
    pub id: String,
    /// The bucket.
    pub asset_id: AssetId,
    /// The template's name.
    pub template: String,
    /// How it fares.
    pub state: TaskState,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Objects scanned so far.
    pub objects_done: u64,
    /// Objects it found to scan.
    pub objects_total: u64,
    /// Bytes scanned so far.
    pub bytes_done: u64,
    /// Objects that could not be read.
    pub unreadable: u64,
    /// Why it failed, with the way out.
    pub error: Option<String>,
}

/// Keeps a new task.
///
/// # Errors
/// The id is taken, the asset does not exist, or the database fails.
pub async fn start(c: &mut Conn, task: &IdentificationTask) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO identification_tasks (id, asset_id, template, state, started_at, ended_at, \
               objects_done, objects_total, bytes_done, unreadable, error) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    bound(Statement::new(TABLE, "start", sql), task).run(c).await?;
    Ok(())
}

/// Keeps how a task fares now. A task whose asset went is gone with it, and stays so.
///
/// # Errors
/// The database fails.
pub async fn update(
    c: &mut Conn,
    task: &IdentificationTask,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE identification_tasks SET asset_id = $2, template = $3, state = $4, \
               started_at = $5, ended_at = $6, objects_done = $7, objects_total = $8, \
               bytes_done = $9, unreadable = $10, error = $11 WHERE id = $1";
    bound(Statement::new(TABLE, "update", sql), task).run(c).await?;
    Ok(())
}

/// One task.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &str,
) -> std::result::Result<Option<IdentificationTask>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM identification_tasks WHERE id = $1")
        .text(id)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The newest task of a bucket that is under way.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn running_of(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<Option<IdentificationTask>, StoreError> {
    let sql = "SELECT * FROM identification_tasks WHERE asset_id = $1 AND state = 'running' \
               ORDER BY started_at DESC, id DESC LIMIT 1";
    let row = Statement::new(TABLE, "running_of", sql).text(asset_id.as_str()).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Tasks, of one bucket or of all, newest first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    asset_id: Option<&AssetId>,
    limit: u32,
) -> std::result::Result<Vec<IdentificationTask>, StoreError> {
    let sql = "SELECT * FROM identification_tasks WHERE ($1 IS NULL OR asset_id = $1) \
               ORDER BY started_at DESC, id DESC LIMIT $2";
    let rows = Statement::new(TABLE, "list", sql)
        .maybe_text(asset_id.map(AssetId::as_str))
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

fn bound(statement: Statement, task: &IdentificationTask) -> Statement {
    statement
        .text(&task.id)
        .text(task.asset_id.as_str())
        .text(&task.template)
        .text(task.state.as_str())
        .time(task.started_at)
        .maybe_time(task.ended_at)
        .number(task.objects_done)
        .number(task.objects_total)
        .number(task.bytes_done)
        .number(task.unreadable)
        .maybe_text(task.error.as_deref())
}

fn read(row: &Row) -> Result<IdentificationTask> {
    Ok(IdentificationTask {
        id: row.text("id")?,
        asset_id: row.text("asset_id")?.into(),
        template: row.text("template")?,
        state: row.word("state", &TaskState::ALL, TaskState::as_str)?,
        started_at: row.time("started_at")?,
        ended_at: row.maybe_time("ended_at")?,
        objects_done: row.number("objects_done")?,
        objects_total: row.number("objects_total")?,
        bytes_done: row.number("bytes_done")?,
        unreadable: row.number("unreadable")?,
        error: row.maybe_text("error")?,
    })
}
