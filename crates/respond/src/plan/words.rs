//! What a step says of itself: its title, what is different afterwards, and how it is taken back.

use claviger_model::{AccessKeyId, BucketPlace, Provider, StepKind, UserKey};

use super::DraftInput;
use super::limits::is_own_pair;
use crate::catalogue::Catalogue;
use crate::text;

/// Characters of a name in a sentence.
pub(super) const NAME_MAX: usize = 120;

/// Addresses named in a sentence.
const NAMED_MAX: usize = 8;

/// The words of a step.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) changes: String,
    pub(super) undo: Option<String>,
}

/// The values that sentences are made of.
type Values = Vec<(&'static str, String)>;

pub(super) fn of(catalogue: &Catalogue, input: &DraftInput<'_>, kind: &StepKind) -> Words {
    let (word, values) = values(catalogue, input, kind);
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let say = |part: &str| catalogue.say(&format!("plan.{word}.{part}"), &values);
    Words {
        title: say("title"),
        changes: say("changes"),
        undo: can_be_undone(input.provider, kind).then(|| say("undo")),
    }
}

/// Whether a step can be taken back: what is gone for good cannot.
fn can_be_undone(provider: Provider, kind: &StepKind) -> bool {
    match kind {
        StepKind::DeleteKey(_) => provider == Provider::Aliyun,
        StepKind::DeleteObject { .. } | StepKind::RotateSecret { .. } => false,
        StepKind::DisableKey(_)
        | StepKind::EnableKey(_)
        | StepKind::RestrictKey { .. }
        | StepKind::SetUserPolicy { .. }
        | StepKind::DenyInBucket { .. }
        | StepKind::SetBucketAcl { .. }
        | StepKind::BlockPublicAccess { .. }
        | StepKind::SetObjectAcl { .. }
        | StepKind::CreateKey { .. }
        | StepKind::HandOver { .. }
        | StepKind::StorePair { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. }
        | StepKind::AwaitDeleted(_)
        | StepKind::HostSecret { .. } => true,
    }
}

fn values(
    catalogue: &Catalogue,
    input: &DraftInput<'_>,
    kind: &StepKind,
) -> (&'static str, Values) {
    let user = |name: &str| ("user", text::short(name, NAME_MAX));
    let of_key = |key: &UserKey| {
        vec![short(&key.access_key_id), user(&key.user_name), status(catalogue, input)]
    };
    let acl = |acl: claviger_model::Acl| ("acl", acl.as_str().to_owned());
    match kind {
        StepKind::DisableKey(key) => ("disable_key", of_key(key)),
        StepKind::EnableKey(key) => ("enable_key", of_key(key)),
        StepKind::DeleteKey(key) => {
            let word = match input.provider {
                Provider::Aliyun => "delete_key",
                Provider::Minio if is_own_pair(key) => "delete_user_for_good",
                Provider::Aws | Provider::S3 | Provider::Minio | Provider::Folder => {
                    "delete_key_for_good"
                }
            };
            (word, of_key(key))
        }
        StepKind::RestrictKey { key, addresses, .. } => {
            let mut values = of_key(key);
            values.push(("addresses", listed(catalogue, addresses)));
            ("restrict_key", values)
        }
        StepKind::SetUserPolicy { user_name, policy_name, .. } => {
            ("set_user_policy", vec![user(user_name), ("policy", policy_name.clone())])
        }
        StepKind::DenyInBucket { bucket, .. } => {
            ("deny_in_bucket", vec![user(input.user_name), place(bucket, None)])
        }
        StepKind::SetBucketAcl { bucket, acl: to } => {
            ("set_bucket_acl", vec![place(bucket, None), acl(*to)])
        }
        StepKind::BlockPublicAccess { bucket: Some(bucket) } => {
            ("block_public_access", vec![place(bucket, None)])
        }
        StepKind::BlockPublicAccess { bucket: None } => ("block_account", Vec::new()),
        StepKind::SetObjectAcl { bucket, object, acl: to } => {
            ("set_object_acl", vec![place(bucket, Some(object)), acl(*to)])
        }
        StepKind::DeleteObject { bucket, object, versions } => {
            let versions = catalogue.count("plan.versions", versions.len().max(1) as u64);
            ("delete_object", vec![place(bucket, Some(object)), ("versions", versions)])
        }
        StepKind::CreateKey { user_name, .. } => ("create_key", vec![user(user_name)]),
        StepKind::HandOver { user_name } => ("hand_over", vec![user(user_name)]),
        StepKind::StorePair { secret_name, key, .. } => {
            let secret = ("secret", text::short(secret_name, NAME_MAX));
            ("store_pair", vec![secret, user(&key.user_name)])
        }
        StepKind::AwaitQuiet { access_key_id, quiet_seconds } => {
            let values = vec![short(access_key_id), span(catalogue, *quiet_seconds)];
            ("await_quiet", values)
        }
        StepKind::AwaitTime { seconds } => ("await_time", vec![span(catalogue, *seconds)]),
        StepKind::RotateSecret { secret_name, access_key_id, .. } => {
            let secret = ("secret", text::short(secret_name, NAME_MAX));
            ("rotate_secret", vec![secret, short(access_key_id)])
        }
        StepKind::AwaitDeleted(key) => ("await_deleted", of_key(key)),
        StepKind::HostSecret { user_name, .. } => ("host_secret", vec![user(user_name)]),
    }
}

fn short(key: &AccessKeyId) -> (&'static str, String) {
    ("key", key.short())
}

fn status(catalogue: &Catalogue, input: &DraftInput<'_>) -> (&'static str, String) {
    ("status", catalogue.text(&format!("status.{}", input.event.key_state.status.as_str())))
}

fn place(bucket: &BucketPlace, object: Option<&str>) -> (&'static str, String) {
    let name = match object {
        Some(object) => format!("{}/{object}", bucket.name),
        None => bucket.name.clone(),
    };
    ("place", text::short(&name, NAME_MAX))
}

fn span(catalogue: &Catalogue, seconds: u32) -> (&'static str, String) {
    ("span", text::span(catalogue, seconds.into()))
}

/// Addresses in a sentence: the first few, and how many more there are.
pub(super) fn listed(catalogue: &Catalogue, addresses: &[String]) -> String {
    let mut names: Vec<String> =
        addresses.iter().take(NAMED_MAX).map(|one| text::short(one, NAME_MAX)).collect();
    if addresses.len() > names.len() {
        let more = catalogue.count("more", (addresses.len() - names.len()) as u64);
        if let Some(last) = names.last_mut() {
            last.push_str(&more);
        }
    }
    names.join(", ")
}
