//! What listings and looks at objects show.

use claviger_model::{AssetId, Availability, Sensitivity};
use jiff::Timestamp;

use super::TABLE;
use crate::statement::Statement;
use crate::{Conn, StoreError};

/// An object as a listing or a look at it shows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Its name.
    pub name: &'a str,
    /// The content's mark.
    pub etag: &'a str,
    /// Size in bytes.
    pub bytes: u64,
    /// When the store says it was last changed.
    pub last_modified: Option<Timestamp>,
    /// Its storage class by the provider's word.
    pub storage_class: Option<&'a str>,
    /// Whether it can be read.
    pub availability: Availability,
}

/// A listing or a log line showed the object. Says whether it is now pending because it is new, has a new
/// ETag, or had been deleted. Its ACL is then unknown: a written object has a fresh one. One that could not be read
/// because it lay in an archive is pending, too, once it can be.
///
/// # Errors
/// The asset does not exist, or the database fails.
pub async fn observe(
    c: &mut Conn,
    asset_id: &AssetId,
    seen: &Seen<'_>,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let known = "UPDATE objects SET seen_at = $4, bytes = $5, last_modified = $6, \
                 storage_class = $7, \
                 state = CASE WHEN state = 'unreadable' AND $8 = 'at_once' \
                 AND availability IN ('archived', 'restoring') THEN 'pending' ELSE state END, \
                 availability = CASE WHEN $8 = 'untold' THEN availability ELSE $8 END \
                 WHERE asset_id = $1 AND name = $2 AND etag = $3 AND state <> 'deleted'";
    let unchanged = Statement::new(TABLE, "observe", known)
        .text(asset_id.as_str())
        .text(seen.name)
        .text(seen.etag)
        .time(now)
        .number(seen.bytes)
        .maybe_time(seen.last_modified)
        .maybe_text(seen.storage_class)
        .text(seen.availability.as_str())
        .run(c)
        .await?;
    if unchanged > 0 {
        return Ok(false);
    }
    let changed = "INSERT INTO objects (asset_id, name, etag, bytes, last_modified, state, \
                   sensitivity, found_data, found_keys, seen_at, storage_class, availability) \
                   VALUES ($1, $2, $3, $4, $5, 'pending', $6, '[]', 0, $7, $8, $9) \
                   ON CONFLICT (asset_id, name) DO UPDATE SET etag = excluded.etag, \
                   bytes = excluded.bytes, last_modified = excluded.last_modified, acl = NULL, \
                   state = 'pending', why = NULL, seen_at = excluded.seen_at, \
                   storage_class = excluded.storage_class, availability = excluded.availability";
    Statement::new(TABLE, "observe", changed)
        .text(asset_id.as_str())
        .text(seen.name)
        .text(seen.etag)
        .number(seen.bytes)
        .maybe_time(seen.last_modified)
        .text(Sensitivity::NotAvailable.as_str())
        .time(now)
        .maybe_text(seen.storage_class)
        .text(seen.availability.as_str())
        .run(c)
        .await?;
    Ok(true)
}
