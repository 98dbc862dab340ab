//! Whom a provider of single sign-on knows, and which user that is here.

use claviger_model::UserId;
use jiff::Timestamp;

use crate::statement::Statement;
use crate::users::{self, User};
use crate::{Conn, StoreError};

const TABLE: &str = "identities";

/// Keeps that a user is whom a provider knows as `subject`.
///
/// # Errors
/// Either is taken ([`StoreError::is_conflict`]), or the database fails.
pub async fn insert(
    c: &mut Conn,
    (issuer, subject): (&str, &str),
    user: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO identities (issuer, subject, user_id, made_at) VALUES ($1, $2, $3, $4)";
    Statement::new(TABLE, "insert", sql)
        .text(issuer)
        .text(subject)
        .text(user.as_str())
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

/// The user whom a provider knows as `subject`.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn user_of(
    c: &mut Conn,
    (issuer, subject): (&str, &str),
) -> Result<Option<User>, StoreError> {
    let sql = "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2";
    let row = Statement::new(TABLE, "user_of", sql).text(issuer).text(subject).first(c).await?;
    let Some(row) = row else { return Ok(None) };
    users::by_id(c, &row.text("user_id")?.into()).await
}

/// The provider that a user signs in by; `None` for one with a password.
///
/// # Errors
/// The database fails.
pub async fn issuer_of(c: &mut Conn, user: &UserId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT issuer FROM identities WHERE user_id = $1";
    let row = Statement::new(TABLE, "issuer_of", sql).text(user.as_str()).first(c).await?;
    row.map(|row| row.text("issuer")).transpose()
}
