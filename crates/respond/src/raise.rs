//! Whether something becomes a risk event, and whether people are told of it.

use claviger_model::{RiskPolicy, Sensitivity, WorkState};

/// Whether new events of this type are opened and new alerts sent.
#[must_use]
pub fn allowed(policy: &RiskPolicy) -> bool {
    policy.enabled
}

/// Whether what was found or seen is written to a risk event: a new one only where the policy is
/// enabled, an existing one always, because disabling leaves it as it is.
#[must_use]
pub fn gathers(policy: &RiskPolicy, event_exists: bool) -> bool {
    event_exists || allowed(policy)
}

/// What was found or seen, as far as the conditions of its policy ask for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fact {
    /// A finding, with how sure the scanner is, 0 to 1.
    Found(f64),
    /// Data that anybody may read.
    Readable(Sensitivity),
    /// Holders of one key, and days on which two of them used it at once.
    Shared {
        /// Holders.
        holders: usize,
        /// Days.
        days: usize,
    },
    /// An alarm, in nats.
    Abnormal(f64),
    /// Somebody says so.
    Told,
}

/// Whether something meets the conditions of its policy: only then is a new event opened for it.
#[must_use]
pub fn meets(policy: &RiskPolicy, fact: Fact) -> bool {
    let conditions = &policy.conditions;
    match fact {
        // The scanner's figures have two digits.
        Fact::Found(sure) => (sure * 100.0).round() >= f64::from(conditions.confidence_min),
        Fact::Readable(level) => {
            level >= conditions.sensitivity_min && level > Sensitivity::NotAvailable
        }
        Fact::Shared { holders, days } => {
            holders >= usize::from(conditions.holders_min)
                && days >= usize::from(conditions.days_min)
        }
        // Without a least score the dial alone decides: its alarms may lie below even odds.
        Fact::Abnormal(score) => {
            conditions.score_min == 0 || score >= f64::from(conditions.score_min)
        }
        Fact::Told => true,
    }
}

/// Whether people are told of what an event gathered. The state is the one *after* it: a closed event
/// that was contradicted is open again.
#[must_use]
pub fn alerts(policy: &RiskPolicy, state: WorkState) -> bool {
    allowed(policy) && !state.is_closed()
}

#[cfg(test)]
mod tests {
    use claviger_model::RiskType;

    use super::*;

    fn policy(enabled: bool) -> RiskPolicy {
        RiskPolicy { enabled, ..RiskPolicy::default_of(RiskType::AccessKeyPairLeak) }
    }

    #[test]
    fn a_disabled_policy_raises_no_new_event_and_no_new_alert() {
        assert!(!allowed(&policy(false)));
        assert!(!gathers(&policy(false), false));
        assert!(WorkState::ALL.iter().all(|state| !alerts(&policy(false), *state)));
    }

    #[test]
    fn an_existing_event_is_not_affected_by_disabling() {
        assert!(gathers(&policy(false), true));
    }

    #[test]
    fn a_condition_holds_from_its_value_on() {
        let of = |risk_type| RiskPolicy::default_of(risk_type);
        let database = of(RiskType::DatabaseAccountLeak);
        assert!(meets(&database, Fact::Found(0.5)) && !meets(&database, Fact::Found(0.49)));
        let public = of(RiskType::PublicStorageOfSensitiveInformation);
        let readable = |level| meets(&public, Fact::Readable(level));
        assert!(readable(Sensitivity::S2) && !readable(Sensitivity::S1));
        let shared = of(RiskType::SharedAccount);
        assert!(meets(&shared, Fact::Shared { holders: 2, days: 2 }));
        assert!(!meets(&shared, Fact::Shared { holders: 2, days: 1 }));
        let mut abnormal = of(RiskType::AbnormalAccess);
        assert!(meets(&abnormal, Fact::Abnormal(-2.0)));
        abnormal.conditions.score_min = 6;
        assert!(!meets(&abnormal, Fact::Abnormal(5.9)));
    }

    #[test]
    fn open_events_alert_and_closed_ones_stay_quiet() {
        for state in WorkState::ALL {
            assert_eq!(alerts(&policy(true), state), !state.is_closed(), "{state:?}");
        }
    }
}
