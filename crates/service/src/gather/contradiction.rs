//! Whether use of a leaked key contradicts what ended the work on its risk event.
//!
//! Logs come late: after a key was disabled, lines still arrive that tell of use before. They are no
//! proof against the disabling. Use from a source that nobody knew of is news all the same, whenever it
//! was: somebody must look at what was taken.

use std::collections::BTreeSet;

use claviger_model::{AccessEvent, Action, KeyUsage, Plan, PlanState, RiskEvent, WorkState};
use claviger_respond::plan::{admits, admitted};
use claviger_respond::route::source_group;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{plans, timeline};
use jiff::Timestamp;

use super::risk_event;
use crate::ServiceError;

/// Lines of the timeline looked at for sources that are known.
const TIMELINE_MAX: u32 = 1000;

/// One use that the service carried out.
pub(crate) struct CarriedOut<'a> {
    source_ip: Option<&'a str>,
    at: Timestamp,
}

/// The uses among these requests that were carried out.
pub(crate) fn of_accesses<'a>(accesses: &[&'a AccessEvent]) -> Vec<CarriedOut<'a>> {
    let carried_out = accesses.iter().filter(|access| access.succeeded());
    carried_out
        .map(|access| CarriedOut { source_ip: access.source_ip.as_deref(), at: access.time })
        .collect()
}

/// The last use from each source that was carried out.
pub(crate) fn of_usage(usage: &KeyUsage) -> Vec<CarriedOut<'_>> {
    let carried_out = usage.sources.iter().filter(|source| source.allowed > 0);
    carried_out
        .map(|source| CarriedOut { source_ip: Some(&source.source_ip), at: source.last_at })
        .collect()
}

/// Since when the event stands contradicted; `None` where these uses contradict nothing.
pub(crate) async fn since(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    uses: &[CarriedOut<'_>],
) -> Result<Option<Timestamp>, ServiceError> {
    if event.work_state != WorkState::Disposed || uses.is_empty() {
        return Ok(uses.iter().map(|one| one.at).min());
    }
    let restriction = restriction(tx, event).await?;
    let closed_at = risk_event::turns(tx, event).await?.key_closed_at;
    let closed_at = closed_at.or(restriction.as_ref().and_then(|(_, since)| *since));
    let known = known_sources(tx, event).await?;
    let contradicts = |one: &&CarriedOut<'_>| {
        let goes_on = restriction
            .as_ref()
            .zip(one.source_ip)
            .is_some_and(|((admitted, _), source)| admits(admitted, source));
        !goes_on
            && (closed_at.is_none_or(|closed_at| one.at > closed_at)
                || !known.contains(&group(one.source_ip)))
    };
    Ok(uses.iter().filter(contradicts).map(|one| one.at).min())
}

/// From where a plan lets the key be used, and since when: what goes on from there was meant to.
async fn restriction(
    tx: &mut AnyConnection,
    event: &RiskEvent,
) -> Result<Option<(Vec<String>, Option<Timestamp>)>, ServiceError> {
    let in_force =
        |plan: &Plan| plan.state == PlanState::Done && plan.action == Action::RestrictNetwork;
    let plan = plans::of_event(tx, &event.id).await?.into_iter().find(in_force);
    Ok(plan.and_then(|plan| {
        let addresses = plan.steps.iter().find_map(|step| admitted(&step.kind))?;
        Some((addresses, plan.ended_at))
    }))
}

fn group(source_ip: Option<&str>) -> String {
    source_group(source_ip.unwrap_or_default())
}

/// The sources that the timeline tells of.
async fn known_sources(
    tx: &mut AnyConnection,
    event: &RiskEvent,
) -> Result<BTreeSet<String>, ServiceError> {
    let mut known = BTreeSet::new();
    for entry in timeline::of_event(tx, &event.id, TIMELINE_MAX).await? {
        match entry.kind.as_str() {
            "used" => {
                known.insert(group(entry.details["source_ip"].as_str()));
            }
            "past_joined" => {
                let sources = entry.details["sources"].as_array();
                known.extend(sources.into_iter().flatten().map(|one| group(one.as_str())));
            }
            _ => {}
        }
    }
    Ok(known)
}
