//! Recipients: a code that was sent to an address must be entered before alerts are; and groups of them.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertKind, DeliveryId, Level, Recipient,
    RecipientGroup, RecipientGroupId,
};
use claviger_respond::notice;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, deliveries, recipient_groups, recipients};
use jiff::SignedDuration;

use super::alert_method;
use crate::gather::outbox::{self, Draft};
use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// How long a code is valid: mail may take its time.
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The shortest time between two codes to one address: nobody's mailbox is filled through Claviger.
const CODE_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// Wrong codes that may be entered before another must be sent: five in a million are luck enough.
const WRONG_CODES_MAX: u32 = 5;

/// Most members of a group.
const MEMBERS_MAX: usize = 100;

impl Service {
    /// Every address that alerts go to or will go to.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn recipients(&self) -> Result<Vec<Recipient>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(recipients::list(&mut reader).await?)
    }

    /// Whether whoever runs the installation vouches for an address (`trusted_recipients`).
    #[must_use]
    pub fn is_trusted(&self, address: &str) -> bool {
        let plain = Recipient::plain(address);
        self.settings().trusted_recipients.iter().any(|trusted| match trusted.strip_prefix('@') {
            Some(domain) => {
                plain.split_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain))
            }
            None => Recipient::plain(trusted) == plain,
        })
    }

    /// Those of some addresses that may be told.
    pub(crate) async fn verified(&self, addresses: &[String]) -> Result<Vec<String>, ServiceError> {
        let known = self.recipients().await?;
        let is_verified = |address: &String| {
            let id = Recipient::id_of(address);
            known.iter().any(|one| one.id == id && one.verified_at.is_some())
        };
        let mut verified = addresses.to_vec();
        verified.retain(|address| self.is_trusted(address) || is_verified(address));
        Ok(verified)
    }

    /// The code that stands for an address now; `None` where none was sent. It is kept nowhere: whoever
    /// reads the database does not learn it.
    pub(crate) async fn code_of(&self, address: &str) -> Result<Option<String>, ServiceError> {
        let mut reader = self.store().read().await?;
        let found = recipients::get(&mut reader, &Recipient::id_of(address)).await?;
        found.map_or(Ok(None), |recipient| self.code(&recipient))
    }

    fn code(&self, recipient: &Recipient) -> Result<Option<String>, ServiceError> {
        let Some(at) = recipient.code_sent_at else { return Ok(None) };
        let tag = self.vault().tag("code", &format!("{} {at}", recipient.id))?;
        let number =
            tag.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Ok(Some(format!("{:06}", number % 1_000_000)))
    }

    /// Sends a code to an address through an alert configuration that reaches it.
    ///
    /// # Errors
    /// The address is none, the configuration does not reach it, or a code was sent a moment ago.
    pub async fn send_code(
        &self,
        actor: &Actor,
        address: &str,
        through: &AlertConfigurationId,
    ) -> Result<Recipient, ServiceError> {
        self.perform(actor, Act::SetAlert, address, async {
            alert_method::recipient(address)?;
            let configuration = self.alert(through).await?;
            let kind = claviger_model::RecipientKind::of(address);
            if configuration.method.reaches() != Some(kind) {
                return Err(ServiceError::invalid(
                    "through",
                    format!("{} does not reach `{address}`", configuration.method.title()),
                    "name a configuration that sends mail to a mail address, SMS or calls to a number",
                ));
            }
            let mut tx = self.store().write().await?;
            let recipient = self.put_code(&mut tx, &configuration, address).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(recipient)
        })
        .await
    }

    /// Sends a code to everybody of a configuration who was never sent one.
    pub(crate) async fn send_first_codes(
        &self,
        tx: &mut AnyConnection,
        configuration: &AlertConfiguration,
    ) -> Result<(), ServiceError> {
        for address in outbox::addresses(tx, configuration).await? {
            if self.is_trusted(&address) {
                continue;
            }
            let known = recipients::get(tx, &Recipient::id_of(&address)).await?;
            if known.is_none_or(|one| one.verified_at.is_none() && one.code_sent_at.is_none()) {
                self.put_code(tx, configuration, &address).await?;
            }
        }
        Ok(())
    }

    async fn put_code(
        &self,
        tx: &mut AnyConnection,
        configuration: &AlertConfiguration,
        address: &str,
    ) -> Result<Recipient, ServiceError> {
        let now = self.now();
        let mut recipient = recipients::add(tx, address, now).await?;
        if recipient.code_sent_at.is_some_and(|at| now.duration_since(at) < CODE_PAUSE) {
            return Err(ServiceError::Conflict {
                message: format!("a code was sent to `{address}` a moment ago"),
                hint: "wait a minute, then ask again".to_owned(),
            });
        }
        recipient.code_sent_at = Some(now);
        recipient.wrong_codes = 0;
        recipients::update(tx, &recipient).await?;
        let notice = notice::compose_code(configuration.language, None);
        let draft = Draft {
            risk_event_id: None,
            kind: AlertKind::Code,
            level: Level::Low,
            notice: &notice,
            now,
            leaves_at: now,
        };
        let mut delivery = draft.delivery(configuration, DeliveryId::from_entropy(entropy()?));
        delivery.to = vec![address.to_owned()];
        deliveries::insert(tx, &delivery).await?;
        enqueue(tx, &Kind::DeliverAlert { delivery_id: delivery.id }, now).await?;
        Ok(recipient)
    }

    /// Enters the code that was sent to an address: from then on alerts are.
    ///
    /// # Errors
    /// The code is wrong or too old, or too many wrong ones were entered.
    pub async fn verify_recipient(
        &self,
        actor: &Actor,
        address: &str,
        code: &str,
    ) -> Result<Recipient, ServiceError> {
        self.perform(actor, Act::SetAlert, address, async {
            let now = self.now();
            let mut tx = self.store().write().await?;
            let mut recipient = recipients::get(&mut tx, &Recipient::id_of(address))
                .await?
                .ok_or_else(|| ServiceError::not_found("recipient", address))?;
            if recipient.verified_at.is_some() {
                return Ok(recipient);
            }
            let fresh = recipient.code_sent_at.is_some_and(|at| now.duration_since(at) < CODE_LIFE);
            if !fresh || recipient.wrong_codes >= WRONG_CODES_MAX {
                return Err(ServiceError::Conflict {
                    message: "the code is not valid any more".to_owned(),
                    hint: "have another sent: `claviger alerts send-code`".to_owned(),
                });
            }
            let right = self.code(&recipient)?;
            let is_right = right.as_deref() == Some(code.trim());
            if is_right {
                recipient.verified_at = Some(now);
            } else {
                recipient.wrong_codes += 1;
            }
            recipients::update(&mut tx, &recipient).await?;
            tx.commit().await?;
            if is_right {
                return Ok(recipient);
            }
            let left = WRONG_CODES_MAX - recipient.wrong_codes;
            let hint = format!("look at the newest message; {left} more may be entered");
            Err(ServiceError::invalid("code", "that is not the code that was sent", hint))
        })
        .await
    }

    /// Forgets an address: it is told nothing until its code is entered anew.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn remove_recipient(&self, actor: &Actor, address: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetAlert, address, async {
            let mut tx = self.store().write().await?;
            recipients::remove(&mut tx, &Recipient::id_of(address)).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Every group, by name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn recipient_groups(&self) -> Result<Vec<RecipientGroup>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(recipient_groups::list(&mut reader).await?)
    }

    /// Makes a group, or changes the one of the id.
    ///
    /// # Errors
    /// A member is no address, or the group has no name.
    pub async fn set_recipient_group(
        &self,
        actor: &Actor,
        id: Option<RecipientGroupId>,
        name: &str,
        members: Vec<String>,
    ) -> Result<RecipientGroup, ServiceError> {
        self.perform(actor, Act::SetAlert, name, async {
            if name.trim().is_empty() {
                let hint = "such as `on call`";
                return Err(ServiceError::invalid("name", "a group needs a name", hint));
            }
            if members.is_empty() || members.len() > MEMBERS_MAX {
                let message = format!("a group has 1 to {MEMBERS_MAX} members");
                return Err(ServiceError::invalid(
                    "members",
                    message,
                    "use a mailing list for more",
                ));
            }
            for member in &members {
                alert_method::recipient(member)?;
            }
            let known = self.recipient_groups().await?;
            if let Some(id) = &id
                && !known.iter().any(|group| group.id == *id)
            {
                return Err(ServiceError::not_found("group", id));
            }
            if known.iter().any(|group| group.name == name.trim() && Some(&group.id) != id.as_ref())
            {
                let hint = "change that one, or choose another name";
                return Err(ServiceError::invalid("name", "another group has this name", hint));
            }
            let id = match id {
                Some(id) => id,
                None => RecipientGroupId::from_entropy(entropy()?),
            };
            let group = RecipientGroup { id, name: name.trim().to_owned(), members };
            let mut tx = self.store().write().await?;
            recipient_groups::put(&mut tx, &group).await?;
            for configuration in alerts::list(&mut tx).await? {
                if configuration.rules.groups.contains(&group.id) {
                    self.send_first_codes(&mut tx, &configuration).await?;
                }
            }
            tx.commit().await?;
            self.wake_workers();
            Ok(group)
        })
        .await
    }

    /// Removes a group.
    ///
    /// # Errors
    /// An alert configuration names it.
    pub async fn remove_recipient_group(
        &self,
        actor: &Actor,
        id: &RecipientGroupId,
    ) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetAlert, id.as_str(), async {
            let names = |one: &AlertConfiguration| {
                let steps = one.rules.escalation.steps.iter();
                one.rules.groups.iter().chain(steps.flat_map(|step| &step.groups)).any(|g| g == id)
            };
            if let Some(one) = self.alerts().await?.iter().find(|one| names(one)) {
                return Err(ServiceError::Conflict {
                    message: format!("the alert configuration `{}` names this group", one.name),
                    hint: "take it out there first".to_owned(),
                });
            }
            let mut tx = self.store().write().await?;
            recipient_groups::remove(&mut tx, id).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}
