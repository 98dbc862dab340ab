//! Who is signed in, and from where; and an end to it.

use claviger_store::sessions::{self, Session};

use crate::token_text::token_hash;
use crate::{Act, Actor, Service, ServiceError};

/// An open session.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: String,
    /// Whether it is that of who asks.
    pub is_this: bool,
}

impl Service {
    /// One's own open sessions; an admin's are everybody's. `token` is what the asker shows.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn open_sessions(
        &self,
        actor: &Actor,
        token: &str,
    ) -> Result<Vec<OpenSession>, ServiceError> {
        let mut reader = self.store().read().await?;
        let own = actor.whose()?;
        let found = sessions::list(&mut reader, own.as_ref(), self.now()).await?;
        let this = token_hash(token);
        let open = |(session, user): (Session, String)| OpenSession {
            is_this: session.token_hash == this,
            session,
            user,
        };
        Ok(found.into_iter().map(open).collect())
    }

    /// Ends one session: of one's own, or for an admin of anybody's.
    ///
    /// # Errors
    /// There is no such session among those that the actor may end.
    pub async fn end_session(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        let open = self.open_sessions(actor, "").await?;
        let found = open.iter().find(|one| one.session.id() == id);
        let shown: String = id.chars().take(64).collect();
        let subject = match found {
            Some(one) => format!("{shown} of {}", one.user),
            None => shown.clone(),
        };
        self.perform(actor, Act::EndSession, &subject, async {
            let own = actor.whose()?;
            let mut tx = self.store().write().await?;
            if !sessions::end(&mut tx, id, own.as_ref()).await? {
                return Err(ServiceError::not_found("session", &shown));
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends every session of one's own but the one whose token is shown. Says how many ended.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn end_other_sessions(
        &self,
        actor: &Actor,
        token: &str,
    ) -> Result<u64, ServiceError> {
        let subject = format!("all others of {}", actor.name);
        self.perform(actor, Act::EndSession, &subject, async {
            let id = actor.own_id()?;
            let mut tx = self.store().write().await?;
            let ended = sessions::end_all_of(&mut tx, &id, Some(&token_hash(token))).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }
}
