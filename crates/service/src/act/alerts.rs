//! Alert notification: who is told of what.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertKind, AlertMethod, AlertRules, Delivery,
    DeliveryId, Language, Level, RiskType, Secret,
};
use claviger_notify::Secrets;
use claviger_respond::{hours, notice};
use claviger_store::{alerts, recipient_groups};
use serde::{Deserialize, Serialize};

use super::alert_method;
use crate::gather::outbox;
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// Most steps of an escalation, and most rounds of them: whoever is not there after that is not there.
const STEPS_MAX: usize = 20;

/// Longest time that messages are collected: a week.
const DIGEST_MINUTES_MAX: u32 = 7 * 24 * 60;

/// An alert configuration as a person enters it.
#[derive(Debug)]
pub struct NewAlert {
    /// A name to know it by.
    pub name: String,
    /// Whether it sends.
    pub enabled: bool,
    /// How. The host of a sealed address is read out of the address.
    pub method: AlertMethod,
    /// Password, token, signing key or routing key; on a change `None` keeps the old one.
    pub secret: Option<Secret>,
    /// The webhook's address, where it holds a token; on a change `None` keeps the old one.
    pub url: Option<Secret>,
    /// Of which types; empty means all.
    pub risk_types: Vec<RiskType>,
    /// From which level up.
    pub level_min: Level,
    /// In which language.
    pub language: Language,
    /// When, how often, to which groups, and what follows silence.
    pub rules: AlertRules,
}

/// What is sealed with a configuration.
#[derive(Default, Serialize, Deserialize)]
struct Sealed {
    secret: Option<String>,
    url: Option<String>,
}

impl Service {
    /// Every alert configuration.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn alerts(&self) -> Result<Vec<AlertConfiguration>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(alerts::list(&mut reader).await?)
    }

    /// One alert configuration.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn alert(
        &self,
        id: &AlertConfigurationId,
    ) -> Result<AlertConfiguration, ServiceError> {
        let mut reader = self.store().read().await?;
        alerts::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("alert configuration", id))
    }

    /// Makes an alert configuration.
    ///
    /// # Errors
    /// Something in it makes no sense.
    pub async fn add_alert(
        &self,
        actor: &Actor,
        new: NewAlert,
    ) -> Result<AlertConfiguration, ServiceError> {
        let name = new.name.clone();
        self.perform(actor, Act::SetAlert, &name, async {
            let id = AlertConfigurationId::from_entropy(entropy()?);
            let (configuration, sealed) = self.alert_of(id, new, None).await?;
            let mut tx = self.store().write().await?;
            alerts::insert(&mut tx, &configuration, sealed.as_deref()).await?;
            self.send_first_codes(&mut tx, &configuration).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(configuration)
        })
        .await
    }

    /// Changes an alert configuration.
    ///
    /// # Errors
    /// It does not exist, or something in it makes no sense.
    pub async fn change_alert(
        &self,
        actor: &Actor,
        id: &AlertConfigurationId,
        new: NewAlert,
    ) -> Result<AlertConfiguration, ServiceError> {
        self.perform(actor, Act::SetAlert, id.as_str(), async {
            let before = self.alert(id).await?;
            let kept = self.alert_secrets(id).await?;
            let same =
                std::mem::discriminant(&before.method) == std::mem::discriminant(&new.method);
            let kept = if same { Some((before.method.clone(), kept)) } else { None };
            let (mut configuration, sealed) = self.alert_of(id.clone(), new, kept).await?;
            configuration.created_at = before.created_at;
            let mut tx = self.store().write().await?;
            alerts::update(&mut tx, &configuration, sealed.as_deref()).await?;
            self.send_first_codes(&mut tx, &configuration).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(configuration)
        })
        .await
    }

    /// Removes an alert configuration; its messages under way are dropped with it.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn remove_alert(
        &self,
        actor: &Actor,
        id: &AlertConfigurationId,
    ) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetAlert, id.as_str(), async {
            self.alert(id).await?;
            let mut tx = self.store().write().await?;
            alerts::remove(&mut tx, id).await?;
            tx.commit().await?;
            self.alert_works(id);
            Ok(())
        })
        .await
    }

    /// Sends a test message the way real ones go. Its fate is in the delivery log.
    ///
    /// # Errors
    /// The configuration does not exist.
    pub async fn test_alert(
        &self,
        actor: &Actor,
        id: &AlertConfigurationId,
    ) -> Result<Delivery, ServiceError> {
        self.perform(actor, Act::SetAlert, id.as_str(), async {
            let configuration = self.alert(id).await?;
            let now = self.now();
            let notice = notice::compose_test(
                &configuration.name,
                configuration.language,
                now,
                self.settings().public_url.clone(),
            );
            let mut tx = self.store().write().await?;
            let draft = outbox::Draft {
                risk_event_id: None,
                kind: AlertKind::Test,
                level: Level::Low,
                notice: &notice,
                now,
                leaves_at: now,
            };
            let press = DeliveryId::from_entropy(entropy()?);
            let identity = [id.as_str(), "test", press.as_str()];
            let sent = outbox::alone(&mut tx, &configuration, &identity, None, &draft).await?;
            let first = sent.into_iter().next().unwrap_or(press);
            tx.commit().await?;
            self.wake_workers();
            self.delivery(&first).await
        })
        .await
    }

    /// Secrets of a configuration, opened for sending.
    pub(crate) async fn alert_secrets(
        &self,
        id: &AlertConfigurationId,
    ) -> Result<Secrets, ServiceError> {
        let mut reader = self.store().read().await?;
        let sealed = alerts::sealed(&mut reader, id).await?;
        drop(reader);
        let Some(sealed) = sealed else { return Ok(Secrets::default()) };
        let text = self.vault().open_seal(id.as_str(), &sealed)?;
        let opened: Sealed =
            serde_json::from_str(text.reveal()).map_err(|_| ServiceError::Seal(id.to_string()))?;
        Ok(Secrets { secret: opened.secret.map(Secret::new), url: opened.url.map(Secret::new) })
    }

    /// What was entered as it is kept, with its secrets sealed. What is not entered anew stays as it was,
    /// unless the method is another or leads to another server: a kept password is sent nowhere else.
    async fn alert_of(
        &self,
        id: AlertConfigurationId,
        new: NewAlert,
        kept: Option<(AlertMethod, Secrets)>,
    ) -> Result<(AlertConfiguration, Option<String>), ServiceError> {
        if new.name.trim().is_empty() {
            return Err(ServiceError::invalid(
                "name",
                "an alert configuration needs a name",
                "name it after who is told",
            ));
        }
        let same_server = kept
            .as_ref()
            .is_some_and(|(old, _)| alert_method::server(old) == alert_method::server(&new.method));
        let (entered_secret, entered_url) = (new.secret.is_some(), new.url.is_some());
        let kept = kept.map(|(_, secrets)| secrets).unwrap_or_default();
        if kept.secret.is_some() && !entered_secret && !same_server {
            return Err(ServiceError::invalid(
                "secret",
                "the method leads to another server than its kept secret was entered for",
                "enter the secret again",
            ));
        }
        let secrets = Secrets { secret: new.secret.or(kept.secret), url: new.url.or(kept.url) };
        let mut method = new.method;
        alert_method::check(&mut method, &secrets)?;
        self.check_rules(&new.rules, &method).await?;
        let sealed = Sealed {
            secret: secrets.secret.as_ref().map(|secret| secret.reveal().to_owned()),
            url: secrets.url.as_ref().map(|url| url.reveal().to_owned()),
        };
        let sealed = if entered_secret || entered_url || !same_server {
            let text = serde_json::to_string(&sealed).map_err(|error| {
                ServiceError::Internal(format!("a secret has no JSON: {error}"))
            })?;
            Some(self.vault().seal(id.as_str(), &Secret::new(text))?)
        } else {
            None
        };
        let configuration = AlertConfiguration {
            id,
            name: new.name,
            enabled: new.enabled,
            method,
            risk_types: new.risk_types,
            level_min: new.level_min,
            language: new.language,
            rules: new.rules,
            created_at: self.now(),
        };
        Ok((configuration, sealed))
    }

    async fn check_rules(
        &self,
        rules: &AlertRules,
        method: &AlertMethod,
    ) -> Result<(), ServiceError> {
        if let Some(own) = &rules.hours {
            hours::check(own).map_err(|error| {
                let hint = "name a zone such as `Asia/Shanghai`, days, and times such as `08:00`";
                ServiceError::invalid("hours", error.to_string(), hint)
            })?;
        }
        if rules.digest.is_some_and(|d| d.minutes == 0 || d.minutes > DIGEST_MINUTES_MAX) {
            let message = "messages are collected for 1 minute to 7 days";
            return Err(ServiceError::invalid("digest", message, "30 minutes serve most"));
        }
        let rounds = usize::try_from(rules.escalation.repeats).unwrap_or(usize::MAX);
        if rules.escalation.steps.len() > STEPS_MAX || rounds > STEPS_MAX {
            return Err(ServiceError::invalid(
                "escalation",
                format!("an escalation has at most {STEPS_MAX} steps and {STEPS_MAX} repeats"),
                "leave some out",
            ));
        }
        let mut reader = self.store().read().await?;
        let groups = recipient_groups::list(&mut reader).await?;
        let steps = &rules.escalation.steps;
        let named = rules.groups.iter().chain(steps.iter().flat_map(|step| &step.groups));
        for id in named {
            if !groups.iter().any(|group| group.id == *id) {
                let hint = "`claviger alerts groups` lists them";
                return Err(ServiceError::invalid("groups", format!("no group `{id}`"), hint));
            }
        }
        for id in steps.iter().filter_map(|step| step.through.as_ref()) {
            if alerts::get(&mut reader, id).await?.is_none() {
                let hint = "`claviger alerts list` lists them";
                let message = format!("no alert configuration `{id}`");
                return Err(ServiceError::invalid("escalation", message, hint));
            }
        }
        let named = method.to().len() + rules.groups.len();
        if method.reaches().is_some() && named == 0 {
            let hint = "name an address or a group";
            return Err(ServiceError::invalid("to", "nobody would be told", hint));
        }
        Ok(())
    }
}
