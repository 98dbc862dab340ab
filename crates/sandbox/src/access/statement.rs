//! One statement of a policy: whom, what and where it speaks of.

use serde_json::{Map, Value};

use super::Ask;
use super::condition::Condition;
use super::pattern::{covers_action, covers_resource};
use super::policy::{PolicyError, PolicyKind, known_elements, texts};
use crate::auth::Caller;

/// What a statement does where it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A list of patterns, or all but what it lists (`NotAction`, `NotResource`).
#[derive(Debug, Clone)]
struct Patterns {
    listed: Vec<String>,
    negated: bool,
}

impl Patterns {
    fn cover(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.listed.iter().any(|pattern| fits(pattern)) != self.negated
    }
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    effect: Effect,
    actions: Patterns,
    resources: Patterns,
    /// Whom it speaks of; empty in a policy of a user.
    principals: Vec<String>,
    conditions: Vec<Condition>,
}

impl Statement {
    /// What it does.
    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether it speaks of a request.
    pub(super) fn speaks_of(&self, ask: &Ask<'_>, kind: PolicyKind) -> bool {
        (kind == PolicyKind::Identity || self.means(ask.caller))
            && self.actions.cover(|pattern| covers_action(pattern, ask.action))
            && self.resources.cover(|pattern| covers_resource(pattern, ask.resource))
            && self.conditions.iter().all(|condition| condition.is_met(&ask.circumstances))
    }

    /// Whether it names the caller. A star without a condition does not mean the bucket's owner (OSS documentation,
    /// "Bucket Policy").
    fn means(&self, caller: &Caller) -> bool {
        let is_owner = matches!(caller, Caller::Root { .. });
        let by_star = !is_owner || !self.conditions.is_empty();
        self.principals.iter().any(|name| (name == "*" && by_star) || caller.is_named(name))
    }

    /// Whether it grants something to everybody from everywhere.
    pub(super) fn is_public_grant(&self) -> bool {
        self.effect == Effect::Allow
            && self.principals.iter().any(|name| name == "*")
            && !self.conditions.iter().any(Condition::is_fixed)
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none of this kind of policy.
    pub(super) fn parse(element: &Value, kind: PolicyKind) -> Result<Self, PolicyError> {
        let element = element.as_object().ok_or(PolicyError::shape("Statement", "objects"))?;
        let mut known =
            vec!["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        if kind == PolicyKind::Bucket {
            known.push("Principal");
        }
        known_elements(element, &known)?;
        let effect = match element.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(PolicyError::shape("Effect", "\"Allow\" or \"Deny\"")),
        };
        let actions = patterns(element, "Action", "NotAction")?;
        refuse_unless(&actions, "an action such as `oss:GetObject`", |text| {
            text == "*"
                || text
                    .split_once(':')
                    .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
        })?;
        let resources = patterns(element, "Resource", "NotResource")?;
        refuse_unless(&resources, "a resource such as `acs:oss:*:*:bucket/*`", |text| {
            text == "*" || (text.starts_with("acs:") && text.splitn(5, ':').count() == 5)
        })?;
        let principals = match (kind, element.get("Principal")) {
            (PolicyKind::Identity, _) => Vec::new(),
            (PolicyKind::Bucket, None) => {
                return Err(PolicyError::Missing { element: "Principal" });
            }
            // OSS documentation, "OSS authorization syntax and elements": an empty list is everybody.
            (PolicyKind::Bucket, Some(Value::Array(names))) if names.is_empty() => {
                vec!["*".to_owned()]
            }
            (PolicyKind::Bucket, Some(names)) => texts("Principal", names)?,
        };
        let conditions = match element.get("Condition") {
            None => Vec::new(),
            Some(block) => Condition::parse_all(block)?,
        };
        // OSS documentation, "0030-00000008": the same address may be in many private networks.
        let has = |key: &str| conditions.iter().any(|condition| condition.is_about(key));
        if kind == PolicyKind::Bucket && has("acs:sourceip") && !has("acs:sourcevpc") {
            return Err(PolicyError::BareSourceIp);
        }
        Ok(Self { effect, actions, resources, principals, conditions })
    }
}

fn patterns(
    element: &Map<String, Value>,
    positive: &'static str,
    negative: &'static str,
) -> Result<Patterns, PolicyError> {
    match (element.get(positive), element.get(negative)) {
        (Some(list), None) => Ok(Patterns { listed: texts(positive, list)?, negated: false }),
        (None, Some(list)) => Ok(Patterns { listed: texts(negative, list)?, negated: true }),
        (Some(_), Some(_)) => Err(PolicyError::shape(positive, "alone, without its opposite")),
        (None, None) => Err(PolicyError::Missing { element: positive }),
    }
}

fn refuse_unless(
    patterns: &Patterns,
    wanted: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<(), PolicyError> {
    match patterns.listed.iter().find(|text| !fits(text)) {
        Some(text) => Err(PolicyError::BadValue { value: text.clone(), wanted }),
        None => Ok(()),
    }
}
