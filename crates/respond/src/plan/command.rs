//! The provider's call of a step, and the same as a command of its own tool, for somebody with more rights.
//!
//! Stores that speak S3 speak IAM for their accounts where they have any.

use claviger_model::{BucketPlace, Provider, StepKind, UserKey};
use serde_json::json;

use super::limits::restriction_document;
use super::mc;

/// Every half of a block.
const AWS_BLOCK: &str = "--public-access-block-configuration BlockPublicAcls=true,\
    IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";

/// The call and the command; the command is empty for a step that only waits.
pub(super) fn of(provider: Provider, kind: &StepKind) -> (&'static str, String) {
    match provider {
        Provider::Aliyun => (aliyun_call(kind), aliyun(kind)),
        Provider::Aws | Provider::S3 | Provider::Folder => (aws_call(kind), aws(kind)),
        Provider::Minio => (
            mc::call(kind).unwrap_or_else(|| aws_call(kind)),
            mc::command(kind).unwrap_or_else(|| aws(kind)),
        ),
    }
}

fn aliyun_call(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::DisableKey(_) | StepKind::EnableKey(_) => "ram:UpdateAccessKey",
        StepKind::DeleteKey(_) => "ram:DeleteAccessKey",
        StepKind::RestrictKey { .. } => "ims:SetAccessKeyPolicy",
        StepKind::SetUserPolicy { .. } => "ram:CreatePolicy, ram:AttachPolicyToUser",
        StepKind::DenyInBucket { .. } => "oss:PutBucketPolicy",
        StepKind::SetBucketAcl { .. } => "oss:PutBucketAcl",
        StepKind::BlockPublicAccess { bucket: Some(_) } => "oss:PutBucketPublicAccessBlock",
        StepKind::BlockPublicAccess { bucket: None } => "oss:PutPublicAccessBlock",
        StepKind::SetObjectAcl { .. } => "oss:PutObjectAcl",
        StepKind::DeleteObject { versions, .. } if versions.is_empty() => "oss:DeleteObject",
        StepKind::DeleteObject { .. } => "oss:DeleteObjectVersion",
        StepKind::CreateKey { .. } => "ram:CreateAccessKey",
        StepKind::AwaitDeleted(_) => "ram:ListAccessKeys",
        StepKind::RotateSecret { .. } => "kms:RotateSecret",
        StepKind::HostSecret { .. } => "kms:CreateSecret",
        StepKind::StorePair { .. }
        | StepKind::HandOver { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. } => "",
    }
}

fn aws_call(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::DisableKey(_) | StepKind::EnableKey(_) => "iam:UpdateAccessKey",
        StepKind::DeleteKey(_) => "iam:DeleteAccessKey",
        StepKind::SetUserPolicy { .. } => "iam:PutUserPolicy",
        StepKind::DenyInBucket { .. } => "s3:PutBucketPolicy",
        StepKind::SetBucketAcl { .. } => "s3:PutBucketAcl",
        StepKind::BlockPublicAccess { bucket: Some(_) } => "s3:PutPublicAccessBlock",
        StepKind::BlockPublicAccess { bucket: None } => "s3:PutAccountPublicAccessBlock",
        StepKind::SetObjectAcl { .. } => "s3:PutObjectAcl",
        StepKind::DeleteObject { versions, .. } if versions.is_empty() => "s3:DeleteObject",
        StepKind::DeleteObject { .. } => "s3:DeleteObjectVersion",
        StepKind::CreateKey { .. } => "iam:CreateAccessKey",
        StepKind::StorePair { .. } => "secretsmanager:PutSecretValue",
        StepKind::AwaitDeleted(_) => "iam:ListAccessKeys",
        StepKind::RestrictKey { .. }
        | StepKind::RotateSecret { .. }
        | StepKind::HostSecret { .. }
        | StepKind::HandOver { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. } => "",
    }
}

fn aliyun(kind: &StepKind) -> String {
    let key = |action: &str, key: &UserKey| {
        format!(
            "aliyun ram {action} {} {}",
            option("--UserName", &key.user_name),
            option("--UserAccessKeyId", key.access_key_id.as_str())
        )
    };
    match kind {
        StepKind::DisableKey(user) => format!("{} --Status Inactive", key("UpdateAccessKey", user)),
        StepKind::EnableKey(user) => format!("{} --Status Active", key("UpdateAccessKey", user)),
        StepKind::DeleteKey(user) => key("DeleteAccessKey", user),
        StepKind::RestrictKey { key, addresses, .. } => format!(
            "aliyun ims SetAccessKeyPolicy {} {} {}",
            option("--UserPrincipalName", &format!("{}@YOUR-DEFAULT-DOMAIN", key.user_name)),
            option("--UserAccessKeyId", key.access_key_id.as_str()),
            option("--AccessKeyPolicy", &restriction_document(addresses))
        ),
        StepKind::SetUserPolicy { user_name, policy_name, document } => format!(
            "aliyun ram CreatePolicy {name} {} && \
             aliyun ram AttachPolicyToUser --PolicyType Custom {name} {}",
            option("--PolicyDocument", document),
            option("--UserName", user_name),
            name = option("--PolicyName", policy_name),
        ),
        StepKind::DenyInBucket { bucket, whole, .. } => format!(
            "ossutil api put-bucket-policy {} {}",
            option("--bucket", &bucket.name),
            option("--body", whole)
        ),
        StepKind::SetBucketAcl { bucket, acl } => {
            format!("aliyun oss set-acl {} {} --bucket", oss(bucket, None), acl.as_str())
        }
        StepKind::BlockPublicAccess { bucket } => {
            let block = r#"{"BlockPublicAccess":"true"}"#;
            let block = option("--public-access-block-configuration", block);
            match bucket {
                Some(bucket) => format!(
                    "ossutil api put-bucket-public-access-block {} {block}",
                    option("--bucket", &bucket.name)
                ),
                None => format!("ossutil api put-public-access-block {block}"),
            }
        }
        StepKind::SetObjectAcl { bucket, object, acl } => {
            format!("aliyun oss set-acl {} {}", oss(bucket, Some(object)), acl.as_str())
        }
        StepKind::DeleteObject { bucket, object, versions } => {
            each(versions, &format!("aliyun oss rm {}", oss(bucket, Some(object))))
        }
        StepKind::CreateKey { user_name, .. } => {
            format!("aliyun ram CreateAccessKey {}", option("--UserName", user_name))
        }
        StepKind::AwaitDeleted(user) => {
            format!("aliyun ram ListAccessKeys {}", option("--UserName", &user.user_name))
        }
        StepKind::RotateSecret { secret_name, version_id, .. } => format!(
            "aliyun kms RotateSecret {} {}",
            option("--SecretName", secret_name),
            option("--VersionId", version_id)
        ),
        StepKind::HostSecret { user_name, version_id, .. } => host_secret(user_name, version_id),
        StepKind::StorePair { .. }
        | StepKind::HandOver { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. } => String::new(),
    }
}

fn host_secret(user_name: &str, version_id: &str) -> String {
    let config = json!({ "SecretSubType": "RamUserAccessKey", "UserName": user_name,
        "CustomData": {} });
    format!(
        "aliyun kms CreateSecret --SecretName '$Auto' --SecretType RAMCredentials {} {} \
         --SecretData \"$SECRET_DATA\"",
        option("--VersionId", version_id),
        option("--ExtendedConfig", &config.to_string())
    )
}

fn aws(kind: &StepKind) -> String {
    let key = |action: &str, key: &UserKey| {
        format!(
            "aws iam {action} {} {}",
            option("--user-name", &key.user_name),
            option("--access-key-id", key.access_key_id.as_str())
        )
    };
    let bucket = |bucket: &BucketPlace| option("--bucket", &bucket.name);
    match kind {
        StepKind::DisableKey(user) => {
            format!("{} --status Inactive", key("update-access-key", user))
        }
        StepKind::EnableKey(user) => format!("{} --status Active", key("update-access-key", user)),
        StepKind::DeleteKey(user) => key("delete-access-key", user),
        StepKind::SetUserPolicy { user_name, policy_name, document } => format!(
            "aws iam put-user-policy {} {} {}",
            option("--user-name", user_name),
            option("--policy-name", policy_name),
            option("--policy-document", document)
        ),
        StepKind::DenyInBucket { bucket: of, whole, .. } => {
            format!("aws s3api put-bucket-policy {} {}", bucket(of), option("--policy", whole))
        }
        StepKind::SetBucketAcl { bucket: of, acl } => {
            format!("aws s3api put-bucket-acl {} --acl {}", bucket(of), acl.as_str())
        }
        StepKind::BlockPublicAccess { bucket: Some(of) } => {
            format!("aws s3api put-public-access-block {} {AWS_BLOCK}", bucket(of))
        }
        StepKind::BlockPublicAccess { bucket: None } => format!(
            "aws s3control put-public-access-block --account-id \
             \"$(aws sts get-caller-identity --query Account --output text)\" {AWS_BLOCK}"
        ),
        StepKind::SetObjectAcl { bucket: of, object, acl } => format!(
            "aws s3api put-object-acl {} {} --acl {}",
            bucket(of),
            option("--key", object),
            acl.as_str()
        ),
        StepKind::DeleteObject { bucket: of, object, versions } => {
            let command =
                format!("aws s3api delete-object {} {}", bucket(of), option("--key", object));
            each(versions, &command)
        }
        StepKind::CreateKey { user_name, .. } => {
            format!("aws iam create-access-key {}", option("--user-name", user_name))
        }
        StepKind::StorePair { secret_name, version_id, .. } => format!(
            "aws secretsmanager put-secret-value {} {} --secret-string \"$SECRET_STRING\"",
            option("--secret-id", secret_name),
            option("--client-request-token", version_id)
        ),
        StepKind::AwaitDeleted(user) => {
            format!("aws iam list-access-keys {}", option("--user-name", &user.user_name))
        }
        StepKind::RestrictKey { .. }
        | StepKind::RotateSecret { .. }
        | StepKind::HostSecret { .. }
        | StepKind::HandOver { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. } => String::new(),
    }
}

/// The command once, or once for each version.
fn each(versions: &[String], command: &str) -> String {
    if versions.is_empty() {
        return command.to_owned();
    }
    let commands: Vec<String> = versions
        .iter()
        .map(|version| format!("{command} {}", option("--version-id", version)))
        .collect();
    commands.join(" && ")
}

/// The address of a bucket or an object as one word.
fn oss(bucket: &BucketPlace, object: Option<&str>) -> String {
    match object {
        Some(object) => quoted(&format!("oss://{}/{object}", bucket.name)),
        None => quoted(&format!("oss://{}", bucket.name)),
    }
}

/// An option with its value, safe to paste into a shell. A value that begins with `-` would be read as
/// an option of its own.
pub(super) fn option(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{separator}{}", quoted(value))
}

/// One word of a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2.2).
pub(super) fn quoted(value: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.,/@:+=".contains(&b);
    if !value.is_empty() && value.bytes().all(safe) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_shell_stays_one_word() {
        let cases = [
            ("billing-export", "billing-export"),
            ("a@b.example", "a@b.example"),
            ("", "''"),
            ("two words", "'two words'"),
            ("o'brien; rm -rf ~", r"'o'\''brien; rm -rf ~'"),
            ("$(id)", "'$(id)'"),
            ("~root", "'~root'"),
        ];
        for (value, expected) in cases {
            assert_eq!(quoted(value), expected);
        }
        assert_eq!(option("--user-name", "-x"), "--user-name=-x");
    }
}
