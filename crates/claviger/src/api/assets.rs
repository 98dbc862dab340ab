//! Assets: buckets, their authorization, and what was found in their objects.

use axum::extract::State;
use axum::http::StatusCode;
use claviger_model::{Asset, AssetId, Authorization, ConnectionId};
use claviger_service::Service;
use claviger_store::assets::AssetFilter;
use claviger_store::log_files::LogTotals;
use claviger_store::objects::{ObjectRow, ObjectState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(objects))
        .routes(routes!(log))
        .routes(routes!(authorize))
        .routes(routes!(deauthorize))
        .routes(routes!(identify))
}

/// A bucket.
#[derive(Serialize, ToSchema)]
pub(super) struct AssetView {
    id: String,
    connection_id: String,
    provider: String,
    bucket: String,
    region: String,
    acl: Option<String>,
    public_access_blocked: Option<bool>,
    /// Where its access log goes, as `bucket/prefix`.
    log_target: Option<String>,
    object_count: Option<u64>,
    bytes: Option<u64>,
    /// `not_authorized`, `authorized` or `failed`.
    authorization: String,
    /// Why authorization failed, with the way out.
    failure: Option<String>,
    /// `N/A`, `S1` … `S4`.
    sensitivity: String,
    /// RFC 3339.
    synchronized_at: String,
}

impl From<Asset> for AssetView {
    fn from(asset: Asset) -> Self {
        Self {
            id: asset.id.to_string(),
            connection_id: asset.connection_id.to_string(),
            provider: asset.provider.as_str().to_owned(),
            bucket: asset.bucket,
            region: asset.region,
            acl: asset.acl.map(|acl| acl.as_str().to_owned()),
            public_access_blocked: asset.public_access_blocked,
            log_target: asset.log_target,
            object_count: asset.object_count,
            bytes: asset.bytes,
            authorization: asset.authorization.as_str().to_owned(),
            failure: asset.failure,
            sensitivity: asset.sensitivity.to_string(),
            synchronized_at: asset.synchronized_at.to_string(),
        }
    }
}

/// An object with what was found in it.
#[derive(Serialize, ToSchema)]
struct ObjectView {
    name: String,
    bytes: u64,
    etag: String,
    /// RFC 3339.
    last_modified: Option<String>,
    acl: Option<String>,
    /// `pending`, `scanned`, `unreadable` or `deleted`.
    state: &'static str,
    sensitivity: String,
    /// Access key pairs found.
    keys: u64,
    data: Vec<DataView>,
    /// Why it could not be read, or not whole.
    why: Option<String>,
    /// By the provider's word, where it said one.
    storage_class: Option<String>,
    /// `at_once`, `archived`, `restoring` or `untold`: what lies in an archive is not asked for before it is restored.
    availability: &'static str,
    /// RFC 3339.
    scanned_at: Option<String>,
}

/// One type of data in an object.
#[derive(Serialize, ToSchema)]
struct DataView {
    data_type: String,
    sensitivity: String,
    count: u64,
    /// The first value, masked.
    sample: String,
}

impl From<ObjectRow> for ObjectView {
    fn from(row: ObjectRow) -> Self {
        Self {
            name: row.name,
            bytes: row.bytes,
            etag: row.etag,
            last_modified: row.last_modified.map(|at| at.to_string()),
            acl: row.acl.map(|acl| acl.as_str().to_owned()),
            state: match row.state {
                ObjectState::Pending => "pending",
                ObjectState::Scanned => "scanned",
                ObjectState::Unreadable => "unreadable",
                ObjectState::Deleted => "deleted",
            },
            sensitivity: row.sensitivity.to_string(),
            keys: row.keys,
            data: row
                .data
                .into_iter()
                .map(|count| DataView {
                    data_type: count.data_type,
                    sensitivity: count.sensitivity.to_string(),
                    count: count.count,
                    sample: count.sample,
                })
                .collect(),
            why: row.why,
            storage_class: row.storage_class,
            availability: row.availability.as_str(),
            scanned_at: row.scanned_at.map(|at| at.to_string()),
        }
    }
}

/// How much of a bucket's access log was read. Events and rejected lines make up the lines.
#[derive(Serialize, ToSchema)]
struct LogView {
    files: u64,
    lines: u64,
    events: u64,
    /// Lines that could not be read; `GET /api/v1/rejects` names them.
    rejected: u64,
    /// The greatest name of a file that was read.
    latest_name: Option<String>,
    /// RFC 3339.
    read_at: Option<String>,
}

impl From<LogTotals> for LogView {
    fn from(totals: LogTotals) -> Self {
        Self {
            files: totals.files,
            lines: totals.lines,
            events: totals.events,
            rejected: totals.rejected,
            latest_name: totals.latest_name,
            read_at: totals.read_at.map(|at| at.to_string()),
        }
    }
}

/// Which buckets.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `not_authorized`, `authorized` or `failed`.
    authorization: Option<String>,
    connection_id: Option<String>,
    /// Part of a bucket's name.
    search: Option<String>,
    /// The last row of the page before, as `bucket/id`.
    after: Option<String>,
    limit: Option<u32>,
}

/// Which objects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WhichObjects {
    /// The last name of the page before.
    after: Option<String>,
    limit: Option<u32>,
}

/// Some buckets.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ids {
    ids: Vec<String>,
}

impl Ids {
    fn parse(self) -> Vec<AssetId> {
        self.ids.into_iter().map(AssetId::from).collect()
    }
}

/// Buckets, by name.
#[utoipa::path(get, path = "/api/v1/assets", tag = "assets", params(Which),
    responses((status = 200, body = [AssetView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<AssetView>>, Problem> {
    let filter = AssetFilter {
        authorization: which.authorization.as_deref().map(Authorization::from_word),
        connection_id: which.connection_id.map(ConnectionId::from),
        search: which.search,
        after: which.after.as_deref().and_then(|after| {
            let (bucket, id) = after.rsplit_once('/')?;
            Some((bucket.to_owned(), AssetId::from(id.to_owned())))
        }),
        limit: limit(which.limit),
    };
    let assets = service.assets(&filter).await?;
    Ok(Json(assets.into_iter().map(AssetView::from).collect()))
}

/// One bucket.
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = AssetView), (status = 404, body = Problem)))]
async fn get(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<AssetView>, Problem> {
    Ok(Json(service.asset(&AssetId::from(id)).await?.into()))
}

/// The objects of a bucket, by name, with what was found in them.
#[utoipa::path(get, path = "/api/v1/assets/{id}/objects", tag = "assets",
    params(("id" = String, Path), WhichObjects),
    responses((status = 200, body = [ObjectView]), (status = 404, body = Problem)))]
async fn objects(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
    Query(which): Query<WhichObjects>,
) -> Result<Json<Vec<ObjectView>>, Problem> {
    let rows =
        service.objects(&AssetId::from(id), which.after.as_deref(), limit(which.limit)).await?;
    Ok(Json(rows.into_iter().map(ObjectView::from).collect()))
}

/// How much of a bucket's access log was read.
#[utoipa::path(get, path = "/api/v1/assets/{id}/log", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = LogView), (status = 404, body = Problem)))]
async fn log(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Json<LogView>, Problem> {
    Ok(Json(service.log_totals(&AssetId::from(id)).await?.into()))
}

/// Lets Claviger look into buckets: an identification and secrets task runs at once.
#[utoipa::path(post, path = "/api/v1/assets/authorize", tag = "assets", request_body = Ids,
    responses((status = 202), (status = 404, body = Problem)))]
async fn authorize(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Ids>,
) -> Result<StatusCode, Problem> {
    service.authorize(&visitor.actor, &body.parse()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Stops looking into buckets; what was found stays.
#[utoipa::path(post, path = "/api/v1/assets/deauthorize", tag = "assets", request_body = Ids,
    responses((status = 204), (status = 404, body = Problem)))]
async fn deauthorize(
    State(service): State<Service>,
    visitor: Visitor,
    Json(body): Json<Ids>,
) -> Result<StatusCode, Problem> {
    service.deauthorize(&visitor.actor, &body.parse()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Scans every object of a bucket again, changed or not.
#[utoipa::path(post, path = "/api/v1/assets/{id}/identify", tag = "assets",
    params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn identify(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.identify(&visitor.actor, &AssetId::from(id)).await?;
    Ok(StatusCode::ACCEPTED)
}
