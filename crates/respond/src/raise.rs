//! Whether something becomes a risk event, and whether people are told of it.

use claviger_model::{RiskPolicy, WorkState};

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
    fn open_events_alert_and_closed_ones_stay_quiet() {
        for state in WorkState::ALL {
            assert_eq!(alerts(&policy(true), state), !state.is_closed(), "{state:?}");
        }
    }
}
