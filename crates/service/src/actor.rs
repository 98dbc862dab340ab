//! Who acts, what each act needs, and the one place where acts are authorized and audited.

use claviger_model::UserId;
use claviger_store::audit;
use claviger_store::users::Role;
use serde_json::Value;

use crate::{Service, ServiceError};

/// A person or machine that is signed in, or Claviger itself.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user; `None` for Claviger's own jobs.
    pub user_id: Option<UserId>,
    /// The name in the audit log.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Actor {
    /// Claviger itself, for what its jobs and its first start do.
    #[must_use]
    pub fn claviger() -> Self {
        Self { user_id: None, name: "claviger".to_owned(), role: Role::Admin }
    }

    /// Whether their role allows an act.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        rank(self.role) >= rank(act.needs())
    }
}

/// Everything a person can do that changes something, with the role it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Make, change or remove a connection.
    Connect,
    /// List buckets and keys anew.
    Synchronize,
    /// Let Claviger look into buckets, or stop it.
    Authorize,
    /// Scan a bucket again.
    Identify,
    /// Change a risk policy.
    SetPolicy,
    /// Make, change, test or remove an alert configuration.
    SetAlert,
    /// Acknowledge, ignore or reopen a risk event.
    ChangeRiskEvent,
    /// Keep a filter of the list of risk events for oneself, or forget it.
    SaveView,
    /// Keep one for all.
    ShareView,
    /// Remove one that somebody else keeps for all.
    RemoveSharedView,
    /// Draft a plan: changes nothing outside.
    DraftPlan,
    /// Confirm a plan or take one back.
    RunPlan,
    /// Make, change or remove a response rule.
    SetResponseRule,
    /// Stop what a response rule is about to do.
    Veto,
    /// Put a place on the allowlist or take it off.
    SetAllowlist,
    /// Enter intelligence by hand.
    AddIntelligence,
    /// Make, plant or retire a canary.
    SetCanary,
    /// Set up, change or remove a source of log lines.
    SetSource,
    /// Watch a repository of source code, or stop it.
    SetRepository,
    /// Send log lines by hand.
    Ingest,
    /// Say that what the history lost is known.
    ForgetDamage,
    /// Make users and tokens.
    ManageUsers,
}

impl Act {
    /// The word in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Synchronize => "synchronize",
            Self::Authorize => "authorize",
            Self::Identify => "identify",
            Self::SetPolicy => "set_policy",
            Self::SetAlert => "set_alert",
            Self::ChangeRiskEvent => "change_risk_event",
            Self::SaveView => "save_view",
            Self::ShareView => "share_view",
            Self::RemoveSharedView => "remove_shared_view",
            Self::DraftPlan => "draft_plan",
            Self::RunPlan => "run_plan",
            Self::SetResponseRule => "set_response_rule",
            Self::Veto => "veto",
            Self::SetAllowlist => "set_allowlist",
            Self::AddIntelligence => "add_intelligence",
            Self::SetCanary => "set_canary",
            Self::SetSource => "set_source",
            Self::SetRepository => "set_repository",
            Self::Ingest => "ingest",
            Self::ForgetDamage => "forget_damage",
            Self::ManageUsers => "manage_users",
        }
    }

    /// The least role that may do it.
    #[must_use]
    pub fn needs(self) -> Role {
        match self {
            Self::SaveView => Role::Viewer,
            Self::Connect
            | Self::RemoveSharedView
            | Self::Authorize
            | Self::SetPolicy
            | Self::SetResponseRule
            | Self::SetSource
            | Self::SetRepository
            | Self::ForgetDamage
            | Self::ManageUsers => Role::Admin,
            Self::Synchronize
            | Self::Identify
            | Self::SetAlert
            | Self::ChangeRiskEvent
            | Self::ShareView
            | Self::DraftPlan
            | Self::RunPlan
            | Self::SetAllowlist
            | Self::Veto
            | Self::Ingest
            | Self::SetCanary
            | Self::AddIntelligence => Role::Responder,
        }
    }
}

/// The rank of a role: a higher one may do all that a lower one may.
fn rank(role: Role) -> u8 {
    match role {
        Role::Viewer => 0,
        Role::Responder => 1,
        Role::Admin => 2,
    }
}

impl Service {
    /// Carries an act out for somebody: refuses it when the role is too low, and writes either way
    /// to the audit log what was asked, by whom, about what, and how it ended.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or whatever the act itself meets.
    pub(crate) async fn perform<T>(
        &self,
        actor: &Actor,
        act: Act,
        subject: &str,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        if !actor.may(act) {
            let refused = ServiceError::Forbidden {
                act: act.as_str(),
                needed: act.needs().as_str(),
                who: actor.name.clone(),
                role: actor.role.as_str(),
            };
            self.audit(actor, act.as_str(), subject, "refused", &Value::Null).await?;
            return Err(refused);
        }
        let outcome = work.await;
        let (word, details) = match &outcome {
            Ok(_) => ("done", Value::Null),
            Err(error) => ("failed", Value::String(crate::chain(error))),
        };
        self.audit(actor, act.as_str(), subject, word, &details).await?;
        outcome
    }

    /// Writes one line of the audit log.
    pub(crate) async fn audit(
        &self,
        actor: &Actor,
        act: &str,
        subject: &str,
        outcome: &str,
        details: &Value,
    ) -> Result<(), ServiceError> {
        let mut tx = self.store().write().await?;
        audit::append(&mut tx, self.now(), &actor.name, act, subject, outcome, details).await?;
        tx.commit().await?;
        Ok(())
    }
}
