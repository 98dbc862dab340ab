//! Which rights Claviger needs for what: the calls it makes as policies name them, and the smallest policy
//! that grants them.
//!
//! Sources: RAM documentation, "RAM authorization" of OSS, RAM, IMS (which shares the actions of RAM) and KMS;
//! AWS service authorization reference of S3 and IAM; minio/pkg `policy/admin-action.go` and the handlers of minio/minio.

use std::collections::BTreeMap;

use claviger_model::{Action, Provider};
use serde_json::{Value, json};

use crate::{Pulled, Reading};

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

/// Something that Claviger shall be able to do beside reading an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ability {
    /// An action and its undo.
    Act(Action),
    /// Reading a source of log lines.
    Read(Pulled),
}

impl Ability {
    /// The ability of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let action = Action::from_word(word).map(Self::Act);
        action.or_else(|| Pulled::from_word(word).map(Self::Read))
    }

    fn rights(&self, provider: Provider) -> Vec<Right> {
        match self {
            Self::Act(action) => {
                acting(provider, *action).iter().map(|name| Right::on_all(name)).collect()
            }
            Self::Read(pulled) if pulled.providers().contains(&provider) => pulled.rights(provider),
            Self::Read(_) => Vec::new(),
        }
    }
}

/// A right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// As policies name it.
    pub name: &'static str,
    /// What it is about, as policies name it; `None`: everything.
    pub resource: Option<String>,
}

impl Right {
    fn on_all(name: &'static str) -> Self {
        Self { name, resource: None }
    }
}

/// The rights for reading and for these abilities, each once, in order.
#[must_use]
pub fn rights_for(provider: Provider, abilities: &[Ability]) -> Vec<Right> {
    let mut all: Vec<Right> = reading(provider).map(Right::on_all).collect();
    all.extend(abilities.iter().flat_map(|ability| ability.rights(provider)));
    all.sort_unstable();
    all.dedup();
    all
}

/// The names of the rights for reading and for these actions, each once, in order.
#[must_use]
pub fn rights(provider: Provider, actions: &[Action]) -> Vec<&'static str> {
    let abilities: Vec<Ability> = actions.iter().copied().map(Ability::Act).collect();
    rights_for(provider, &abilities).into_iter().map(|right| right.name).collect()
}

/// A policy that grants these rights on everything: which user's key will leak is not known before.
#[must_use]
pub fn policy_of(provider: Provider, rights: &[&str]) -> String {
    policy(provider, &BTreeMap::from([(None, rights.to_vec())]))
}

/// The smallest policy that grants these rights, each on what it is about, ready to be attached to the user that a
/// connection signs as.
#[must_use]
pub fn policy_of_rights(provider: Provider, rights: &[Right]) -> String {
    let mut by_resource: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for right in rights {
        by_resource.entry(right.resource.as_deref()).or_default().push(right.name);
    }
    policy(provider, &by_resource)
}

/// A statement each resource, or as many as the provider wants.
fn policy(provider: Provider, by_resource: &BTreeMap<Option<&str>, Vec<&str>>) -> String {
    let version = if provider == Provider::Aliyun { "1" } else { "2012-10-17" };
    let grant = |(resource, names): (&Option<&str>, &Vec<&str>)| json!({ "Effect": "Allow", "Action": names, "Resource": resource.unwrap_or("*") });
    let statements: Vec<Value> = match provider {
        Provider::Minio => {
            by_resource.iter().flat_map(|(resource, names)| by_service(*resource, names)).collect()
        }
        _ => by_resource.iter().map(grant).collect(),
    };
    json!({ "Version": version, "Statement": statements }).to_string()
}

/// MinIO takes the actions of one service in a statement, and names what S3's are about.
fn by_service(resource: Option<&str>, rights: &[&str]) -> Vec<Value> {
    let resource = resource.unwrap_or("arn:aws:s3:::*");
    let (admin, s3): (Vec<&str>, Vec<&str>) =
        rights.iter().partition(|right| right.starts_with("admin:"));
    let mut statements = vec![json!({ "Effect": "Allow", "Action": admin })];
    statements.push(json!({ "Effect": "Allow", "Action": s3, "Resource": [resource] }));
    statements
        .retain(|statement| statement["Action"].as_array().is_some_and(|all| !all.is_empty()));
    statements
}
