//! Who acts, what each act needs, and the one place where acts are authorized and audited.

use claviger_model::UserId;
use claviger_store::api_tokens::Scope;
use claviger_store::audit;
use claviger_store::users::Role;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Service, ServiceError};

/// What stands between a person and the token that acts for them in the audit log; no name holds it.
pub(crate) const TOKEN_MARK: &str = " (token ";

/// How much of a name the audit log keeps.
const AUDIT_WORDS_MAX: usize = 512;

/// A person or machine that is signed in, or Claviger itself.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user; `None` for Claviger's own jobs.
    pub user_id: Option<UserId>,
    /// The name in the audit log.
    pub name: String,
    /// What they may do: by a token no more than it is for, and no more than its owner.
    pub role: Role,
    /// The token of a program that acts for them.
    pub token: Option<ByToken>,
}

/// The token by which a program acts for somebody.
#[derive(Debug, Clone)]
pub struct ByToken {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// What its owner may do.
    pub owner_role: Role,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Actor {
    /// Claviger itself, for what its jobs and its first start do.
    #[must_use]
    pub fn claviger() -> Self {
        Self::named("claviger".to_owned(), Role::Admin)
    }

    /// Somebody who is no user: Claviger itself, or whoever holds a link.
    pub(crate) fn named(name: String, role: Role) -> Self {
        Self { user_id: None, name, role, token: None }
    }

    /// Whether their role allows an act, and the token that they show is for it.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        match &self.token {
            Some(token) if act == Act::Ingest && token.scopes.contains(&Scope::Ingest) => {
                token.owner_role >= act.needs()
            }
            _ => self.may_look() && self.role >= act.needs(),
        }
    }

    /// Whether they may see anything: a token for sending log lines alone may not.
    #[must_use]
    pub fn may_look(&self) -> bool {
        let Some(token) = &self.token else { return true };
        token.scopes.iter().any(|scope| scope.role().is_some())
    }

    /// Whether they may make a token of this scope: nobody lends more than they have.
    #[must_use]
    pub fn may_lend(&self, scope: Scope) -> bool {
        match scope.role() {
            None => self.may(Act::Ingest),
            Some(role) => self.may_look() && self.role >= role,
        }
    }

    /// Why they may not.
    pub(crate) fn cannot_lend(&self, scope: Scope) -> ServiceError {
        if self.token.is_some() {
            return self.out_of_scope("add_token", scope);
        }
        ServiceError::Forbidden {
            act: scope.as_str(),
            needed: scope.role().unwrap_or(Act::Ingest.needs()).as_str(),
            who: self.name.clone(),
            role: self.role.as_str(),
        }
    }

    /// That their token is not for something.
    pub(crate) fn out_of_scope(&self, act: &'static str, needed: Scope) -> ServiceError {
        let token = self.token.as_ref().map_or_else(String::new, |token| token.name.clone());
        ServiceError::OutOfScope { act, needed: needed.as_str(), token }
    }

    /// Their own user.
    ///
    /// # Errors
    /// They are no user.
    pub(crate) fn own_id(&self) -> Result<UserId, ServiceError> {
        self.user_id.clone().ok_or_else(|| ServiceError::Conflict {
            message: format!("{} is no user", self.name),
            hint: "sign in first: `claviger sign-in NAME`".to_owned(),
        })
    }

    /// Whose things they look after: their own, and everybody's (`None`) where they are an admin.
    ///
    /// # Errors
    /// They are neither.
    pub(crate) fn whose(&self) -> Result<Option<UserId>, ServiceError> {
        match self.role {
            Role::Admin => Ok(None),
            _ => self.own_id().map(Some),
        }
    }

    /// Who they are in the audit log.
    pub(crate) fn in_audit_log(&self) -> String {
        match &self.token {
            Some(token) => format!("{}{TOKEN_MARK}{})", self.name, token.name),
            None => self.name.clone(),
        }
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
    /// Ask what other values of the alarm dial would have raised, or stop it.
    PreviewDial,
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
    /// Make users.
    ManageUsers,
    /// Give a user another role.
    SetRole,
    /// Give a user another password.
    SetPassword,
    /// Keep a user from signing in.
    DisableUser,
    /// Let a user sign in again.
    EnableUser,
    /// Remove a user.
    RemoveUser,
    /// Give oneself another password.
    ChangePassword,
    /// Make a token of one's own.
    AddToken,
    /// Remove a token: one's own, or as an admin anybody's.
    RemoveToken,
    /// End a session: one's own, or as an admin anybody's.
    EndSession,
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
            Self::PreviewDial => "preview_dial",
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
            Self::SetRole => "set_role",
            Self::SetPassword => "set_password",
            Self::DisableUser => "disable_user",
            Self::EnableUser => "enable_user",
            Self::RemoveUser => "remove_user",
            Self::ChangePassword => "change_password",
            Self::AddToken => "add_token",
            Self::RemoveToken => "remove_token",
            Self::EndSession => "end_session",
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
            | Self::ManageUsers
            | Self::SetRole
            | Self::SetPassword
            | Self::DisableUser
            | Self::EnableUser
            | Self::RemoveUser => Role::Admin,
            Self::Synchronize
            | Self::Identify
            | Self::PreviewDial
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
            Self::ChangePassword | Self::AddToken | Self::RemoveToken | Self::EndSession => {
                Role::Viewer
            }
        }
    }
}

/// Why somebody may not do something: their token is not for it, or their role does not allow it.
fn refusal(actor: &Actor, act: Act) -> ServiceError {
    let scope = match act {
        Act::Ingest => Scope::Ingest,
        act => match act.needs() {
            Role::Viewer => Scope::Read,
            Role::Responder => Scope::Respond,
            Role::Admin => Scope::Admin,
        },
    };
    let role = match &actor.token {
        Some(token) if token.owner_role >= act.needs() => {
            return actor.out_of_scope(act.as_str(), scope);
        }
        Some(token) => token.owner_role,
        None => actor.role,
    };
    ServiceError::Forbidden {
        act: act.as_str(),
        needed: act.needs().as_str(),
        who: actor.name.clone(),
        role: role.as_str(),
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
            let refused = refusal(actor, act);
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
        // Names may be what a stranger typed into a form.
        let cut = |text: &str| text.chars().take(AUDIT_WORDS_MAX).collect::<String>();
        let (who, subject) = (cut(&actor.in_audit_log()), cut(subject));
        audit::append(&mut tx, self.now(), &who, act, &subject, outcome, details).await?;
        tx.commit().await?;
        Ok(())
    }
}
