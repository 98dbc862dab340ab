//! What Claviger may do by itself, because a person wrote it down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Action, AssetId, Hours, IntelligenceSource, Level, PlanId, RiskEventId, RiskType};

/// When a reversible plan is run without somebody's confirmation. There is none unless somebody makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseRule {
    /// Its id, chosen by who makes it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// What it does: one of [`ResponseRule::ACTIONS`].
    #[serde(default = "disable")]
    pub action: Action,
    /// Of which types events must be; empty: of any that names a key.
    pub risk_types: Vec<RiskType>,
    /// How bad they must be.
    pub level_min: Level,
    /// From which sources one piece of evidence must come; empty: from any.
    pub sources: Vec<IntelligenceSource>,
    /// In which assets one piece of evidence must stand; empty: anywhere.
    pub assets: Vec<AssetId>,
    /// Only where the key was used since the leak.
    pub only_used: bool,
    /// When it may begin; `None`: at any time.
    pub hours: Option<Hours>,
    /// How long people have to veto, in seconds.
    pub grace_seconds: u32,
    /// Who wrote it down.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// What rules did before they could say what.
fn disable() -> Action {
    Action::Disable
}

impl ResponseRule {
    /// What a rule may do: what can be taken back, and needs nothing that only a person knows. What is about
    /// a bucket or a file is done where a standing piece of evidence lies.
    pub const ACTIONS: [Action; 6] = [
        Action::Disable,
        Action::RestrictNetwork,
        Action::DenyPolicy,
        Action::DenyBucket,
        Action::BlockPublicAccess,
        Action::ObjectAcl,
    ];
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseState {
    /// People may veto.
    Waiting,
    /// Somebody did.
    Vetoed,
    /// Its plan was confirmed.
    Run,
    /// It was not run, and why is told.
    Dropped,
}

impl ResponseState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Vetoed, Self::Run, Self::Dropped];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Vetoed => "vetoed",
            Self::Run => "run",
            Self::Dropped => "dropped",
        }
    }
}

/// A plan that a rule is about to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Derived from rule, event and occasion.
    pub id: String,
    /// The rule.
    pub rule_id: String,
    /// The event.
    pub risk_event_id: RiskEventId,
    /// The plan.
    pub plan_id: PlanId,
    /// How far it is.
    pub state: ResponseState,
    /// When it runs.
    pub runs_at: Timestamp,
    /// Who vetoed it, or why it was dropped.
    pub note: Option<String>,
}
