//! Secrets Manager (2017-10-17), JSON 1.1: secrets as texts with versions and stages. Rotation functions, resource
//! policies and replicas are not here.

use std::collections::BTreeSet;

use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::fault::{Fault, json_reply};
use super::{account, permit};
use crate::auth::Caller;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{StoredSecret, StoredVersion, World, random_text};

/// The version that is handed out unless another is asked for.
const CURRENT: &str = "AWSCURRENT";
/// The one that was handed out before.
const PREVIOUS: &str = "AWSPREVIOUS";
/// Days in which a deleted secret can be restored, unless told.
const RECOVERY_DAYS: i64 = 30;

/// What is asked.
struct Asked<'a> {
    fields: Map<String, Value>,
    call: &'a Call,
}

impl Asked<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    fn need(&self, name: &'static str) -> Result<&str, Fault> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            let message = format!("Missing required parameter: {name}");
            Fault::new(400, "InvalidParameterException", &message)
        })
    }

    /// The token that makes a version: asking twice is asking once.
    fn token(&self) -> Result<&str, Fault> {
        let token = self.need("ClientRequestToken")?;
        match (32..=64).contains(&token.len()) {
            true => Ok(token),
            false => {
                let message = "ClientRequestToken must have 32 to 64 characters";
                Err(Fault::new(400, "InvalidParameterException", message))
            }
        }
    }
}

/// Carries an operation out.
pub(super) fn perform(
    world: &mut World,
    call: &Call,
    caller: &Caller,
    operation: &str,
) -> Result<Reply, Fault> {
    let fields = serde_json::from_slice(&call.body)
        .map_err(|_| Fault::new(400, "SerializationException", "the body is no JSON object"))?;
    let asked = Asked { fields, call };
    let resource = match asked.text("SecretId") {
        Some(id) => find(world, id).map_or_else(|| place(world, id), |one| arn(world, one)),
        None => place(world, asked.text("Name").unwrap_or("*")),
    };
    permit(world, call, caller, &format!("secretsmanager:{operation}"), &resource)?;
    let answer = match operation {
        "CreateSecret" => create(world, &asked),
        "PutSecretValue" => put(world, &asked),
        "GetSecretValue" => value(world, &asked),
        "DescribeSecret" => describe(world, &asked),
        "UpdateSecretVersionStage" => move_stage(world, &asked),
        "DeleteSecret" => delete(world, &asked),
        "RestoreSecret" => restore(world, &asked),
        _ => Err(Fault::unknown()),
    };
    answer.map(|answer| json_reply(200, &answer))
}

fn place(world: &World, name: &str) -> String {
    format!("arn:aws:secretsmanager:{}:{}:secret:{name}", world.region, account(world))
}

fn arn(world: &World, secret: &StoredSecret) -> String {
    format!("{}-{}", place(world, &secret.name), secret.suffix)
}

/// A secret by its name or its resource name.
fn find<'a>(world: &'a World, id: &str) -> Option<&'a StoredSecret> {
    let named = world.stored_secrets.get(id);
    named.or_else(|| world.stored_secrets.values().find(|one| arn(world, one) == id))
}

fn not_found() -> Fault {
    let message = "Secrets Manager can't find the specified secret.";
    Fault::new(400, "ResourceNotFoundException", message)
}

/// The secret that is asked for, unless it is deleted; with its resource name.
fn usable<'a>(
    world: &'a mut World,
    asked: &Asked<'_>,
) -> Result<(String, &'a mut StoredSecret), Fault> {
    let found = find(world, asked.need("SecretId")?).ok_or_else(not_found)?;
    let (name, arn) = (found.name.clone(), arn(world, found));
    let secret = world.stored_secrets.get_mut(&name).ok_or_else(not_found)?;
    if secret.deleted_at.is_some() {
        let message = "You can't perform this operation on the secret because it was marked for \
                       deletion.";
        return Err(Fault::new(400, "InvalidRequestException", message));
    }
    Ok((arn, secret))
}

fn create(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let (name, token) = (asked.need("Name")?.to_owned(), asked.token()?.to_owned());
    let value = asked.need("SecretString")?.to_owned();
    if let Some(known) = world.stored_secrets.get(&name) {
        if known.deleted_at.is_some() {
            let message = "You can't create this secret because a secret with this name is already \
                           scheduled for deletion.";
            return Err(Fault::new(400, "InvalidRequestException", message));
        }
        let same = known.versions.iter().any(|one| one.id == token && one.value.reveal() == value);
        if !same {
            let message = format!("The operation failed because the secret {name} already exists.");
            return Err(Fault::new(400, "ResourceExistsException", &message));
        }
    }
    let suffix = random_text(6)
        .map_err(|error| Fault::new(500, "InternalServiceError", &error.to_string()))?;
    let now = asked.call.received_at;
    let secret = world.stored_secrets.entry(name.clone()).or_insert_with(|| StoredSecret {
        name: name.clone(),
        suffix,
        description: asked.text("Description").unwrap_or_default().to_owned(),
        created_at: now,
        versions: vec![StoredVersion {
            id: token.clone(),
            value: Secret::new(value),
            created_at: now,
            stages: BTreeSet::from([CURRENT.to_owned()]),
        }],
        deleted_at: None,
    });
    let secret = secret.clone();
    Ok(json!({ "ARN": arn(world, &secret), "Name": name, "VersionId": token }))
}

fn put(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let (token, value) = (asked.token()?.to_owned(), asked.need("SecretString")?.to_owned());
    let now = asked.call.received_at;
    let stages: Vec<String> = match asked.fields.get("VersionStages").and_then(Value::as_array) {
        Some(stages) => stages.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => vec![CURRENT.to_owned()],
    };
    let (arn, secret) = usable(world, asked)?;
    match secret.versions.iter().find(|one| one.id == token) {
        Some(known) if known.value.reveal() != value => {
            let message = "You can't use ClientRequestToken that is already in use for a version \
                           with a different value.";
            return Err(Fault::new(400, "ResourceExistsException", message));
        }
        Some(_) => {}
        None => secret.versions.push(StoredVersion {
            id: token.clone(),
            value: Secret::new(value),
            created_at: now,
            stages: BTreeSet::new(),
        }),
    }
    for stage in &stages {
        give(secret, stage, &token);
    }
    let stages = stages_of(secret, &token);
    Ok(json!({ "ARN": arn, "Name": secret.name, "VersionId": token, "VersionStages": stages }))
}

/// Gives a stage to a version. The version that loses `AWSCURRENT` becomes `AWSPREVIOUS`.
fn give(secret: &mut StoredSecret, stage: &str, id: &str) {
    let loser = secret.versions.iter().position(|one| one.stages.contains(stage) && one.id != id);
    for one in &mut secret.versions {
        one.stages.remove(stage);
        if loser.is_some() && stage == CURRENT {
            one.stages.remove(PREVIOUS);
        }
    }
    if let Some(loser) = loser.filter(|_| stage == CURRENT) {
        secret.versions[loser].stages.insert(PREVIOUS.to_owned());
    }
    if let Some(winner) = secret.versions.iter_mut().find(|one| one.id == id) {
        winner.stages.insert(stage.to_owned());
    }
}

fn stages_of(secret: &StoredSecret, id: &str) -> Vec<String> {
    let found = secret.versions.iter().find(|one| one.id == id);
    found.map(|one| one.stages.iter().cloned().collect()).unwrap_or_default()
}

fn value(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let (id, stage) = (asked.text("VersionId"), asked.text("VersionStage"));
    let (arn, secret) = usable(world, asked)?;
    let wanted = |one: &&StoredVersion| match (id, stage) {
        (None, None) => one.stages.contains(CURRENT),
        (id, stage) => {
            id.is_none_or(|id| one.id == id) && stage.is_none_or(|it| one.stages.contains(it))
        }
    };
    let version = secret.versions.iter().find(wanted).ok_or_else(|| {
        let message = "Secrets Manager can't find the specified secret value for staging label";
        Fault::new(400, "ResourceNotFoundException", message)
    })?;
    Ok(json!({ "ARN": arn, "Name": secret.name, "VersionId": version.id,
        "SecretString": version.value.reveal(), "VersionStages": version.stages,
        "CreatedDate": seconds(version.created_at) }))
}

fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let found = find(world, asked.need("SecretId")?).ok_or_else(not_found)?;
    // Versions without a stage are deprecated, and not told of.
    let staged = found.versions.iter().filter(|one| !one.stages.is_empty());
    let stages: Map<String, Value> =
        staged.map(|one| (one.id.clone(), json!(one.stages))).collect();
    let mut answer = json!({ "ARN": arn(world, found), "Name": found.name,
        "Description": found.description, "CreatedDate": seconds(found.created_at),
        "VersionIdsToStages": stages });
    if let Some(at) = found.deleted_at {
        answer["DeletedDate"] = json!(seconds(at));
    }
    Ok(answer)
}

fn move_stage(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let stage = asked.need("VersionStage")?.to_owned();
    let (from, to) = (asked.text("RemoveFromVersionId"), asked.text("MoveToVersionId"));
    let (arn, secret) = usable(world, asked)?;
    let holder = secret.versions.iter().find(|one| one.stages.contains(&stage));
    let holder = holder.map(|one| one.id.clone());
    let wrong = |message: String| Err(Fault::new(400, "InvalidParameterException", &message));
    if let Some(holder) = &holder
        && from != Some(holder.as_str())
        && to != Some(holder.as_str())
    {
        return wrong(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently \
             attached to version {holder}, so you must explicitly reference that version in \
             RemoveFromVersionId."
        ));
    }
    if from.is_some() && from != holder.as_deref() {
        return wrong(format!("Staging label {stage} is not attached to that version."));
    }
    match to {
        Some(to) if secret.versions.iter().any(|one| one.id == to) => give(secret, &stage, to),
        Some(_) => return Err(not_found()),
        None if stage == CURRENT => {
            return wrong(format!("{CURRENT} can be moved, and not taken away."));
        }
        None => {
            for one in &mut secret.versions {
                one.stages.remove(&stage);
            }
        }
    }
    Ok(json!({ "ARN": arn, "Name": secret.name }))
}

fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let at_once = asked.fields.get("ForceDeleteWithoutRecovery") == Some(&Value::Bool(true));
    let days = asked.fields.get("RecoveryWindowInDays").and_then(Value::as_i64);
    let now = asked.call.received_at;
    let window = SignedDuration::from_hours(24 * days.unwrap_or(RECOVERY_DAYS));
    let gone_at = if at_once { now } else { now.checked_add(window).unwrap_or(Timestamp::MAX) };
    let (arn, secret) = usable(world, asked)?;
    secret.deleted_at = Some(now);
    let name = secret.name.clone();
    if at_once {
        world.stored_secrets.remove(&name);
    }
    Ok(json!({ "ARN": arn, "Name": name, "DeletionDate": seconds(gone_at) }))
}

fn restore(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let found = find(world, asked.need("SecretId")?).ok_or_else(not_found)?;
    let (name, arn) = (found.name.clone(), arn(world, found));
    if let Some(secret) = world.stored_secrets.get_mut(&name) {
        secret.deleted_at = None;
    }
    Ok(json!({ "ARN": arn, "Name": name }))
}

/// A date as JSON 1.1 writes it: seconds since 1970.
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
