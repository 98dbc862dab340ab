//! Log lines that are sent here: by `MinIO`'s webhook, SNS, EventBridge, a log shipper, or by hand.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use base64::Engine;
use claviger_feed::body::Encoding;
use claviger_service::{Body, Credential, Service, Taken};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Path, Query};
use super::{Problem, asked};
use crate::server::session::token_of;

/// Largest body as it comes: senders of log lines batch far below it (`MinIO` one record, EventBridge 256
/// KiB, log shippers some MiB).
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(ingest))
}

/// How the lines are to be read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct How {
    /// The lines' format, where the source's own is not set; recognised by itself unless given.
    log_format: Option<String>,
}

/// What became of the lines. `events + rejected = lines`.
#[derive(Serialize, ToSchema)]
struct TakenView {
    lines: u64,
    events: u64,
    rejected: u64,
    /// Notifications of objects, which are no lines.
    notices: u64,
    /// The first lines that could not be read.
    rejects: Vec<RejectedLine>,
}

/// A line that could not be read.
#[derive(Serialize, ToSchema)]
struct RejectedLine {
    line: u64,
    why: String,
}

impl From<Taken> for TakenView {
    fn from(taken: Taken) -> Self {
        let rejects = taken.rejects.into_iter();
        Self {
            lines: taken.lines,
            events: taken.events,
            rejected: taken.rejected,
            notices: taken.notices,
            rejects: rejects.map(|(line, why)| RejectedLine { line, why }).collect(),
        }
    }
}

/// Takes in log lines of any known format, plain or packed by gzip or zstd, also out of the envelopes of
/// SNS, SQS, EventBridge and CloudEvents. Once it is answered with 200, nothing of it can be lost. The
/// source's token is shown as `Authorization: Bearer`, as the password of `Basic`, or as `X-Api-Key`.
#[utoipa::path(post, path = "/ingest/{source}", tag = "sources", params(How,
        ("source" = String, Path, description = "Name of the source")),
    request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = TakenView), (status = 401, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem),
        (status = 429, body = Problem)))]
async fn ingest(
    State(service): State<Service>,
    Path(name): Path<String>,
    Query(how): Query<How>,
    request: Request,
) -> Result<Json<TakenView>, Problem> {
    let headers = request.headers();
    let credential = credential_of(headers);
    let bytes = length_of(headers);
    let packed = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str());
    let packed = packed.transpose().unwrap_or(Some("?")).map(str::to_owned);
    let pushed = service.may_push(&name, &credential, bytes).await?;
    let encoding = Encoding::of_header(packed.as_deref())
        .map_err(|error| Problem::from(claviger_service::ServiceError::from(error)))?;
    let log_format = match &how.log_format {
        None => None,
        Some(name) => Some(name.parse().map_err(|error: claviger_watch::UnknownLogFormat| {
            Problem::field("log_format", &error.to_string(), &error.hint())
        })?),
    };
    let bytes = asked::read(request, BODY_BYTES_MAX).await?;
    let taken = service.push(pushed, Body { encoding, log_format, bytes }).await?;
    Ok(Json(taken.into()))
}

/// The bytes that a body has, or may have where nobody says.
fn length_of(headers: &HeaderMap) -> u64 {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let most = BODY_BYTES_MAX as u64;
    told.and_then(|text| text.parse().ok()).map_or(most, |bytes: u64| bytes.min(most))
}

/// What a sender shows. SNS can show a password in its address alone, EventBridge a header of any name.
fn credential_of(headers: &HeaderMap) -> Credential {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let basic = || {
        let packed = text("authorization")?.strip_prefix("Basic ")?;
        let plain = base64::engine::general_purpose::STANDARD.decode(packed.trim()).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        plain.split_once(':').map(|(_, password)| password.to_owned())
    };
    let key = || text("x-api-key").map(|key| key.trim().to_owned());
    token_of(headers).or_else(basic).or_else(key).map_or(Credential::Nothing, Credential::Token)
}
