//! What a request brings: body, query, path. Each is bounded in size and time, and what makes no sense
//! is refused as a problem with the way out, never as a bare line of text.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;

/// Largest JSON body: the longest thing a person enters is a list of some thousand ids.
const JSON_BYTES_MAX: usize = 1024 * 1024;

/// Largest body of text, here and in the console: a feed of some hundred thousand entries.
pub(crate) const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How much of a body that is too large is read and dropped: a client that is still sending when the answer
/// comes sees a broken connection instead of the answer.
const DRAINED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The longest time in which a body has to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// The way out where a request does not fit its description.
const SEE_DESCRIPTION: &str = "`GET /api/openapi.json` says what this takes";

/// A JSON body, asked or answered.
pub(super) struct Json<T>(pub(super) T);

/// The pairs behind the `?`.
pub(super) struct Query<T>(pub(super) T);

/// The named parts of the path.
pub(super) struct Path<T>(pub(super) T);

/// A body of text.
pub(super) struct Text(pub(super) String);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "no_json",
                "the body is not said to be JSON",
            )
            .hint("send `Content-Type: application/json`"));
        }
        let bytes = read(request, JSON_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &error.to_string())
                    .hint(SEE_DESCRIPTION)
            }
            _ => Problem::new(
                StatusCode::BAD_REQUEST,
                "no_json",
                &format!("the body is no JSON: {error}"),
            )
            .hint("send one JSON value in UTF-8, nested no deeper than 128 levels"),
        })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => {
                let words = error.body_text();
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &words)
                    .hint(SEE_DESCRIPTION))
            }
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, "invalid", &error.body_text())
                .hint("write the path in UTF-8, percent-encoded")),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = read(request, TEXT_BYTES_MAX).await?;
        String::from_utf8(bytes).map(Self).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let words = format!("the body is no UTF-8 from byte {at} on");
            Problem::new(StatusCode::BAD_REQUEST, "no_text", &words).hint("send the text in UTF-8")
        })
    }
}

/// What is answered where nothing has this address.
pub(super) async fn unknown_address() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "the API has nothing at this address")
        .hint("`GET /api/openapi.json` names every address")
}

/// What is answered where the address does not know the method.
pub(super) async fn unknown_method() -> Problem {
    let words = "this address does not know this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "unknown_method", words).hint(SEE_DESCRIPTION)
}

/// The whole body, or why it is not taken.
pub(super) async fn read(request: Request, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let body = request.into_body();
    tokio::time::timeout(BODY_TIME_MAX, gather(body, bytes_max)).await.unwrap_or_else(|_| {
        let seconds = BODY_TIME_MAX.as_secs();
        let words = format!("the body did not arrive within {seconds} seconds");
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", &words).hint("send it again"))
    })
}

async fn gather(body: Body, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut taken = 0;
    while let Some(block) = stream.next().await {
        let block: Bytes = block.map_err(|error| {
            let words = format!("the body broke off: {error}");
            Problem::new(StatusCode::BAD_REQUEST, "broken_off", &words).hint("send it again")
        })?;
        taken += block.len();
        if taken > bytes_max + DRAINED_BYTES_MAX {
            break;
        }
        if taken > bytes_max {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&block);
        }
    }
    if taken > bytes_max { Err(too_large(bytes_max)) } else { Ok(bytes) }
}

fn too_large(bytes_max: usize) -> Problem {
    let words = format!("the body is larger than {bytes_max} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &words)
        .hint("send it in several requests")
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}
