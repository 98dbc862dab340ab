//! The public half of an access key pair.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest accepted id in bytes: free-form ids of MinIO and Ceph stay well below it.
const LENGTH_MAX: usize = 256;

/// The id of an access key pair, as the provider spells it: 1 to 256 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(String);

/// The text is no access key id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no access key id: it must be 1 to 256 visible ASCII characters")]
pub struct InvalidAccessKeyId {
    /// What was given, cut to 64 characters.
    pub text: String,
}

impl AccessKeyId {
    /// Parses an id.
    ///
    /// # Errors
    /// The text is empty, longer than 256 bytes, or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, InvalidAccessKeyId> {
        if Self::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccessKeyId { text: text.chars().take(64).collect() })
        }
    }

    /// Whether a text is an id.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        let fits = !text.is_empty() && text.len() <= LENGTH_MAX;
        fits && text.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// The whole id. An id alone opens nothing, so it may be shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as tables show it: `LTAI5t…x7Q`.
    #[must_use]
    pub fn short(&self) -> String {
        if self.0.len() <= 12 {
            return self.0.clone();
        }
        format!("{}…{}", &self.0[..6], &self.0[self.0.len() - 3..])
    }

    /// Whether the id is of a temporary credential (`STS.…`, `TMP.…`, `ASIA…`).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        ["STS.", "TMP.", "ASIA"].iter().any(|prefix| self.0.starts_with(prefix))
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = InvalidAccessKeyId;
    fn try_from(text: String) -> Result<Self, InvalidAccessKeyId> {
        Self::parse(&text)
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> Self {
        id.0
    }
}

impl FromStr for AccessKeyId {
    type Err = InvalidAccessKeyId;
    fn from_str(text: &str) -> Result<Self, InvalidAccessKeyId> {
        Self::parse(text)
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who issued a key or runs a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Alibaba Cloud: OSS, RAM, KMS.
    Aliyun,
    /// Amazon Web Services: S3, IAM.
    Aws,
    /// A store that speaks S3: Ceph RGW, SeaweedFS, Garage; MinIO, where only its objects matter.
    S3,
    /// MinIO: S3, and its own API for users and access keys.
    Minio,
    /// A folder on this machine.
    Folder,
}

impl Provider {
    /// Every provider, in the order pages list them.
    pub const ALL: [Self; 5] = [Self::Aliyun, Self::Aws, Self::S3, Self::Minio, Self::Folder];

    /// Those whose objects lie in buckets that are asked for by the network.
    pub const WITH_BUCKETS: [Self; 4] = [Self::Aliyun, Self::Aws, Self::S3, Self::Minio];

    /// The word in data: `aliyun`, `aws`, `s3`, `minio`, `folder`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aliyun => "aliyun",
            Self::Aws => "aws",
            Self::S3 => "s3",
            Self::Minio => "minio",
            Self::Folder => "folder",
        }
    }

    /// The name people use.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Aliyun => "Alibaba Cloud",
            Self::Aws => "AWS",
            Self::S3 => "S3-compatible",
            Self::Minio => "MinIO",
            Self::Folder => "Folder",
        }
    }
}

/// No provider has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no provider: use `aliyun`, `aws`, `s3`, `minio` or `folder`")]
pub struct UnknownProvider(pub String);

impl FromStr for Provider {
    type Err = UnknownProvider;
    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str() == text)
            .ok_or_else(|| UnknownProvider(text.to_owned()))
    }
}
