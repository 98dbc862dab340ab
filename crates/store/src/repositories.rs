//! Repositories of source code that are watched, with how far each was read. A sealed token is read by its own
//! function only, so that no page can carry it by accident.

use claviger_model::{RepositoryId, RepositoryScan, WatchedRepository};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "repositories";

/// What was read since it was noted last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Commits.
    pub commits: u64,
    /// Files and messages.
    pub blobs: u64,
    /// Those that could not be read, or not to their end.
    pub unread: u64,
    /// Why the latest could not.
    pub unread_why: Option<String>,
}

/// Keeps a new repository; `sealed` is its token as the caller sealed it. A run that was begun for one of the same
/// address, which was removed, notes nothing here.
///
/// # Errors
/// The address or the name is taken, or the database fails.
pub async fn insert(
    c: &mut Conn,
    repository: &WatchedRepository,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO repositories (id, name, address, public, login, sealed, \
               interval_seconds, created_by, created_at, walked, look_again) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', 1)";
    Statement::new(TABLE, "insert", sql)
        .text(repository.id.as_str())
        .text(&repository.name)
        .text(&repository.address)
        .flag(repository.public)
        .maybe_text(repository.login.as_deref())
        .maybe_text(sealed)
        .number(repository.interval_seconds)
        .text(&repository.created_by)
        .time(repository.created_at)
        .run(c)
        .await?;
    Ok(())
}

/// Every repository, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<WatchedRepository>, StoreError> {
    let sql = "SELECT * FROM repositories ORDER BY name";
    read_all(&Statement::new(TABLE, "list", sql).all(c).await?, read)
}

/// The repository of a name, an id or an address.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn find(
    c: &mut Conn,
    named: &str,
) -> std::result::Result<Option<WatchedRepository>, StoreError> {
    let sql = "SELECT * FROM repositories WHERE name = $1 OR id = $1 OR address = $1 \
               ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 1";
    let row = Statement::new(TABLE, "find", sql).text(named).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// The sealed token; `None` where it has none or does not exist.
///
/// # Errors
/// The database fails.
pub async fn sealed(
    c: &mut Conn,
    id: &RepositoryId,
) -> std::result::Result<Option<String>, StoreError> {
    let sql = "SELECT sealed FROM repositories WHERE id = $1";
    let row = Statement::new(TABLE, "sealed", sql).text(id.as_str()).first(c).await?;
    row.map_or(Ok(None), |row| row.maybe_text("sealed"))
}

/// Begins to read it: the commits that were read before, with all that they follow.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn begin(
    c: &mut Conn,
    id: &RepositoryId,
) -> std::result::Result<Vec<String>, StoreError> {
    let sql = "UPDATE repositories SET look_again = 0 WHERE id = $1";
    Statement::new(TABLE, "begin", sql).text(id.as_str()).run(c).await?;
    let sql = "SELECT walked FROM repositories WHERE id = $1";
    let row = Statement::new(TABLE, "begin", sql).text(id.as_str()).first(c).await?;
    row.map_or(Ok(Vec::new()), |row| row.json("walked"))
}

/// Notes how far it was read. `false`: it was removed meanwhile, or is to be looked at anew.
///
/// # Errors
/// The database fails.
pub async fn note_progress(
    c: &mut Conn,
    id: &RepositoryId,
    walked: &[String],
    read: &Progress,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE repositories SET walked = $2, commits = commits + $3, blobs = blobs + $4, \
               unread = unread + $5, unread_why = COALESCE($6, unread_why) \
               WHERE id = $1 AND look_again = 0";
    let changed = Statement::new(TABLE, "note_progress", sql)
        .text(id.as_str())
        .json(&walked)
        .number(read.commits)
        .number(read.blobs)
        .number(read.unread)
        .maybe_text(read.unread_why.as_deref())
        .run(c)
        .await?;
    Ok(changed > 0)
}

/// Notes that it was read to its end, and what its names pointed to.
///
/// # Errors
/// The database fails.
pub async fn note_scanned(
    c: &mut Conn,
    id: &RepositoryId,
    tip: &str,
    at: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE repositories SET tip = $2, scanned_at = $3, failure = NULL, \
               failing_since = NULL WHERE id = $1 AND look_again = 0";
    Statement::new(TABLE, "note_scanned", sql).text(id.as_str()).text(tip).time(at).run(c).await?;
    Ok(())
}

/// Notes what stands in the way, and keeps the instant when that began. `false`: it was removed meanwhile.
///
/// # Errors
/// The database fails.
pub async fn note_failure(
    c: &mut Conn,
    id: &RepositoryId,
    why: &str,
    at: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE repositories SET failure = $2, failing_since = COALESCE(failing_since, $3) \
               WHERE id = $1";
    let statement = Statement::new(TABLE, "note_failure", sql).text(id.as_str());
    Ok(statement.text(why).time(at).run(c).await? > 0)
}

/// Has looked for again, at the next look, what was found in it.
///
/// # Errors
/// The database fails.
pub async fn look_again(c: &mut Conn, id: &RepositoryId) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE repositories SET look_again = 1, tip = NULL WHERE id = $1";
    Statement::new(TABLE, "look_again", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

/// Forgets what was read: the next look reads all of it.
///
/// # Errors
/// The database fails.
pub async fn forget_walked(c: &mut Conn, id: &RepositoryId) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE repositories SET walked = '[]', look_again = 1, tip = NULL, commits = 0, blobs = 0, \
               unread = 0, unread_why = NULL WHERE id = $1";
    Statement::new(TABLE, "forget_walked", sql).text(id.as_str()).run(c).await?;
    Ok(())
}

/// Removes it, with what is known of its reading. Risk events and evidence stay: they are history.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &RepositoryId) -> std::result::Result<bool, StoreError> {
    let sql = "DELETE FROM repositories WHERE id = $1";
    Ok(Statement::new(TABLE, "remove", sql).text(id.as_str()).run(c).await? > 0)
}

fn read(row: &Row) -> Result<WatchedRepository> {
    Ok(WatchedRepository {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        address: row.text("address")?,
        public: row.flag("public")?,
        login: row.maybe_text("login")?,
        interval_seconds: row.number("interval_seconds")?,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        scan: RepositoryScan {
            scanned_at: row.maybe_time("scanned_at")?,
            tip: row.maybe_text("tip")?,
            commits: row.number("commits")?,
            blobs: row.number("blobs")?,
            unread: row.number("unread")?,
            unread_why: row.maybe_text("unread_why")?,
            failure: row.maybe_text("failure")?,
            failing_since: row.maybe_time("failing_since")?,
        },
    })
}
