//! What follows while nobody acknowledges: step after step, so many rounds.

use claviger_model::{Escalation, EscalationStep};
use jiff::{SignedDuration, Timestamp};

/// A step with the instant at which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due<'a> {
    /// The step.
    pub step: &'a EscalationStep,
    /// When.
    pub at: Timestamp,
}

/// The step after `taken` steps, the latest of which (or the message itself) left at `since`; `None` when
/// all rounds are done.
#[must_use]
pub fn next(escalation: &Escalation, taken: u32, since: Timestamp) -> Option<Due<'_>> {
    let count = u32::try_from(escalation.steps.len()).ok().filter(|count| *count > 0)?;
    let rounds = escalation.repeats.saturating_add(1);
    if taken >= count.saturating_mul(rounds) {
        return None;
    }
    let step = escalation.steps.get(usize::try_from(taken % count).ok()?)?;
    let pause = SignedDuration::from_mins(step.after_minutes.max(1).into());
    Some(Due { step, at: since.checked_add(pause).unwrap_or(Timestamp::MAX) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_escalation_goes_through_its_steps_in_order_and_ends(
            minutes in prop::collection::vec(0_u32..60, 0..5), repeats in 0_u32..4,
        ) {
            let steps: Vec<EscalationStep> = minutes
                .iter()
                .map(|minutes| EscalationStep {
                    after_minutes: *minutes, groups: Vec::new(), through: None,
                })
                .collect();
            let escalation = Escalation { steps, repeats };
            let (mut taken, mut since) = (0, Timestamp::UNIX_EPOCH);
            while let Some(due) = next(&escalation, taken, since) {
                prop_assert!(due.at > since, "it must not run in circles");
                prop_assert_eq!(due.step, &escalation.steps[taken as usize % minutes.len()]);
                since = due.at;
                taken += 1;
            }
            prop_assert_eq!(taken as usize, minutes.len() * (repeats as usize + 1));
        }
    }
}
