//! Objects that could not be read: refused, or in an archive.

use claviger_model::AssetId;
use jiff::Timestamp;

use super::{ObjectRow, TABLE, read};
use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

/// The object could not be read; `why` says it with the way out.
///
/// # Errors
/// The database fails.
pub async fn set_unreadable(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
    why: &str,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE objects SET state = 'unreadable', why = $3, scanned_at = $4 \
               WHERE asset_id = $1 AND name = $2 AND state <> 'deleted'";
    Statement::new(TABLE, "set_unreadable", sql)
        .text(asset_id.as_str())
        .text(name)
        .text(why)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// The object lies in an archive, and its content is not asked for. What was read of the same content before stays
/// known; `false`: nothing was, and the object is unread, with `why`.
///
/// # Errors
/// The database fails.
pub async fn leave_in_archive(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
    why: &str,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let sql = "UPDATE objects SET state = 'scanned' \
               WHERE asset_id = $1 AND name = $2 AND scanned_etag = etag AND state <> 'deleted'";
    let known = Statement::new(TABLE, "leave_in_archive", sql)
        .text(asset_id.as_str())
        .text(name)
        .run(c)
        .await?;
    if known == 0 {
        set_unreadable(c, asset_id, name, why, now).await?;
    }
    Ok(known > 0)
}

/// A request for the content was refused because the object lies in an archive.
///
/// # Errors
/// The database fails.
pub async fn set_archived(
    c: &mut Conn,
    asset_id: &AssetId,
    name: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE objects SET availability = 'archived' WHERE asset_id = $1 AND name = $2";
    Statement::new(TABLE, "set_archived", sql).text(asset_id.as_str()).text(name).run(c).await?;
    Ok(())
}

/// How many objects could not be read because they lie in an archive.
///
/// # Errors
/// The database fails.
pub async fn archived_count(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS archived FROM objects WHERE asset_id = $1 \
               AND state = 'unreadable' AND availability IN ('archived', 'restoring')";
    Statement::new(TABLE, "archived_count", sql)
        .text(asset_id.as_str())
        .only(c)
        .await?
        .number("archived")
}

/// Objects that could not be read, the one tried longest ago first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn unreadable(
    c: &mut Conn,
    asset_id: &AssetId,
    tried_before: Timestamp,
    limit: u32,
) -> std::result::Result<Vec<ObjectRow>, StoreError> {
    let sql = "SELECT * FROM objects WHERE asset_id = $1 AND state = 'unreadable' \
               AND scanned_at < $2 ORDER BY scanned_at, name LIMIT $3";
    let rows = Statement::new(TABLE, "unreadable", sql)
        .text(asset_id.as_str())
        .time(tried_before)
        .number(limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}
