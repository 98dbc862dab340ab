//! The delivery log, and sending again what was given up.

use claviger_model::{Delivery, DeliveryId, DeliveryState, RiskEventId};
use claviger_store::deliveries;

use crate::job::{Kind, enqueue};
use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// The delivery log, newest first; of one event or of all, in one state or in any.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn deliveries(
        &self,
        event: Option<&RiskEventId>,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<Delivery>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(deliveries::list(&mut reader, event, state, limit).await?)
    }

    /// One message.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Delivery, ServiceError> {
        let mut reader = self.store().read().await?;
        deliveries::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("delivery", id))
    }

    /// Sends a message again that was given up, or tries at once one that waits for its next try. Its
    /// identity stays, so that a receiver who has it drops it.
    ///
    /// # Errors
    /// It does not exist, or it was delivered.
    pub async fn send_again(
        &self,
        actor: &Actor,
        id: &DeliveryId,
    ) -> Result<Delivery, ServiceError> {
        self.perform(actor, Act::SetAlert, id.as_str(), async {
            let delivery = self.delivery(id).await?;
            let now = self.now();
            let mut tx = self.store().write().await?;
            if !deliveries::revive(&mut tx, id, now).await? {
                return Err(ServiceError::Conflict {
                    message: format!("the message is {}", delivery.state.as_str()),
                    hint: "a test message shows whether the method works".to_owned(),
                });
            }
            enqueue(&mut tx, &Kind::DeliverAlert { delivery_id: id.clone() }, now).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("deliveries");
            self.delivery(id).await
        })
        .await
    }
}
