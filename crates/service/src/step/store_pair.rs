//! Puts the new pair into a secret that people store in the provider's secret manager, where programs fetch it.
//!
//! A secret that is there must hold the key that is to go: another one is not overwritten. Its other fields stay.

use claviger_cloud::{Cloud, StoredSecret};
use claviger_model::{AccessKeyId, Kept, MadeKey, Secret, UserKey};
use serde_json::{Map, Value, json};

use super::{Ground, Proof, StepError, nothing_kept, seal_name};

/// What a secret is made of that was not there, in the words of IAM.
const FIELDS: [&str; 2] = ["AccessKeyId", "SecretAccessKey"];

/// Where the pair goes.
pub(super) struct To<'a> {
    pub(super) secret_name: &'a str,
    pub(super) version_id: &'a str,
    pub(super) key: &'a UserKey,
}

/// The version that is handed out; a secret that is not there, or one that hands out the key that is to go.
pub(crate) async fn stored_pair(
    cloud: &dyn Cloud,
    name: &str,
    key: &AccessKeyId,
) -> Result<Option<String>, StepError> {
    let Some(StoredSecret { current, .. }) = cloud.stored_secret(name).await? else {
        return Ok(None);
    };
    let version = current.ok_or_else(|| in_the_way(format!("`{name}` hands out no version")))?;
    let value = cloud.stored_value(name, &version).await?;
    fields_of(&value, key).map_err(|why| in_the_way(format!("`{name}` {why}")))?;
    Ok(Some(version))
}

/// Notes the version that is handed out.
pub(super) async fn before(ground: &Ground<'_>, to: &To<'_>) -> Result<Kept, StepError> {
    let version = stored_pair(ground.cloud, to.secret_name, &to.key.access_key_id).await?;
    Ok(Kept::SecretVersion { version })
}

/// Stores the pair, unless that was done, and asks which version is handed out.
pub(super) async fn apply(
    ground: &Ground<'_>,
    to: &To<'_>,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let Some(Kept::SecretVersion { version }) = kept else { return Err(nothing_kept()) };
    let (name, new) = (to.secret_name, to.version_id);
    if !is_handed_out(ground, name, new).await? {
        let (made, secret) = made_pair(ground)?;
        match version {
            None => {
                let value = pair(&made.access_key_id, &secret);
                ground.cloud.create_stored(name, new, &value).await?;
            }
            Some(before) => {
                let stands = ground.cloud.stored_value(name, before).await?;
                let value =
                    with_pair(&stands, &to.key.access_key_id, (&made.access_key_id, &secret))
                        .map_err(|why| in_the_way(format!("`{name}` {why}")))?;
                ground.cloud.store_value(name, new, &value).await?;
            }
        }
    }
    match is_handed_out(ground, name, new).await? {
        true => Ok(Proof::of(format!("DescribeSecret of {name} says that {new} is handed out"))),
        false => Err(StepError::NotProved {
            expected: format!("{name} hands out the version {new}"),
            answer: "that it hands out another one".to_owned(),
        }),
    }
}

/// Hands out what was handed out before, or deletes what was made. What somebody stored there since stays.
pub(super) async fn undo(
    ground: &Ground<'_>,
    to: &To<'_>,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let Some(Kept::SecretVersion { version }) = kept else { return Err(nothing_kept()) };
    let name = to.secret_name;
    if !is_handed_out(ground, name, to.version_id).await? {
        return Ok(Proof::of(format!("{name} does not hand out the new pair")));
    }
    let Some(before) = version else {
        ground.cloud.delete_stored(name).await?;
        return match ground.cloud.stored_secret(name).await? {
            None => Ok(Proof::of(format!("DescribeSecret answered that there is no {name}"))),
            Some(_) => Err(StepError::NotProved {
                expected: format!("{name} is deleted"),
                answer: "that it is there".to_owned(),
            }),
        };
    };
    ground.cloud.hand_out(name, before, to.version_id).await?;
    match is_handed_out(ground, name, before).await? {
        true => Ok(Proof::of(format!("DescribeSecret of {name} says that {before} is handed out"))),
        false => Err(StepError::NotProved {
            expected: format!("{name} hands out the version {before}"),
            answer: "that it hands out another one".to_owned(),
        }),
    }
}

async fn is_handed_out(ground: &Ground<'_>, name: &str, version: &str) -> Result<bool, StepError> {
    let stands = ground.cloud.stored_secret(name).await?;
    Ok(stands.is_some_and(|secret| secret.current.as_deref() == Some(version)))
}

/// The pair that the plan made, whose secret nobody has taken.
fn made_pair<'a>(ground: &'a Ground<'_>) -> Result<(&'a MadeKey, Secret), StepError> {
    let made = ground.plan.steps.iter().find_map(|step| match &step.kept {
        Some(Kept::Keys { made: Some(made), .. }) => Some(made),
        _ => None,
    });
    let made = made.ok_or_else(nothing_kept)?;
    let Some(sealed) = &made.sealed else {
        return Err(StepError::InTheWay {
            message: format!(
                "somebody has taken the pair {}: its secret is forgotten",
                made.access_key_id
            ),
            hint: "put it into the secret yourself, or undo the plan and rotate again".to_owned(),
        });
    };
    let name = seal_name(&ground.plan.id, &made.access_key_id);
    Ok((made, ground.service.vault().open_seal(&name, sealed)?))
}

fn in_the_way(message: String) -> StepError {
    let hint = "name the secret from which programs fetch this key, as a JSON object with the access key id \
                in one field and one field whose name says `secret`; or one that is not there";
    StepError::InTheWay { message, hint: hint.to_owned() }
}

/// A secret of a pair alone.
fn pair(id: &AccessKeyId, secret: &Secret) -> Secret {
    let [id_field, secret_field] = FIELDS;
    Secret::new(json!({ id_field: id, secret_field: secret.reveal() }).to_string())
}

/// The object that a secret holds, with the fields of the key's id and of its secret; why it is none of this key.
fn fields_of(
    value: &Secret,
    key: &AccessKeyId,
) -> Result<(Map<String, Value>, String, String), &'static str> {
    let Ok(Value::Object(object)) = serde_json::from_str(value.reveal()) else {
        return Err("holds no JSON object");
    };
    let names = |fits: &dyn Fn(&String, &str) -> bool| -> Vec<String> {
        let texts = object.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        texts.filter(|(name, text)| fits(name, text)).map(|(name, _)| name.clone()).collect()
    };
    let ids = names(&|_, text| text == key.as_str());
    let [id] = ids.as_slice() else { return Err("does not hold the key that is to go") };
    let secrets = names(&|name, _| name != id && name.to_ascii_lowercase().contains("secret"));
    match secrets.as_slice() {
        [secret] => Ok((object.clone(), id.clone(), secret.clone())),
        _ => Err("has not one field that is called a secret"),
    }
}

/// The same object with another pair.
fn with_pair(
    value: &Secret,
    old: &AccessKeyId,
    (new, secret): (&AccessKeyId, &Secret),
) -> Result<Secret, &'static str> {
    let (mut object, id_field, secret_field) = fields_of(value, old)?;
    object.insert(id_field, json!(new));
    object.insert(secret_field, json!(secret.reveal()));
    Ok(Secret::new(Value::Object(object).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AccessKeyId {
        AccessKeyId::parse(text).unwrap()
    }

    fn replaced(text: &str) -> Result<Value, &'static str> {
        let (old, new) = (key("AKIAMADEUPOLDKEY0001"), key("AKIAMADEUPNEWKEY0001"));
        let value = Secret::new(text.to_owned());
        let made = with_pair(&value, &old, (&new, &Secret::new("new/secret".to_owned())))?;
        Ok(serde_json::from_str(made.reveal()).unwrap())
    }

    #[test]
    fn only_the_pair_is_replaced() {
        let told = replaced(
            r#"{"region":"eu-west-1","aws_access_key_id":"AKIAMADEUPOLDKEY0001","aws_secret_access_key":"old"}"#,
        );
        let expected = json!({ "region": "eu-west-1", "aws_access_key_id": "AKIAMADEUPNEWKEY0001",
            "aws_secret_access_key": "new/secret" });
        assert_eq!(told, Ok(expected));
    }

    #[test]
    fn what_is_none_of_this_key_is_not_overwritten() {
        for (text, why) in [
            ("plain text", "holds no JSON object"),
            (r#"["AKIAMADEUPOLDKEY0001"]"#, "holds no JSON object"),
            (
                r#"{"id":"AKIAMADEUPOTHER00001","secret":"s"}"#,
                "does not hold the key that is to go",
            ),
            (
                r#"{"id":"AKIAMADEUPOLDKEY0001","pass":"s"}"#,
                "has not one field that is called a secret",
            ),
            (
                r#"{"id":"AKIAMADEUPOLDKEY0001","secret":"s","otherSecret":"t"}"#,
                "has not one field that is called a secret",
            ),
        ] {
            assert_eq!(replaced(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_new_secret_is_one_that_can_be_replaced() {
        let old = key("AKIAMADEUPOLDKEY0001");
        assert!(replaced(pair(&old, &Secret::new("s".to_owned())).reveal()).is_ok());
    }
}
