//! Who is signed in, by browser or by program. The token itself is never kept, its hash is.

use claviger_model::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::users::{self, User};
use crate::{Conn, StoreError};

const TABLE: &str = "sessions";

/// Digits of the hash by which a session is named: nobody meets two alike, and none of them opens it.
const ID_LENGTH: usize = 16;

/// Most sessions of one answer.
const LISTED_MAX: u64 = 1000;

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
    /// The address that it was opened from, where that is known.
    pub address: Option<String>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
}

impl Session {
    /// What it is named by; it does not open the session.
    #[must_use]
    pub fn id(&self) -> &str {
        self.token_hash.get(..ID_LENGTH).unwrap_or(&self.token_hash)
    }
}

/// Keeps a new session.
///
/// # Errors
/// The token's hash is taken, the user does not exist, or the database fails.
pub async fn insert(c: &mut Conn, session: &Session) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO sessions (token_hash, user_id, kind, label, created_at, expires_at, \
               address, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::new(TABLE, "insert", sql)
        .text(&session.token_hash)
        .text(session.user_id.as_str())
        .text(session.kind.as_str())
        .text(&session.label)
        .time(session.created_at)
        .time(session.expires_at)
        .maybe_text(session.address.as_deref())
        .maybe_time(session.last_used_at)
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

/// The open sessions of a user, or of everybody, each with its user's name; those used last come first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    of: Option<&UserId>,
    now: Timestamp,
) -> std::result::Result<Vec<(Session, String)>, StoreError> {
    let sql = "SELECT sessions.*, users.name AS user_name FROM sessions \
               JOIN users ON users.id = sessions.user_id \
               WHERE sessions.expires_at > $1 AND ($2 = '' OR sessions.user_id = $2) \
               ORDER BY COALESCE(sessions.last_used_at, sessions.created_at) DESC, \
               sessions.token_hash LIMIT $3";
    let rows = Statement::new(TABLE, "list", sql)
        .time(now)
        .text(of.map_or("", UserId::as_str))
        .number(LISTED_MAX)
        .all(c)
        .await?;
    read_all(&rows, |row| Ok((read(row)?, row.text("user_name")?)))
}

/// Notes that a session was used, unless that was noted since `unless_since`.
///
/// # Errors
/// The database fails.
pub async fn note_use(
    c: &mut Conn,
    token_hash: &str,
    at: Timestamp,
    unless_since: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE sessions SET last_used_at = $2 WHERE token_hash = $1 \
               AND (last_used_at IS NULL OR last_used_at <= $3)";
    Statement::new(TABLE, "note_use", sql)
        .text(token_hash)
        .time(at)
        .time(unless_since)
        .run(c)
        .await?;
    Ok(())
}

/// Ends the session of an id, if it is this user's; of anybody's where no user is named. Says whether it was there.
///
/// # Errors
/// The database fails.
pub async fn end(
    c: &mut Conn,
    id: &str,
    of: Option<&UserId>,
) -> std::result::Result<bool, StoreError> {
    let sql = format!(
        "DELETE FROM sessions WHERE substr(token_hash, 1, {ID_LENGTH}) = $1 \
         AND ($2 = '' OR user_id = $2)"
    );
    let of = of.map_or("", UserId::as_str);
    Ok(Statement::composed(TABLE, "end", sql).text(id).text(of).run(c).await? > 0)
}

/// Ends every session of a user but one. Says how many ended.
///
/// # Errors
/// The database fails.
pub async fn end_all_of(
    c: &mut Conn,
    user: &UserId,
    but: Option<&str>,
) -> std::result::Result<u64, StoreError> {
    let sql = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
    Statement::new(TABLE, "end_all_of", sql)
        .text(user.as_str())
        .text(but.unwrap_or_default())
        .run(c)
        .await
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
        address: row.maybe_text("address")?,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}
