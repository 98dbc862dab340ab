//! Drafts a handling: the exact calls, what each changes, what may break, how to take it back.
//!
//! A draft changes nothing. What is not known is said, not left out.

mod breaks;
mod command;
mod limits;
mod mc;
mod terraform;
mod words;

use claviger_model::{
    AccessKeyId, Action, ConnectionId, KeyUsage, Language, Plan, PlanId, PlanState, Provider,
    RiskEvent, Step, StepKind, StepState,
};
use jiff::Timestamp;

use crate::catalogue;
use crate::what_if::WhatIf;

pub use limits::{
    CONFIRMED_AT, admits, admitted, bucket_deny_document, deny_document, drafted, good_addresses,
    is_network, is_own_pair, own_policy_document, restriction_document, revoke_document,
};

/// What a draft is made of.
#[derive(Debug, Clone)]
pub struct DraftInput<'a> {
    /// The plan's id.
    pub plan_id: PlanId,
    /// The risk event.
    pub event: &'a RiskEvent,
    /// The RAM or IAM user of the key; empty where nobody knows it.
    pub user_name: &'a str,
    /// The other keys of that user.
    pub siblings: &'a [AccessKeyId],
    /// Whose accounts' API carries it out.
    pub provider: Provider,
    /// The connection that carries it out.
    pub connection_id: ConnectionId,
    /// The key's past, before and since the leak.
    pub usage: &'a KeyUsage,
    /// What the steps would have refused of it, where they refuse by a policy.
    pub what_if: Option<&'a WhatIf>,
    /// Who drafts it.
    pub drafted_by: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Drafts a plan of these steps, in words of a language.
#[must_use]
pub fn draft(
    input: &DraftInput<'_>,
    action: Action,
    kinds: Vec<StepKind>,
    language: Language,
) -> Plan {
    let catalogue = catalogue::of(language);
    let breaks = breaks::of(catalogue, language, input, action, &kinds);
    let step = |kind: StepKind| {
        let words = words::of(catalogue, input, &kind);
        let (call, command) = command::of(input.provider, &kind);
        Step {
            title: words.title,
            call: call.to_owned(),
            changes: words.changes,
            command,
            terraform: terraform::of(input.provider, &kind),
            undo: words.undo,
            kept: None,
            state: StepState::Waiting,
            kind,
        }
    };
    Plan {
        id: input.plan_id.clone(),
        risk_event_id: input.event.id.clone(),
        connection_id: input.connection_id.clone(),
        action,
        steps: kinds.into_iter().map(step).collect(),
        breaks,
        drafted_by: input.drafted_by.to_owned(),
        confirmed_by: None,
        state: PlanState::Drafted,
        drafted_at: input.now,
        confirmed_at: None,
        ended_at: None,
    }
}
