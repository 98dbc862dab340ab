//! The actions that MinIO knows: a policy with any other is refused (minio/pkg `policy/action.go`,
//! `policy/admin-action.go`, `policy/kms-action.go`).

use crate::access::covers;

const S3: &[&str] = &[
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "ForceDeleteBucket",
    "GetBucketLocation",
    "GetBucketNotification",
    "GetBucketObjectLockConfiguration",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "GetObject",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectVersion",
    "GetObjectVersionTagging",
    "GetReplicationConfiguration",
    "HeadBucket",
    "ListAllMyBuckets",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "ListMultipartUploadParts",
    "ListenBucketNotification",
    "PutBucketNotification",
    "PutBucketObjectLockConfiguration",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutEncryptionConfiguration",
    "PutLifecycleConfiguration",
    "PutObject",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutReplicationConfiguration",
    "RestoreObject",
];
const ADMIN: &[&str] = &[
    "AddUserToGroup",
    "AttachUserOrGroupPolicy",
    "ConfigUpdate",
    "CreatePolicy",
    "CreateServiceAccount",
    "CreateUser",
    "DataUsageInfo",
    "DeletePolicy",
    "DeleteUser",
    "DisableGroup",
    "DisableUser",
    "EnableGroup",
    "EnableUser",
    "GetGroup",
    "GetPolicy",
    "GetUser",
    "ListGroups",
    "ListServiceAccounts",
    "ListTemporaryAccounts",
    "ListUserPolicies",
    "ListUsers",
    "RemoveServiceAccount",
    "RemoveUserFromGroup",
    "ServerInfo",
    "UpdatePolicyAssociation",
    "UpdateServiceAccount",
];
const KMS: &[&str] = &["CreateKey", "DeleteKey", "KeyStatus", "ListKeys", "Status"];

/// Whether an action is one, or a pattern of some.
pub(super) fn is_known(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else { return false };
    let known = match service {
        "s3" => S3,
        "admin" => ADMIN,
        "kms" => KMS,
        _ => return false,
    };
    known.iter().any(|one| covers(name, one))
}

/// What policies call an operation that OSS's call so.
pub(crate) fn of_oss(action: &str) -> String {
    match action.trim_start_matches("oss:") {
        "ListBuckets" => "s3:ListAllMyBuckets".to_owned(),
        "ListObjects" | "GetBucketInfo" => "s3:ListBucket".to_owned(),
        "ListObjectVersions" => "s3:ListBucketVersions".to_owned(),
        "PutBucket" => "s3:CreateBucket".to_owned(),
        // MinIO asks for the right to read the policy wherever it has only a ready-made answer.
        "GetBucketAcl" | "GetObjectAcl" | "GetBucketLogging" => "s3:GetBucketPolicy".to_owned(),
        // Whoever may delete objects may delete their versions, unless that is denied (minio/minio
        // `cmd/auth-handler.go`).
        "DeleteObjectVersion" => "s3:DeleteObject".to_owned(),
        name => format!("s3:{name}"),
    }
}
