//! Tokens that users make for programs: with less than they may do themselves, and for a while.

use claviger_model::Secret;
use claviger_store::api_tokens::{self, ApiToken, Scope};
use claviger_store::users;
use jiff::SignedDuration;

use crate::token_text;
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// A token ends after 90 days unless something else is said, so that a forgotten one does.
const LASTS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// No token lasts longer than a year and a day: somebody makes it anew, and knows that it is there.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// No token lasts shorter than a minute.
const LASTS_MIN: SignedDuration = SignedDuration::from_secs(60);

/// The longest name of a token, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// Most tokens of one user: one for each of many programs.
const TOKENS_MAX: usize = 100;

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// What to know it by.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// How long it lasts; 90 days unless given.
    pub lasts: Option<SignedDuration>,
}

/// A token that was just made.
#[derive(Debug)]
pub struct MadeApiToken {
    /// The token itself, told this once.
    pub token: Secret,
    /// What is kept of it.
    pub kept: ApiToken,
}

impl Service {
    /// One's own tokens; an admin's are everybody's. Each with its owner's name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn api_tokens(&self, actor: &Actor) -> Result<Vec<(ApiToken, String)>, ServiceError> {
        let mut reader = self.store().read().await?;
        let own = actor.whose()?;
        Ok(api_tokens::list(&mut reader, own.as_ref()).await?)
    }

    /// Makes a token of one's own, and tells it this once.
    ///
    /// # Errors
    /// It would do more than whoever makes it, its name is taken, or it lasts too long.
    pub async fn add_api_token(
        &self,
        actor: &Actor,
        new: NewApiToken,
    ) -> Result<MadeApiToken, ServiceError> {
        let subject: String = new.name.chars().take(NAME_LENGTH_MAX).collect();
        self.perform(actor, Act::AddToken, &subject, self.make_api_token(actor, new)).await
    }

    async fn make_api_token(
        &self,
        actor: &Actor,
        new: NewApiToken,
    ) -> Result<MadeApiToken, ServiceError> {
        let owner = actor.own_id()?;
        check_name(&new.name)?;
        let scopes = scopes_of(actor, new.scopes)?;
        let lasts = lasts_of(new.lasts)?;
        let token = token_text::fresh()?;
        let created_at = self.now();
        let kept = ApiToken {
            id: claviger_model::ApiTokenId::from_entropy(entropy()?),
            token_hash: token_text::token_hash(token.reveal()),
            user_id: owner.clone(),
            name: new.name,
            scopes,
            created_at,
            expires_at: created_at + lasts,
            last_used_at: None,
        };
        if actor.token.as_ref().is_some_and(|by| by.expires_at < kept.expires_at) {
            return Err(ServiceError::invalid(
                "expires_in_seconds",
                "a token that a token makes ends no later than that one",
                "give a shorter time, or make it by `claviger sign-in`",
            ));
        }
        let mut tx = self.store().write().await?;
        // Held: whoever is disabled or demoted meanwhile is so before or after, not in between.
        let user = users::held(&mut tx, owner.as_str()).await?;
        let may = user.is_some_and(|user| !user.disabled && user.role >= actor.role);
        if !may {
            return Err(ServiceError::NotSignedIn("who asks was changed meanwhile".to_owned()));
        }
        let others = api_tokens::list(&mut tx, Some(&owner)).await?;
        check_room(&kept.name, &others)?;
        api_tokens::insert(&mut tx, &kept).await?;
        tx.commit().await?;
        Ok(MadeApiToken { token, kept })
    }

    /// Removes a token by its id, or one of one's own by its name; an admin removes anybody's by its id. It is
    /// worth nothing from then on.
    ///
    /// # Errors
    /// There is no such token among those that the actor may remove.
    pub async fn remove_api_token(&self, actor: &Actor, token: &str) -> Result<(), ServiceError> {
        let all = self.api_tokens(actor).await?;
        let own = |one: &ApiToken| Some(&one.user_id) == actor.user_id.as_ref();
        let by_id = all.iter().find(|(one, _)| one.id.as_str() == token);
        let found = by_id.or_else(|| all.iter().find(|(one, _)| one.name == token && own(one)));
        let subject = match found {
            Some((one, owner)) => format!("{} of {owner}", one.name),
            None => token.chars().take(NAME_LENGTH_MAX).collect(),
        };
        self.perform(actor, Act::RemoveToken, &subject, async {
            let unknown = || ServiceError::not_found("token", &subject);
            let (found, _) = found.ok_or_else(unknown)?;
            let mut tx = self.store().write().await?;
            if !api_tokens::remove(&mut tx, &found.id).await? {
                return Err(unknown());
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    let letters = name.chars().count();
    if name.trim().is_empty() || letters > NAME_LENGTH_MAX || name.chars().any(char::is_control) {
        return Err(ServiceError::invalid(
            "name",
            "a token's name has 1 to 64 visible characters",
            "name it after the program that holds it, such as `nightly`",
        ));
    }
    Ok(())
}

/// The scopes, each once; none that does more than whoever gives it.
fn scopes_of(actor: &Actor, mut scopes: Vec<Scope>) -> Result<Vec<Scope>, ServiceError> {
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        let words = Scope::ALL.map(Scope::as_str).join("`, `");
        return Err(ServiceError::invalid(
            "scopes",
            "a token is for something",
            format!("give it at least one of `{words}`"),
        ));
    }
    match scopes.iter().find(|scope| !actor.may_lend(**scope)) {
        Some(scope) => Err(actor.cannot_lend(*scope)),
        None => Ok(scopes),
    }
}

fn lasts_of(given: Option<SignedDuration>) -> Result<SignedDuration, ServiceError> {
    let lasts = given.unwrap_or(LASTS);
    if lasts < LASTS_MIN || lasts > LASTS_MAX {
        return Err(ServiceError::invalid(
            "expires_in_seconds",
            "a token lasts from a minute to 366 days",
            "give a time such as `90d`, and make it anew when it ends",
        ));
    }
    Ok(lasts)
}

fn check_room(name: &str, others: &[(ApiToken, String)]) -> Result<(), ServiceError> {
    if others.iter().any(|(one, _)| one.name == name) {
        return Err(ServiceError::Conflict {
            message: format!("you have a token `{name}` already"),
            hint: format!("choose another name, or remove it: `claviger tokens remove {name}`"),
        });
    }
    if others.len() >= TOKENS_MAX {
        return Err(ServiceError::Conflict {
            message: format!("you have {TOKENS_MAX} tokens already"),
            hint: "remove one that is not used: `claviger tokens list`".to_owned(),
        });
    }
    Ok(())
}
