//! Which buckets the lines of a source speak of.

use jiff::Timestamp;

use crate::error::Result;
use crate::row::Row;
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "source_buckets";

/// That a source speaks of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceBucket {
    /// The source.
    pub source: String,
    /// The bucket's name.
    pub bucket: String,
    /// The time of the latest line about it.
    pub last_line_at: Timestamp,
    /// When such a line was read last.
    pub last_read_at: Timestamp,
}

/// Notes that a source speaks of a bucket.
///
/// # Errors
/// The database fails.
pub async fn note(c: &mut Conn, seen: &SourceBucket) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO source_buckets (source, bucket, last_line_at, last_read_at) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (source, bucket) DO UPDATE SET \
               last_line_at = CASE WHEN source_buckets.last_line_at > excluded.last_line_at \
               THEN source_buckets.last_line_at ELSE excluded.last_line_at END, \
               last_read_at = excluded.last_read_at";
    Statement::new(TABLE, "note", sql)
        .text(&seen.source)
        .text(&seen.bucket)
        .time(seen.last_line_at)
        .time(seen.last_read_at)
        .run(c)
        .await?;
    Ok(())
}

/// The source that spoke of a bucket last.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn latest(
    c: &mut Conn,
    bucket: &str,
) -> std::result::Result<Option<SourceBucket>, StoreError> {
    let sql = "SELECT * FROM source_buckets WHERE bucket = $1 \
               ORDER BY last_read_at DESC, source LIMIT 1";
    let row = Statement::new(TABLE, "latest", sql).text(bucket).first(c).await?;
    row.as_ref().map(read).transpose()
}

/// Forgets what a source spoke of.
///
/// # Errors
/// The database fails.
pub async fn forget(c: &mut Conn, source: &str) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM source_buckets WHERE source = $1";
    Statement::new(TABLE, "forget", sql).text(source).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<SourceBucket> {
    Ok(SourceBucket {
        source: row.text("source")?,
        bucket: row.text("bucket")?,
        last_line_at: row.time("last_line_at")?,
        last_read_at: row.time("last_read_at")?,
    })
}
