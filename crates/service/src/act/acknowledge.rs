//! Acknowledgement by a link in a message: no session, one event, for a while.
//!
//! The link holds event, end and who was told, proved by the installation's own key. Opening it changes
//! nothing, because mail programs open links by themselves; its page's button does.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_model::{RiskEvent, RiskEventId, WorkState};
use claviger_store::users::Role;
use jiff::{SignedDuration, Timestamp};

use crate::{Actor, Change, Service, ServiceError};

/// How long a link acknowledges: a long weekend.
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(4 * 24);

/// What a link may do.
#[derive(Debug, Clone)]
pub struct AcknowledgeLink {
    /// The event that it acknowledges.
    pub event: RiskEvent,
    /// Who was told.
    pub by: String,
    /// Until when it does.
    pub until: Timestamp,
}

impl Service {
    /// The link of a message that was made at an instant: the same at each try. `None` where people's
    /// way to the console is not known.
    pub(crate) fn acknowledge_link(
        &self,
        event: &RiskEventId,
        by: &str,
        made_at: Timestamp,
    ) -> Result<Option<String>, ServiceError> {
        let Some(base) = self.settings().public_url.as_deref() else { return Ok(None) };
        let until = made_at.checked_add(LINK_LIFE).unwrap_or(Timestamp::MAX).as_second();
        let claim = format!("{event}\n{until}\n{by}");
        let proof = self.vault().tag("acknowledge", &claim)?;
        let token = format!("{}.{}", URL_SAFE_NO_PAD.encode(claim), URL_SAFE_NO_PAD.encode(proof));
        Ok(Some(format!("{}/acknowledge/{token}", base.trim_end_matches('/'))))
    }

    /// What a link may do.
    ///
    /// # Errors
    /// The link is none of this installation's, or has ended.
    pub async fn acknowledge_link_of(&self, token: &str) -> Result<AcknowledgeLink, ServiceError> {
        let bad = || ServiceError::NotFound { what: "such link", id: "acknowledge".to_owned() };
        let (claim, proof) = token.split_once('.').ok_or_else(bad)?;
        let claim = URL_SAFE_NO_PAD.decode(claim).map_err(|_| bad())?;
        let claim = String::from_utf8(claim).map_err(|_| bad())?;
        let proof = URL_SAFE_NO_PAD.decode(proof).map_err(|_| bad())?;
        if !same(&proof, &self.vault().tag("acknowledge", &claim)?) {
            return Err(bad());
        }
        let mut fields = claim.splitn(3, '\n');
        let (event, until, by) = (fields.next(), fields.next(), fields.next());
        let (Some(event), Some(until), Some(by)) = (event, until, by) else { return Err(bad()) };
        let until = until.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let until = until.ok_or_else(bad)?;
        if self.now() > until {
            return Err(ServiceError::Conflict {
                message: "the link has ended".to_owned(),
                hint: "sign in and acknowledge the event on its page".to_owned(),
            });
        }
        let event = self.risk_event(&RiskEventId::from(event.to_owned())).await?;
        Ok(AcknowledgeLink { event, by: by.to_owned(), until })
    }

    /// Acknowledges by a link. What is acknowledged or further along stays as it is.
    ///
    /// # Errors
    /// The link is none of this installation's, or has ended.
    pub async fn acknowledge_by_link(&self, token: &str) -> Result<AcknowledgeLink, ServiceError> {
        let mut link = self.acknowledge_link_of(token).await?;
        if link.event.work_state == WorkState::Pending {
            let actor = Actor::named(format!("link of {}", link.by), Role::Responder);
            let id = link.event.id.clone();
            link.event = self.change_risk_event(&actor, &id, Change::Acknowledge).await?;
        }
        Ok(link)
    }
}

/// Whether two proofs are equal, in a time that does not tell how far they agree.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
