//! Policy management: the level and status of each risk type.

use claviger_model::{RiskPolicy, RiskType};
use claviger_store::{objects, policies, risk_events};

use crate::job::{Kind, enqueue};
use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// The policies of all risk types.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn policies(&self) -> Result<Vec<RiskPolicy>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(policies::list(&mut reader).await?)
    }

    /// The policy of one risk type.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn policy(&self, risk_type: RiskType) -> Result<RiskPolicy, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(policies::get(&mut reader, risk_type).await?)
    }

    /// Changes a policy. A new level changes all existing events of the type at once; disabling
    /// stops new alerts and leaves existing events as they are; enabling scans again what holds key
    /// pairs, so that nothing found meanwhile is lost. Returns how many events changed.
    ///
    /// # Errors
    /// The actor is no admin, or the state cannot be written.
    pub async fn set_policy(&self, actor: &Actor, policy: RiskPolicy) -> Result<u64, ServiceError> {
        self.perform(actor, Act::SetPolicy, policy.risk_type.as_str(), async {
            let mut tx = self.store().write().await?;
            let before = policies::get(&mut tx, policy.risk_type).await?;
            policies::set(&mut tx, &policy).await?;
            if policy.enabled && !before.enabled && policy.risk_type == RiskType::AccessKeyPairLeak
            {
                for asset_id in objects::rescan_found_keys(&mut tx).await? {
                    enqueue(&mut tx, &Kind::ScanBucket { asset_id }, self.now()).await?;
                }
            }
            let changed =
                risk_events::set_level_of_type(&mut tx, policy.risk_type, policy.level).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("policies");
            Ok(changed)
        })
        .await
    }
}
