//! RAM users.

use serde_json::{Value, json};

use super::Asked;
use super::answer::Fault;
use crate::reply::xml_time;
use crate::world::{User, World, random_digits};

/// Users a page has unless the request says otherwise (RAM documentation, "ListUsers").
const PAGE_DEFAULT: usize = 100;

/// Most users a page may have.
const PAGE_MAX: usize = 1000;

/// A user as answers show it.
fn shown(user: &User) -> Value {
    let at = xml_time(user.created_at).replace(".000Z", "Z");
    json!({
        "UserId": user.user_id, "UserName": user.name, "DisplayName": user.display_name,
        "Comments": user.comments, "CreateDate": at, "UpdateDate": at,
    })
}

/// The user a request names.
pub(super) fn named<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut User, Fault> {
    let name = asked.need("UserName")?;
    world.users.get_mut(name).ok_or_else(|| Fault::no_user(name))
}

/// A name that a user may take.
fn free_name<'n>(world: &World, name: &'n str) -> Result<&'n str, Fault> {
    let fits =
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !fits {
        return Err(Fault::new(
            400,
            "InvalidParameter.UserName.InvalidChars",
            "The parameter - UserName contains invalid chars.",
        ));
    }
    if world.users.contains_key(name) {
        let message = format!("The user already exists: {name}.");
        return Err(Fault::new(409, "EntityAlreadyExists.User", &message));
    }
    Ok(name)
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = free_name(world, asked.need("UserName")?)?;
    let user = User {
        user_id: format!("2{}", random_digits(17)?),
        name: name.to_owned(),
        display_name: asked.get("DisplayName").unwrap_or(name).to_owned(),
        comments: asked.get("Comments").unwrap_or_default().to_owned(),
        created_at: asked.now,
        attached_policies: std::collections::BTreeSet::new(),
    };
    let answer = json!({ "User": shown(&user) });
    world.users.insert(name.to_owned(), user);
    Ok(answer)
}

pub(super) fn get(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    named(world, asked).map(|user| json!({ "User": shown(user) }))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let most = match asked.get("MaxItems") {
        None => PAGE_DEFAULT,
        Some(text) => {
            text.parse().ok().filter(|most| (1..=PAGE_MAX).contains(most)).ok_or_else(|| {
                Fault::new(400, "InvalidParameter.MaxItems", "The parameter MaxItems is invalid.")
            })?
        }
    };
    let marker = asked.get("Marker").unwrap_or_default();
    let rest: Vec<&User> =
        world.users.values().filter(|user| user.name.as_str() > marker).take(most + 1).collect();
    let page: Vec<Value> = rest.iter().take(most).map(|user| shown(user)).collect();
    let mut answer = json!({ "Users": { "User": page }, "IsTruncated": rest.len() > most });
    if rest.len() > most
        && let (Some(last), Some(fields)) = (rest.get(most - 1), answer.as_object_mut())
    {
        fields.insert("Marker".to_owned(), Value::String(last.name.clone()));
    }
    Ok(answer)
}

/// Renames a user, or changes what is said of it; its keys go with it.
pub(super) fn update(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let old = named(world, asked)?.name.clone();
    let new = match asked.get("NewUserName").filter(|new| *new != old) {
        Some(new) => free_name(world, new)?.to_owned(),
        None => old.clone(),
    };
    let Some(mut user) = world.users.remove(&old) else { return Err(Fault::no_user(&old)) };
    for key in world.keys.values_mut().filter(|key| key.user.as_ref() == Some(&old)) {
        key.user = Some(new.clone());
    }
    user.name.clone_from(&new);
    if let Some(text) = asked.get("NewDisplayName") {
        text.clone_into(&mut user.display_name);
    }
    if let Some(text) = asked.get("NewComments") {
        text.clone_into(&mut user.comments);
    }
    let answer = json!({ "User": shown(&user) });
    world.users.insert(new, user);
    Ok(answer)
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let user = named(world, asked)?;
    let (name, attached) = (user.name.clone(), !user.attached_policies.is_empty());
    if attached {
        return Err(Fault::new(
            409,
            "DeleteConflict.User.Policy",
            "The user can not has any policies while deleting the user.",
        ));
    }
    if world.keys.values().any(|key| key.user.as_ref() == Some(&name)) {
        return Err(Fault::new(
            409,
            "DeleteConflict.User.AccessKey",
            "The user can not has any AccessKeys while deleting the user.",
        ));
    }
    world.users.remove(&name);
    Ok(json!({}))
}
