//! `CloudTrail` (2013-11-01), JSON 1.1: `LookupEvents`, the newest first, as often as the real service lets itself be
//! asked (API reference, `LookupEvents`). Trails, Insights and event data stores are not here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_cloud::sign::sha256_hex;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::fault::{Fault, json_reply};
use super::permit;
use super::trail::{Event, Events};
use crate::auth::Caller;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// Calls that an account and region may make within a second.
const CALLS_MAX: usize = 2;
/// How long events can be looked up.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The code of a refusal that leaves no event.
pub(super) const THROTTLED: &str = "ThrottlingException";

/// What is asked.
struct Asked {
    from: Timestamp,
    until: Timestamp,
    most: usize,
    /// Key and value that events must have.
    attribute: Option<(String, String)>,
    /// Says which parameters a token was made for.
    mark: String,
    /// Number of the event that the page begins with.
    begin: Option<u64>,
}

/// Carries an operation out.
pub(super) fn perform(
    world: &mut World,
    call: &Call,
    caller: &Caller,
    (operation, region): (&str, &str),
) -> Result<Reply, Fault> {
    permit(world, call, caller, &format!("cloudtrail:{operation}"), "*")?;
    if operation != "LookupEvents" {
        return Err(Fault::unknown());
    }
    let now = Timestamp::now();
    throttle(&mut world.aws_events, region, now)?;
    let fields: Map<String, Value> = serde_json::from_slice(&call.body)
        .map_err(|_| Fault::new(400, "SerializationException", "the body is no JSON object"))?;
    let is_insight = match fields.get("EventCategory").and_then(Value::as_str) {
        None => false,
        Some("insight") => true,
        Some(_) => return Err(invalid("InvalidEventCategoryException", "no such category")),
    };
    let asked = read(fields, now)?;
    let fits = |event: &&Event| {
        let second = event.at.as_second();
        (asked.from.as_second()..=asked.until.as_second()).contains(&second)
            && asked.begin.is_none_or(|begin| event.number <= begin)
            && asked.attribute.as_ref().is_none_or(|(key, value)| has(&event.record, key, value))
    };
    let told = world.aws_events.told(region, now).filter(|_| !is_insight);
    let mut found = told.filter(fits);
    let page: Vec<Value> = found.by_ref().take(asked.most).map(told_event).collect();
    let mut answer = json!({ "Events": page });
    if let Some(after) = found.next() {
        answer["NextToken"] = STANDARD.encode(format!("{}/{}", after.number, asked.mark)).into();
    }
    Ok(json_reply(200, &answer))
}

fn throttle(events: &mut Events, region: &str, now: Timestamp) -> Result<(), Fault> {
    let calls = events.asked.entry(region.to_owned()).or_default();
    calls.retain(|at| now.duration_since(*at) < SignedDuration::from_secs(1));
    if calls.len() >= CALLS_MAX {
        return Err(invalid(THROTTLED, "Rate exceeded"));
    }
    calls.push_back(now);
    Ok(())
}

fn invalid(code: &'static str, message: &str) -> Fault {
    Fault::new(400, code, message)
}

fn read(mut fields: Map<String, Value>, now: Timestamp) -> Result<Asked, Fault> {
    let token = fields.remove("NextToken");
    let mark = sha256_hex(Value::Object(fields.clone()).to_string().as_bytes());
    let begin = token.map(|token| number(token.as_str().unwrap_or_default(), &mark)).transpose()?;
    let from = time(fields.get("StartTime"))?.unwrap_or(now - KEPT).max(now - KEPT);
    let until = time(fields.get("EndTime"))?.unwrap_or(now);
    if from > until {
        let message = "The start time is after the end time, or both are out of range.";
        return Err(invalid("InvalidTimeRangeException", message));
    }
    let most = match fields.get("MaxResults").map(Value::as_u64) {
        None => 50,
        Some(Some(most @ 1..=50)) => usize::try_from(most).unwrap_or(50),
        Some(_) => return Err(invalid("InvalidMaxResultsException", "MaxResults is 1 to 50")),
    };
    let attribute = attribute(fields.get("LookupAttributes"))?;
    Ok(Asked { from, until, most, attribute, mark, begin })
}

/// A token is good for the parameters that it was given for.
fn number(token: &str, mark: &str) -> Result<u64, Fault> {
    let text = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let number = text.as_deref().and_then(|text| text.split_once('/'));
    let number = number.filter(|(_, made_for)| *made_for == mark);
    number.and_then(|(number, _)| number.parse().ok()).ok_or_else(|| {
        invalid("InvalidNextTokenException", "The token is invalid, or made for other parameters.")
    })
}

/// JSON 1.1 writes a time in seconds since 1970, with a fraction or without.
fn time(value: Option<&Value>) -> Result<Option<Timestamp>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let seconds = value.as_f64().map(SignedDuration::try_from_secs_f64);
    let time = seconds.and_then(Result::ok).and_then(|it| Timestamp::from_duration(it).ok());
    let wrong = || invalid("InvalidTimeRangeException", "a time is out of range");
    time.map(Some).ok_or_else(wrong)
}

/// At most one attribute narrows what is told.
fn attribute(value: Option<&Value>) -> Result<Option<(String, String)>, Fault> {
    let wrong = || invalid("InvalidLookupAttributesException", "one attribute may be given");
    match value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        [] => Ok(None),
        [one] => {
            let part = |name: &str| one[name].as_str().map(str::to_owned).ok_or_else(wrong);
            Ok(Some((part("AttributeKey")?, part("AttributeValue")?)))
        }
        _ => Err(wrong()),
    }
}

fn has(record: &Value, key: &str, value: &str) -> bool {
    let own = match key {
        "EventId" => &record["eventID"],
        "EventName" => &record["eventName"],
        "EventSource" => &record["eventSource"],
        "AccessKeyId" => &record["userIdentity"]["accessKeyId"],
        "ReadOnly" => return record["readOnly"].as_bool() == value.parse().ok(),
        "Username" => return user(record) == value,
        "ResourceName" => return resources(record).iter().any(|one| one["ResourceName"] == value),
        "ResourceType" => return resources(record).iter().any(|one| one["ResourceType"] == value),
        _ => return false,
    };
    own.as_str() == Some(value)
}

/// The last name of who called: of a user, or of a role's session.
fn user(record: &Value) -> &str {
    let arn = record["userIdentity"]["arn"].as_str().unwrap_or_default();
    arn.rsplit(['/', ':']).next().unwrap_or_default()
}

fn resources(record: &Value) -> Vec<Value> {
    let all = record["resources"].as_array().into_iter().flatten();
    let name = |one: &Value| {
        let arn = one["ARN"].as_str().unwrap_or_default();
        arn.rsplit(':').next().unwrap_or_default().to_owned()
    };
    all.map(|one| json!({ "ResourceType": one["type"], "ResourceName": name(one) })).collect()
}

fn told_event(event: &Event) -> Value {
    let record = &event.record;
    json!({ "EventId": record["eventID"], "EventName": record["eventName"],
        "ReadOnly": record["readOnly"].to_string(), "EventTime": event.at.as_second(),
        "AccessKeyId": record["userIdentity"]["accessKeyId"], "Username": user(record),
        "EventSource": record["eventSource"], "Resources": resources(record),
        "CloudTrailEvent": record.to_string() })
}
