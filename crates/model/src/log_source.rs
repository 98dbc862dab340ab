//! Where log lines come from, other than the log bucket of an asset.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, Provider, SourceId};

/// How the lines of a source reach Claviger. Passwords and shared keys are kept sealed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Feed {
    /// Somebody sends them to `POST /ingest/{source}` with the source's token.
    Push,
    /// They are written into files on this machine.
    Folder {
        /// A file, or a folder that is read with all below it. Absolute.
        path: String,
    },
    /// Somebody sends them by the Fluent forward protocol.
    Fluent {
        /// Address to listen on, such as `127.0.0.1:24224`.
        listen: String,
    },
    /// They are messages of a JetStream stream.
    Nats {
        /// Address of the server, such as `nats://127.0.0.1:4222`.
        url: String,
        /// The stream that keeps the messages.
        stream: String,
        /// The subjects that are read, with NATS' wildcards.
        subject: String,
    },
    /// They are records of a logstore of Alibaba Cloud's Log Service.
    Sls {
        /// Endpoint of the service; `None`: the provider's own of the connection's region.
        endpoint: Option<String>,
        /// The project.
        project: String,
        /// The logstore.
        logstore: String,
    },
    /// They are events of Alibaba Cloud's `ActionTrail`.
    #[serde(rename = "actiontrail")]
    ActionTrail {
        /// Endpoint of the service; `None`: the provider's own of the connection's region.
        endpoint: Option<String>,
    },
    /// They are events of AWS `CloudTrail`, of the connection's region and of the one of services without one.
    #[serde(rename = "cloudtrail")]
    CloudTrail {
        /// Endpoint of the service; `None`: the provider's own of each region.
        endpoint: Option<String>,
    },
    /// They are in files that others write into a bucket.
    Bucket {
        /// The bucket.
        bucket: String,
        /// What the names of the files begin with; may be empty.
        prefix: String,
    },
}

impl Feed {
    /// The word in data.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Folder { .. } => "folder",
            Self::Fluent { .. } => "fluent",
            Self::Nats { .. } => "nats",
            Self::Sls { .. } => "sls",
            Self::ActionTrail { .. } => "actiontrail",
            Self::CloudTrail { .. } => "cloudtrail",
            Self::Bucket { .. } => "bucket",
        }
    }

    /// The providers with whose connections it can be read; none where it is read without one.
    #[must_use]
    pub fn providers(&self) -> &'static [Provider] {
        match self {
            Self::Sls { .. } | Self::ActionTrail { .. } => &[Provider::Aliyun],
            Self::CloudTrail { .. } => &[Provider::Aws],
            Self::Bucket { .. } => &Provider::WITH_BUCKETS,
            Self::Push | Self::Folder { .. } | Self::Fluent { .. } | Self::Nats { .. } => &[],
        }
    }
}

/// A source of log lines that a person set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSource {
    /// Its id.
    pub id: SourceId,
    /// The name a person gave it, unique; it stands in the address that lines are sent to.
    pub name: String,
    /// How its lines come.
    pub feed: Feed,
    /// The format of its lines, as `watch` names it; `None`: each delivery's own.
    pub log_format: Option<String>,
    /// The connection whose keys its requesters are; `None`: any.
    pub connection_id: Option<ConnectionId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl LogSource {
    /// Whether a text may be a source's name: what stands in an address without being escaped.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=64).contains(&text.len())
            && text.bytes().all(letter)
            && text.as_bytes()[0].is_ascii_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_escape_in_an_address() {
        for good in ["minio", "a", "ceph-1.rgw_2"] {
            assert!(LogSource::is_name(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a%2f", &"a".repeat(65)] {
            assert!(!LogSource::is_name(bad), "{bad}");
        }
    }
}
