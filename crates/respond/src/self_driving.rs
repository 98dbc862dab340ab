//! Whether a response rule is meant for an event.

use claviger_model::{Evidence, EvidenceState, KeyStatus, Plan, ResponseRule, RiskEvent};
use jiff::Timestamp;

use crate::hours;

/// The rule that may begin first of those that are meant for an event, and when that is: of several the one that
/// was made first.
#[must_use]
pub fn next<'r>(
    rules: &'r [ResponseRule],
    event: &RiskEvent,
    evidence: &[Evidence],
    now: Timestamp,
) -> Option<(&'r ResponseRule, Timestamp)> {
    let meant = rules.iter().filter(|rule| applies(rule, event, evidence));
    meant.map(|rule| (rule, opens(rule, now))).min_by_key(|(_, at)| *at)
}

/// The first instant from `now` on at which a rule may act.
#[must_use]
pub fn opens(rule: &ResponseRule, now: Timestamp) -> Timestamp {
    rule.hours.as_ref().map_or(now, |hours| hours::next_open(hours, now))
}

/// Whether a rule is meant for an event, whatever the hour: open, with a key that opens doors, and as the rule
/// says.
#[must_use]
pub fn applies(rule: &ResponseRule, event: &RiskEvent, evidence: &[Evidence]) -> bool {
    let standing = || evidence.iter().filter(|one| one.state == EvidenceState::Found);
    rule.enabled
        && event.access_key_id.is_some()
        && !event.work_state.is_closed()
        && event.key_state.status == KeyStatus::Active
        && event.level >= rule.level_min
        && (rule.risk_types.is_empty() || rule.risk_types.contains(&event.risk_type))
        && (rule.sources.is_empty() || standing().any(|one| is_of_source(rule, one)))
        && (rule.assets.is_empty() || standing().any(|one| is_in_asset(rule, one)))
        && (!rule.only_used || event.uses > 0)
}

/// Whether a piece of evidence stands, and is one that a rule is meant for.
#[must_use]
pub fn is_meant(rule: &ResponseRule, evidence: &Evidence) -> bool {
    evidence.state == EvidenceState::Found
        && is_of_source(rule, evidence)
        && is_in_asset(rule, evidence)
}

fn is_of_source(rule: &ResponseRule, evidence: &Evidence) -> bool {
    rule.sources.is_empty() || rule.sources.contains(&evidence.source)
}

fn is_in_asset(rule: &ResponseRule, evidence: &Evidence) -> bool {
    let within = evidence.asset_id.as_ref().is_some_and(|asset| rule.assets.contains(asset));
    rule.assets.is_empty() || within
}

/// Whether every step of a plan can be taken back: nothing else is run without a person's word.
#[must_use]
pub fn is_reversible(plan: &Plan) -> bool {
    !plan.steps.is_empty() && plan.steps.iter().all(|step| step.undo.is_some())
}

#[cfg(test)]
mod tests {
    use claviger_model::{
        AccessKeyId, Hours, IntelligenceSource, KeyState, Level, Outside, RiskEventId, RiskType,
        WorkState,
    };

    use super::*;

    fn rule() -> ResponseRule {
        ResponseRule {
            id: "r".to_owned(),
            name: "r".to_owned(),
            enabled: true,
            action: claviger_model::Action::Disable,
            risk_types: Vec::new(),
            level_min: Level::High,
            sources: Vec::new(),
            assets: Vec::new(),
            only_used: false,
            hours: None,
            grace_seconds: 900,
            made_by: "anna".to_owned(),
            made_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn event() -> RiskEvent {
        RiskEvent {
            id: RiskEventId::derived(&["1"]),
            risk_type: RiskType::AccessKeyPairLeak,
            subject: "LTAI5tFAKEFAKEFAKEFAKE01".to_owned(),
            access_key_id: AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE01").ok(),
            level: Level::High,
            work_state: WorkState::Pending,
            assigned_to: None,
            ignored_until: None,
            key_state: KeyState {
                status: KeyStatus::Active,
                proof: String::new(),
                checked_at: Timestamp::UNIX_EPOCH,
            },
            account: None,
            connection_id: None,
            first_detected_at: Timestamp::UNIX_EPOCH,
            latest_detected_at: Timestamp::UNIX_EPOCH,
            sources: Vec::new(),
            uses: 0,
            first_used_at: None,
            last_used_at: None,
            judgement: Vec::new(),
            score: None,
        }
    }

    fn meant(change: impl Fn(&mut ResponseRule, &mut RiskEvent)) -> bool {
        let (mut rule, mut event) = (rule(), event());
        change(&mut rule, &mut event);
        applies(&rule, &event, &[])
    }

    /// A whole day of every week, from 1 (Monday) to 7.
    fn only_on(day: u8) -> Option<Hours> {
        Some(Hours {
            zone: "UTC".to_owned(),
            days: vec![day],
            from_minute: 0,
            until_minute: 0,
            outside: Outside::Hold,
        })
    }

    #[test]
    fn a_rule_is_meant_for_what_it_says_and_for_nothing_else() {
        assert!(meant(|_, _| ()));
        assert!(!meant(|rule, _| rule.enabled = false));
        assert!(!meant(|_, event| event.level = Level::Medium));
        assert!(!meant(|_, event| event.access_key_id = None));
        assert!(!meant(|_, event| event.work_state = WorkState::Ignored));
        assert!(!meant(|_, event| event.key_state.status = KeyStatus::Inactive));
        assert!(!meant(|rule, _| rule.risk_types = vec![RiskType::SharedAccount]));
        assert!(!meant(|rule, _| rule.sources = vec![IntelligenceSource::Github]));
        assert!(!meant(|rule, _| rule.only_used = true));
        assert!(meant(|rule, event| (rule.only_used, event.uses) = (true, 1)));
    }

    #[test]
    fn of_several_rules_the_one_acts_that_may_begin_first() {
        let named = |id: &str, hours| ResponseRule { id: id.to_owned(), hours, ..rule() };
        let first = |rules: &[ResponseRule]| {
            let next = next(rules, &event(), &[], Timestamp::UNIX_EPOCH);
            next.map(|(rule, at)| (rule.id.clone(), at.as_second() / 86_400))
        };
        // The first of January 1970 was a Thursday.
        let (friday, thursday) = (named("friday", only_on(5)), named("thursday", only_on(4)));
        let always = named("always", None);
        let expected = |id: &str, day| Some((id.to_owned(), day));
        assert_eq!(first(std::slice::from_ref(&friday)), expected("friday", 1));
        assert_eq!(first(&[friday.clone(), thursday.clone()]), expected("thursday", 0));
        assert_eq!(first(&[friday, always.clone(), thursday]), expected("always", 0));
        assert_eq!(first(&[ResponseRule { enabled: false, ..always }]), None);
    }
}
