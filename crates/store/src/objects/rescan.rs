//! Makes objects pending again: all of a bucket, or those whose findings are to be judged anew.

use claviger_model::AssetId;

use super::TABLE;
use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

/// Everything that is still there is to be scanned again.
///
/// # Errors
/// The database fails.
pub async fn rescan(c: &mut Conn, asset_id: &AssetId) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE objects SET state = 'pending' WHERE asset_id = $1 AND state <> 'deleted'";
    Statement::new(TABLE, "rescan", sql).text(asset_id.as_str()).run(c).await?;
    Ok(())
}

/// Makes every scanned object pending in which key pairs were found, and names their buckets, each once.
///
/// # Errors
/// The database fails.
pub async fn rescan_found_keys(c: &mut Conn) -> std::result::Result<Vec<AssetId>, StoreError> {
    let sql = "UPDATE objects SET state = 'pending' \
               WHERE state = 'scanned' AND found_keys > 0 RETURNING asset_id";
    let rows = Statement::new(TABLE, "rescan_found_keys", sql).all(c).await?;
    let mut assets: Vec<AssetId> = read_all(&rows, |row| Ok(row.text("asset_id")?.into()))?;
    assets.sort_unstable();
    assets.dedup();
    Ok(assets)
}

/// Makes every scanned object pending in which the passwords of databases may have been found, and names
/// their buckets, each once.
///
/// # Errors
/// The database fails.
pub async fn rescan_found_accounts(c: &mut Conn) -> std::result::Result<Vec<AssetId>, StoreError> {
    // Rules of addresses and accounts are called so.
    let sql = "UPDATE objects SET state = 'pending' WHERE state = 'scanned' \
               AND (found_data LIKE '%_address\"%' OR found_data LIKE '%_account\"%') \
               RETURNING asset_id";
    let rows = Statement::new(TABLE, "rescan_found_accounts", sql).all(c).await?;
    let mut assets: Vec<AssetId> = read_all(&rows, |row| Ok(row.text("asset_id")?.into()))?;
    assets.sort_unstable();
    assets.dedup();
    Ok(assets)
}
