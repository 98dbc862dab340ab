//! Objects of authorized buckets: what stands where, and how far the scan is.
//!
//! An object is *pending* until the content of its present ETag was scanned. What a scan found stays on
//! the row until the next scan replaces it: an unknown new content is not taken for harmless.

mod observe;
mod rescan;
mod unread;

use claviger_model::{Acl, AssetId, Availability, Sensitivity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

pub use observe::{Seen, observe};
pub use rescan::{rescan, rescan_found_accounts, rescan_found_keys};
pub use unread::{archived_count, leave_in_archive, set_archived, set_unreadable, unreadable};

const TABLE: &str = "objects";

/// How far the scan of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    /// To be scanned.
    Pending,
    /// Its present content was scanned.
    Scanned,
    /// It could not be read; `why` says it.
    Unreadable,
    /// It is gone.
    Deleted,
}

impl ObjectState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Scanned, Self::Unreadable, Self::Deleted];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scanned => "scanned",
            Self::Unreadable => "unreadable",
            Self::Deleted => "deleted",
        }
    }
}

/// How much of one data type an object holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataCount {
    /// The data type's name in the template.
    pub data_type: String,
    /// Its level in the template.
    pub sensitivity: Sensitivity,
    /// How many values.
    pub count: u64,
    /// The first value, masked; empty where none may be shown.
    pub sample: String,
}

/// An object and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRow {
    /// Its bucket.
    pub asset_id: AssetId,
    /// Its name, as the store has it.
    pub name: String,
    /// The content's mark.
    pub etag: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When the store says it was last changed.
    pub last_modified: Option<Timestamp>,
    /// Its access control list, as last read.
    pub acl: Option<Acl>,
    /// How far its scan is.
    pub state: ObjectState,
    /// The most sensitive content found in it.
    pub sensitivity: Sensitivity,
    /// What kinds of data it holds.
    pub data: Vec<DataCount>,
    /// Why it could not be read, or not wholly.
    pub why: Option<String>,
    /// When it was scanned.
    pub scanned_at: Option<Timestamp>,
    /// How many access key pairs were found in it.
    pub keys: u64,
    /// Its storage class by the provider's word, where it said one.
    pub storage_class: Option<String>,
    /// Whether it can be read, as last seen.
    pub availability: Availability,
}

/// How far the scan of a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObjectProgress {
    /// Objects to be scanned.
    pub pending: u64,
    /// Objects scanned.
    pub scanned: u64,
    /// Objects that could not be read.
    pub unreadable: u64,
    /// Bytes of scanned objects.
    pub bytes_scanned: u64,
    /// Bytes of pending objects.
    pub bytes_pending: u64,
}

/// The next pending objects, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn pending(
    c: &mut Conn,
    asset_id: &AssetId,
    after_name: Option<&str>,
    limit: u32,
) -> std::result::Result<Vec<ObjectRow>, StoreError> {
    let sql = "SELECT * FROM objects WHERE asset_id = $1 AND state = 'pending' \
               AND ($2 IS NULL OR name > $2) ORDER BY name LIMIT $3";
    let rows = Statement::new(TABLE, "pending", sql)
        .text(asset_id.as_str())
        .maybe_text(after_name)
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// How many objects are pending.
///
/// # Errors
/// The database fails.
pub async fn pending_count(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS pending FROM objects WHERE asset_id = $1 AND state = 'pending'";
    Statement::new(TABLE, "pending_count", sql)
        .text(asset_id.as_str())
        .only(c)
        .await?
        .number("pending")
}

/// Keeps what a scan found, provided that the object is still there with the ETag that was scanned.
/// `false`: it changed or went meanwhile, and nothing was kept.
///
/// # Errors
/// The database fails.
pub async fn set_scanned(
    c: &mut Conn,
    object: &ObjectRow,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE objects SET state = 'scanned', acl = COALESCE($4, acl), sensitivity = $5, \
               found_data = $6, why = $7, scanned_at = $8, found_keys = $9, scanned_etag = etag \
               WHERE asset_id = $1 AND name = $2 AND etag = $3 AND state <> 'deleted'";
    let kept = Statement::new(TABLE, "set_scanned", sql)
        .text(object.asset_id.as_str())
        .text(&object.name)
        .text(&object.etag)
        .maybe_text(object.acl.map(Acl::as_str))
        .text(object.sensitivity.as_str())
        .json(&object.data)
        .maybe_text(object.why.as_deref())
        .maybe_time(object.scanned_at)
        .number(object.keys)
        .run(c)
        .await?;
    Ok(kept > 0)
}

/// The object is gone.
///
/// # Errors
/// The database fails.
pub async fn set_deleted(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE objects SET state = 'deleted' WHERE asset_id = $1 AND name = $2";
    Statement::new(TABLE, "set_deleted", sql).text(asset_id.as_str()).text(name).run(c).await?;
    Ok(())
}

/// Its access control list, as last read.
///
/// # Errors
/// The database fails.
pub async fn set_acl(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
    acl: Option<Acl>,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE objects SET acl = $3 WHERE asset_id = $1 AND name = $2";
    Statement::new(TABLE, "set_acl", sql)
        .text(asset_id.as_str())
        .text(name)
        .maybe_text(acl.map(Acl::as_str))
        .run(c)
        .await?;
    Ok(())
}

/// One object.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
) -> std::result::Result<Option<ObjectRow>, StoreError> {
    let sql = "SELECT * FROM objects WHERE asset_id = $1 AND name = $2";
    let row = Statement::new(TABLE, "get", sql).text(asset_id.as_str()).text(name).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// A page of objects, by name, deleted ones included.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    asset_id: &AssetId,
    after: Option<&str>,
    limit: u32,
) -> std::result::Result<Vec<ObjectRow>, StoreError> {
    let sql = "SELECT * FROM objects WHERE asset_id = $1 AND ($2 IS NULL OR name > $2) \
               ORDER BY name LIMIT $3";
    let rows = Statement::new(TABLE, "list", sql)
        .text(asset_id.as_str())
        .maybe_text(after)
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// How far the scan of a bucket is.
///
/// # Errors
/// The database fails.
pub async fn progress(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<ObjectProgress, StoreError> {
    let sql = "SELECT COUNT(CASE WHEN state = 'pending' THEN 1 END) AS pending, \
               COUNT(CASE WHEN state = 'scanned' THEN 1 END) AS scanned, \
               COUNT(CASE WHEN state = 'unreadable' THEN 1 END) AS unreadable, \
               CAST(COALESCE(SUM(CASE WHEN state = 'scanned' THEN bytes END), 0) AS BIGINT) \
               AS bytes_scanned, \
               CAST(COALESCE(SUM(CASE WHEN state = 'pending' THEN bytes END), 0) AS BIGINT) \
               AS bytes_pending \
               FROM objects WHERE asset_id = $1";
    let row = Statement::new(TABLE, "progress", sql).text(asset_id.as_str()).only(c).await?;
    Ok(ObjectProgress {
        pending: row.number("pending")?,
        scanned: row.number("scanned")?,
        unreadable: row.number("unreadable")?,
        bytes_scanned: row.number("bytes_scanned")?,
        bytes_pending: row.number("bytes_pending")?,
    })
}

/// A page of objects that hold anything sensitive, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn sensitive(
    c: &mut Conn,
    asset_id: &AssetId,
    after: Option<&str>,
    limit: u32,
) -> std::result::Result<Vec<ObjectRow>, StoreError> {
    let sql = "SELECT * FROM objects WHERE asset_id = $1 AND ($2 IS NULL OR name > $2) \
               AND state <> 'deleted' AND (sensitivity <> 'N/A' OR found_keys > 0) \
               ORDER BY name LIMIT $3";
    let rows = Statement::new(TABLE, "sensitive", sql)
        .text(asset_id.as_str())
        .maybe_text(after)
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// After a full listing that began at `seen_before`: what it did not see is gone. Names the objects that
/// went, by name.
///
/// # Errors
/// The database fails.
pub async fn mark_missing(
    c: &mut Conn,
    asset_id: &AssetId,
    seen_before: Timestamp,
) -> std::result::Result<Vec<String>, StoreError> {
    let sql = "UPDATE objects SET state = 'deleted' \
               WHERE asset_id = $1 AND state <> 'deleted' AND seen_at < $2 RETURNING name";
    let rows = Statement::new(TABLE, "mark_missing", sql)
        .text(asset_id.as_str())
        .time(seen_before)
        .all(c)
        .await?;
    let mut names = read_all(&rows, |row| row.text("name"))?;
    names.sort_unstable();
    Ok(names)
}

fn read(row: &Row) -> Result<ObjectRow> {
    Ok(ObjectRow {
        asset_id: row.text("asset_id")?.into(),
        name: row.text("name")?,
        etag: row.text("etag")?,
        bytes: row.number("bytes")?,
        last_modified: row.maybe_time("last_modified")?,
        acl: row.maybe_word("acl", &Acl::ALL, Acl::as_str)?,
        state: row.word("state", &ObjectState::ALL, ObjectState::as_str)?,
        sensitivity: row.word("sensitivity", &Sensitivity::ALL, Sensitivity::as_str)?,
        data: row.json("found_data")?,
        why: row.maybe_text("why")?,
        scanned_at: row.maybe_time("scanned_at")?,
        keys: row.number("found_keys")?,
        storage_class: row.maybe_text("storage_class")?,
        availability: row.word("availability", &Availability::ALL, Availability::as_str)?,
    })
}
