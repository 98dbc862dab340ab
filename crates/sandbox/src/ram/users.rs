//! RAM users.

use serde_json::{Value, json};

use crate::auth::Caller;
use crate::rpc::{Asked, Fault, date, page};
use crate::world::{User, World, random_digits};

/// Longest name (RAM documentation, "CreateUser").
const NAME_CHARACTERS_MAX: usize = 64;

/// Longest display name and comment.
const TEXT_CHARACTERS_MAX: usize = 128;

/// A user as answers show it.
fn shown(user: &User) -> Value {
    json!({
        "UserId": user.user_id, "UserName": user.name, "DisplayName": user.display_name,
        "Comments": user.comments, "Email": user.email, "MobilePhone": user.mobile_phone,
        "CreateDate": date(user.created_at),
        "UpdateDate": date(user.updated_at.unwrap_or(user.created_at)),
    })
}

/// The user a request names.
pub(super) fn named<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut User, Fault> {
    let name = asked.need("UserName")?;
    world.users.get_mut(name).ok_or_else(|| Fault::no_user(name))
}

/// Whether a name may be a user's.
///
/// # Errors
/// It is too long or holds other characters than letters, digits and `._-`.
fn check_name(name: &str, parameter: &str) -> Result<(), Fault> {
    if name.len() > NAME_CHARACTERS_MAX {
        let message = format!("The parameter - \"{parameter}\" beyond the length limit.");
        return Err(Fault::parameter(&format!("{parameter}.Length"), &message));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        let message = format!("The parameter - \"{parameter}\" contains invalid chars.");
        return Err(Fault::parameter(&format!("{parameter}.InvalidChars"), &message));
    }
    Ok(())
}

/// A text of a user that may be missing, with its limit.
fn text(asked: &Asked, parameter: &str) -> Result<Option<String>, Fault> {
    match asked.get(parameter) {
        Some(text) if text.chars().count() > TEXT_CHARACTERS_MAX => {
            let message = format!("The parameter - \"{parameter}\" beyond the length limit.");
            Err(Fault::parameter(&format!("{parameter}.Length"), &message))
        }
        found => Ok(found.map(str::to_owned)),
    }
}

fn exists(name: &str) -> Fault {
    let message = format!("The user already exists: {name}.");
    Fault::new(409, "EntityAlreadyExists.User", &message)
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let user = make(world, asked.need("UserName")?, asked)?;
    Ok(json!({ "User": shown(&user) }))
}

/// Makes a user of this name with what the request says of it.
///
/// # Errors
/// The name is taken, or no name; a text is too long.
pub(crate) fn make(world: &mut World, name: &str, asked: &Asked) -> Result<User, Fault> {
    check_name(name, "UserName")?;
    if world.users.contains_key(name) {
        return Err(exists(name));
    }
    let user = User {
        user_id: format!("2{}", random_digits(17)?),
        name: name.to_owned(),
        display_name: text(asked, "DisplayName")?.unwrap_or_else(|| name.to_owned()),
        comments: text(asked, "Comments")?.unwrap_or_default(),
        email: text(asked, "Email")?.unwrap_or_default(),
        mobile_phone: text(asked, "MobilePhone")?.unwrap_or_default(),
        created_at: asked.now,
        updated_at: None,
        attached_policies: std::collections::BTreeSet::new(),
    };
    world.users.insert(name.to_owned(), user.clone());
    Ok(user)
}

/// The named user, or the caller.
pub(super) fn get(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    if let (None, Caller::User { name, .. }) = (asked.get("UserName"), caller) {
        let user = world.users.get(name).ok_or_else(|| Fault::no_user(name))?;
        return Ok(json!({ "User": shown(user) }));
    }
    named(world, asked).map(|user| json!({ "User": shown(user) }))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let users = world.users.iter().map(|(name, user)| (name.as_str(), user));
    page(asked, ("Users", "User"), users, shown)
}

pub(super) fn update(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = named(world, asked)?.name.clone();
    let new_name = asked.get("NewUserName").unwrap_or(&name).to_owned();
    check_name(&new_name, "NewUserName")?;
    if new_name != name && world.users.contains_key(&new_name) {
        return Err(exists(&new_name));
    }
    let changes = ["NewDisplayName", "NewComments", "NewEmail", "NewMobilePhone"]
        .map(|parameter| text(asked, parameter));
    let [display_name, comments, email, mobile_phone] = changes;
    let (display_name, comments, email, mobile_phone) =
        (display_name?, comments?, email?, mobile_phone?);
    let mut user = world.users.remove(&name).ok_or_else(|| Fault::no_user(&name))?;
    for (field, change) in [
        (&mut user.display_name, display_name),
        (&mut user.comments, comments),
        (&mut user.email, email),
        (&mut user.mobile_phone, mobile_phone),
    ] {
        if let Some(change) = change {
            *field = change;
        }
    }
    user.name.clone_from(&new_name);
    user.updated_at = Some(asked.now);
    let answer = json!({ "User": shown(&user) });
    for key in world.keys.values_mut().chain(world.deleted_keys.values_mut()) {
        if key.user.as_ref() == Some(&name) {
            key.user = Some(new_name.clone());
        }
    }
    world.users.insert(new_name, user);
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
    world.deleted_keys.retain(|_, key| key.user.as_ref() != Some(&name));
    Ok(json!({}))
}
