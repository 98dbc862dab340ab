//! Alert notification: who is told of what, and how each message fared.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertKind, AlertMethod, Delivery, DeliveryId,
    DeliveryState, Language, Level, RiskEventId, RiskType, Secret,
};
use claviger_respond::notice;
use claviger_store::{alerts, deliveries};

use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// Most recipients of one configuration: a mailing list serves more people better.
const RECIPIENTS_MAX: usize = 100;

/// An alert configuration as a person enters it.
#[derive(Debug)]
pub struct NewAlert {
    /// A name to know it by.
    pub name: String,
    /// Whether it sends.
    pub enabled: bool,
    /// How.
    pub method: AlertMethod,
    /// The password at the mail server; on a change `None` keeps the old one.
    pub password: Option<Secret>,
    /// Of which types; empty means all.
    pub risk_types: Vec<RiskType>,
    /// From which level up.
    pub level_min: Level,
    /// In which language.
    pub language: Language,
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
            let (configuration, sealed) = self.alert_of(id, new)?;
            let mut tx = self.store().write().await?;
            alerts::insert(&mut tx, &configuration, sealed.as_deref()).await?;
            tx.commit().await?;
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
            let (mut configuration, sealed) = self.alert_of(id.clone(), new)?;
            configuration.created_at = before.created_at;
            let mut tx = self.store().write().await?;
            alerts::update(&mut tx, &configuration, sealed.as_deref()).await?;
            tx.commit().await?;
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
            let delivery = Delivery {
                id: DeliveryId::from_entropy(entropy()?),
                configuration_id: id.clone(),
                risk_event_id: None,
                kind: AlertKind::Test,
                notice: notice::compose_test(
                    &configuration.name,
                    configuration.language,
                    self.now(),
                    self.settings().public_url.clone(),
                ),
                state: DeliveryState::Waiting,
                attempts: 0,
                last_error: None,
                created_at: self.now(),
                delivered_at: None,
            };
            let mut tx = self.store().write().await?;
            deliveries::insert(&mut tx, &delivery).await?;
            let kind = Kind::DeliverAlert { delivery_id: delivery.id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(delivery)
        })
        .await
    }

    /// The delivery log, newest first; of one event or of all.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn deliveries(
        &self,
        event: Option<&RiskEventId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(deliveries::list(&mut reader, event, limit).await?)
    }

    fn alert_of(
        &self,
        id: AlertConfigurationId,
        new: NewAlert,
    ) -> Result<(AlertConfiguration, Option<String>), ServiceError> {
        if new.name.trim().is_empty() {
            return Err(ServiceError::invalid(
                "name",
                "an alert configuration needs a name",
                "name it after who is told",
            ));
        }
        check_method(&new.method)?;
        let sealed =
            new.password.map(|password| self.vault().seal(id.as_str(), &password)).transpose()?;
        let configuration = AlertConfiguration {
            id,
            name: new.name,
            enabled: new.enabled,
            method: new.method,
            risk_types: new.risk_types,
            level_min: new.level_min,
            language: new.language,
            created_at: self.now(),
        };
        Ok((configuration, sealed))
    }
}

fn check_method(method: &AlertMethod) -> Result<(), ServiceError> {
    let AlertMethod::Email { host, port, security, from, to, .. } = method;
    if host.trim().is_empty() || *port == 0 {
        return Err(ServiceError::invalid(
            "host",
            "the mail server's name or port is missing",
            "name it, such as `smtp.example.com` and 587",
        ));
    }
    if !["none", "starttls", "tls"].contains(&security.as_str()) {
        return Err(ServiceError::invalid(
            "security",
            format!("`{security}` is no way to secure a connection"),
            "use `starttls`, `tls` or `none`",
        ));
    }
    if to.is_empty() || to.len() > RECIPIENTS_MAX {
        return Err(ServiceError::invalid(
            "to",
            format!("a configuration has 1 to {RECIPIENTS_MAX} recipients, not {}", to.len()),
            "use a mailing list for more",
        ));
    }
    for (field, address) in to.iter().map(|to| ("to", to)).chain([("from", from)]) {
        if !claviger_notify::is_address(address) {
            return Err(ServiceError::invalid(
                field,
                format!("`{address}` is no mail address"),
                "write it as `name@example.com`",
            ));
        }
    }
    Ok(())
}
