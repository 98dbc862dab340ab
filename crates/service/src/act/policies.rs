//! Policy management: the level and status of each risk type.

use claviger_model::{RiskPolicy, RiskType};
use claviger_store::assets::AssetFilter;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{assets, key_states, objects, policies, repositories, risk_events, timeline};

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
    /// stops new alerts and leaves existing events as they are; enabling, and other conditions, look again
    /// at what may raise events, so that nothing found meanwhile is lost. Returns how many events changed.
    ///
    /// # Errors
    /// The actor is no admin, or the state cannot be written.
    pub async fn set_policy(&self, actor: &Actor, policy: RiskPolicy) -> Result<u64, ServiceError> {
        self.perform(actor, Act::SetPolicy, policy.risk_type.as_str(), async {
            let mut tx = self.store().write().await?;
            let before = policies::get(&mut tx, policy.risk_type).await?;
            policies::set(&mut tx, &policy).await?;
            let widened = !before.enabled || policy.conditions != before.conditions;
            if policy.enabled && widened {
                self.look_again(&mut tx, policy.risk_type).await?;
            }
            let level = (policy.risk_type, policy.level);
            timeline::tell_level(&mut tx, level, self.now(), &actor.name).await?;
            let changed =
                risk_events::set_level_of_type(&mut tx, policy.risk_type, policy.level).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("policies");
            Ok(changed)
        })
        .await
    }

    /// Looks again at what may raise events of a type, so that what was found meanwhile is not lost.
    async fn look_again(
        &self,
        tx: &mut AnyConnection,
        risk_type: RiskType,
    ) -> Result<(), ServiceError> {
        let mut kinds: Vec<Kind> = match risk_type {
            RiskType::AccessKeyPairLeak => {
                let assets = objects::rescan_found_keys(tx).await?;
                assets.into_iter().map(|asset_id| Kind::ScanBucket { asset_id }).collect()
            }
            RiskType::DatabaseAccountLeak => {
                let assets = objects::rescan_found_accounts(tx).await?;
                assets.into_iter().map(|asset_id| Kind::ScanBucket { asset_id }).collect()
            }
            RiskType::PublicStorageOfSensitiveInformation => {
                let all = assets::list(tx, &AssetFilter::default()).await?;
                all.into_iter().map(|asset| Kind::CheckExposure { asset_id: asset.id }).collect()
            }
            RiskType::SharedAccount => {
                let keys = key_states::keys(tx).await?;
                keys.into_iter().map(|access_key_id| Kind::JudgeSharing { access_key_id }).collect()
            }
            RiskType::AbnormalAccess | RiskType::CustomIntelligence => Vec::new(),
        };
        if matches!(risk_type, RiskType::AccessKeyPairLeak | RiskType::DatabaseAccountLeak) {
            for repository in repositories::list(tx).await? {
                repositories::forget_walked(tx, &repository.id).await?;
                kinds.push(Kind::ScanRepository { repository_id: repository.id });
            }
        }
        for kind in &kinds {
            enqueue(tx, kind, self.now()).await?;
        }
        Ok(())
    }
}
