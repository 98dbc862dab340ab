//! Drafts the plan of a response rule that is meant for an event, tells people, and waits for their veto. Out of
//! the rule's hours it waits until they begin.

use std::time::Duration;

use claviger_model::{
    Acl, Action, Ask, Language, PlanState, Response, ResponseRule, ResponseState, RiskEvent,
    RiskEventId,
};
use claviger_respond::self_driving;
use claviger_store::{evidence, responses, risk_events};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Ending, Kind, enqueue};
use crate::gather::{alert, risk_event};
use crate::{Actor, Service, ServiceError};

pub(super) async fn run(service: &Service, id: &RiskEventId) -> Result<Ending, ServiceError> {
    let mut tx = service.store().write().await?;
    let Some((rule, event, opens)) = service.rule_for(&mut tx, id).await? else {
        return Ok(Ending::Done);
    };
    if let Some(after) = until(service, opens) {
        return Ok(Ending::Again { after });
    }
    let turns = risk_event::turns(&mut tx, &event).await?;
    // Once for each time that the event is open: a veto stands until it is opened again.
    let occasion = turns.reopened_at.map_or("first".to_owned(), |at| at.to_string());
    let response_id = format!(
        "rsp_{}",
        &claviger_model::JobId::derived(&[&rule.id, id.as_str(), &occasion]).as_str()[4..]
    );
    if responses::get(&mut tx, &response_id).await?.is_some() {
        return Ok(Ending::Done);
    }
    drop(tx);
    match draft(service, &rule, &event, response_id).await {
        Ok(()) => Ok(Ending::Done),
        Err(ServiceError::Conflict { message, .. }) => {
            tell_dropped(service, &event, &rule, &message).await?;
            Ok(Ending::Done)
        }
        Err(error) => Err(error),
    }
}

/// How long it is until an instant that is still to come.
fn until(service: &Service, at: Timestamp) -> Option<Duration> {
    let left = Duration::try_from(at.duration_since(service.now())).unwrap_or_default();
    (!left.is_zero()).then_some(left)
}

/// Who acts in the name of a rule.
pub(super) fn actor(rule: &ResponseRule) -> Actor {
    let name = format!("rule `{}` of {}", rule.name, rule.made_by);
    Actor { name, ..Actor::claviger() }
}

async fn draft(
    service: &Service,
    rule: &ResponseRule,
    event: &RiskEvent,
    response_id: String,
) -> Result<(), ServiceError> {
    let ask = ask_of(service, rule, event).await?;
    let plan = service.draft_plan(&actor(rule), &event.id, &ask, Language::English).await?;
    if !self_driving::is_reversible(&plan) {
        return Err(ServiceError::Conflict {
            message: "its plan cannot be taken back".to_owned(),
            hint: "confirm it on the event's page".to_owned(),
        });
    }
    let now = service.now();
    let runs_at = now + SignedDuration::from_secs(i64::from(rule.grace_seconds));
    let response = Response {
        id: response_id,
        rule_id: rule.id.clone(),
        risk_event_id: event.id.clone(),
        plan_id: plan.id.clone(),
        state: ResponseState::Waiting,
        runs_at,
        note: None,
    };
    let mut tx = service.store().write().await?;
    if !responses::insert(&mut tx, &response).await? {
        return Ok(());
    }
    let text = format!(
        "rule `{}` of {}: the plan runs at {runs_at} unless somebody vetoes",
        rule.name, rule.made_by
    );
    let details = json!({ "response_id": response.id, "plan_id": plan.id, "runs_at": runs_at });
    let id = &response.id;
    risk_event::tell(&mut tx, event, "plan_announced", id, now, &text, details).await?;
    alert::raise_response(service, &mut tx, event, rule, &response).await?;
    enqueue(&mut tx, &Kind::RunResponse { response_id: response.id.clone() }, runs_at).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(event.id.as_str());
    Ok(())
}

/// What a rule asks for, with the place that it is about: where the latest standing evidence lies.
async fn ask_of(
    service: &Service,
    rule: &ResponseRule,
    event: &RiskEvent,
) -> Result<Ask, ServiceError> {
    let none = Vec::new;
    match rule.action {
        Action::Disable => return Ok(Ask::Disable),
        Action::RestrictNetwork => return Ok(Ask::RestrictNetwork { addresses: none() }),
        Action::DenyPolicy => {
            return Ok(Ask::DenyPolicy { addresses: none(), prefixes: none() });
        }
        _ => {}
    }
    let mut reader = service.store().read().await?;
    let mut found = evidence::of_event(&mut reader, &event.id).await?;
    found.retain(|one| self_driving::is_meant(rule, one));
    found.sort_by_key(|one| core::cmp::Reverse(one.seen_at));
    let place = found.into_iter().find_map(|one| one.bucket.zip(one.object));
    let Some((bucket, object)) = place else {
        return Err(ServiceError::Conflict {
            message: "no standing evidence of the event lies in a bucket".to_owned(),
            hint: "let the rule `disable` or `restrict_network`".to_owned(),
        });
    };
    Ok(match rule.action {
        Action::DenyBucket => Ask::DenyBucket { bucket, addresses: none(), prefixes: none() },
        Action::BlockPublicAccess => Ask::BlockPublicAccess { bucket },
        Action::ObjectAcl => Ask::ObjectAcl { bucket, object, acl: Acl::Private },
        other => {
            return Err(ServiceError::Conflict {
                message: format!("no rule may do `{}` by itself", other.as_str()),
                hint: "change the rule".to_owned(),
            });
        }
    })
}

async fn tell_dropped(
    service: &Service,
    event: &RiskEvent,
    rule: &ResponseRule,
    why: &str,
) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    let text = format!("rule `{}` has no plan: {why}", rule.name);
    let (now, details) = (service.now(), json!({ "rule_id": rule.id }));
    risk_event::tell(&mut tx, event, "plan_dropped", &rule.id, now, &text, details).await?;
    tx.commit().await?;
    Ok(())
}

/// Runs the plan of a response once its grace is over, if nobody vetoed and it still is meant.
pub(super) async fn finish(service: &Service, id: &str) -> Result<Ending, ServiceError> {
    let (response, rule) = match claim(service, id).await? {
        Claim::Nothing => return Ok(Ending::Done),
        Claim::Later(after) => return Ok(Ending::Again { after }),
        Claim::Run(response, rule) => (response, rule),
    };
    // A process may have been killed after the claim: the plan's own state says whether it was confirmed.
    if service.plan(&response.plan_id).await?.state == PlanState::Drafted {
        service.confirm_plan(&actor(&rule), &response.plan_id, None).await?;
    }
    Ok(Ending::Done)
}

/// What is to be done about a response whose grace is over.
enum Claim {
    /// Nothing: it was vetoed, or is not meant any more.
    Nothing,
    /// The rule may not act at this hour.
    Later(Duration),
    /// Its plan is run; nobody can veto from here on.
    Run(Response, Box<ResponseRule>),
}

/// Takes the right to run away from whoever would veto now.
async fn claim(service: &Service, id: &str) -> Result<Claim, ServiceError> {
    let mut tx = service.store().write().await?;
    let Some(response) = responses::get(&mut tx, id).await? else { return Ok(Claim::Nothing) };
    let rules = responses::rules(&mut tx).await?;
    let rule = rules.into_iter().find(|rule| rule.id == response.rule_id && rule.enabled);
    if response.state == ResponseState::Run {
        return Ok(match rule {
            Some(rule) => Claim::Run(response, Box::new(rule)),
            None => Claim::Nothing,
        });
    }
    if response.state != ResponseState::Waiting {
        return Ok(Claim::Nothing);
    }
    let event_id = response.risk_event_id.clone();
    let event = risk_events::get(&mut tx, &event_id).await?;
    let found = evidence::of_event(&mut tx, &event_id).await?;
    let meant = |rule: &ResponseRule| {
        event.as_ref().is_some_and(|event| self_driving::applies(rule, event, &found))
    };
    let rule = rule.filter(meant);
    let late =
        rule.as_ref().and_then(|rule| until(service, self_driving::opens(rule, service.now())));
    if let Some(after) = late {
        return Ok(Claim::Later(after));
    }
    let (state, note) = match rule {
        Some(_) => (ResponseState::Run, None),
        None => {
            let why = "the rule is gone, or the event is no more what it is meant for";
            (ResponseState::Dropped, Some(why))
        }
    };
    responses::end(&mut tx, id, state, note).await?;
    tx.commit().await?;
    service.tell_pages(event_id.as_str());
    Ok(rule.map_or(Claim::Nothing, |rule| Claim::Run(response, Box::new(rule))))
}
