//! Rights that requests gave to users, roles, groups and policies.

use std::collections::BTreeSet;

use claviger_model::{AccessKeyId, EventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, placeholders};
use crate::{Conn, StoreError};

const TABLE: &str = "grants";

/// Subjects or keys asked for at once.
const BATCH: usize = 100;

/// Rights given to one subject that are read, the latest.
const GRANTS_MAX: u32 = 1_024;

/// Rights that one request gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who has them now: a user, role, group or policy, as the detector names it.
    pub subject: String,
    /// The request.
    pub event_id: EventId,
    /// The group that was joined, or the policy that was attached.
    pub through: Option<String>,
    /// The key that signed the request.
    pub granter: AccessKeyId,
    /// When.
    pub granted_at: Timestamp,
    /// What the request did, as its provider names it.
    pub operation: String,
}

/// Keeps that rights were given; known ones stand.
///
/// # Errors
/// The database fails.
pub async fn insert(
    c: &mut Conn,
    grant: &Grant,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO grants \
               (subject, event_id, through, granter, granted_at, operation, noted_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (subject, event_id) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(&grant.subject)
        .text(grant.event_id.as_str())
        .maybe_text(grant.through.as_deref())
        .text(grant.granter.as_str())
        .time(grant.granted_at)
        .text(&grant.operation)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// Whether any are known.
///
/// # Errors
/// The database fails.
pub async fn are_any(c: &mut Conn) -> std::result::Result<bool, StoreError> {
    let sql = "SELECT subject FROM grants LIMIT 1";
    Ok(Statement::new(TABLE, "are_any", sql).first(c).await?.is_some())
}

/// All rights that are known; of more than `limit` the latest.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn, limit: u32) -> std::result::Result<Vec<Grant>, StoreError> {
    let sql = "SELECT * FROM grants ORDER BY granted_at DESC, event_id LIMIT $1";
    read_all(&Statement::new(TABLE, "list", sql).number(limit.into()).all(c).await?, read)
}

/// The latest rights that were given to some subjects.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_subjects(
    c: &mut Conn,
    subjects: &[String],
) -> std::result::Result<Vec<Grant>, StoreError> {
    of(c, "subject", subjects).await
}

/// The latest rights that were given through some groups and policies.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn through(
    c: &mut Conn,
    subjects: &[String],
) -> std::result::Result<Vec<Grant>, StoreError> {
    of(c, "through", subjects).await
}

/// The latest rights that were given with some keys.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn by_granters(
    c: &mut Conn,
    granters: &BTreeSet<AccessKeyId>,
) -> std::result::Result<Vec<Grant>, StoreError> {
    let granters: Vec<String> = granters.iter().map(|key| key.as_str().to_owned()).collect();
    of(c, "granter", &granters).await
}

async fn of(
    c: &mut Conn,
    column: &'static str,
    values: &[String],
) -> std::result::Result<Vec<Grant>, StoreError> {
    let mut found = Vec::new();
    for batch in values.chunks(BATCH) {
        let list = placeholders(1, batch.len());
        let most = u64::from(GRANTS_MAX) * batch.len() as u64;
        let sql = format!(
            "SELECT * FROM grants WHERE {column} IN ({list}) \
             ORDER BY granted_at DESC, event_id LIMIT {most}"
        );
        let mut statement = Statement::composed(TABLE, column, sql).once();
        for value in batch {
            statement = statement.text(value);
        }
        found.extend(read_all(&statement.all(c).await?, read)?);
    }
    Ok(found)
}

/// Forgets rights that were noted before an instant, however long before the log says they were given.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, before: Timestamp) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM grants WHERE noted_at < $1";
    Statement::new(TABLE, "prune", sql).time(before).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Grant> {
    Ok(Grant {
        subject: row.text("subject")?,
        event_id: EventId(row.text("event_id")?),
        through: row.maybe_text("through")?,
        granter: row.key("granter")?,
        granted_at: row.time("granted_at")?,
        operation: row.text("operation")?,
    })
}
