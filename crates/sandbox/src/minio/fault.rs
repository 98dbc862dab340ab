//! Why MinIO's own API refuses, in its words (minio/minio `cmd/api-errors.go`).

use serde_json::json;

use crate::call::Call;
use crate::reply::Reply;

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

    pub(super) fn denied() -> Self {
        Self::new(403, "AccessDenied", "Access Denied.")
    }

    pub(super) fn no_user() -> Self {
        Self::new(404, "XMinioAdminNoSuchUser", "The specified user does not exist.")
    }

    pub(super) fn no_access_key() -> Self {
        let message = "The specified service account is not found";
        Self::new(404, "XMinioAdminServiceAccountNotFound", message)
    }

    pub(super) fn no_policy() -> Self {
        Self::new(404, "XMinioAdminNoSuchPolicy", "The canned policy does not exist.")
    }

    pub(super) fn argument() -> Self {
        Self::new(400, "XMinioAdminInvalidArgument", "Invalid arguments specified.")
    }

    pub(super) fn body() -> Self {
        let message = "JSON configuration provided is of incorrect format";
        Self::new(400, "XMinioAdminConfigBadJSON", message)
    }

    pub(super) fn not_allowed() -> Self {
        let message = "Specified IAM action is not allowed";
        Self::new(403, "XMinioIAMActionNotAllowed", message)
    }

    pub(super) fn bad_policy(why: &str) -> Self {
        Self::new(400, "MalformedPolicy", why)
    }

    /// What a server says to calls that it does not have, of its time or of this practice cloud.
    pub(super) fn unknown_call() -> Self {
        let message = "This 'admin' API is not supported by server in 'practice'";
        Self::new(426, "XMinioAdminVersionMismatch", message)
    }

    /// As it goes over the wire.
    pub(super) fn reply(&self, call: &Call) -> Reply {
        let body = json!({ "Code": self.code, "Message": self.message, "Resource": call.path,
            "RequestId": call.request_id, "HostId": "practice" });
        Reply::status(self.status)
            .with("Content-Type", "application/json")
            .body(body.to_string().into())
    }
}
