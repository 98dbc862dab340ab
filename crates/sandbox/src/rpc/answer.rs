//! How the accounts' services answer and refuse: JSON with the request's id.
//!
//! Codes and messages are the provider's own: clients decide by the code, people read the message.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::error::SandboxError;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Fault {
    status: u16,
    code: String,
    message: String,
    /// `AccessDeniedDetail`; `None` for every other refusal.
    denied: Option<Value>,
}

impl Fault {
    /// A refusal with the provider's status, code and words.
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), denied: None }
    }

    /// The provider's word for it.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What the provider says to it.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Something that is asked for is not there: 404 and `EntityNotExist.<entity>`.
    pub(crate) fn no_entity(entity: &str, message: &str) -> Self {
        Self::new(404, &format!("EntityNotExist.{entity}"), message)
    }

    /// No user has this name.
    pub(crate) fn no_user(name: &str) -> Self {
        Self::no_entity("User", &format!("The user does not exist: {name}."))
    }

    /// No policy has this name.
    pub(crate) fn no_policy(name: &str) -> Self {
        Self::no_entity("Policy", &format!("The policy does not exist: {name}."))
    }

    /// No role has this name.
    pub(crate) fn no_role(name: &str) -> Self {
        Self::no_entity("Role", &format!("The role does not exist: {name}."))
    }

    /// A parameter makes no sense: 400 and `InvalidParameter.<what>`.
    pub(crate) fn parameter(what: &str, message: &str) -> Self {
        Self::new(400, &format!("InvalidParameter.{what}"), message)
    }

    /// The caller may not do this; `detail` says who denied what.
    pub(crate) fn denied(action: &str, resource: &str, detail: Value) -> Self {
        let message = format!(
            "You are not authorized to do this action. Resource: {resource} Action: {action}"
        );
        Self { denied: Some(detail), ..Self::new(403, "NoPermission", &message) }
    }
}

impl From<SandboxError> for Fault {
    fn from(error: SandboxError) -> Self {
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
        Err(fault) => {
            let mut body = json!({
                "Code": fault.code, "Message": fault.message, "HostId": host,
                "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}", fault.code),
            });
            if let (Some(detail), Some(fields)) = (fault.denied, body.as_object_mut()) {
                fields.insert("AccessDeniedDetail".to_owned(), detail);
            }
            (fault.status, body)
        }
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert("RequestId".to_owned(), Value::String(request_id.to_owned()));
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-acs-request-id", value);
    }
    response
}
