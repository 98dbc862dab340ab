//! A step as Terraform has it, for whoever changes clouds by code alone. Only what is a lasting state has
//! such a form; a deletion or a rotation has not.

use claviger_model::{Provider, StepKind, UserKey};

/// The resource, with the command that brings what exists under its care where that is needed.
pub(super) fn of(provider: Provider, kind: &StepKind) -> Option<String> {
    match provider {
        Provider::Aliyun => aliyun(kind),
        Provider::Aws => aws(kind),
        Provider::S3 | Provider::Minio | Provider::Folder => None,
    }
}

fn aliyun(kind: &StepKind) -> Option<String> {
    Some(match kind {
        StepKind::DisableKey(key) => aliyun_key(key, "Inactive"),
        StepKind::EnableKey(key) => aliyun_key(key, "Active"),
        StepKind::SetUserPolicy { user_name, policy_name, document } => format!(
            "resource \"alicloud_ram_policy\" \"claviger\" {{\n  policy_name     = {}\n  \
             policy_document = {}\n}}\n\
             resource \"alicloud_ram_user_policy_attachment\" \"claviger\" {{\n  \
             policy_name = alicloud_ram_policy.claviger.policy_name\n  policy_type = \"Custom\"\n  \
             user_name   = {}\n}}\n",
            text(policy_name),
            text(document),
            text(user_name)
        ),
        StepKind::DenyInBucket { bucket, whole, .. } => {
            bucket_policy("alicloud_oss_bucket_policy", &bucket.name, whole)
        }
        StepKind::SetBucketAcl { bucket, acl } => format!(
            "resource \"alicloud_oss_bucket_acl\" \"claviger\" {{\n  bucket = {}\n  acl    = {}\n}}\n",
            text(&bucket.name),
            text(acl.as_str())
        ),
        StepKind::BlockPublicAccess { bucket: Some(bucket) } => format!(
            "resource \"alicloud_oss_bucket_public_access_block\" \"claviger\" {{\n  bucket              \
             = {}\n  block_public_access = true\n}}\n",
            text(&bucket.name)
        ),
        StepKind::BlockPublicAccess { bucket: None } => {
            "resource \"alicloud_oss_account_public_access_block\" \"claviger\" {\n  \
             block_public_access = true\n}\n"
                .to_owned()
        }
        _ => return None,
    })
}

fn aliyun_key(key: &UserKey, status: &str) -> String {
    format!(
        "# terraform import alicloud_ram_access_key.leaked {}\n\
         resource \"alicloud_ram_access_key\" \"leaked\" {{\n  user_name = {}\n  status    = {}\n}}\n",
        key.access_key_id,
        text(&key.user_name),
        text(status)
    )
}

/// The policy of a bucket; Terraform has it whole, as the bucket does.
fn bucket_policy(resource: &str, bucket: &str, policy: &str) -> String {
    format!(
        "# terraform import {resource}.claviger {bucket}\n\
         resource \"{resource}\" \"claviger\" {{\n  bucket = {}\n  policy = {}\n}}\n",
        text(bucket),
        text(policy)
    )
}

fn aws(kind: &StepKind) -> Option<String> {
    Some(match kind {
        StepKind::DisableKey(key) => aws_key(key, "Inactive"),
        StepKind::EnableKey(key) => aws_key(key, "Active"),
        StepKind::SetUserPolicy { user_name, policy_name, document } => format!(
            "resource \"aws_iam_user_policy\" \"claviger\" {{\n  name   = {}\n  user   = {}\n  \
             policy = {}\n}}\n",
            text(policy_name),
            text(user_name),
            text(document)
        ),
        StepKind::DenyInBucket { bucket, whole, .. } => {
            bucket_policy("aws_s3_bucket_policy", &bucket.name, whole)
        }
        StepKind::SetBucketAcl { bucket, acl } => format!(
            "resource \"aws_s3_bucket_acl\" \"claviger\" {{\n  bucket = {}\n  acl    = {}\n}}\n",
            text(&bucket.name),
            text(acl.as_str())
        ),
        StepKind::BlockPublicAccess { bucket: Some(bucket) } => format!(
            "resource \"aws_s3_bucket_public_access_block\" \"claviger\" {{\n  \
             bucket                  = {}\n  block_public_acls       = true\n  \
             ignore_public_acls      = true\n  block_public_policy     = true\n  \
             restrict_public_buckets = true\n}}\n",
            text(&bucket.name)
        ),
        StepKind::BlockPublicAccess { bucket: None } => {
            "resource \"aws_s3_account_public_access_block\" \"claviger\" {\n  \
             block_public_acls       = true\n  ignore_public_acls      = true\n  \
             block_public_policy     = true\n  restrict_public_buckets = true\n}\n"
                .to_owned()
        }
        _ => return None,
    })
}

fn aws_key(key: &UserKey, status: &str) -> String {
    format!(
        "# terraform import aws_iam_access_key.leaked {}\n\
         resource \"aws_iam_access_key\" \"leaked\" {{\n  user   = {}\n  status = {}\n}}\n",
        key.access_key_id,
        text(&key.user_name),
        text(status)
    )
}

/// A string of HCL, in which `${` and `%{` begin something else.
fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}
