//! Signing in by a provider of OpenID Connect: who that is here, what they may do, and who is not let in.
//!
//! A user is whom the provider knows by issuer and subject, for good; a name proves nothing. The role is the
//! provider's word, taken anew at each sign-in. What is under way stays sealed with the browser that began it:
//! nothing is kept here for whoever only knocks.

use std::net::IpAddr;

use claviger_identity::Identity;
use claviger_model::{Secret, UserId};
use claviger_store::sessions::SessionKind;
use claviger_store::users::{self, Role, User};
use claviger_store::{Write, identities};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sign_in::is_name;
use super::users::end_access;
use crate::token_text::token_hash;
use crate::vault::entropy;
use crate::{Actor, Service, ServiceError, SignedIn, SingleSignOn};

/// How long somebody may take at the provider: a password, a second factor, a consent.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(10);

/// What the sealed text is named, so that no other seal opens as it.
const SEAL: &str = "single sign-on under way";

/// The longest page to come back to: with the rest of it, it must fit into a cookie (RFC 6265, 6.1).
const NEXT_BYTES_MAX: usize = 1024;

/// The longest code taken to the provider.
const CODE_BYTES_MAX: usize = 4096;

/// Where a browser goes to sign in, and what it brings back.
#[derive(Debug)]
pub struct Leaving {
    /// The provider's page.
    pub address: String,
    /// What the browser keeps meanwhile; it can be read here alone.
    pub sealed: Secret,
    /// For so many seconds.
    pub seconds: i64,
}

/// What the provider sends a browser back with (OpenID Connect Core, 3.1.2.5; RFC 9207).
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Returned {
    /// Good for one exchange.
    pub code: Option<String>,
    /// What it was sent there with.
    pub state: Option<String>,
    /// The provider's name for itself, where it tells.
    pub iss: Option<String>,
    /// Why it let nobody in.
    pub error: Option<String>,
}

/// A sign-in between its two halves.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: Timestamp,
}

impl Service {
    /// Begins a sign-in that shall lead to a page of the console.
    ///
    /// # Errors
    /// There is no provider, or it does not tell about itself.
    pub async fn begin_single_sign_on(&self, next: &str) -> Result<Leaving, ServiceError> {
        let (provider, _) = self.provider_in_force()?;
        let now = self.now();
        let begun = match provider.begin(now).await {
            Ok(begun) => begun,
            Err(error) => {
                self.say_provider(Some(&error));
                return Err(error.into());
            }
        };
        let under_way = UnderWay {
            state: begun.state,
            nonce: begun.nonce,
            verifier: begun.verifier.reveal().to_owned(),
            next: if next.len() <= NEXT_BYTES_MAX { next.to_owned() } else { String::new() },
            until: now + UNDER_WAY,
        };
        let text = serde_json::to_string(&under_way)
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let sealed = Secret::new(self.vault().seal(SEAL, &Secret::new(text))?);
        Ok(Leaving { address: begun.address, sealed, seconds: UNDER_WAY.as_secs() })
    }

    /// Ends a sign-in: who came back is signed in. Tells the page to go to as well.
    ///
    /// # Errors
    /// This browser began no such sign-in, the provider does not vouch for anybody, or whoever it vouches for
    /// may not sign in here.
    pub async fn finish_single_sign_on(
        &self,
        sealed: &str,
        returned: &Returned,
        (label, from): (&str, Option<IpAddr>),
    ) -> Result<(SignedIn, String), ServiceError> {
        let under_way = self.under_way(sealed, returned)?;
        self.tries()
            .take_from(from, self.now())
            .map_err(|retry_after_seconds| ServiceError::TooManyTries { retry_after_seconds })?;
        let identity = match self.identity(&under_way, returned).await {
            Ok(identity) => identity,
            Err(error) => {
                self.audit_refused("", "", &error).await?;
                return Err(error);
            }
        };
        let user = match self.admit(&identity).await {
            Ok(user) => user,
            Err(error) => {
                let name = identity.names.first().map_or("", String::as_str);
                self.audit_refused(name, &identity.subject, &error).await?;
                return Err(error);
            }
        };
        self.tries().pay_back_from(from, self.now());
        let signed_in = self.open_session(&user, SessionKind::Browser, (label, from)).await?;
        let details = json!({ "by": identity.issuer, "subject": identity.subject,
            "role": user.role.as_str() });
        self.audit(&signed_in.actor, "sign_in", &user.name, "done", &details).await?;
        Ok((signed_in, under_way.next))
    }

    /// What this browser began, if what came back belongs to it.
    fn under_way(&self, sealed: &str, returned: &Returned) -> Result<UnderWay, ServiceError> {
        let (_, settings) = self.provider_in_force()?;
        let stale = || {
            ServiceError::Conflict {
            message: "no sign-in is under way in this browser".to_owned(),
            hint: "sign in again; it may have taken longer than 10 minutes, been ended already, or been begun \
                   anew in another tab"
                .to_owned(),
        }
        };
        let text = self.vault().open_seal(SEAL, sealed).map_err(|_| stale())?;
        let under_way: UnderWay = serde_json::from_str(text.reveal()).map_err(|_| stale())?;
        let state = returned.state.as_deref().unwrap_or_default();
        // Hashes are compared, so that the time it takes tells nothing.
        let same = token_hash(state) == token_hash(&under_way.state);
        if !same || self.now() >= under_way.until {
            return Err(stale());
        }
        match &returned.iss {
            Some(issuer) if *issuer != settings.issuer => Err(not_admitted(
                "another provider than the one that was asked sent this browser back",
                "sign in again; if it stays so, tell an admin",
            )),
            _ => Ok(under_way),
        }
    }

    async fn identity(
        &self,
        under_way: &UnderWay,
        returned: &Returned,
    ) -> Result<Identity, ServiceError> {
        let (provider, _) = self.provider_in_force()?;
        if let Some(error) = &returned.error {
            return Err(refusal_of(error));
        }
        let code = returned.code.as_deref().filter(|code| code.len() <= CODE_BYTES_MAX);
        let code = code.ok_or_else(|| refusal_of("no_code"))?;
        let verifier = Secret::new(under_way.verifier.clone());
        Ok(provider.finish(code, &under_way.nonce, &verifier, self.now()).await?)
    }

    /// The user that somebody is here, made at the first sign-in, with the role that the provider's word gives.
    async fn admit(&self, identity: &Identity) -> Result<User, ServiceError> {
        let (_, settings) = self.provider_in_force()?;
        let role = settings.role_of(identity.roles.as_deref().unwrap_or_default());
        let mut tx = self.store().write().await?;
        let known = identities::user_of(&mut tx, (&identity.issuer, &identity.subject)).await?;
        let user = match (known, role) {
            (Some(user), _) if user.disabled => {
                return Err(not_admitted(
                    &format!("`{}` may not sign in", user.name),
                    "an admin of Claviger can enable the user again",
                ));
            }
            (Some(user), None) => {
                // Who lost every role loses what is still open, too, and the tokens of programs; and counts no
                // longer as an admin who is left.
                users::set_role(&mut tx, &user.id, Role::Viewer).await?;
                end_access(&mut tx, &user.id).await?;
                tx.commit().await?;
                return Err(no_role(settings));
            }
            (None, None) => return Err(no_role(settings)),
            (Some(user), Some(role)) => {
                if user.role != role {
                    users::set_role(&mut tx, &user.id, role).await?;
                    end_access(&mut tx, &user.id).await?;
                }
                User { role, ..user }
            }
            (None, Some(role)) => self.make_user(&mut tx, identity, role).await?,
        };
        // As the state has it, which knows instants less exactly: the session is opened for this very user.
        let kept = users::by_id(&mut tx, &user.id).await?;
        tx.commit().await?;
        Ok(kept.unwrap_or(user))
    }

    async fn make_user(
        &self,
        tx: &mut Write,
        identity: &Identity,
        role: Role,
    ) -> Result<User, ServiceError> {
        let name = identity.names.iter().map(|name| name.trim()).find(|name| is_name(name));
        let name = name.ok_or_else(|| {
            not_admitted(
                "the sign-in provider tells no name of 1 to 64 visible characters that may be a user's",
                "ask for `profile` or `email` in `oidc_scopes`, and give the user a name there",
            )
        })?;
        if users::by_name(tx, name).await?.is_some() {
            return Err(ServiceError::Conflict {
                message: format!("there is another user `{name}` already"),
                hint: "nobody takes over a user by having the same name: an admin removes that user, or the \
                       provider gives another name"
                    .to_owned(),
            });
        }
        let user = User {
            id: UserId::from_entropy(entropy()?),
            name: name.to_owned(),
            role,
            // No hash: no password is right.
            password_hash: String::new(),
            created_at: self.now(),
            disabled: false,
        };
        users::insert(tx, &user).await?;
        let of = (identity.issuer.as_str(), identity.subject.as_str());
        identities::insert(tx, of, &user.id, user.created_at).await?;
        Ok(user)
    }

    async fn audit_refused(
        &self,
        name: &str,
        subject: &str,
        error: &ServiceError,
    ) -> Result<(), ServiceError> {
        let short = |text: &str| text.chars().take(64).collect::<String>();
        let name = if name.is_empty() { "somebody".to_owned() } else { short(name) };
        let nobody = Actor::named(name.clone(), Role::Viewer);
        let details = match subject {
            "" => json!({ "by": "single sign-on", "why": crate::chain(error) }),
            subject => json!({ "by": "single sign-on", "why": crate::chain(error),
                "subject": subject.chars().take(255).collect::<String>() }),
        };
        let details: Value = details;
        self.audit(&nobody, "sign_in", &name, "refused", &details).await
    }
}

/// Why the provider let nobody in, in our words: its own could say anything.
fn refusal_of(error: &str) -> ServiceError {
    let (message, hint) = match error {
        "access_denied" => (
            "the sign-in was not allowed at the provider",
            "sign in again and consent; if it stays so, the provider's admin has to let you use Claviger",
        ),
        "login_required" | "interaction_required" | "consent_required" => {
            ("the provider could not ask you", "sign in again")
        }
        "temporarily_unavailable" | "server_error" => {
            ("the provider is not at work right now", "try again in a minute")
        }
        "invalid_scope" => {
            ("the provider knows one of the scopes not", "an admin checks `oidc_scopes`")
        }
        "unauthorized_client" | "invalid_request" | "unsupported_response_type" => (
            "the provider does not take this installation's sign-ins",
            "an admin checks `oidc_client_id`, and that the provider knows the address to come back to: \
             `public_url` with `/auth/oidc/callback` behind it",
        ),
        _ => (
            "the provider sent this browser back without a sign-in",
            "sign in again, or tell an admin",
        ),
    };
    not_admitted(message, hint)
}

fn no_role(settings: &SingleSignOn) -> ServiceError {
    not_admitted(
        "you are known to the provider, and have no role in Claviger",
        &format!(
            "somebody gives you a group that `oidc_roles` names (claim `{}`), or an admin sets \
             `oidc_default_role`",
            settings.roles_claim
        ),
    )
}

fn not_admitted(message: &str, hint: &str) -> ServiceError {
    ServiceError::NotAdmitted { message: message.to_owned(), hint: hint.to_owned() }
}
