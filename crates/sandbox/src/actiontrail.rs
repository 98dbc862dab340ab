//! ActionTrail, version 2020-07-06: every call of the accounts' services becomes an event, and
//! `LookupEvents` finds it (ActionTrail documentation, "Event structure" and API reference).
//!
//! Events are there at once; the real service takes minutes. Secrets are kept out of them, as there.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::auth::Caller;
use crate::rpc::{Asked, Fault, unknown_action};
use crate::world::{World, random_bytes};

/// Events kept; the oldest go first.
const EVENTS_MAX: usize = 20_000;

/// Parameters that hold secrets.
const SECRET: [&str; 4] = ["Password", "NewPassword", "SecretData", "SecurityToken"];

/// The events of an account, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail(VecDeque<Value>);

/// A call that was made.
pub(crate) struct Recorded<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) asked: &'a Asked,
    pub(crate) service: &'a str,
    pub(crate) user_agent: Option<&'a str>,
}

/// Makes an event of a call, which ended well or with a code and a message.
pub(crate) fn record(
    world: &mut World,
    call: &Recorded<'_>,
    outcome: Result<&Value, (&str, &str)>,
) {
    let asked = call.asked;
    let id = || hex::encode(random_bytes(16).unwrap_or_default());
    let parameters: Map<String, Value> = asked
        .parameters
        .iter()
        .filter(|(name, _)| !SECRET.contains(&name.as_str()) && !name.starts_with("Signature"))
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    let reads = ["Get", "List", "Describe", "Lookup"];
    let reads = reads.iter().any(|prefix| asked.action.starts_with(prefix));
    let mut event = json!({
        "eventId": id(), "eventVersion": "1", "eventCategory": "Management",
        "eventType": "ApiCall", "eventName": asked.action, "serviceName": call.service,
        "eventSource": format!("{}.aliyuncs.com", call.service.to_ascii_lowercase()),
        "eventRW": if reads { "Read" } else { "Write" },
        "eventTime": crate::rpc::date(asked.now), "apiVersion": asked.version,
        "acsRegion": world.region, "requestId": id().to_uppercase(),
        "sourceIpAddress": asked.source_ip.to_string(), "userAgent": call.user_agent,
        "recipientAccountId": world.owner_uid, "requestParameters": parameters,
        "userIdentity": identity(world, call.caller),
    });
    match outcome {
        Ok(answer) => {
            // The key that a call made: its id, never its secret.
            for name in ["AccessKey", "Credentials"] {
                if let Some(id) = answer[name]["AccessKeyId"].as_str() {
                    event["responseElements"] = json!({ name: { "AccessKeyId": id } });
                }
            }
        }
        Err((code, message)) => {
            event["errorCode"] = code.into();
            event["errorMessage"] = message.into();
        }
    }
    world.trail.0.push_back(event);
    if world.trail.0.len() > EVENTS_MAX {
        world.trail.0.pop_front();
    }
}

fn identity(world: &World, caller: &Caller) -> Value {
    let (kind, principal, name) = match caller {
        Caller::User { name, user_id, .. } => ("ram-user", user_id.clone(), Some(name.clone())),
        Caller::Role { name, role_id, session, .. } => {
            ("assumed-role", format!("{role_id}:{session}"), Some(format!("{name}:{session}")))
        }
        // No key of MinIO is let into the accounts' services.
        Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. } => {
            ("root-account", world.owner_uid.clone(), None)
        }
    };
    json!({ "type": kind, "principalId": principal, "accountId": world.owner_uid,
        "accessKeyId": caller.access_key_id(), "userName": name })
}

/// Carries a call out; the caller has been let through.
pub(crate) fn perform(world: &World, asked: &Asked) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "LookupEvents" => lookup(world, asked),
        _ => Err(unknown_action()),
    }
}

fn lookup(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let time = |name: &str, default: Timestamp| match asked.get(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Fault::new(400, "InvalidParameterValue", &format!("The {name} is invalid."))
        }),
    };
    let from = time("StartTime", asked.now - SignedDuration::from_hours(7 * 24))?;
    let until = time("EndTime", asked.now)?;
    let most = usize::try_from(asked.number("MaxResults", 0..=50, 20)?).unwrap_or(50);
    let skip = usize::try_from(asked.number("NextToken", 0..=u64::MAX, 0)?).unwrap_or(usize::MAX);
    let fits = |event: &&Value| {
        let at = event["eventTime"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        at.is_some_and(|at| from <= at && at <= until) && has_attributes(event, asked)
    };
    let mut found: Vec<&Value> = world.trail.0.iter().filter(fits).collect();
    if asked.get("Direction") != Some("FORWARD") {
        found.reverse();
    }
    let page: Vec<&Value> = found.iter().skip(skip).take(most).copied().collect();
    let next = skip + page.len();
    let token = (next < found.len()).then(|| next.to_string());
    Ok(json!({ "Events": page, "NextToken": token, "StartTime": crate::rpc::date(from),
        "EndTime": crate::rpc::date(until) }))
}

fn has_attributes(event: &Value, asked: &Asked) -> bool {
    (1..=10).all(|number| {
        let part = |name: &str| asked.get(&format!("LookupAttribute.{number}.{name}"));
        let (Some(key), Some(value)) = (part("Key"), part("Value")) else { return true };
        let own = match key {
            "ServiceName" => &event["serviceName"],
            "EventName" => &event["eventName"],
            "EventId" => &event["eventId"],
            "EventRW" => &event["eventRW"],
            "User" => &event["userIdentity"]["userName"],
            "EventAccessKeyId" => &event["userIdentity"]["accessKeyId"],
            _ => return false,
        };
        own.as_str() == Some(value)
    })
}
