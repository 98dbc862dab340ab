//! Connections, with their sealed credentials beside them: the sealed text is read by its own function
//! only, so that no page can carry it by accident.

use claviger_model::{
    AccessKeyId, Connection, ConnectionHealth, ConnectionId, CredentialReference, Provider,
};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "connections";

/// Keys of a reference that are remembered: a role of the machine has about four new ones a day.
const KEYS_MAX: u64 = 2_000;

/// Keeps a new connection; `sealed` are its credentials as the caller sealed them.
///
/// # Errors
/// The id is taken, or the database fails.
pub async fn insert(
    c: &mut Conn,
    connection: &Connection,
    sealed: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO connections (id, name, provider, region, endpoint, accounts_endpoint, \
               access_key_id, credentials, health, synchronized_at, created_at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    Statement::new(TABLE, "insert", sql)
        .text(connection.id.as_str())
        .text(&connection.name)
        .text(connection.provider.as_str())
        .text(&connection.region)
        .maybe_text(connection.endpoint.as_deref())
        .maybe_text(connection.accounts_endpoint.as_deref())
        .maybe_text(connection.access_key_id.as_ref().map(AccessKeyId::as_str))
        .maybe_text(connection.credentials.as_ref().map(ToString::to_string).as_deref())
        .json(&connection.health)
        .maybe_time(connection.synchronized_at)
        .time(connection.created_at)
        .maybe_text(sealed)
        .run(c)
        .await?;
    Ok(())
}

/// One connection.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(
    c: &mut Conn,
    id: &ConnectionId,
) -> std::result::Result<Option<Connection>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM connections WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every connection, by name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(c: &mut Conn) -> std::result::Result<Vec<Connection>, StoreError> {
    let rows =
        Statement::new(TABLE, "list", "SELECT * FROM connections ORDER BY name, id").all(c).await?;
    read_all(&rows, read)
}

/// The sealed credentials; `None` where it has none or does not exist.
///
/// # Errors
/// The database fails.
pub async fn sealed(
    c: &mut Conn,
    id: &ConnectionId,
) -> std::result::Result<Option<String>, StoreError> {
    let row = Statement::new(TABLE, "sealed", "SELECT sealed FROM connections WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.map_or(Ok(None), |row| row.maybe_text("sealed"))
}

/// How it fares.
///
/// # Errors
/// The database fails.
pub async fn set_health(
    c: &mut Conn,
    id: &ConnectionId,
    health: &ConnectionHealth,
) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "set_health", "UPDATE connections SET health = $2 WHERE id = $1")
        .text(id.as_str())
        .json(health)
        .run(c)
        .await?;
    Ok(())
}

/// Its buckets were listed.
///
/// # Errors
/// The database fails.
pub async fn set_synchronized(
    c: &mut Conn,
    id: &ConnectionId,
    at: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE connections SET synchronized_at = $2 WHERE id = $1";
    Statement::new(TABLE, "set_synchronized", sql).text(id.as_str()).time(at).run(c).await?;
    Ok(())
}

/// Other credentials: the key it signs with, and its sealed secret or where both are. The key that a reference led
/// to before is remembered.
///
/// # Errors
/// The database fails.
pub async fn set_credentials(
    c: &mut Conn,
    id: &ConnectionId,
    access_key_id: &AccessKeyId,
    (reference, sealed): (Option<&CredentialReference>, Option<&str>),
    at: Timestamp,
) -> std::result::Result<(), StoreError> {
    remember_key(c, id, at).await?;
    let sql = "UPDATE connections SET access_key_id = $2, credentials = $3, sealed = $4 \
               WHERE id = $1";
    Statement::new(TABLE, "set_credentials", sql)
        .text(id.as_str())
        .text(access_key_id.as_str())
        .maybe_text(reference.map(ToString::to_string).as_deref())
        .maybe_text(sealed)
        .run(c)
        .await?;
    Ok(())
}

/// A reference leads to another key than before, which is remembered. Whether it did: the reference may have been
/// replaced meanwhile.
///
/// # Errors
/// The database fails.
pub async fn set_key_of_reference(
    c: &mut Conn,
    id: &ConnectionId,
    reference: &CredentialReference,
    access_key_id: &AccessKeyId,
    at: Timestamp,
) -> std::result::Result<bool, StoreError> {
    remember_key(c, id, at).await?;
    let sql = "UPDATE connections SET access_key_id = $3 WHERE id = $1 AND credentials = $2";
    let changed = Statement::new(TABLE, "set_key_of_reference", sql)
        .text(id.as_str())
        .text(&reference.to_string())
        .text(access_key_id.as_str())
        .run(c)
        .await?;
    Ok(changed > 0)
}

/// Remembers the key of a reference before it is another; of very many the oldest are forgotten.
async fn remember_key(c: &mut Conn, id: &ConnectionId, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO connection_keys (connection_id, access_key_id, replaced_at) \
               SELECT id, access_key_id, $2 FROM connections \
               WHERE id = $1 AND credentials IS NOT NULL AND access_key_id IS NOT NULL \
               ON CONFLICT (connection_id, access_key_id) DO UPDATE SET replaced_at = $2";
    Statement::new(TABLE, "remember_key", sql).text(id.as_str()).time(at).run(c).await?;
    let sql = "DELETE FROM connection_keys WHERE connection_id = $1 AND access_key_id NOT IN \
               (SELECT access_key_id FROM connection_keys WHERE connection_id = $1 \
               ORDER BY replaced_at DESC, access_key_id LIMIT $2)";
    Statement::new(TABLE, "forget_keys", sql).text(id.as_str()).number(KEYS_MAX).run(c).await?;
    Ok(())
}

/// Every key that Claviger signs with, or that a reference led to before.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn own_keys(c: &mut Conn) -> std::result::Result<Vec<AccessKeyId>, StoreError> {
    let sql = "SELECT access_key_id FROM connections WHERE access_key_id IS NOT NULL \
               UNION SELECT access_key_id FROM connection_keys";
    let rows = Statement::new(TABLE, "own_keys", sql).all(c).await?;
    read_all(&rows, |row| row.key("access_key_id"))
}

/// Removes it with its assets, their objects and tasks, and its inventory of keys. Risk events and
/// evidence stay: they are history.
///
/// # Errors
/// The database fails.
pub async fn remove(c: &mut Conn, id: &ConnectionId) -> std::result::Result<(), StoreError> {
    Statement::new(TABLE, "remove", "DELETE FROM connections WHERE id = $1")
        .text(id.as_str())
        .run(c)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Connection> {
    Ok(Connection {
        id: row.text("id")?.into(),
        name: row.text("name")?,
        provider: row.word("provider", &Provider::ALL, Provider::as_str)?,
        region: row.text("region")?,
        endpoint: row.maybe_text("endpoint")?,
        accounts_endpoint: row.maybe_text("accounts_endpoint")?,
        access_key_id: row.maybe_key("access_key_id")?,
        credentials: row.parsed("credentials")?,
        health: row.json("health")?,
        synchronized_at: row.maybe_time("synchronized_at")?,
        created_at: row.time("created_at")?,
    })
}
