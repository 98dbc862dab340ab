//! How a risk event and its evidence move from state to state: one table each.
//!
//! What machines see may come late or twice, so it is possible in every state and at worst changes
//! nothing. What a person asks for is refused where it makes no sense.

use claviger_model::{EvidenceState, WorkState};

/// Something that bears on the work on a risk event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A person has seen it.
    Acknowledge,
    /// A confirmed plan begins.
    StartHandling,
    /// The key was proved to open nothing any more.
    KeyContained,
    /// A step of the plan was refused.
    HandlingFailed,
    /// The plan was taken back, and seen to be.
    HandlingUndone,
    /// Every piece of evidence was verified gone (or is on the allowlist).
    AllEvidenceDisposed,
    /// Every piece of evidence is on the allowlist.
    AllEvidenceAllowlisted,
    /// A person sets it aside, with a reason.
    Ignore,
    /// The time is over for which a person had set it aside.
    IgnoreEnded,
    /// A person takes it up again.
    Reopen,
    /// The key stands at one more place. Evidence at an allowlisted place is no new evidence: for it
    /// the caller tells [`Happening::AllEvidenceAllowlisted`] or nothing.
    NewEvidence,
    /// The key was used again.
    UsedAgain {
        /// Whether the service carried the request out.
        allowed: bool,
    },
}

impl Happening {
    /// Every happening.
    pub const ALL: [Self; 13] = [
        Self::Acknowledge,
        Self::StartHandling,
        Self::KeyContained,
        Self::HandlingFailed,
        Self::HandlingUndone,
        Self::AllEvidenceDisposed,
        Self::AllEvidenceAllowlisted,
        Self::Ignore,
        Self::IgnoreEnded,
        Self::Reopen,
        Self::NewEvidence,
        Self::UsedAgain { allowed: true },
        Self::UsedAgain { allowed: false },
    ];
}

/// What a person asked for makes no sense in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{happening:?} is not possible while the risk event is {}", .state.title())]
pub struct NotPossible {
    /// The state, which stays.
    pub state: WorkState,
    /// What was asked for.
    pub happening: Happening,
}

impl NotPossible {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.state {
            WorkState::Handling => "wait until the handling has ended, or undo it".to_owned(),
            state if state.is_closed() => "re-open the risk event first".to_owned(),
            _ => "the risk event is open already".to_owned(),
        }
    }
}

/// The state after a happening.
///
/// # Errors
/// A person asked for what makes no sense in this state.
pub fn next(state: WorkState, happening: Happening) -> Result<WorkState, NotPossible> {
    use Happening as H;
    use WorkState as W;
    let next = match (happening, state) {
        (H::Acknowledge, W::Pending | W::Acknowledged) => W::Acknowledged,
        // A person may act on a key at any time: stopping comes first.
        (H::StartHandling, _) => W::Handling,
        (H::Ignore, W::Pending | W::Acknowledged | W::Ignored) => W::Ignored,
        (H::IgnoreEnded, W::Ignored) => W::Pending,
        // Whoever takes it up again has seen it.
        (H::Reopen, W::Disposed | W::AddedToWhitelist | W::Ignored) => W::Acknowledged,
        (H::Acknowledge | H::Ignore | H::Reopen, _) => {
            return Err(NotPossible { state, happening });
        }

        (H::KeyContained, W::Pending | W::Acknowledged | W::Handling) => W::Disposed,
        (H::HandlingFailed, W::Handling) => W::Acknowledged,
        // What closed it was taken back.
        (H::HandlingUndone, W::Pending | W::Handling | W::Disposed) => W::Acknowledged,
        // While a handling is under way, its end decides.
        (H::AllEvidenceDisposed, W::Pending | W::Acknowledged) => W::Disposed,
        (H::AllEvidenceAllowlisted, W::Pending | W::Acknowledged | W::Ignored) => {
            W::AddedToWhitelist
        }
        (H::NewEvidence, W::Disposed | W::AddedToWhitelist | W::Ignored) => W::Pending,
        // Use that was carried out contradicts the proof; use that was refused is one more proof.
        (H::UsedAgain { allowed: true }, W::Disposed) => W::Pending,
        (
            H::KeyContained
            | H::HandlingFailed
            | H::HandlingUndone
            | H::AllEvidenceDisposed
            | H::AllEvidenceAllowlisted
            | H::IgnoreEnded
            | H::NewEvidence
            | H::UsedAgain { .. },
            state,
        ) => state,
    };
    Ok(next)
}

/// What was seen of one piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceSeen {
    /// The object, file or entry is gone.
    ObjectGone {
        /// Whether the store itself was asked; else a log line says so.
        verified: bool,
    },
    /// The key stands there.
    ObjectThere,
    /// A person put the place on the allowlist.
    Allowlisted,
    /// A person took the place off the allowlist.
    AllowlistRemoved,
}

impl EvidenceSeen {
    /// Everything that can be seen.
    pub const ALL: [Self; 5] = [
        Self::ObjectGone { verified: false },
        Self::ObjectGone { verified: true },
        Self::ObjectThere,
        Self::Allowlisted,
        Self::AllowlistRemoved,
    ];
}

/// The state of a piece of evidence after something was seen of it.
#[must_use]
pub fn next_evidence(state: EvidenceState, seen: EvidenceSeen) -> EvidenceState {
    use EvidenceSeen as S;
    use EvidenceState as E;
    match (seen, state) {
        (S::ObjectGone { verified: true }, _) => E::Disposed,
        (S::ObjectGone { verified: false }, E::Found | E::Deleted) => E::Deleted,
        (S::ObjectThere, E::Found | E::Deleted | E::Disposed) => E::Found,
        (S::Allowlisted, E::Found | E::Deleted) => E::AddedToWhitelist,
        // The next look tells whether it still stands there.
        (S::AllowlistRemoved, E::AddedToWhitelist) => E::Found,
        // What was verified gone stays so, and a place on the allowlist stays there.
        (S::ObjectGone { verified: false } | S::ObjectThere | S::Allowlisted, state)
        | (S::AllowlistRemoved, state) => state,
    }
}
