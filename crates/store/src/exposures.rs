//! What decides who in the world may read what is in a bucket, as it was read last.

use claviger_model::{AssetId, PublicSettings};
use jiff::Timestamp;

use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "exposures";

/// Keeps the settings of a bucket, and says whether they differ from those that were known.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn put(
    c: &mut Conn,
    asset_id: &AssetId,
    settings: &PublicSettings,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let before = get(c, asset_id).await?;
    let sql = "INSERT INTO exposures (asset_id, public_settings, checked_at) VALUES ($1, $2, $3) \
               ON CONFLICT (asset_id) DO UPDATE SET public_settings = excluded.public_settings, \
               checked_at = excluded.checked_at";
    Statement::new(TABLE, "put", sql)
        .text(asset_id.as_str())
        .json(settings)
        .time(now)
        .run(c)
        .await?;
    Ok(before.is_none_or(|(known, _)| known != *settings))
}

/// The settings of a bucket, and when they were read.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    asset_id: &AssetId,
) -> std::result::Result<Option<(PublicSettings, Timestamp)>, StoreError> {
    let sql = "SELECT public_settings, checked_at FROM exposures WHERE asset_id = $1";
    let row = Statement::new(TABLE, "get", sql).text(asset_id.as_str()).first(c).await?;
    row.map(|row| Ok((row.json("public_settings")?, row.time("checked_at")?))).transpose()
}
