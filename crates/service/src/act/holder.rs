//! Who shows a token: somebody who signed in, or a program by a token of the API.

use claviger_store::api_tokens::{self, ApiToken, Scope};
use claviger_store::sessions::{self, Session};
use claviger_store::users::User;
use jiff::{SignedDuration, Timestamp};

use super::sign_in::actor_of;
use crate::token_text::{self, token_hash};
use crate::{Actor, ByToken, Service, ServiceError};

/// That a session or a token was used is written at most this often: asking must not cost writing.
const USE_NOTED_EACH: SignedDuration = SignedDuration::from_secs(60);

impl Service {
    /// Who shows this token, for everything but sending log lines.
    ///
    /// # Errors
    /// [`ServiceError::NotSignedIn`] where the token is unknown or has ended, and
    /// [`ServiceError::OutOfScope`] where it is for sending log lines alone.
    pub async fn actor_of_token(&self, token: &str) -> Result<Actor, ServiceError> {
        let actor = self.sender_of_token(token).await?;
        if actor.may_look() { Ok(actor) } else { Err(actor.out_of_scope("read", Scope::Read)) }
    }

    /// Who shows this token, also where it is for sending log lines alone.
    ///
    /// # Errors
    /// [`ServiceError::NotSignedIn`] where the token is unknown or has ended.
    pub(crate) async fn sender_of_token(&self, token: &str) -> Result<Actor, ServiceError> {
        if token.starts_with(token_text::PREFIX) {
            return self.holder_of_api_token(token).await;
        }
        let mut reader = self.store().read().await?;
        let found = sessions::find(&mut reader, &token_hash(token), self.now()).await?;
        drop(reader);
        let Some((session, user)) = found else {
            return Err(ServiceError::NotSignedIn(
                "the session is unknown or has ended".to_owned(),
            ));
        };
        self.note_use_of_session(&session).await;
        Ok(actor_of(&user))
    }

    async fn holder_of_api_token(&self, token: &str) -> Result<Actor, ServiceError> {
        let unknown = || {
            ServiceError::NotSignedIn("the token is unknown, was removed or has ended".to_owned())
        };
        if !token_text::is_sound(token) {
            return Err(unknown());
        }
        let mut reader = self.store().read().await?;
        let found = api_tokens::find(&mut reader, &token_hash(token), self.now()).await?;
        drop(reader);
        let (token, user) = found.ok_or_else(unknown)?;
        self.note_use_of_token(&token).await;
        Ok(program_of(&user, token))
    }

    /// A use that cannot be noted, as on a full disk, is a use all the same.
    async fn note_use_of_session(&self, session: &Session) {
        let now = self.now();
        if !is_due(session.last_used_at, now) {
            return;
        }
        let noted = async {
            let mut tx = self.store().write().await?;
            let hash = &session.token_hash;
            sessions::note_use(&mut tx, hash, now, now - USE_NOTED_EACH).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::debug!(error = %crate::chain(&error), "the use of a session was not noted");
        }
    }

    async fn note_use_of_token(&self, token: &ApiToken) {
        let now = self.now();
        if !is_due(token.last_used_at, now) {
            return;
        }
        let noted = async {
            let mut tx = self.store().write().await?;
            api_tokens::note_use(&mut tx, &token.id, now, now - USE_NOTED_EACH).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::debug!(error = %crate::chain(&error), "the use of a token was not noted");
        }
    }
}

fn is_due(noted_at: Option<Timestamp>, now: Timestamp) -> bool {
    noted_at.is_none_or(|at| now.duration_since(at) >= USE_NOTED_EACH)
}

/// A program: what its token is for, as far as its owner's role goes now.
fn program_of(user: &User, token: ApiToken) -> Actor {
    let lent = token.scopes.iter().filter_map(|scope| scope.role()).max();
    let role = lent.unwrap_or(claviger_store::users::Role::Viewer).min(user.role);
    let token = ByToken {
        name: token.name,
        scopes: token.scopes,
        owner_role: user.role,
        expires_at: token.expires_at,
    };
    Actor { role, token: Some(token), ..actor_of(user) }
}
