//! What Claviger reads of an account: each thing with the right that it needs, so that the policy of a connection
//! and the test of a connection speak of the same.

use claviger_model::Provider;

/// One thing that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Which buckets there are.
    Buckets,
    /// The list of a bucket.
    BucketAcl,
    /// The block of public access of a bucket.
    BucketBlock,
    /// The policy of a bucket.
    BucketPolicy,
    /// The block of public access of the whole account.
    AccountBlock,
    /// Where a bucket's access log goes.
    BucketLogging,
    /// How many objects and bytes a bucket holds.
    BucketStat,
    /// Which objects there are.
    Objects,
    /// What an object holds.
    Content,
    /// The list of an object.
    ObjectAcl,
    /// Which versions an object has.
    Versions,
    /// What a version holds.
    VersionContent,
    /// Which users there are.
    Users,
    /// How a user stands, where a user is a key pair.
    User,
    /// Which keys a user has, and whether they are active.
    Keys,
}

impl Reading {
    /// Everything, in the order in which it is tried.
    pub const ALL: [Self; 15] = [
        Self::Buckets,
        Self::BucketAcl,
        Self::BucketBlock,
        Self::BucketPolicy,
        Self::AccountBlock,
        Self::BucketLogging,
        Self::BucketStat,
        Self::Objects,
        Self::Content,
        Self::ObjectAcl,
        Self::Versions,
        Self::VersionContent,
        Self::Users,
        Self::User,
        Self::Keys,
    ];

    /// The right as policies name it; `None` where the provider has no such thing.
    #[must_use]
    pub fn right(self, provider: Provider) -> Option<&'static str> {
        match provider {
            Provider::Aliyun => self.right_on_aliyun(),
            Provider::Aws => self.right_on_aws(),
            // No store of one's own has a block of the whole account.
            Provider::S3 => self.right_on_aws().filter(|_| self != Self::AccountBlock),
            Provider::Minio => self.right_on_minio(),
            Provider::Folder => None,
        }
    }

    fn right_on_aliyun(self) -> Option<&'static str> {
        Some(match self {
            Self::Buckets => "oss:ListBuckets",
            Self::BucketAcl => "oss:GetBucketAcl",
            Self::BucketBlock => "oss:GetBucketPublicAccessBlock",
            Self::BucketPolicy => "oss:GetBucketPolicy",
            Self::AccountBlock => "oss:GetPublicAccessBlock",
            Self::BucketLogging => "oss:GetBucketLogging",
            Self::BucketStat => "oss:GetBucketStat",
            Self::Objects => "oss:ListObjects",
            Self::Content => "oss:GetObject",
            Self::ObjectAcl => "oss:GetObjectAcl",
            Self::Versions => "oss:ListObjectVersions",
            Self::VersionContent => "oss:GetObjectVersion",
            Self::Users => "ram:ListUsers",
            Self::User => return None,
            Self::Keys => "ram:ListAccessKeys",
        })
    }

    fn right_on_aws(self) -> Option<&'static str> {
        Some(match self {
            Self::Buckets => "s3:ListAllMyBuckets",
            Self::BucketAcl => "s3:GetBucketAcl",
            Self::BucketBlock => "s3:GetBucketPublicAccessBlock",
            Self::BucketPolicy => "s3:GetBucketPolicy",
            Self::AccountBlock => "s3:GetAccountPublicAccessBlock",
            Self::BucketLogging => "s3:GetBucketLogging",
            Self::Objects => "s3:ListBucket",
            Self::Content => "s3:GetObject",
            Self::ObjectAcl => "s3:GetObjectAcl",
            Self::Versions => "s3:ListBucketVersions",
            Self::VersionContent => "s3:GetObjectVersion",
            Self::Users => "iam:ListUsers",
            Self::Keys => "iam:ListAccessKeys",
            Self::BucketStat | Self::User => return None,
        })
    }

    /// MinIO has no lists, no blocks and no access logs of buckets.
    fn right_on_minio(self) -> Option<&'static str> {
        Some(match self {
            Self::Buckets => "s3:ListAllMyBuckets",
            Self::BucketPolicy => "s3:GetBucketPolicy",
            Self::Objects => "s3:ListBucket",
            Self::Content => "s3:GetObject",
            Self::Versions => "s3:ListBucketVersions",
            Self::VersionContent => "s3:GetObjectVersion",
            Self::Users => "admin:ListUsers",
            Self::User => "admin:GetUser",
            Self::Keys => "admin:ListServiceAccounts",
            Self::BucketAcl
            | Self::BucketBlock
            | Self::AccountBlock
            | Self::BucketLogging
            | Self::BucketStat
            | Self::ObjectAcl => return None,
        })
    }

    /// What Claviger needs it for.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Buckets => "find buckets",
            Self::BucketAcl | Self::BucketBlock | Self::BucketPolicy | Self::AccountBlock => {
                "know who in the world may read a bucket"
            }
            Self::BucketLogging => "find the access log of a bucket",
            Self::BucketStat => "know how large a bucket is before it is read",
            Self::Objects => "find objects to scan",
            Self::Content => "scan objects, and read access logs",
            Self::ObjectAcl => "know who in the world may read an object",
            Self::Versions | Self::VersionContent => {
                "know whether an older version still holds what was deleted"
            }
            Self::Users => "know whose a found key is",
            Self::User => "know whether the pair that a user is is active",
            Self::Keys => "know whose a found key is and whether it is active",
        }
    }
}
