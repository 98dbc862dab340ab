//! The exact calls that a handling will make, shown before it makes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Action, ConnectionId, PlanId, RiskEventId, Step};

/// How a plan fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Shown; nothing was changed.
    Drafted,
    /// A person confirmed it; it runs.
    Confirmed,
    /// Every step is verified.
    Done,
    /// A step failed.
    Failed,
    /// A person asked to take it back; it runs.
    Undoing,
    /// Every step was taken back.
    Undone,
}

impl PlanState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Drafted, Self::Confirmed, Self::Done, Self::Failed, Self::Undoing, Self::Undone];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Confirmed => "confirmed",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Drafted => "Drafted",
            Self::Confirmed => "Confirmed",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Undoing => "Undoing",
            Self::Undone => "Undone",
        }
    }
}

/// What a handling will do, and how it fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The risk event it handles.
    pub risk_event_id: RiskEventId,
    /// The connection that carries it out.
    pub connection_id: ConnectionId,
    /// What a person wants done.
    pub action: Action,
    /// The calls, in order.
    pub steps: Vec<Step>,
    /// What may break, in words with numbers; empty when nothing used the key.
    pub breaks: Vec<String>,
    /// Who drafted it.
    pub drafted_by: String,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// How it fares.
    pub state: PlanState,
    /// When it was drafted.
    pub drafted_at: Timestamp,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When its last step was verified or failed.
    pub ended_at: Option<Timestamp>,
}
