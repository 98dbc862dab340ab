//! Small settings that the service keeps for itself, by name.

use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "settings";

/// The value of a setting.
///
/// # Errors
/// The database fails.
pub async fn get(c: &mut Conn, key: &str) -> std::result::Result<Option<String>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT setting FROM settings WHERE name = $1")
        .text(key)
        .first(c)
        .await?;
    row.map(|row| row.text("setting")).transpose()
}

/// Keeps the value of a setting.
///
/// # Errors
/// The database fails.
pub async fn set(c: &mut Conn, key: &str, value: &str) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO settings (name, setting) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET setting = excluded.setting";
    Statement::new(TABLE, "set", sql).text(key).text(value).run(c).await?;
    Ok(())
}
