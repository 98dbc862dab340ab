//! The life of a risk event and of its evidence.

use claviger_model::{EvidenceState, WorkState};
use claviger_respond::life_cycle::{EvidenceSeen, Happening, next, next_evidence};
use proptest::prelude::*;

#[test]
fn the_table_of_a_risk_event() {
    let mut table = String::new();
    for state in WorkState::ALL {
        for happening in Happening::ALL {
            let outcome = match next(state, happening) {
                Ok(next) if next == state => "=".to_owned(),
                Ok(next) => next.as_str().to_owned(),
                Err(_) => "not possible".to_owned(),
            };
            table.push_str(&format!(
                "{:<18} {:<28} {outcome}\n",
                state.as_str(),
                format!("{happening:?}")
            ));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_table_of_evidence() {
    let mut table = String::new();
    for state in EvidenceState::ALL {
        for seen in EvidenceSeen::ALL {
            let next = next_evidence(state, seen);
            table.push_str(&format!(
                "{:<18} {:<30} {}\n",
                state.as_str(),
                format!("{seen:?}"),
                next.as_str()
            ));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn closed_states_reopen_on_new_evidence() {
    for state in WorkState::ALL.into_iter().filter(|state| state.is_closed()) {
        assert_eq!(next(state, Happening::NewEvidence), Ok(WorkState::Pending), "{state:?}");
    }
}

#[test]
fn use_after_disposal_reopens_when_allowed_and_proves_when_refused() {
    let used = |allowed| next(WorkState::Disposed, Happening::UsedAgain { allowed });
    assert_eq!(used(true), Ok(WorkState::Pending));
    assert_eq!(used(false), Ok(WorkState::Disposed));
}

#[test]
fn every_state_is_reached_from_every_state() {
    for start in WorkState::ALL {
        let mut reached = vec![start];
        let mut index = 0;
        while index < reached.len() {
            for happening in Happening::ALL {
                if let Ok(state) = next(reached[index], happening)
                    && !reached.contains(&state)
                {
                    reached.push(state);
                }
            }
            index += 1;
        }
        assert_eq!(reached.len(), WorkState::ALL.len(), "from {start:?}");
    }
}

#[test]
fn a_refused_act_names_the_way_out() {
    let error = next(WorkState::Disposed, Happening::Acknowledge).unwrap_err();
    assert_eq!(error.to_string(), "Acknowledge is not possible while the risk event is Disposed");
    assert_eq!(error.hint(), "re-open the risk event first");
    assert!(next(WorkState::Handling, Happening::Ignore).unwrap_err().hint().contains("undo"));
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop::sample::select(Happening::ALL.to_vec())
}

fn is_by_a_person(happening: Happening) -> bool {
    matches!(happening, Happening::Acknowledge | Happening::Ignore | Happening::Reopen)
}

proptest! {
    #[test]
    fn what_machines_see_is_always_possible_and_twice_is_once(
        state in prop::sample::select(WorkState::ALL.to_vec()),
        happening in any_happening().prop_filter("by a machine", |h| !is_by_a_person(*h)),
    ) {
        let once = next(state, happening).unwrap();
        prop_assert_eq!(next(once, happening), Ok(once));
    }

    #[test]
    fn only_proof_or_a_person_closes(
        state in prop::sample::select(WorkState::ALL.to_vec()),
        happening in any_happening(),
    ) {
        let closing = [
            Happening::KeyContained,
            Happening::AllEvidenceDisposed,
            Happening::AllEvidenceAllowlisted,
            Happening::Ignore,
        ];
        if let Ok(after) = next(state, happening)
            && after.is_closed()
            && after != state
        {
            prop_assert!(closing.contains(&happening));
        }
    }

    #[test]
    fn whatever_happened_new_evidence_leaves_it_open(
        happenings in prop::collection::vec(any_happening(), 0..40),
    ) {
        let mut state = WorkState::Pending;
        for happening in happenings {
            state = next(state, happening).unwrap_or(state);
        }
        prop_assert!(!next(state, Happening::NewEvidence).unwrap().is_closed());
    }

    #[test]
    fn evidence_that_is_seen_again_is_found_unless_allowlisted(
        seen in prop::collection::vec(prop::sample::select(EvidenceSeen::ALL.to_vec()), 0..20),
    ) {
        let state = seen.into_iter().fold(EvidenceState::Found, next_evidence);
        let again = next_evidence(state, EvidenceSeen::ObjectThere);
        prop_assert_eq!(
            again == EvidenceState::AddedToWhitelist,
            state == EvidenceState::AddedToWhitelist
        );
        prop_assert_eq!(
            next_evidence(state, EvidenceSeen::ObjectGone { verified: true }),
            EvidenceState::Disposed
        );
    }
}
