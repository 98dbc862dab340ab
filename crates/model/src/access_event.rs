//! One request in an access log, whatever the log's format.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::AccessKeyId;

/// Names one request for ever: the provider's own event id where it has one, else derived from the
/// request id and the line. Two deliveries of the same request have the same id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub String);

impl EventId {
    /// Derived from what identifies the request in its log.
    #[must_use]
    pub fn derived(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..16]))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One request. A field that the log does not carry is `None`, never a guess. Requests compare field by
/// field in the order in which they stand here: where deliveries of one request differ, the least counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessEvent {
    /// When the service received the request.
    pub time: Timestamp,
    /// The key that signed it; `None` for anonymous and for formats without it.
    pub access_key_id: Option<AccessKeyId>,
    /// User, role or account as the log names it.
    pub account: Option<String>,
    /// Address as the log has it: an IP address, `Internal`, or a service's name.
    pub source_ip: Option<String>,
    /// The client's own words.
    pub user_agent: Option<String>,
    /// `GetObject`, `ListBuckets`, `s3.amazonaws.com:GetObject`, … as the provider names it.
    pub operation: String,
    /// Bucket.
    pub bucket: Option<String>,
    /// Object, decoded.
    pub object: Option<String>,
    /// HTTP status; `None` where the format has none.
    pub status: Option<u16>,
    /// The provider's error code; `None` for success.
    pub error: Option<String>,
    /// Bytes sent to the client.
    pub bytes_out: Option<u64>,
    /// Bytes received from the client.
    pub bytes_in: Option<u64>,
    /// The provider's request id.
    pub request_id: Option<String>,
    /// Names this request for ever.
    pub event_id: EventId,
}

impl AccessEvent {
    /// Whether the service carried the request out.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.error.is_none() && self.status.is_none_or(|status| status < 400)
    }
}
