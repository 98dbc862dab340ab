//! How an error looks to a machine: `application/problem+json` (RFC 9457) with a stable code and the
//! way out. What is internal stays in the log.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use claviger_feed::FeedError;
use claviger_service::{ServiceError, chain};
use serde::Serialize;
use utoipa::ToSchema;

/// An error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// HTTP status.
    status: u16,
    /// A stable word for machines.
    code: String,
    /// What happened, in words.
    title: String,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The field that makes no sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Seconds after which it may be tried again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    /// An error with no way out yet.
    pub(crate) fn new(status: StatusCode, code: &str, title: &str) -> Self {
        Self {
            status: status.as_u16(),
            code: code.to_owned(),
            title: title.to_owned(),
            hint: None,
            field: None,
            retry_after: None,
        }
    }

    /// Adds the way out.
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable word for machines.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What happened, in words.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// The way out, where there is one.
    pub(crate) fn way_out(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Seconds after which it may be tried again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The field that makes no sense, where it is one.
    pub(crate) fn at_field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// A field that makes no sense.
    pub(crate) fn field(field: &'static str, title: &str, hint: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title).hint(hint)
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let status = match &error {
            ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
            ServiceError::NotSignedIn(_) => StatusCode::UNAUTHORIZED,
            ServiceError::Forbidden { .. }
            | ServiceError::OutOfScope { .. }
            | ServiceError::NotAdmitted { .. } => StatusCode::FORBIDDEN,
            ServiceError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ServiceError::Conflict { .. } => StatusCode::CONFLICT,
            ServiceError::Busy { .. } | ServiceError::TooManyTries { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            ServiceError::Feed(error) => status_of_feed(error),
            ServiceError::Cloud(_) | ServiceError::Notify(_) | ServiceError::Identity(_) => {
                StatusCode::BAD_GATEWAY
            }
            ServiceError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            _ if error.is_full() => StatusCode::INSUFFICIENT_STORAGE,
            ServiceError::Store(_)
            | ServiceError::History(_)
            | ServiceError::Seal(_)
            | ServiceError::Folder { .. }
            | ServiceError::Places(_)
            | ServiceError::Occupied(_)
            | ServiceError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let field = match &error {
            ServiceError::Invalid { field, .. } => Some((*field).to_owned()),
            _ => None,
        };
        let title = if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %chain(&error), "a request could not be answered");
            error.to_string()
        } else {
            chain(&error)
        };
        Self {
            status: status.as_u16(),
            code: error.code().to_owned(),
            title,
            hint: error.hint(),
            field,
            retry_after: error.retry_after_seconds(),
        }
    }
}

fn status_of_feed(error: &FeedError) -> StatusCode {
    match error {
        FeedError::UnknownEncoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FeedError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after;
        let mut response = (self.status(), Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
