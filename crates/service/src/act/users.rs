//! Users are changed: their role, their password, whether they may sign in, whether they are there.
//!
//! Whatever is changed ends their sessions and tokens in the same transaction: who holds one signs in
//! again, as what they are now. One admin who may sign in is always left.

use std::net::IpAddr;

use claviger_model::{Secret, UserId};
use claviger_store::users::{self, Role, User};
use claviger_store::{Write, api_tokens, identities, saved_views, sessions};

use super::sign_in::{PASSWORD_BYTES_MAX, hash_of_password, verifies};
use crate::{Act, Actor, Service, ServiceError};

/// What is to be changed of a user.
enum Change {
    Role(Role),
    Password(String),
    Disabled(bool),
    Removed,
}

impl Change {
    /// Whether an admin is none afterwards.
    fn takes_an_admin(&self) -> bool {
        match self {
            Self::Role(role) => *role != Role::Admin,
            Self::Disabled(disabled) => *disabled,
            Self::Removed => true,
            Self::Password(_) => false,
        }
    }

    /// Whether a provider of single sign-on decides it for those whom it vouches for.
    fn is_the_providers(&self) -> bool {
        matches!(self, Self::Role(_) | Self::Password(_))
    }
}

impl Service {
    /// Gives a user another role.
    ///
    /// # Errors
    /// There is no such user, it is the last admin, or the actor is no admin.
    pub async fn set_role(
        &self,
        actor: &Actor,
        user: &str,
        role: Role,
    ) -> Result<User, ServiceError> {
        let name = self.name_of(user).await?;
        let subject = format!("{name} as {}", role.as_str());
        let work = self.change_user(user, Change::Role(role));
        self.perform(actor, Act::SetRole, &subject, work).await
    }

    /// Gives a user another password, which an admin may without the old one.
    ///
    /// # Errors
    /// There is no such user, the password is too short, or the actor is no admin.
    pub async fn set_password(
        &self,
        actor: &Actor,
        user: &str,
        password: &Secret,
    ) -> Result<User, ServiceError> {
        let name = self.name_of(user).await?;
        self.perform(actor, Act::SetPassword, &name, async {
            let hash = hash_of_password("password", password).await?;
            self.change_user(user, Change::Password(hash)).await
        })
        .await
    }

    /// Gives oneself another password, from an address. Every session and token of one's own ends.
    ///
    /// # Errors
    /// The old password is wrong ([`ServiceError::TooManyTries`] where that was so too often), or the new
    /// one is too short.
    pub async fn change_password(
        &self,
        actor: &Actor,
        (old, new): (&Secret, &Secret),
        from: Option<IpAddr>,
    ) -> Result<(), ServiceError> {
        self.perform(actor, Act::ChangePassword, &actor.name, async {
            let id = actor.own_id()?;
            let hash = hash_of_password("new_password", new).await?;
            self.prove(&id, old, from).await?;
            self.change_user(id.as_str(), Change::Password(hash)).await.map(drop)
        })
        .await
    }

    /// Keeps a user from signing in, or lets them again.
    ///
    /// # Errors
    /// There is no such user, it is the last admin, or the actor is no admin.
    pub async fn set_disabled(
        &self,
        actor: &Actor,
        user: &str,
        disabled: bool,
    ) -> Result<User, ServiceError> {
        let name = self.name_of(user).await?;
        let act = if disabled { Act::DisableUser } else { Act::EnableUser };
        let work = self.change_user(user, Change::Disabled(disabled));
        self.perform(actor, act, &name, work).await
    }

    /// Removes a user. What they did stays under their name.
    ///
    /// # Errors
    /// There is no such user, it is the last admin, or the actor is no admin.
    pub async fn remove_user(&self, actor: &Actor, user: &str) -> Result<(), ServiceError> {
        let name = self.name_of(user).await?;
        let work = async { self.change_user(user, Change::Removed).await.map(drop) };
        self.perform(actor, Act::RemoveUser, &name, work).await
    }

    /// The name of a user for the audit log; what they were called where there is none, cut short.
    async fn name_of(&self, user: &str) -> Result<String, ServiceError> {
        let mut reader = self.store().read().await?;
        let found = users::by_id_or_name(&mut reader, user).await?;
        Ok(found.map_or_else(|| user.chars().take(64).collect(), |one| one.name))
    }

    async fn change_user(&self, user: &str, change: Change) -> Result<User, ServiceError> {
        let mut tx = self.store().write().await?;
        let admins = users::held_admins(&mut tx).await?;
        let mut found = users::held(&mut tx, user)
            .await?
            .ok_or_else(|| ServiceError::not_found("user", user))?;
        if change.takes_an_admin() && admins == [found.id.clone()] {
            return Err(last_admin(&found));
        }
        if change.is_the_providers() && identities::issuer_of(&mut tx, &found.id).await?.is_some() {
            return Err(by_provider(&found));
        }
        match change {
            Change::Role(role) if role == found.role => return Ok(found),
            Change::Disabled(disabled) if disabled == found.disabled => return Ok(found),
            Change::Role(role) => {
                users::set_role(&mut tx, &found.id, role).await?;
                found.role = role;
            }
            Change::Password(hash) => {
                users::set_password(&mut tx, &found.id, &hash).await?;
                found.password_hash = hash;
            }
            Change::Disabled(disabled) => {
                users::set_disabled(&mut tx, &found.id, disabled).await?;
                found.disabled = disabled;
            }
            Change::Removed => {
                saved_views::remove_private_of(&mut tx, &found.id).await?;
                users::remove(&mut tx, &found.id).await?;
            }
        }
        end_access(&mut tx, &found.id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Whether it is the user who asks: they know their password. Tries count as tries to sign in.
    async fn prove(
        &self,
        id: &UserId,
        password: &Secret,
        from: Option<IpAddr>,
    ) -> Result<(), ServiceError> {
        let mut reader = self.store().read().await?;
        let user = users::by_id(&mut reader, id).await?;
        drop(reader);
        let user = user.ok_or_else(|| ServiceError::not_found("user", id))?;
        self.tries()
            .take(&user.name, from, self.now())
            .map_err(|retry_after_seconds| ServiceError::TooManyTries { retry_after_seconds })?;
        let (plain, hash) = (password.clone(), user.password_hash.clone());
        let right = plain.reveal().len() <= PASSWORD_BYTES_MAX
            && tokio::task::spawn_blocking(move || verifies(&plain, Some(&hash)))
                .await
                .map_err(|error| ServiceError::Internal(error.to_string()))?;
        if !right {
            return Err(ServiceError::invalid(
                "old_password",
                "the old password is wrong",
                "forgotten? An admin can set a new one",
            ));
        }
        self.tries().pay_back(&user.name, from, self.now());
        Ok(())
    }
}

/// Ends all that a user is signed in by.
pub(super) async fn end_access(tx: &mut Write, id: &UserId) -> Result<(), ServiceError> {
    sessions::end_all_of(tx, id, None).await?;
    api_tokens::remove_all_of(tx, id).await?;
    Ok(())
}

fn by_provider(user: &User) -> ServiceError {
    ServiceError::Conflict {
        message: format!("{} signs in by single sign-on", user.name),
        hint: "the provider gives the role and has the password; disabling and removing work here"
            .to_owned(),
    }
}

fn last_admin(user: &User) -> ServiceError {
    ServiceError::Conflict {
        message: format!("{} is the last admin who may sign in", user.name),
        hint: "make another one first: `claviger users role NAME admin`".to_owned(),
    }
}
