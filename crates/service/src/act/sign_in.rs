//! People and machines sign in: passwords by Argon2id, sessions and tokens by hash.

use std::net::IpAddr;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use claviger_model::{Secret, UserId};
use claviger_store::identities;
use claviger_store::sessions::{self, Session, SessionKind};
use claviger_store::users::{self, Role, User};
use jiff::SignedDuration;
use serde_json::Value;

use crate::actor::TOKEN_MARK;
use crate::token_text::token_hash;
use crate::vault::{entropy, fill};
use crate::{Act, Actor, Service, ServiceError};

/// A browser's session ends after half a day: one shift.
const BROWSER_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// A token ends after 90 days, so that a forgotten one does.
const TOKEN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The shortest password accepted (NIST SP 800-63B asks for 8 with other means, 15 without).
const PASSWORD_LENGTH_MIN: usize = 12;

/// The longest password looked at: hashing a longer one costs time and proves nothing more.
pub(super) const PASSWORD_BYTES_MAX: usize = 4096;

/// The longest name of a user, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// The longest of what a browser or a program calls itself that is kept, in characters: browsers name themselves last.
const LABEL_LENGTH_MAX: usize = 200;

/// The one answer to a wrong name and a wrong password, so that names cannot be tried out.
const WRONG: &str = "the name or the password is wrong";

/// A session that was just opened.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser or the machine shows from now on; kept here as a hash only.
    pub token: Secret,
    /// Who signed in.
    pub actor: Actor,
    /// When it ends.
    pub expires_at: jiff::Timestamp,
}

impl Service {
    /// Makes the first admin of a new installation. Returns the password to tell, once; `None` where
    /// people exist already.
    ///
    /// # Errors
    /// The given password is too short, or the state cannot be written.
    pub async fn first_admin(
        &self,
        password: Option<Secret>,
    ) -> Result<Option<Secret>, ServiceError> {
        let mut tx = self.store().write().await?;
        if users::count(&mut tx).await? > 0 {
            return Ok(None);
        }
        let password = match password {
            Some(password) => password,
            None => random_text()?,
        };
        let user = new_user("admin", Role::Admin, &password, self.now()).await?;
        users::insert(&mut tx, &user).await?;
        tx.commit().await?;
        let actor = Actor::claviger();
        self.audit(&actor, "manage_users", "admin", "done", &Value::Null).await?;
        Ok(Some(password))
    }

    /// Opens a session for a name and a password, shown from an address.
    ///
    /// # Errors
    /// [`ServiceError::NotSignedIn`] where either is wrong, [`ServiceError::TooManyTries`] where that was so
    /// too often.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &Secret,
        kind: SessionKind,
        (label, from): (&str, Option<IpAddr>),
    ) -> Result<SignedIn, ServiceError> {
        if !self.takes_passwords_from(from) {
            return Err(ServiceError::NotAdmitted {
                message: "passwords are taken on the machine of Claviger alone".to_owned(),
                hint: "use single sign-on; an admin can set `password_sign_in`".to_owned(),
            });
        }
        // No user has a longer name; what is written to the audit log stays short.
        let name: &str = &name.chars().take(NAME_LENGTH_MAX).collect::<String>();
        if password.reveal().len() > PASSWORD_BYTES_MAX {
            return Err(ServiceError::NotSignedIn(WRONG.to_owned()));
        }
        self.tries()
            .take(name, from, self.now())
            .map_err(|retry_after_seconds| ServiceError::TooManyTries { retry_after_seconds })?;
        let mut reader = self.store().read().await?;
        let user = users::by_name(&mut reader, name).await?.filter(|user| !user.disabled);
        let by_provider = match &user {
            Some(user) => identities::issuer_of(&mut reader, &user.id).await?.is_some(),
            None => false,
        };
        drop(reader);
        // Whoever signs in by a provider has no password, whatever stands there.
        let user = user.filter(|_| !by_provider);
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let plain = password.clone();
        let right = tokio::task::spawn_blocking(move || verifies(&plain, hash.as_deref()))
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let Some(user) = user.filter(|_| right) else {
            let nobody = Actor::named(name.to_owned(), Role::Viewer);
            self.audit(&nobody, "sign_in", name, "refused", &Value::Null).await?;
            return Err(ServiceError::NotSignedIn(WRONG.to_owned()));
        };
        self.tries().pay_back(name, from, self.now());
        let signed_in = self.open_session(&user, kind, (label, from)).await?;
        self.audit(&signed_in.actor, "sign_in", name, "done", &Value::Null).await?;
        Ok(signed_in)
    }

    pub(super) async fn open_session(
        &self,
        user: &User,
        kind: SessionKind,
        (label, from): (&str, Option<IpAddr>),
    ) -> Result<SignedIn, ServiceError> {
        let token = random_text()?;
        let created_at = self.now();
        let expires_at = created_at
            + match kind {
                SessionKind::Browser => BROWSER_SESSION,
                SessionKind::Token => TOKEN,
            };
        let session = Session {
            token_hash: token_hash(token.reveal()),
            user_id: user.id.clone(),
            kind,
            label: label.chars().take(LABEL_LENGTH_MAX).collect::<String>().trim().to_owned(),
            created_at,
            expires_at,
            address: from.map(|address| address.to_canonical().to_string()),
            last_used_at: Some(created_at),
        };
        let mut tx = self.store().write().await?;
        // Whoever was changed since their password was read has to show who they are now.
        if users::held(&mut tx, user.id.as_str()).await?.as_ref() != Some(user) {
            return Err(ServiceError::NotSignedIn(WRONG.to_owned()));
        }
        sessions::insert(&mut tx, &session).await?;
        tx.commit().await?;
        Ok(SignedIn { token, actor: actor_of(user), expires_at })
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn sign_out(&self, token: &str) -> Result<(), ServiceError> {
        let mut tx = self.store().write().await?;
        sessions::remove(&mut tx, &token_hash(token)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everybody who may sign in.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn users(&self) -> Result<Vec<User>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(users::list(&mut reader).await?)
    }

    /// Makes a user.
    ///
    /// # Errors
    /// The name is taken, the password too short, or the actor no admin.
    pub async fn add_user(
        &self,
        actor: &Actor,
        name: &str,
        role: Role,
        password: &Secret,
    ) -> Result<User, ServiceError> {
        self.perform(actor, Act::ManageUsers, name, async {
            let user = new_user(name, role, password, self.now()).await?;
            let mut tx = self.store().write().await?;
            if users::by_name(&mut tx, name).await?.is_some() {
                return Err(ServiceError::Conflict {
                    message: format!("there is a user `{name}` already"),
                    hint: "choose another name".to_owned(),
                });
            }
            users::insert(&mut tx, &user).await?;
            tx.commit().await?;
            Ok(user)
        })
        .await
    }
}

/// Whether a text can be somebody's name: one that the audit log takes for nobody else.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= NAME_LENGTH_MAX
        && !name.chars().any(char::is_control)
        && name.trim() != Actor::claviger().name
        && !name.contains(TOKEN_MARK)
}

pub(super) fn actor_of(user: &User) -> Actor {
    Actor { user_id: Some(user.id.clone()), ..Actor::named(user.name.clone(), user.role) }
}

async fn new_user(
    name: &str,
    role: Role,
    password: &Secret,
    now: jiff::Timestamp,
) -> Result<User, ServiceError> {
    if !is_name(name) {
        return Err(ServiceError::invalid(
            "name",
            "a user's name has 1 to 64 visible characters, and is none that the audit log gives to Claviger \
             itself or to tokens",
            "choose a name such as `mei`",
        ));
    }
    let password_hash = hash_of_password("password", password).await?;
    Ok(User {
        id: UserId::from_entropy(entropy()?),
        name: name.to_owned(),
        role,
        password_hash,
        created_at: now,
        disabled: false,
    })
}

/// What is kept of a new password, which a field of this name gave.
pub(super) async fn hash_of_password(
    field: &'static str,
    password: &Secret,
) -> Result<String, ServiceError> {
    if password.reveal().chars().count() < PASSWORD_LENGTH_MIN {
        return Err(ServiceError::invalid(
            field,
            format!("the password is shorter than {PASSWORD_LENGTH_MIN} characters"),
            "take a longer one: four random words are easy to keep in mind",
        ));
    }
    if password.reveal().len() > PASSWORD_BYTES_MAX {
        return Err(ServiceError::invalid(
            field,
            format!("the password is longer than {PASSWORD_BYTES_MAX} bytes"),
            "take a shorter one: four random words are enough",
        ));
    }
    let plain = password.clone();
    let hash = move || Argon2::default().hash_password(plain.reveal().as_bytes());
    // It takes its time on purpose: not that of a worker who has other requests to answer.
    match tokio::task::spawn_blocking(hash).await {
        Ok(Ok(hash)) => Ok(hash.to_string()),
        Ok(Err(error)) => Err(ServiceError::Internal(format!("the password has no hash: {error}"))),
        Err(error) => Err(ServiceError::Internal(error.to_string())),
    }
}

/// Takes as long for an unknown user as for a known one.
pub(super) fn verifies(password: &Secret, hash: Option<&str>) -> bool {
    match hash.and_then(|hash| PasswordHash::new(hash).ok()) {
        Some(hash) => {
            Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok()
        }
        None => {
            drop(Argon2::default().hash_password(password.reveal().as_bytes()));
            false
        }
    }
}

/// 24 random bytes as text: a password or a token that cannot be guessed.
pub(crate) fn random_text() -> Result<Secret, ServiceError> {
    use base64::Engine;
    let mut bytes = [0_u8; 24];
    fill(&mut bytes)?;
    Ok(Secret::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}
