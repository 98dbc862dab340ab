//! Bucket policies: kept as they were written, judged in `access`.

use axum::body::Bytes;
use serde_json::Value;

use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::Xml;

/// Largest policy (OSS documentation, "PutBucketPolicy").
const POLICY_BYTES_MAX: usize = 16 << 10;

/// Conditions that tie a statement for everybody to known callers, so that it is not public.
const FIXING: [&str; 3] = ["acs:SourceIp", "acs:SourceVpc", "acs:AccessId"];

/// `GET /bucket?policy`.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    match &world.bucket(order.bucket())?.policy_json {
        Some(policy) => Ok(Reply::status(200)
            .with("Content-Type", "application/json")
            .body(Bytes::from(policy.clone()))),
        None => Err(Refusal::NoSuchBucketPolicy { bucket: order.bucket().to_owned() }),
    }
}

/// `PUT /bucket?policy`: replaces the whole document.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let text = std::str::from_utf8(&order.body).map_err(|_| invalid("The policy is no UTF-8."))?;
    let policy = read(text)?;
    if is_public(&policy) && world.blocks_public_access(order.bucket()) {
        return Err(Refusal::denied("Put public bucket policy is not allowed"));
    }
    world.bucket_mut(order.bucket())?.policy_json = Some(text.to_owned());
    Ok(Reply::status(200))
}

/// `DELETE /bucket?policy`: 204 also when there was none.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket_mut(order.bucket())?.policy_json = None;
    Ok(Reply::status(204))
}

/// `GET /bucket?policyStatus`: whether the policy opens the bucket to everybody.
pub(super) fn status(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let policy = &world.bucket(order.bucket())?.policy_json;
    let public = policy
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .is_some_and(|policy| is_public(&policy));
    Ok(Reply::xml(Xml::document("PolicyStatus", |xml| {
        xml.text("IsPublic", &public.to_string());
    })))
}

/// Checks the shape that OSS asks for.
fn read(text: &str) -> Result<Value, Refusal> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(invalid("The policy is larger than 16 KB."));
    }
    let policy: Value = serde_json::from_str(text)
        .map_err(|error| invalid(&format!("The policy is no JSON: {error}.")))?;
    if policy["Version"] != "1" {
        return Err(invalid("The Version of the policy must be the text \"1\"."));
    }
    let statements = policy["Statement"].as_array().filter(|statements| !statements.is_empty());
    for statement in statements.ok_or_else(|| invalid("The policy has no Statement."))? {
        if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
            return Err(invalid("The Effect of a statement must be Allow or Deny."));
        }
        for element in ["Action", "Resource", "Principal"] {
            let words = &statement[element];
            let negated = &statement[format!("Not{element}")];
            if !is_words(words) && !is_words(negated) {
                return Err(invalid(&format!("A statement has no {element}.")));
            }
        }
    }
    Ok(policy)
}

fn invalid(message: &str) -> Refusal {
    Refusal::InvalidPolicyDocument { message: message.to_owned() }
}

fn is_words(value: &Value) -> bool {
    match value {
        Value::String(word) => !word.is_empty(),
        Value::Array(words) => !words.is_empty() && words.iter().all(Value::is_string),
        _ => false,
    }
}

/// Whether a statement allows something to everybody, from everywhere.
fn is_public(policy: &Value) -> bool {
    let public = |statement: &Value| {
        let everybody = match &statement["Principal"] {
            Value::String(word) => word == "*",
            Value::Array(words) => words.iter().any(|word| word == "*"),
            _ => false,
        };
        statement["Effect"] == "Allow" && everybody && !is_fixed(&statement["Condition"])
    };
    policy["Statement"].as_array().is_some_and(|statements| statements.iter().any(public))
}

/// Whether a condition names callers: positively, and not everybody again.
fn is_fixed(condition: &Value) -> bool {
    let everywhere = |value: &Value| matches!(value.as_str(), Some("*" | "0.0.0.0/0" | "::/0"));
    let names_callers = |value: &Value| match value {
        Value::Array(values) => !values.is_empty() && !values.iter().any(everywhere),
        value => value.is_string() && !everywhere(value),
    };
    let Some(operators) = condition.as_object() else { return false };
    operators
        .iter()
        .filter(|(operator, _)| !operator.contains("Not"))
        .any(|(_, keys)| FIXING.iter().any(|key| names_callers(&keys[*key])))
}

#[cfg(test)]
mod tests {
    use super::{is_public, read};

    fn policy(effect: &str, principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"{effect}","Principal":["{principal}"],
            "Action":["oss:GetObject"],"Resource":["acs:oss:*:*:b/*"]{condition}}}]}}"#
        )
    }

    #[test]
    fn only_an_open_allow_for_everybody_is_public() {
        let from = r#","Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#;
        let anywhere = r#","Condition":{"IpAddress":{"acs:SourceIp":["0.0.0.0/0"]}}"#;
        let elsewhere = r#","Condition":{"NotIpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#;
        let cases = [
            (policy("Allow", "*", ""), true),
            (policy("Deny", "*", ""), false),
            (policy("Allow", "1234567890123456", ""), false),
            (policy("Allow", "*", from), false),
            (policy("Allow", "*", anywhere), true),
            (policy("Allow", "*", elsewhere), true),
        ];
        for (text, expected) in cases {
            assert_eq!(is_public(&read(&text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_policy_without_its_parts_is_refused() {
        for text in ["", "[]", "{}", r#"{"Version":1}"#, r#"{"Version":"1","Statement":[{}]}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
