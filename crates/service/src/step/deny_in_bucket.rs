//! Adds statements to the policy of a bucket, and takes exactly these out again: what others wrote there
//! stays, also what they wrote meanwhile. No provider changes a policy only if it is as it was read, so that
//! somebody who changes it within the same moment is overwritten; the proof is read after that moment.

use claviger_model::{BucketPlace, Kept};
use serde_json::{Value, json};

use super::{Ground, Proof, StepError, bucket_of, kept_document};

/// The policy that stands.
pub(super) async fn before(ground: &Ground<'_>, bucket: &BucketPlace) -> Result<Kept, StepError> {
    Ok(Kept::Document { document: ground.cloud.bucket_policy(&bucket_of(bucket)).await? })
}

/// Adds the statements and asks for them.
pub(super) async fn apply(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    document: &str,
) -> Result<Proof, StepError> {
    let place = bucket_of(bucket);
    let now = ground.cloud.bucket_policy(&place).await?;
    let Some(whole) = with(now.as_deref(), document) else { return Err(unreadable(bucket)) };
    ground.cloud.set_bucket_policy(&place, Some(&whole)).await?;
    let now = ground.cloud.bucket_policy(&place).await?;
    let ours = statements(document);
    let stands = now.as_deref().map(statements).unwrap_or_default();
    if ours.iter().all(|one| stands.iter().any(|other| same(one, other))) {
        let words = format!("the provider says that the policy of {} denies", bucket.name);
        return Ok(Proof::of(words));
    }
    Err(StepError::NotProved {
        expected: format!("the policy of {} has the statements of the plan", bucket.name),
        answer: now.unwrap_or_else(|| "no policy".to_owned()),
    })
}

/// Takes the statements out; where no policy stood and nothing else stands there now, there is none again.
pub(super) async fn undo(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    document: &str,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let place = bucket_of(bucket);
    let had_one = kept_document(kept)?.is_some();
    let now = ground.cloud.bucket_policy(&place).await?;
    if let Some(now) = now {
        let Some(left) = without(&now, document) else { return Err(unreadable(bucket)) };
        let is_empty = statements(&left).is_empty();
        // A policy without statements is none that a provider takes.
        let left = (!is_empty).then_some(left.as_str());
        ground.cloud.set_bucket_policy(&place, left).await?;
    }
    let now = ground.cloud.bucket_policy(&place).await?;
    let stands = now.as_deref().map(statements).unwrap_or_default();
    let ours = statements(document);
    if stands.iter().any(|other| ours.iter().any(|one| same(one, other))) {
        return Err(StepError::NotProved {
            expected: format!("the policy of {} denies no longer", bucket.name),
            answer: now.unwrap_or_default(),
        });
    }
    let said = match (had_one, now.is_some()) {
        (true, true) => "is without these statements, and keeps the others",
        (_, false) => "is gone",
        (false, true) => "is what others wrote there since",
    };
    Ok(Proof::of(format!("the provider says that the policy of {} {said}", bucket.name)))
}

/// A policy with these statements at its end, each once; `None` where what stands there cannot be read.
pub(crate) fn with(policy: Option<&str>, document: &str) -> Option<String> {
    let Some(policy) = policy else { return Some(document.to_owned()) };
    let mut read: Value = serde_json::from_str(&without(policy, document)?).ok()?;
    let mut all = statements(&read.to_string());
    all.extend(statements(document));
    read["Statement"] = json!(all);
    Some(read.to_string())
}

/// A policy without these statements; `None` where it cannot be read.
fn without(policy: &str, document: &str) -> Option<String> {
    let mut read: Value = serde_json::from_str(policy).ok()?;
    let ours = statements(document);
    let is_other = |one: &Value| !ours.iter().any(|mine| same(mine, one));
    let others: Vec<Value> = statements(policy).into_iter().filter(is_other).collect();
    read.as_object_mut()?.insert("Statement".to_owned(), json!(others));
    Some(read.to_string())
}

fn statements(policy: &str) -> Vec<Value> {
    let read: Value = serde_json::from_str(policy).unwrap_or_default();
    match &read["Statement"] {
        Value::Array(all) => all.clone(),
        one @ Value::Object(_) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Whether two statements say the same: providers write a list of one as a text, and lists in another order.
fn same(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(all) => {
            let mut all: Vec<Value> = all.iter().map(plain).collect();
            all.sort_by_key(ToString::to_string);
            match all.as_slice() {
                [one] => one.clone(),
                _ => Value::Array(all),
            }
        }
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        other => other.clone(),
    }
}

fn unreadable(bucket: &BucketPlace) -> StepError {
    StepError::InTheWay {
        message: format!("the policy that stands on {} is no JSON", bucket.name),
        hint: "mend it in the provider's own console, then confirm the plan again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = r#"{"Version":"1","Statement":[{"Effect":"Deny","Principal":["27"],"Action":["oss:*"],"Resource":["b","b/*"]}]}"#;

    #[test]
    fn statements_are_added_once_and_only_they_are_taken_out() {
        let theirs = r#"{"Version":"1","Id":"kept","Statement":{"Effect":"Allow","Principal":["*"],"Action":"oss:GetObject","Resource":"b/*"}}"#;
        let both = with(Some(theirs), OURS).unwrap();
        assert_eq!(with(Some(&both), OURS).unwrap(), both);
        assert_eq!(statements(&both).len(), 2);
        let left = without(&both, OURS).unwrap();
        assert_eq!(statements(&left), statements(theirs));
        assert!(left.contains("\"Id\":\"kept\""));
        assert_eq!(with(None, OURS).unwrap(), OURS);
        assert_eq!(with(Some("{"), OURS), None);
    }

    #[test]
    fn a_statement_is_known_again_however_its_provider_writes_it() {
        let rewritten = r#"{"Version":"1","Statement":[{"Action":"oss:*","Resource":["b/*","b"],"Principal":"27","Effect":"Deny"}]}"#;
        assert!(statements(&without(rewritten, OURS).unwrap()).is_empty());
        let other = rewritten.replace("\"27\"", "\"28\"");
        assert_eq!(statements(&without(&other, OURS).unwrap()).len(), 1);
    }
}
