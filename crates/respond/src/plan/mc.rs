//! A step on MinIO's users and access keys: its call, and the same as a command of MinIO's own client `mc`. The alias
//! is the name under which that client knows the deployment.

use claviger_model::{StepKind, UserKey};

use super::command::{option, quoted};
use super::limits::is_own_pair;

const ALIAS: &str = "YOUR-ALIAS";

/// The call; `None` for a step on buckets and objects, which is S3's.
pub(super) fn call(kind: &StepKind) -> Option<&'static str> {
    Some(match kind {
        StepKind::DisableKey(key) | StepKind::EnableKey(key) => match is_own_pair(key) {
            true => "admin:EnableUser",
            false => "admin:UpdateServiceAccount",
        },
        StepKind::DeleteKey(key) => match is_own_pair(key) {
            true => "admin:DeleteUser",
            false => "admin:RemoveServiceAccount",
        },
        StepKind::RestrictKey { .. } => "admin:UpdateServiceAccount",
        StepKind::SetUserPolicy { .. } => "admin:CreatePolicy, admin:UpdatePolicyAssociation",
        StepKind::CreateKey { .. } => "admin:CreateServiceAccount",
        _ => return None,
    })
}

/// The command; `None` as above.
pub(super) fn command(kind: &StepKind) -> Option<String> {
    let on = |action: &str, key: &UserKey| {
        let what = if is_own_pair(key) { "user" } else { "accesskey" };
        format!("mc admin {what} {action} {ALIAS} {}", quoted(key.access_key_id.as_str()))
    };
    Some(match kind {
        StepKind::DisableKey(key) => on("disable", key),
        StepKind::EnableKey(key) => on("enable", key),
        StepKind::DeleteKey(key) => on("rm", key),
        StepKind::RestrictKey { key, whole, .. } => format!(
            "{} && {} --policy policy.json",
            written(whole.as_deref().unwrap_or_default()),
            on("edit", key)
        ),
        StepKind::SetUserPolicy { user_name, policy_name, document } => format!(
            "{} && mc admin policy create {ALIAS} {name} policy.json && \
             mc admin policy attach {ALIAS} {name} {}",
            written(document),
            option("--user", user_name),
            name = quoted(policy_name),
        ),
        StepKind::CreateKey { user_name, whole, .. } => {
            let create = format!("mc admin accesskey create {ALIAS} {}", quoted(user_name));
            match whole {
                Some(policy) => format!("{} && {create} --policy policy.json", written(policy)),
                None => create,
            }
        }
        _ => return None,
    })
}

/// `mc` takes policies from files.
fn written(document: &str) -> String {
    format!("printf %s {} > policy.json", quoted(document))
}
