//! What happens when nothing of an alert configuration gets through: a line on every page, and a message
//! to the people of the other configurations.

use claviger_model::{AlertConfiguration, AlertConfigurationId, AlertKind, Level};
use claviger_respond::notice;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{AlertFailure, alerts};
use jiff::SignedDuration;

use crate::condition::{Condition, Gravity};
use crate::gather::outbox::{self, Draft};
use crate::{Service, ServiceError};

impl Service {
    /// A try failed, or a message was given up. Where that goes on for long, others are told, once.
    pub(crate) async fn alert_fails(
        &self,
        tx: &mut AnyConnection,
        configuration: &AlertConfiguration,
        why: &str,
        given_up: bool,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let failing = alerts::failing(tx).await?;
        let Some(own) = failing.iter().find(|one| one.configuration_id == configuration.id) else {
            return Ok(());
        };
        let long =
            SignedDuration::try_from(self.settings().alert_failing_after).unwrap_or_default();
        if !given_up && now.duration_since(own.since) < long {
            return Ok(());
        }
        self.say_failing(own);
        if !alerts::set_failure_told(tx, &configuration.id, now).await? {
            return Ok(());
        }
        let base = self.settings().public_url.as_deref();
        for other in alerts::list(tx).await? {
            let works = !failing.iter().any(|one| one.configuration_id == other.id);
            if !other.enabled || !works {
                continue;
            }
            let link = base.map(|base| format!("{}/alerts", base.trim_end_matches('/')));
            let name = &configuration.name;
            let notice = notice::compose_failure(other.language, name, own.since, why, link);
            let draft = Draft {
                risk_event_id: None,
                kind: AlertKind::DeliveryFailed,
                level: Level::High,
                notice: &notice,
                now,
                leaves_at: now,
            };
            let since = own.since.to_string();
            let identity = [other.id.as_str(), "failing", configuration.id.as_str(), &since];
            outbox::alone(tx, &other, &identity, None, &draft).await?;
        }
        Ok(())
    }

    /// Something got through, or the configuration is gone.
    pub(crate) fn alert_works(&self, id: &AlertConfigurationId) {
        self.conditions().clear(&place(id));
    }

    /// Says again after a start what was failing before it.
    pub(crate) async fn recall_failing_alerts(&self) -> Result<(), ServiceError> {
        let mut reader = self.store().read().await?;
        for one in alerts::failing(&mut reader).await? {
            if one.told_at.is_some() {
                self.say_failing(&one);
            }
        }
        Ok(())
    }

    fn say_failing(&self, failing: &AlertFailure) {
        let hint = "test it on the Alerts page; what was given up can be sent again from its log";
        self.conditions().say(Condition {
            place: place(&failing.configuration_id),
            code: "not_delivered".to_owned(),
            gravity: Gravity::Failing,
            message: format!("alerts of `{}` do not get through: {}", failing.name, failing.why),
            hint: Some(hint.to_owned()),
            since: failing.since,
        });
    }
}

fn place(id: &AlertConfigurationId) -> String {
    format!("alert {id}")
}
