//! Buckets: what synchronization saw of them, and what a person decided about them.

use claviger_model::{Acl, Asset, AssetId, Authorization, ConnectionId, Provider, Sensitivity};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::{Statement, containing};
use crate::{Conn, StoreError};

const TABLE: &str = "assets";

/// Which assets to list.
#[derive(Debug, Clone)]
pub struct AssetFilter {
    /// Only of this authorization.
    pub authorization: Option<Authorization>,
    /// Only of this connection.
    pub connection_id: Option<ConnectionId>,
    /// Only whose bucket name contains this, in either case.
    pub search: Option<String>,
    /// Only after this bucket and id: the last row of the page before.
    pub after: Option<(String, AssetId)>,
    /// At most so many.
    pub limit: u32,
}

impl Default for AssetFilter {
    /// The first 100 of all.
    fn default() -> Self {
        Self { authorization: None, connection_id: None, search: None, after: None, limit: 100 }
    }
}

/// The storage authorization statistics of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AssetStatistics {
    /// The provider.
    pub provider: Provider,
    /// Buckets that may be looked into.
    pub authorized: u64,
    /// Buckets that nobody authorized.
    pub not_authorized: u64,
    /// Buckets that the provider refuses.
    pub failed: u64,
    /// Bytes in authorized buckets, as far as counted.
    pub bytes_authorized: u64,
}

/// Keeps what synchronization saw. A known bucket keeps its authorization, failure and sensitivity, and
/// its counts where this listing did not count.
///
/// # Errors
/// The connection does not exist, or the database fails.
pub async fn upsert(c: &mut Conn, asset: &Asset) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO assets (id, connection_id, provider, bucket, region, endpoint, acl, \
               public_access_blocked, log_target, object_count, bytes, authorization_state, failure, \
               sensitivity, synchronized_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
               ON CONFLICT (id) DO UPDATE SET connection_id = excluded.connection_id, \
               provider = excluded.provider, bucket = excluded.bucket, region = excluded.region, \
               endpoint = excluded.endpoint, acl = excluded.acl, \
               public_access_blocked = excluded.public_access_blocked, \
               log_target = excluded.log_target, \
               object_count = COALESCE(excluded.object_count, assets.object_count), \
               bytes = COALESCE(excluded.bytes, assets.bytes), \
               synchronized_at = excluded.synchronized_at";
    Statement::new(TABLE, "upsert", sql)
        .text(asset.id.as_str())
        .text(asset.connection_id.as_str())
        .text(asset.provider.as_str())
        .text(&asset.bucket)
        .text(&asset.region)
        .maybe_text(asset.endpoint.as_deref())
        .maybe_text(asset.acl.map(Acl::as_str))
        .maybe_flag(asset.public_access_blocked)
        .maybe_text(asset.log_target.as_deref())
        .maybe_number(asset.object_count)
        .maybe_number(asset.bytes)
        .text(asset.authorization.as_str())
        .maybe_text(asset.failure.as_deref())
        .text(asset.sensitivity.as_str())
        .time(asset.synchronized_at)
        .run(c)
        .await?;
    Ok(())
}

/// One asset.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn get(c: &mut Conn, id: &AssetId) -> std::result::Result<Option<Asset>, StoreError> {
    let row = Statement::new(TABLE, "get", "SELECT * FROM assets WHERE id = $1")
        .text(id.as_str())
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The asset of a bucket.
///
/// # Errors
/// The database fails, or the row cannot be read back.
pub async fn find(
    c: &mut Conn,
    connection_id: &ConnectionId,
    bucket: &str,
) -> std::result::Result<Option<Asset>, StoreError> {
    let sql = "SELECT * FROM assets WHERE connection_id = $1 AND bucket = $2";
    let row = Statement::new(TABLE, "find", sql)
        .text(connection_id.as_str())
        .text(bucket)
        .first(c)
        .await?;
    row.as_ref().map(read).transpose()
}

/// A page of assets, by bucket name, then id.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    filter: &AssetFilter,
) -> std::result::Result<Vec<Asset>, StoreError> {
    let sql = "SELECT * FROM assets \
               WHERE ($1 IS NULL OR authorization_state = $1) \
               AND ($2 IS NULL OR connection_id = $2) \
               AND ($3 IS NULL OR LOWER(bucket) LIKE LOWER($3) ESCAPE '!') \
               AND ($4 IS NULL OR bucket > $4 OR (bucket = $4 AND id > $5)) \
               ORDER BY bucket, id LIMIT $6";
    let (bucket, id) =
        filter.after.as_ref().map(|(bucket, id)| (bucket.as_str(), id.as_str())).unzip();
    let rows = Statement::new(TABLE, "list", sql)
        .maybe_text(filter.authorization.map(Authorization::as_str))
        .maybe_text(filter.connection_id.as_ref().map(ConnectionId::as_str))
        .maybe_text(filter.search.as_deref().map(containing).as_deref())
        .maybe_text(bucket)
        .maybe_text(id)
        .number(filter.limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// The assets of this bucket name that may be looked into, in whatever connection.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_bucket(c: &mut Conn, bucket: &str) -> std::result::Result<Vec<Asset>, StoreError> {
    let sql = "SELECT * FROM assets WHERE bucket = $1 AND authorization_state <> $2 ORDER BY id";
    let none = Authorization::NotAuthorized.as_str();
    let rows = Statement::new(TABLE, "of_bucket", sql).text(bucket).text(none).all(c).await?;
    read_all(&rows, read)
}

/// The assets that may be looked into and write their log into this bucket.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn of_log_bucket(
    c: &mut Conn,
    bucket: &str,
) -> std::result::Result<Vec<Asset>, StoreError> {
    let sql = "SELECT * FROM assets WHERE SUBSTR(log_target, 1, LENGTH($1)) = $1 \
               AND authorization_state <> $2 ORDER BY id";
    let none = Authorization::NotAuthorized.as_str();
    let rows = Statement::new(TABLE, "of_log_bucket", sql)
        .text(&format!("{bucket}/"))
        .text(none)
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// What a person decided, or what the provider answered to it.
///
/// # Errors
/// The database fails.
pub async fn set_authorization(
    c: &mut Conn,
    id: &AssetId,
    authorization: Authorization,
    failure: Option<&str>,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE assets SET authorization_state = $2, failure = $3 WHERE id = $1";
    Statement::new(TABLE, "set_authorization", sql)
        .text(id.as_str())
        .text(authorization.as_str())
        .maybe_text(failure)
        .run(c)
        .await?;
    Ok(())
}

/// Sets the sensitivity to the most sensitive of its live objects and `at_least`. With `N/A` it is
/// exactly that of its objects, so it may fall as well.
///
/// # Errors
/// The database fails.
pub async fn raise_sensitivity(
    c: &mut Conn,
    id: &AssetId,
    at_least: Sensitivity,
) -> std::result::Result<(), StoreError> {
    // The words sort as the levels do: `N/A`, `S1`, …, `S4`.
    let sql = "UPDATE assets SET sensitivity = (\
               SELECT CASE WHEN MAX(objects.sensitivity) > $2 THEN MAX(objects.sensitivity) ELSE $2 END \
               FROM objects WHERE objects.asset_id = $1 AND objects.state <> 'deleted') \
               WHERE id = $1";
    Statement::new(TABLE, "raise_sensitivity", sql)
        .text(id.as_str())
        .text(at_least.as_str())
        .run(c)
        .await?;
    Ok(())
}

/// Who may read it, as last read.
///
/// # Errors
/// The database fails.
pub async fn set_acl(
    c: &mut Conn,
    id: &AssetId,
    acl: Option<Acl>,
    public_access_blocked: Option<bool>,
) -> std::result::Result<(), StoreError> {
    let sql = "UPDATE assets SET acl = $2, public_access_blocked = $3 WHERE id = $1";
    Statement::new(TABLE, "set_acl", sql)
        .text(id.as_str())
        .maybe_text(acl.map(Acl::as_str))
        .maybe_flag(public_access_blocked)
        .run(c)
        .await?;
    Ok(())
}

/// The storage authorization statistics, for each provider that has a bucket.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn statistics(c: &mut Conn) -> std::result::Result<Vec<AssetStatistics>, StoreError> {
    let sql = "SELECT provider, \
               COUNT(CASE WHEN authorization_state = 'authorized' THEN 1 END) AS authorized, \
               COUNT(CASE WHEN authorization_state = 'not_authorized' THEN 1 END) AS not_authorized, \
               COUNT(CASE WHEN authorization_state = 'failed' THEN 1 END) AS failed, \
               CAST(COALESCE(SUM(CASE WHEN authorization_state = 'authorized' THEN bytes END), 0) \
               AS BIGINT) AS bytes_authorized \
               FROM assets GROUP BY provider ORDER BY provider";
    let rows = Statement::new(TABLE, "statistics", sql).all(c).await?;
    read_all(&rows, |row| {
        Ok(AssetStatistics {
            provider: row.word("provider", &Provider::ALL, Provider::as_str)?,
            authorized: row.number("authorized")?,
            not_authorized: row.number("not_authorized")?,
            failed: row.number("failed")?,
            bytes_authorized: row.number("bytes_authorized")?,
        })
    })
}

/// Forgets the buckets of a connection that no listing since `synchronized_before` saw. What a person
/// authorized stays, so that its disappearance is seen.
///
/// # Errors
/// The database fails.
pub async fn remove_unseen(
    c: &mut Conn,
    connection_id: &ConnectionId,
    synchronized_before: Timestamp,
) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM assets WHERE connection_id = $1 \
               AND authorization_state = 'not_authorized' AND synchronized_at < $2";
    Statement::new(TABLE, "remove_unseen", sql)
        .text(connection_id.as_str())
        .time(synchronized_before)
        .run(c)
        .await?;
    Ok(())
}

/// The assets of a bucket's name, in whatever connection.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn ids_of_bucket(
    c: &mut Conn,
    bucket: &str,
) -> std::result::Result<Vec<AssetId>, StoreError> {
    let sql = "SELECT id FROM assets WHERE bucket = $1 ORDER BY id";
    let rows = Statement::new(TABLE, "ids_of_bucket", sql).text(bucket).all(c).await?;
    read_all(&rows, |row| Ok(row.text("id")?.into()))
}

fn read(row: &Row) -> Result<Asset> {
    Ok(Asset {
        id: row.text("id")?.into(),
        connection_id: row.text("connection_id")?.into(),
        provider: row.word("provider", &Provider::ALL, Provider::as_str)?,
        bucket: row.text("bucket")?,
        region: row.text("region")?,
        endpoint: row.maybe_text("endpoint")?,
        acl: row.maybe_word("acl", &Acl::ALL, Acl::as_str)?,
        public_access_blocked: row.maybe_flag("public_access_blocked")?,
        log_target: row.maybe_text("log_target")?,
        object_count: row.maybe_number("object_count")?,
        bytes: row.maybe_number("bytes")?,
        authorization: row.word(
            "authorization_state",
            &Authorization::ALL,
            Authorization::as_str,
        )?,
        failure: row.maybe_text("failure")?,
        sensitivity: row.word("sensitivity", &Sensitivity::ALL, Sensitivity::as_str)?,
        synchronized_at: row.time("synchronized_at")?,
    })
}
