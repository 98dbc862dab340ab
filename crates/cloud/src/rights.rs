//! Which rights Claviger needs for what: the calls it makes as policies name them, and the smallest policy
//! that grants them.
//!
//! Sources: RAM documentation, "RAM authorization" of OSS, RAM, IMS (which shares the actions of RAM) and KMS;
//! AWS service authorization reference of S3 and IAM; minio/pkg `policy/admin-action.go` and the handlers of minio/minio.

use claviger_model::{Action, Provider};
use serde_json::{Value, json};

use crate::Reading;

/// The rights for reading: buckets, objects, logs, users and their keys.
fn reading(provider: Provider) -> impl Iterator<Item = &'static str> {
    Reading::ALL.into_iter().filter_map(move |reading| reading.right(provider))
}

/// The rights that an action needs beside those for reading, its undo included; none where the provider
/// cannot do it.
fn acting(provider: Provider, action: Action) -> &'static [&'static str] {
    match provider {
        Provider::Aliyun => acting_on_aliyun(action),
        Provider::Aws | Provider::S3 => acting_on_aws(action),
        Provider::Minio => acting_on_minio(action),
        Provider::Folder => &[],
    }
}

fn acting_on_aliyun(action: Action) -> &'static [&'static str] {
    match action {
        Action::Disable | Action::Enable => &["ram:UpdateAccessKey"],
        Action::Delete => &[
            "ram:DeleteAccessKey",
            "ram:GetDefaultDomain",
            "ram:GetUser",
            "ram:ListAccessKeysInRecycleBin",
            "ram:RestoreAccessKeyFromRecycleBin",
            "ram:UpdateAccessKey",
        ],
        Action::RestrictNetwork => {
            &["ram:GetDefaultDomain", "ram:GetAccessKeyPolicy", "ram:SetAccessKeyPolicy"]
        }
        Action::DenyPolicy => &[
            "ram:ListPoliciesForUser",
            "ram:GetPolicy",
            "ram:CreatePolicy",
            "ram:CreatePolicyVersion",
            "ram:AttachPolicyToUser",
            "ram:DetachPolicyFromUser",
            "ram:ListPolicyVersions",
            "ram:DeletePolicyVersion",
            "ram:DeletePolicy",
        ],
        Action::DenyBucket => {
            &["ram:GetUser", "oss:GetBucketPolicy", "oss:PutBucketPolicy", "oss:DeleteBucketPolicy"]
        }
        Action::RevokeSessions => &[],
        Action::BucketAcl => &["oss:PutBucketAcl"],
        Action::BlockPublicAccess => {
            &["oss:PutBucketPublicAccessBlock", "oss:DeleteBucketPublicAccessBlock"]
        }
        Action::BlockAccountPublicAccess => {
            &["oss:GetPublicAccessBlock", "oss:PutPublicAccessBlock", "oss:DeletePublicAccessBlock"]
        }
        Action::ObjectAcl => &["oss:PutObjectAcl"],
        Action::DeleteFile => {
            &["oss:ListObjectVersions", "oss:GetObjectVersion", "oss:DeleteObjectVersion"]
        }
        Action::Rotate => &["ram:CreateAccessKey", "ram:UpdateAccessKey", "ram:DeleteAccessKey"],
        Action::RotateStored => &[],
        Action::RotateManaged => {
            &["ram:UpdateAccessKey", "kms:DescribeSecret", "kms:GetSecretValue", "kms:RotateSecret"]
        }
        Action::HostManaged => {
            &["kms:DescribeSecret", "kms:GetSecretValue", "kms:CreateSecret", "kms:DeleteSecret"]
        }
    }
}

fn acting_on_aws(action: Action) -> &'static [&'static str] {
    match action {
        Action::Disable | Action::Enable => &["iam:UpdateAccessKey"],
        Action::Delete => &["iam:DeleteAccessKey"],
        Action::RestrictNetwork | Action::DenyPolicy | Action::RevokeSessions => {
            &["iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"]
        }
        Action::DenyBucket => {
            &["iam:GetUser", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
        }
        Action::BucketAcl => &["s3:PutBucketAcl"],
        Action::BlockPublicAccess => &["s3:PutBucketPublicAccessBlock"],
        Action::ObjectAcl => &["s3:PutObjectAcl"],
        Action::DeleteFile => {
            &["s3:ListBucketVersions", "s3:GetObjectVersion", "s3:DeleteObjectVersion"]
        }
        Action::Rotate => &["iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"],
        Action::RotateStored => &[
            "iam:CreateAccessKey",
            "iam:UpdateAccessKey",
            "iam:DeleteAccessKey",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
            "secretsmanager:DeleteSecret",
        ],
        Action::BlockAccountPublicAccess => {
            &["s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"]
        }
        Action::RotateManaged | Action::HostManaged => &[],
    }
}

/// MinIO has no lists, blocks or sessions to revoke, and no secret manager; policies of its buckets do not bind
/// users.
fn acting_on_minio(action: Action) -> &'static [&'static str] {
    match action {
        Action::Disable | Action::Enable => &["admin:EnableUser", "admin:UpdateServiceAccount"],
        Action::Delete => &["admin:DeleteUser", "admin:RemoveServiceAccount"],
        Action::RestrictNetwork => &["admin:UpdateServiceAccount"],
        Action::DenyPolicy => &[
            "admin:CreatePolicy",
            "admin:DeletePolicy",
            "admin:GetPolicy",
            "admin:UpdatePolicyAssociation",
        ],
        Action::Rotate => &[
            "admin:CreateServiceAccount",
            "admin:RemoveServiceAccount",
            "admin:UpdateServiceAccount",
        ],
        Action::DeleteFile => &[
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetObjectVersion",
            "s3:ListBucketVersions",
        ],
        Action::DenyBucket
        | Action::RevokeSessions
        | Action::BucketAcl
        | Action::BlockPublicAccess
        | Action::BlockAccountPublicAccess
        | Action::ObjectAcl
        | Action::RotateStored
        | Action::RotateManaged
        | Action::HostManaged => &[],
    }
}

/// The rights for reading and for these actions, each once, in order.
#[must_use]
pub fn rights(provider: Provider, actions: &[Action]) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = reading(provider).collect();
    for action in actions {
        all.extend(acting(provider, *action));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The smallest policy that lets Claviger read and carry out these actions, ready to be attached to the
/// user that a connection signs as.
#[must_use]
pub fn smallest_policy(provider: Provider, actions: &[Action]) -> String {
    policy_of(provider, &rights(provider, actions))
}

/// A policy that grants these rights on everything: which user's key will leak is not known before.
#[must_use]
pub fn policy_of(provider: Provider, rights: &[&str]) -> String {
    let version = if provider == Provider::Aliyun { "1" } else { "2012-10-17" };
    let grant = json!({ "Effect": "Allow", "Action": rights, "Resource": "*" });
    let statements = if provider == Provider::Minio { by_service(rights) } else { vec![grant] };
    json!({ "Version": version, "Statement": statements }).to_string()
}

/// MinIO takes the actions of one service in a statement, and names what S3's are about.
fn by_service(rights: &[&str]) -> Vec<Value> {
    let (admin, s3): (Vec<&str>, Vec<&str>) =
        rights.iter().partition(|right| right.starts_with("admin:"));
    let mut statements = vec![json!({ "Effect": "Allow", "Action": admin })];
    statements.push(json!({ "Effect": "Allow", "Action": s3, "Resource": ["arn:aws:s3:::*"] }));
    statements
        .retain(|statement| statement["Action"].as_array().is_some_and(|all| !all.is_empty()));
    statements
}
