//! Profiles of keys, as the detector wrote them: text that nobody here looks into.

use claviger_model::AccessKeyId;
use jiff::Timestamp;

use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "profiles";

/// The profile of a key.
///
/// # Errors
/// The database fails.
pub async fn get(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
) -> std::result::Result<Option<String>, StoreError> {
    let sql = "SELECT profile FROM profiles WHERE access_key_id = $1";
    let row = Statement::new(TABLE, "get", sql).text(access_key_id.as_str()).first(c).await?;
    row.map(|row| row.text("profile")).transpose()
}

/// Keeps the profile of a key.
///
/// # Errors
/// The database fails.
pub async fn put(
    c: &mut Conn,
    access_key_id: &AccessKeyId,
    profile: &str,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO profiles (access_key_id, profile, updated_at) VALUES ($1, $2, $3) \
               ON CONFLICT (access_key_id) DO UPDATE SET profile = excluded.profile, \
               updated_at = excluded.updated_at";
    Statement::new(TABLE, "put", sql)
        .text(access_key_id.as_str())
        .text(profile)
        .time(now)
        .run(c)
        .await?;
    Ok(())
}
