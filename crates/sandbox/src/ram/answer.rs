//! How RAM answers and refuses: JSON with the request's id.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug)]
pub(super) struct Fault {
    status: u16,
    code: String,
    message: String,
}

impl Fault {
    /// A refusal with the provider's status, code and words.
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }

    /// No user has this name.
    pub(super) fn no_user(name: &str) -> Self {
        Self::new(404, "EntityNotExist.User", &format!("The user does not exist: {name}."))
    }

    /// No policy has this name.
    pub(super) fn no_policy(name: &str) -> Self {
        Self::new(404, "EntityNotExist.Policy", &format!("The policy does not exist: {name}."))
    }
}

impl From<crate::error::SandboxError> for Fault {
    fn from(error: crate::error::SandboxError) -> Self {
        Self::new(500, "InternalError", &error.to_string())
    }
}

/// The answer on the wire.
pub(super) fn respond(
    outcome: Result<Value, Fault>,
    request_id: &str,
    host: &str,
) -> Response<Body> {
    let (status, mut body) = match outcome {
        Ok(body) => (200, body),
        Err(fault) => (
            fault.status,
            json!({ "Code": fault.code, "Message": fault.message, "HostId": host,
                "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}", fault.code) }),
        ),
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert("RequestId".to_owned(), Value::String(request_id.to_owned()));
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}
