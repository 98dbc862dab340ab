//! The events of `CloudTrail`: every management call of the AWS half, let in or refused (`CloudTrail` user guide,
//! "`CloudTrail` record contents"). An event is told in the region that its request was signed for.
//!
//! Calls about objects are data events, which no look-up tells of; secrets are kept out, as there.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{account, arn};
use crate::auth::Caller;
use crate::call::Call;
use crate::world::{World, random_bytes};

/// Events kept; the oldest go first.
const EVENTS_MAX: usize = 20_000;

/// Parameters that hold secrets.
const SECRET: [&str; 2] = ["SecretString", "SecretBinary"];

/// The events of an account, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Events {
    /// Number of the next one.
    next: u64,
    all: VecDeque<Event>,
    /// How late each can be looked up.
    #[serde(skip)]
    pub(crate) late_by: SignedDuration,
    /// When each region was asked within the last second.
    #[serde(skip)]
    pub(super) asked: BTreeMap<String, VecDeque<Timestamp>>,
}

/// One event.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Event {
    /// Higher than that of every one before.
    pub(super) number: u64,
    pub(super) at: Timestamp,
    /// As the trail tells it.
    pub(super) record: Value,
}

impl Events {
    /// What can be looked up in a region by now, the newest first.
    pub(super) fn told<'a>(
        &'a self,
        region: &'a str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Event> {
        let is_told = move |event: &&Event| {
            event.record["awsRegion"] == region && now.duration_since(event.at) >= self.late_by
        };
        self.all.iter().rev().filter(is_told)
    }
}

/// A call that was made.
pub(crate) struct Recorded<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) call: &'a Call,
    /// The service without its domain: `s3`.
    pub(crate) service: &'a str,
    /// The operation, as the service names it.
    pub(crate) name: &'a str,
    /// The region that it was signed for.
    pub(crate) region: &'a str,
    /// What it asks for.
    pub(crate) parameters: Value,
    /// The bucket it is about.
    pub(crate) bucket: Option<&'a str>,
}

/// Makes an event of a call, which ended well or with a code and a message.
pub(crate) fn record(world: &mut World, of: &Recorded<'_>, refusal: Option<(&str, &str)>) {
    let (call, own) = (of.call, account(world));
    let reads = ["Get", "List", "Describe", "Lookup"];
    let mut event = json!({
        "eventVersion": "1.10", "userIdentity": identity(world, of.caller),
        "eventTime": call.received_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": format!("{}.amazonaws.com", of.service), "eventName": of.name,
        "awsRegion": of.region, "sourceIPAddress": call.source_ip.to_string(),
        "userAgent": call.header("user-agent"), "requestParameters": of.parameters,
        "responseElements": null, "requestID": call.request_id, "eventID": event_id(),
        "readOnly": reads.iter().any(|prefix| of.name.starts_with(prefix)),
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": own,
        "eventCategory": "Management",
    });
    if let Some(bucket) = of.bucket {
        event["resources"] = json!([{ "accountId": own, "type": "AWS::S3::Bucket",
            "ARN": format!("arn:aws:s3:::{bucket}") }]);
    }
    if let Some((code, message)) = refusal {
        event["errorCode"] = code.into();
        event["errorMessage"] = message.into();
    }
    let events = &mut world.aws_events;
    events.all.push_back(Event { number: events.next, at: call.received_at, record: event });
    events.next += 1;
    if events.all.len() > EVENTS_MAX {
        events.all.pop_front();
    }
}

/// The fields of a body as a record has them: their names begin small, and secrets are left out.
pub(super) fn parameters(body: &[u8]) -> Value {
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else { return Value::Null };
    let told = fields.into_iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
    let small = |name: String| {
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    told.map(|(name, value)| (small(name), value)).collect::<Map<String, Value>>().into()
}

fn identity(world: &World, caller: &Caller) -> Value {
    let own = account(world);
    let mut identity = json!({ "accountId": own, "arn": arn(world, caller),
        "accessKeyId": caller.access_key_id() });
    let (kind, principal) = match caller {
        Caller::User { name, user_id, .. } => {
            identity["userName"] = name.as_str().into();
            ("IAMUser", user_id.clone())
        }
        Caller::Role { name, role_id, session, .. } => {
            identity["sessionContext"] = json!({ "sessionIssuer": { "type": "Role",
                "principalId": role_id, "accountId": own, "userName": name,
                "arn": format!("arn:aws:iam::{own}:role/{name}") } });
            ("AssumedRole", format!("{role_id}:{session}"))
        }
        Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. } => ("Root", own),
    };
    identity["type"] = kind.into();
    identity["principalId"] = principal.into();
    identity
}

/// A random UUID. Without random bytes it is all zeros.
fn event_id() -> String {
    let mut bytes = random_bytes(16).unwrap_or_else(|_| vec![0; 16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
