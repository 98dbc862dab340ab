//! Shows managed secrets: what they are, their versions, and the key pair itself.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{arn, named, usable};
use crate::rpc::{Asked, Fault, date};
use crate::world::{ManagedSecret, SecretVersion, Stage, World};

/// Entries a page has unless the request says otherwise (KMS documentation, "ListSecrets").
const PAGE_DEFAULT: u64 = 10;

/// Most entries a page may have.
const PAGE_MAX: u64 = 100;

/// `604800s`.
pub(super) fn interval_text(interval: SignedDuration) -> String {
    format!("{}s", interval.as_secs())
}

/// When the secret is rotated by itself; `None` when never.
pub(super) fn next_rotation(secret: &ManagedSecret) -> Option<Timestamp> {
    let since = secret.last_rotation.unwrap_or(secret.created_at);
    since.checked_add(secret.interval?).ok()
}

fn stages(version: &SecretVersion) -> Vec<&'static str> {
    match version.stage {
        Stage::Current => vec!["ACSCurrent"],
        Stage::Previous => vec!["ACSPrevious"],
        Stage::Past => Vec::new(),
    }
}

pub(super) fn describe(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let secret = named(world, asked)?.clone();
    Ok(json!({
        "Arn": arn(world, &secret.name), "SecretName": secret.name,
        "SecretType": "RAMCredentials", "Description": secret.description,
        "ExtendedConfig": secret.extended_config, "EncryptionKeyId": secret.encryption_key_id,
        "DKMSInstanceId": secret.instance_id, "OwingService": "",
        "CreateTime": date(secret.created_at), "UpdateTime": date(secret.updated_at),
        "AutomaticRotation": if secret.interval.is_some() { "Enabled" } else { "Disabled" },
        "RotationInterval": secret.interval.map(interval_text),
        "LastRotationDate": secret.last_rotation.map(date),
        "NextRotationDate": next_rotation(&secret).map(date),
        "PlannedDeleteTime": secret.planned_delete.map(date),
    }))
}

/// The key pair: of the version in use, or of the one before.
pub(super) fn value(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let stage = match asked.get("VersionStage") {
        None | Some("ACSCurrent") => Stage::Current,
        Some("ACSPrevious") => Stage::Previous,
        Some(_) => {
            let message = "The VersionStage must be ACSCurrent or ACSPrevious.";
            return Err(Fault::new(400, "InvalidParameter", message));
        }
    };
    let secret = usable(world, asked)?;
    let version = secret.versions.iter().rev().find(|version| version.stage == stage);
    let version = version.ok_or_else(|| {
        let message = "The specified version of the secret is not found.";
        Fault::new(404, "Forbidden.ResourceNotFound", message)
    })?;
    let data = json!({
        "AccessKeyId": version.access_key_id, "AccessKeySecret": version.secret.reveal(),
        "GenerateTimestamp": date(version.created_at),
    });
    Ok(json!({
        "SecretName": secret.name, "SecretType": "RAMCredentials", "SecretDataType": "text",
        "SecretData": data.to_string(), "VersionId": version.id,
        "VersionStages": { "VersionStage": stages(version) },
        "CreateTime": date(version.created_at), "ExtendedConfig": secret.extended_config,
        "AutomaticRotation": if secret.interval.is_some() { "Enabled" } else { "Disabled" },
        "RotationInterval": secret.interval.map(interval_text),
        "LastRotationDate": secret.last_rotation.map(date),
        "NextRotationDate": next_rotation(secret).map(date),
    }))
}

/// Every secret that fits the filters, a page at a time.
pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let filters = filters(asked)?;
    let secrets = world.secrets.values().filter(|secret| {
        filters.iter().all(|(key, values)| match key.as_str() {
            "SecretType" => values.iter().any(|value| value == "RAMCredentials"),
            "SecretName" => values.iter().any(|value| secret.name.contains(value.as_str())),
            "Description" => values.iter().any(|value| secret.description.contains(value.as_str())),
            _ => true,
        })
    });
    let found: Vec<&ManagedSecret> = secrets.collect();
    let (number, size, shown) = page(asked, &found)?;
    let shown: Vec<Value> = shown
        .iter()
        .map(|secret| {
            json!({ "SecretName": secret.name, "SecretType": "RAMCredentials",
                "CreateTime": date(secret.created_at), "UpdateTime": date(secret.updated_at),
                "PlannedDeleteTime": secret.planned_delete.map(date), "OwingService": "" })
        })
        .collect();
    Ok(json!({ "SecretList": { "Secret": shown }, "TotalCount": found.len(),
        "PageNumber": number, "PageSize": size }))
}

/// `[{"Key":"SecretType","Values":["RAMCredentials"]}]`.
fn filters(asked: &Asked) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let Some(text) = asked.get("Filters") else { return Ok(Vec::new()) };
    let wrong = || Fault::new(400, "InvalidParameter", "Filters is no list of filters.");
    let list: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let list = list.as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|filter| {
            let key = filter.get("Key").and_then(Value::as_str)?;
            let values = filter.get("Values").and_then(Value::as_array)?;
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            Some((key.to_owned(), values))
        })
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

/// The page a request asks for: its number from 1, its size, its entries.
fn page<'a, T>(asked: &Asked, all: &'a [T]) -> Result<(u64, u64, &'a [T]), Fault> {
    let number = asked.number("PageNumber", 1..=u64::from(u32::MAX), 1)?;
    let size = asked.number("PageSize", 1..=PAGE_MAX, PAGE_DEFAULT)?;
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
    Ok((number, size, &all[index((number - 1) * size)..index(number * size)]))
}

/// The versions of a secret; older ones than the previous only where they are asked for.
pub(super) fn versions(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let all = asked.flag("IncludeDeprecated");
    let secret = named(world, asked)?;
    let versions = secret.versions.iter().rev();
    let found: Vec<&SecretVersion> =
        versions.filter(|version| all || version.stage != Stage::Past).collect();
    let (number, size, shown) = page(asked, &found)?;
    let shown: Vec<Value> = shown
        .iter()
        .map(|version| {
            json!({ "VersionId": version.id, "CreateTime": date(version.created_at),
                "VersionStages": { "VersionStage": stages(version) } })
        })
        .collect();
    Ok(json!({ "SecretName": secret.name, "VersionIds": { "VersionId": shown },
        "TotalCount": found.len(), "PageNumber": number, "PageSize": size }))
}
