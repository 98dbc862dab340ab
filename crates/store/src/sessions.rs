//! Signed-in browsers and API tokens. The token itself is never kept, its hash is.

use claviger_model::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
use crate::users::{self, User};
use crate::{Conn, StoreError};

const TABLE: &str = "sessions";

/// What holds the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A browser, in a cookie.
    Browser,
    /// A program.
    Token,
}

impl SessionKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Browser, Self::Token];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Token => "token",
        }
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the token, as the caller made it.
    pub token_hash: String,
    /// Whose it is.
    pub user_id: UserId,
    /// What holds the token.
    pub kind: SessionKind,
    /// What a person recognizes it by.
    pub label: String,
    /// When it began.
    pub created_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Keeps a new session.
///
/// # Errors
/// The token's hash is taken, the user does not exist, or the database fails.
pub async fn insert(c: &mut Conn, session: &Session) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO sessions (token_hash, user_id, kind, label, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::new(TABLE, "insert", sql)
        .text(&session.token_hash)
        .text(session.user_id.as_str())
        .text(session.kind.as_str())
        .text(&session.label)
        .time(session.created_at)
        .time(session.expires_at)
        .run(c)
        .await?;
    Ok(())
}

/// The session of a token with its user, unless it ended or the user is disabled.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn find(
    c: &mut Conn,
    token_hash: &str,
    now: Timestamp,
) -> std::result::Result<Option<(Session, User)>, StoreError> {
    let sql = "SELECT * FROM sessions WHERE token_hash = $1 AND expires_at > $2";
    let row = Statement::new(TABLE, "find", sql).text(token_hash).time(now).first(c).await?;
    let Some(session) = row.as_ref().map(read).transpose()? else { return Ok(None) };
    let user = users::by_id(c, &session.user_id).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| (session, user)))
}

/// Ends a session.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, token_hash: &str) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM sessions WHERE token_hash = $1")
        .text(token_hash)
        .run(c)
        .await?;
    Ok(())
}

/// Forgets the sessions that ended.
///
/// # Errors
/// The database fails.
pub async fn prune(c: &mut Conn, now: Timestamp) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "prune", "DELETE FROM sessions WHERE expires_at <= $1")
        .time(now)
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Session> {
    Ok(Session {
        token_hash: row.text("token_hash")?,
        user_id: row.text("user_id")?.into(),
        kind: row.word("kind", &SessionKind::ALL, SessionKind::as_str)?,
        label: row.text("label")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
