//! How these services refuse: JSON 1.1 by Secrets Manager and `CloudTrail`, XML by the others.

use axum::body::Bytes;
use serde_json::json;

use crate::reply::Reply;
use crate::xml::Xml;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `application/x-amz-json-1.1`.
    Json,
    /// XML with `ErrorResponse` around a refusal.
    Xml,
}

/// A refusal.
#[derive(Debug)]
pub(super) struct Fault {
    status: u16,
    code: &'static str,
    message: String,
}

impl Fault {
    pub(super) fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }

    /// No service here is called so.
    pub(super) fn unknown() -> Self {
        Self::new(400, "UnknownOperationException", "There is no such operation here.")
    }

    /// Code and message.
    pub(super) fn words(&self) -> (&str, &str) {
        (self.code, &self.message)
    }

    /// The answer on the wire. In JSON a denial has the name that its kind of service gives it.
    pub(super) fn reply(&self, form: Form, request_id: &str) -> Reply {
        match form {
            Form::Json => {
                let denied = self.code == "AccessDenied";
                let code = if denied { "AccessDeniedException" } else { self.code };
                let status = if denied { 400 } else { self.status };
                json_reply(status, &json!({ "__type": code, "message": self.message }))
            }
            Form::Xml => {
                let document = Xml::document("ErrorResponse", |xml| {
                    xml.element("Error", |xml| {
                        xml.text("Code", self.code);
                        xml.text("Message", &self.message);
                    });
                    xml.text("RequestId", request_id);
                });
                Reply { status: self.status, ..Reply::xml(document) }
            }
        }
    }
}

pub(super) fn json_reply(status: u16, body: &serde_json::Value) -> Reply {
    Reply::status(status)
        .with("Content-Type", "application/x-amz-json-1.1")
        .body(Bytes::from(body.to_string()))
}
