//! Keys whose newest instant is still to be judged in the order of its events.

use claviger_model::AccessKeyId;

use crate::row::read_all;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "keys_ahead";

/// Keeps which they are, in place of those that were.
///
/// # Errors
/// The database fails.
pub async fn set(c: &mut Conn, keys: &[&AccessKeyId]) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO keys_ahead (slot, access_key_ids) VALUES (1, $1) \
               ON CONFLICT (slot) DO UPDATE SET access_key_ids = excluded.access_key_ids";
    Statement::new(TABLE, "set", sql).json(&keys).run(c).await?;
    Ok(())
}

/// Which they are.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<AccessKeyId>, StoreError> {
    let sql = "SELECT access_key_ids FROM keys_ahead";
    let rows = Statement::new(TABLE, "list", sql).all(c).await?;
    let kept: Vec<Vec<AccessKeyId>> = read_all(&rows, |row| row.json("access_key_ids"))?;
    Ok(kept.into_iter().flatten().collect())
}
