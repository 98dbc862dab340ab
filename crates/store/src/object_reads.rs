//! Who read objects that hold a leaked key, request by request.

use claviger_model::{AccessEvent, EventId};
use jiff::Timestamp;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "object_reads";

/// Objects asked for at once.
const OBJECTS_AT_ONCE: usize = 100;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRead {
    /// Its id.
    pub event_id: EventId,
    /// When it was made.
    pub at: Timestamp,
    /// From where.
    pub source_ip: Option<String>,
    /// With which key; `None` without one.
    pub access_key_id: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// Bytes that left.
    pub bytes_out: u64,
}

/// Keeps that an object was read; what is known already changes nothing.
///
/// # Errors
/// The database fails.
pub async fn insert(
    c: &mut Conn,
    (bucket, object): (&str, &str),
    read: &AccessEvent,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO object_reads (bucket, object, event_id, happened_at, source_ip, \
               access_key_id, user_agent, bytes_out) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (bucket, object, event_id) DO NOTHING";
    Statement::new(TABLE, "insert", sql)
        .text(bucket)
        .text(object)
        .text(read.event_id.as_str())
        .time(read.time)
        .maybe_text(read.source_ip.as_deref())
        .maybe_text(read.access_key_id.as_ref().map(claviger_model::AccessKeyId::as_str))
        .maybe_text(read.user_agent.as_deref())
        .number(read.bytes_out.unwrap_or(0))
        .run(c)
        .await?;
    Ok(())
}

/// How many reads of an object are known.
///
/// # Errors
/// The database fails.
pub async fn count(
    c: &mut Conn,
    (bucket, object): (&str, &str),
) -> std::result::Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS reads FROM object_reads WHERE bucket = $1 AND object = $2";
    let row = Statement::new(TABLE, "count", sql).text(bucket).text(object).only(c).await?;
    row.number("reads")
}

/// The reads of an object that are known, the first one first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_object(
    c: &mut Conn,
    (bucket, object): (&str, &str),
) -> std::result::Result<Vec<ObjectRead>, StoreError> {
    let sql = "SELECT * FROM object_reads WHERE bucket = $1 AND object = $2 \
               ORDER BY happened_at, event_id";
    let rows = Statement::new(TABLE, "of_object", sql).text(bucket).text(object).all(c).await?;
    read_all(&rows, read)
}

/// When an address first read an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstRead {
    /// The object's bucket.
    pub bucket: String,
    /// The object.
    pub object: String,
    /// The address.
    pub source_ip: String,
    /// The first instant.
    pub at: Timestamp,
}

/// The first read of each object by each address.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn first_by_source(c: &mut Conn) -> std::result::Result<Vec<FirstRead>, StoreError> {
    let statement = Statement::composed(TABLE, "first_by_source", first_by_source_sql(""));
    read_all(&statement.all(c).await?, read_first)
}

/// The same of some objects, each as its bucket and its name.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn first_by_source_of(
    c: &mut Conn,
    objects: &[(&str, &str)],
) -> std::result::Result<Vec<FirstRead>, StoreError> {
    let mut found = Vec::new();
    for batch in objects.chunks(OBJECTS_AT_ONCE) {
        // Not as pairs in a list: SQLite finds those by no index.
        let pair = |n: usize| format!("(bucket = ${} AND object = ${})", 2 * n + 1, 2 * n + 2);
        let pairs: Vec<String> = (0..batch.len()).map(pair).collect();
        let which = format!("AND ({})", pairs.join(" OR "));
        let sql = first_by_source_sql(&which);
        let mut statement = Statement::composed(TABLE, "first_by_source_of", sql).once();
        for (bucket, object) in batch {
            statement = statement.text(bucket).text(object);
        }
        found.extend(read_all(&statement.all(c).await?, read_first)?);
    }
    Ok(found)
}

fn first_by_source_sql(which: &str) -> String {
    format!(
        "SELECT bucket, object, source_ip, MIN(happened_at) AS happened_at FROM object_reads \
         WHERE source_ip IS NOT NULL {which} GROUP BY bucket, object, source_ip"
    )
}

fn read_first(row: &Row) -> Result<FirstRead> {
    Ok(FirstRead {
        bucket: row.text("bucket")?,
        object: row.text("object")?,
        source_ip: row.text("source_ip")?,
        at: row.time("happened_at")?,
    })
}

fn read(row: &Row) -> Result<ObjectRead> {
    Ok(ObjectRead {
        event_id: EventId(row.text("event_id")?),
        at: row.time("happened_at")?,
        source_ip: row.maybe_text("source_ip")?,
        access_key_id: row.maybe_text("access_key_id")?,
        user_agent: row.maybe_text("user_agent")?,
        bytes_out: row.number("bytes_out")?,
    })
}
