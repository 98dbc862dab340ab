//! What a request wants done: one word for OSS, S3, policies and the access log.

/// An operation of the storage service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    ListBuckets,
    GetAccountPublicAccessBlock,
    PutAccountPublicAccessBlock,
    DeleteAccountPublicAccessBlock,
    PutBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketInfo,
    GetBucketStat,
    GetBucketLocation,
    GetBucketAcl,
    PutBucketAcl,
    GetPublicAccessBlock,
    PutPublicAccessBlock,
    DeletePublicAccessBlock,
    GetBucketPolicy,
    PutBucketPolicy,
    DeleteBucketPolicy,
    GetBucketPolicyStatus,
    GetBucketLogging,
    PutBucketLogging,
    DeleteBucketLogging,
    GetBucketVersioning,
    PutBucketVersioning,
    ListObjectVersions,
    ListObjects,
    ListObjectsV2,
    DeleteObjects,
    PutObject,
    CopyObject,
    GetObject,
    HeadObject,
    GetObjectMeta,
    DeleteObject,
    GetObjectAcl,
    PutObjectAcl,
    RestoreObject,
}

impl Operation {
    /// The name in the access log (Simple Log Service documentation, "Operation types" of OSS logs).
    pub(crate) fn log_name(self) -> &'static str {
        match self {
            Self::ListBuckets => "GetService",
            Self::GetAccountPublicAccessBlock => "GetPublicAccessBlock",
            Self::PutAccountPublicAccessBlock => "PutPublicAccessBlock",
            Self::DeleteAccountPublicAccessBlock => "DeletePublicAccessBlock",
            Self::PutBucket => "PutBucket",
            Self::HeadBucket => "HeadBucket",
            Self::DeleteBucket => "DeleteBucket",
            Self::GetBucketInfo => "GetBucketInfo",
            Self::GetBucketStat => "GetBucketStat",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::GetBucketAcl => "GetBucketAcl",
            Self::PutBucketAcl => "PutBucketAcl",
            Self::GetPublicAccessBlock => "GetBucketPublicAccessBlock",
            Self::PutPublicAccessBlock => "PutBucketPublicAccessBlock",
            Self::DeletePublicAccessBlock => "DeleteBucketPublicAccessBlock",
            Self::GetBucketPolicy => "GetBucketPolicy",
            Self::PutBucketPolicy => "PutBucketPolicy",
            Self::DeleteBucketPolicy => "DeleteBucketPolicy",
            Self::GetBucketPolicyStatus => "GetBucketPolicyStatus",
            Self::GetBucketLogging => "GetBucketLog",
            Self::PutBucketLogging => "PutBucketLog",
            Self::DeleteBucketLogging => "DeleteBucketLog",
            Self::GetBucketVersioning => "GetBucketVersioning",
            Self::PutBucketVersioning => "PutBucketVersioning",
            Self::ListObjectVersions => "GetBucketVersions",
            Self::ListObjects | Self::ListObjectsV2 => "GetBucket",
            Self::DeleteObjects => "DeleteObjects",
            Self::PutObject => "PutObject",
            Self::CopyObject => "CopyObject",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::GetObjectMeta => "GetObjectMeta",
            Self::DeleteObject => "DeleteObject",
            Self::GetObjectAcl => "GetObjectAcl",
            Self::PutObjectAcl => "PutObjectAcl",
            Self::RestoreObject => "RestoreObject",
        }
    }

    /// The action in policies (OSS documentation, "RAM policies": actions of bucket and object).
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::ListBuckets => "oss:ListBuckets",
            Self::GetAccountPublicAccessBlock => "oss:GetPublicAccessBlock",
            Self::PutAccountPublicAccessBlock => "oss:PutPublicAccessBlock",
            Self::DeleteAccountPublicAccessBlock => "oss:DeletePublicAccessBlock",
            Self::PutBucket => "oss:PutBucket",
            Self::DeleteBucket => "oss:DeleteBucket",
            Self::HeadBucket | Self::GetBucketInfo => "oss:GetBucketInfo",
            Self::GetBucketStat => "oss:GetBucketStat",
            Self::GetBucketLocation => "oss:GetBucketLocation",
            Self::GetBucketAcl => "oss:GetBucketAcl",
            Self::PutBucketAcl => "oss:PutBucketAcl",
            Self::GetPublicAccessBlock => "oss:GetBucketPublicAccessBlock",
            Self::PutPublicAccessBlock => "oss:PutBucketPublicAccessBlock",
            Self::DeletePublicAccessBlock => "oss:DeleteBucketPublicAccessBlock",
            Self::GetBucketPolicy => "oss:GetBucketPolicy",
            Self::PutBucketPolicy => "oss:PutBucketPolicy",
            Self::DeleteBucketPolicy => "oss:DeleteBucketPolicy",
            Self::GetBucketPolicyStatus => "oss:GetBucketPolicyStatus",
            Self::GetBucketLogging => "oss:GetBucketLogging",
            Self::PutBucketLogging => "oss:PutBucketLogging",
            Self::DeleteBucketLogging => "oss:DeleteBucketLogging",
            Self::GetBucketVersioning => "oss:GetBucketVersioning",
            Self::PutBucketVersioning => "oss:PutBucketVersioning",
            Self::ListObjectVersions => "oss:ListObjectVersions",
            Self::ListObjects | Self::ListObjectsV2 => "oss:ListObjects",
            Self::DeleteObjects | Self::DeleteObject => "oss:DeleteObject",
            Self::PutObject | Self::CopyObject => "oss:PutObject",
            Self::GetObject | Self::HeadObject | Self::GetObjectMeta => "oss:GetObject",
            Self::GetObjectAcl => "oss:GetObjectAcl",
            Self::PutObjectAcl => "oss:PutObjectAcl",
            Self::RestoreObject => "oss:RestoreObject",
        }
    }

    /// The action on one version of an object, where it is another one.
    pub(crate) fn version_action(self) -> &'static str {
        match self {
            Self::GetObject | Self::HeadObject | Self::GetObjectMeta => "oss:GetObjectVersion",
            Self::DeleteObject | Self::DeleteObjects => "oss:DeleteObjectVersion",
            Self::GetObjectAcl => "oss:GetObjectVersionAcl",
            Self::PutObjectAcl => "oss:PutObjectVersionAcl",
            other => other.action(),
        }
    }

    /// Whether the bucket it names must be there.
    pub(crate) fn needs_bucket(self) -> bool {
        !matches!(
            self,
            Self::ListBuckets
                | Self::GetAccountPublicAccessBlock
                | Self::PutAccountPublicAccessBlock
                | Self::DeleteAccountPublicAccessBlock
                | Self::PutBucket
        )
    }
}
