//! Response rules: what Claviger may do by itself, because a person wrote it down; and the veto.
//!
//! Nothing runs unless a rule was made, only plans of which every step can be taken back, and only after a
//! grace period in which anybody who was told may veto by a signed link.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_model::{Action, Response, ResponseRule, ResponseState, RiskEvent, RiskEventId};
use claviger_respond::{hours, self_driving};
use claviger_store::sqlx::AnyConnection;
use claviger_store::users::Role;
use claviger_store::{evidence, responses, risk_events};
use jiff::Timestamp;
use serde_json::json;

use crate::gather::risk_event;
use crate::{Act, Actor, Service, ServiceError};

/// Rules of one installation: a person must be able to hold them in mind.
const RULES_MAX: usize = 50;

/// Least and longest grace, in seconds.
const GRACE: std::ops::RangeInclusive<u32> = 1..=7 * 24 * 3600;

/// What a veto link may do.
#[derive(Debug, Clone)]
pub struct VetoLink {
    /// The response.
    pub response: Response,
    /// Its event.
    pub event: RiskEvent,
    /// What the rule is called; none where it is gone.
    pub rule: Option<String>,
}

impl Service {
    /// Every response rule, oldest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn response_rules(&self) -> Result<Vec<ResponseRule>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(responses::rules(&mut reader).await?)
    }

    /// Makes a rule, or changes one.
    ///
    /// # Errors
    /// The actor is no admin, or the rule cannot be.
    pub async fn set_response_rule(
        &self,
        actor: &Actor,
        mut rule: ResponseRule,
    ) -> Result<ResponseRule, ServiceError> {
        let subject = format!("{} ({})", rule.name, if rule.enabled { "on" } else { "off" });
        self.perform(actor, Act::SetResponseRule, &subject, async {
            check(&rule)?;
            let mut tx = self.store().write().await?;
            let known = responses::rules(&mut tx).await?;
            match known.iter().find(|one| one.id == rule.id) {
                Some(before) => rule.made_at = before.made_at,
                None if known.len() >= RULES_MAX => {
                    let message = format!("there are {RULES_MAX} rules already");
                    let hint = "remove one that is not needed".to_owned();
                    return Err(ServiceError::Conflict { message, hint });
                }
                None => rule.made_at = self.now(),
            }
            rule.made_by.clone_from(&actor.name);
            responses::put_rule(&mut tx, &rule).await?;
            tx.commit().await?;
            self.tell_pages("policies");
            Ok(rule)
        })
        .await
    }

    /// Removes a rule: what it was about to run is not run.
    ///
    /// # Errors
    /// The actor is no admin, or there is no such rule.
    pub async fn remove_response_rule(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetResponseRule, id, async {
            let mut tx = self.store().write().await?;
            if !responses::remove_rule(&mut tx, id).await? {
                return Err(ServiceError::not_found("response rule", id));
            }
            tx.commit().await?;
            self.tell_pages("policies");
            Ok(())
        })
        .await
    }

    /// What rules did, or are about to do, about an event, latest first.
    ///
    /// # Errors
    /// The event does not exist.
    pub async fn responses_of(&self, id: &RiskEventId) -> Result<Vec<Response>, ServiceError> {
        self.risk_event(id).await?;
        let mut reader = self.store().read().await?;
        Ok(responses::of_event(&mut reader, id).await?)
    }

    /// Stops a response that waits.
    ///
    /// # Errors
    /// There is no such response, or it waits no more.
    pub async fn veto(&self, actor: &Actor, id: &str) -> Result<Response, ServiceError> {
        self.perform(actor, Act::Veto, id, async {
            let mut tx = self.store().write().await?;
            let response = responses::get(&mut tx, id)
                .await?
                .ok_or_else(|| ServiceError::not_found("response", id))?;
            let by = actor.name.as_str();
            if !responses::end(&mut tx, id, ResponseState::Vetoed, Some(by)).await? {
                return Err(ServiceError::Conflict {
                    message: format!("the response is {} already", response.state.as_str()),
                    hint: "what was carried out can be undone on the event's page".to_owned(),
                });
            }
            let now = self.now();
            let details = json!({ "response_id": id, "plan_id": response.plan_id });
            let text = "the plan of a response rule was vetoed";
            let event = &response.risk_event_id;
            risk_event::tell_as(&mut tx, event, "plan_vetoed", id, now, text, details, Some(by))
                .await?;
            tx.commit().await?;
            self.tell_pages(event.as_str());
            let note = Some(by.to_owned());
            Ok(Response { state: ResponseState::Vetoed, note, ..response })
        })
        .await
    }

    /// The link that vetoes a response. `None` where people's way to the console is not known.
    pub(crate) fn veto_link(&self, response: &str) -> Result<Option<String>, ServiceError> {
        let Some(base) = self.settings().public_url.as_deref() else { return Ok(None) };
        let proof = self.vault().tag("veto", response)?;
        let token =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(response), URL_SAFE_NO_PAD.encode(proof));
        Ok(Some(format!("{}/veto/{token}", base.trim_end_matches('/'))))
    }

    /// What a veto link may do. Opening it changes nothing.
    ///
    /// # Errors
    /// The link is none of this installation's.
    pub async fn veto_link_of(&self, token: &str) -> Result<VetoLink, ServiceError> {
        let bad = || ServiceError::NotFound { what: "such link", id: "veto".to_owned() };
        let (id, proof) = token.split_once('.').ok_or_else(bad)?;
        let id = URL_SAFE_NO_PAD.decode(id).map_err(|_| bad())?;
        let id = String::from_utf8(id).map_err(|_| bad())?;
        let proof = URL_SAFE_NO_PAD.decode(proof).map_err(|_| bad())?;
        if !super::acknowledge::same(&proof, &self.vault().tag("veto", &id)?) {
            return Err(bad());
        }
        let mut reader = self.store().read().await?;
        let response = responses::get(&mut reader, &id).await?.ok_or_else(bad)?;
        let rules = responses::rules(&mut reader).await?;
        let rule = rules.into_iter().find(|rule| rule.id == response.rule_id);
        drop(reader);
        let event = self.risk_event(&response.risk_event_id).await?;
        Ok(VetoLink { response, event, rule: rule.map(|rule| rule.name) })
    }

    /// Vetoes by a link. What waits no more stays as it is.
    ///
    /// # Errors
    /// The link is none of this installation's.
    pub async fn veto_by_link(&self, token: &str) -> Result<VetoLink, ServiceError> {
        let mut link = self.veto_link_of(token).await?;
        if link.response.state == ResponseState::Waiting {
            let name = "veto link".to_owned();
            let actor = Actor::named(name, Role::Responder);
            let id = link.response.id.clone();
            link.response = self.veto(&actor, &id).await?;
        }
        Ok(link)
    }

    /// The rule that is meant for an event and may begin first, and when that is.
    pub(crate) async fn rule_for(
        &self,
        tx: &mut AnyConnection,
        id: &RiskEventId,
    ) -> Result<Option<(ResponseRule, RiskEvent, Timestamp)>, ServiceError> {
        let rules = responses::rules(tx).await?;
        if rules.is_empty() {
            return Ok(None);
        }
        let Some(event) = risk_events::get(tx, id).await? else { return Ok(None) };
        let found = evidence::of_event(tx, id).await?;
        let next = self_driving::next(&rules, &event, &found, self.now());
        Ok(next.map(|(rule, at)| (rule.clone(), event.clone(), at)))
    }
}

/// Looks at a rule as a person wrote it down.
fn check(rule: &ResponseRule) -> Result<(), ServiceError> {
    if rule.name.trim().is_empty() {
        let hint = "call it by what it does";
        return Err(ServiceError::invalid("name", "a rule has a name", hint));
    }
    if !ResponseRule::ACTIONS.contains(&rule.action) {
        let words = ResponseRule::ACTIONS.map(Action::as_str).join("`, `");
        return Err(ServiceError::invalid(
            "action",
            "no rule may do that by itself",
            format!("use one of `{words}`: they can be taken back"),
        ));
    }
    if !GRACE.contains(&rule.grace_seconds) {
        let hint = "people need time to veto: 900 is a quarter of an hour; a week is the most";
        return Err(ServiceError::invalid("grace_seconds", "no such grace", hint));
    }
    // Hours that name no time would hold nothing back.
    if let Some(own) = &rule.hours {
        hours::check(own).map_err(|error| {
            let hint = "name a zone such as `Asia/Shanghai`, days, and times such as `08:00`";
            ServiceError::invalid("hours", error.to_string(), hint)
        })?;
    }
    Ok(())
}
