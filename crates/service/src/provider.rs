//! The sign-in provider of the installation: how it is told, and whether it answers.

use std::net::IpAddr;
use std::time::Duration;

use claviger_dial::Guard;
use claviger_identity::{IdentityError, Provider, ProviderSettings};
use claviger_model::Secret;
use claviger_store::users::Role;
use tokio::sync::watch;

use crate::{Condition, Gravity, Service, ServiceError, Settings, chain};

/// Where the provider sends browsers back to, behind the console's address.
const CALLBACK: &str = "/auth/oidc/callback";

/// The place of the condition.
const PLACE: &str = "single sign-on";

/// How often a provider that answers is asked for its description and keys: before they count as unknown.
const LOOK_EVERY: Duration = Duration::from_secs(1800);

/// How often one that does not.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Single sign-on, as an installation is told of it.
#[derive(Debug, Clone)]
pub struct SingleSignOn {
    /// The provider's name for itself, an address.
    pub issuer: String,
    /// What the provider knows this installation by.
    pub client_id: String,
    /// What proves it; none for a public client.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// What the button says.
    pub name: String,
    /// The claim with a person's groups or roles.
    pub roles_claim: String,
    /// Which of these give which role here.
    pub roles: Vec<(Role, String)>,
    /// The role of whoever has none of them; none: they may not sign in.
    pub default_role: Option<Role>,
}

impl SingleSignOn {
    /// The highest role that a person's groups give.
    #[must_use]
    pub fn role_of(&self, groups: &[String]) -> Option<Role> {
        let given = self.roles.iter().filter(|(_, group)| groups.contains(group));
        given.map(|(role, _)| *role).max().or(self.default_role)
    }

    /// Checks that a sign-in may be trusted to the addresses: the provider's, and where the console is reached.
    ///
    /// # Errors
    /// One is none, or others on the way could read what is sent there.
    pub fn check(&self, public_url: &str) -> Result<(), ServiceError> {
        Ok(self.seen_from(public_url).check()?)
    }

    /// What the provider is told of an installation that people reach there.
    fn seen_from(&self, public_url: &str) -> ProviderSettings {
        ProviderSettings {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            scopes: self.scopes.clone(),
            redirect: format!("{}{CALLBACK}", public_url.trim_end_matches('/')),
            roles_claim: self.roles_claim.clone(),
        }
    }
}

/// The provider that the settings name, if they name one.
pub(crate) fn of(settings: &Settings, guard: &Guard) -> Result<Option<Provider>, ServiceError> {
    let Some(told) = &settings.single_sign_on else { return Ok(None) };
    let at = told.seen_from(settings.public_url.as_deref().unwrap_or_default());
    Ok(Some(Provider::new(at, guard.clone())?))
}

/// Asks the provider for its description again and again, so that what is wrong with it is told before
/// somebody wants to sign in.
pub(crate) async fn watch(service: &Service, mut stop: watch::Receiver<bool>) {
    let Ok((provider, _)) = service.provider_in_force() else { return };
    while !*stop.borrow() {
        let outcome = tokio::select! {
            outcome = provider.discover(service.now()) => outcome,
            _ = stop.changed() => return,
        };
        service.say_provider(outcome.as_ref().err());
        let pause = if outcome.is_ok() { LOOK_EVERY } else { LOOK_AGAIN };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

impl Service {
    /// The provider and what was told of it.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn provider_in_force(&self) -> Result<(&Provider, &SingleSignOn), ServiceError> {
        self.provider().zip(self.settings().single_sign_on.as_ref()).ok_or_else(|| {
            ServiceError::NotAdmitted {
                message: "there is no single sign-on here".to_owned(),
                hint: "sign in with a password; an admin can set `oidc_issuer`".to_owned(),
            }
        })
    }

    /// Whether a password opens a session for somebody at this address: where passwords are given up, on this
    /// machine still, so that nobody is locked out.
    #[must_use]
    pub fn takes_passwords_from(&self, address: Option<IpAddr>) -> bool {
        let is_here = address.is_some_and(|address| address.to_canonical().is_loopback());
        self.settings().password_sign_in || is_here
    }

    /// What is wrong with the sign-in provider, if something is.
    #[must_use]
    pub fn provider_condition(&self) -> Option<Condition> {
        self.conditions_now().into_iter().find(|known| known.place == PLACE)
    }

    /// Notes whether the provider answers as one. The work goes on without it, and so do passwords.
    pub(crate) fn say_provider(&self, error: Option<&IdentityError>) {
        let Some(error) = error else { return self.conditions().clear(PLACE) };
        let known = self.provider_condition().filter(|known| known.code == error.code());
        let message = format!("nobody can sign in by single sign-on: {}", chain(error));
        if known.is_none() {
            tracing::warn!(hint = error.hint(), "{message}");
        }
        self.conditions().say(Condition {
            place: PLACE.to_owned(),
            code: error.code().to_owned(),
            gravity: Gravity::Warning,
            message,
            hint: Some(error.hint()),
            since: known.map_or_else(|| self.now(), |known| known.since),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(groups: &[&str], default_role: Option<Role>) -> Option<Role> {
        let group = |role, name: &str| (role, name.to_owned());
        let told = SingleSignOn {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            scopes: Vec::new(),
            name: String::new(),
            roles_claim: String::new(),
            roles: vec![group(Role::Responder, "soc"), group(Role::Admin, "sec-leads")],
            default_role,
        };
        told.role_of(&groups.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_highest_role_of_the_groups_counts_and_no_group_gives_none() {
        assert_eq!(role(&["soc"], None), Some(Role::Responder));
        assert_eq!(role(&["staff", "sec-leads", "soc"], None), Some(Role::Admin));
        assert_eq!(role(&["staff", "SOC"], None), None);
        assert_eq!(role(&[], None), None);
        assert_eq!(role(&["staff"], Some(Role::Viewer)), Some(Role::Viewer));
        assert_eq!(role(&["soc"], Some(Role::Viewer)), Some(Role::Responder));
    }
}
