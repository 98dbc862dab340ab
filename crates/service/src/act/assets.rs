//! Assets: listed, authorized, taken off again.

use claviger_model::{Asset, AssetId, Authorization};
use claviger_store::assets::{self, AssetFilter, AssetStatistics};
use claviger_store::log_files::LogTotals;
use claviger_store::objects::{self, ObjectRow};
use claviger_store::{log_files, tasks};

use crate::job::scan_bucket::new_task;
use crate::job::{Kind, enqueue};
use crate::{Act, Actor, Service, ServiceError};

impl Service {
    /// Buckets, by name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn assets(&self, filter: &AssetFilter) -> Result<Vec<Asset>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(assets::list(&mut reader, filter).await?)
    }

    /// How many buckets are authorized, for each provider that has a bucket.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn asset_statistics(&self) -> Result<Vec<AssetStatistics>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(assets::statistics(&mut reader).await?)
    }

    /// What was read of a bucket's access log so far: nothing, for a bucket whose log is not read.
    ///
    /// # Errors
    /// The bucket does not exist.
    pub async fn log_totals(&self, id: &AssetId) -> Result<LogTotals, ServiceError> {
        self.asset(id).await?;
        let mut reader = self.store().read().await?;
        Ok(log_files::totals(&mut reader, id.as_str()).await?)
    }

    /// One bucket.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn asset(&self, id: &AssetId) -> Result<Asset, ServiceError> {
        let mut reader = self.store().read().await?;
        assets::get(&mut reader, id).await?.ok_or_else(|| ServiceError::not_found("asset", id))
    }

    /// The objects of a bucket, by name, with what was found in them.
    ///
    /// # Errors
    /// The bucket does not exist.
    pub async fn objects(
        &self,
        id: &AssetId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ObjectRow>, ServiceError> {
        self.asset(id).await?;
        let mut reader = self.store().read().await?;
        Ok(objects::list(&mut reader, id, after, limit).await?)
    }

    /// One object of a bucket as it was last seen; `None` where it never was.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn object(
        &self,
        id: &AssetId,
        name: &str,
    ) -> Result<Option<ObjectRow>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(objects::get(&mut reader, id, name).await?)
    }

    /// Lets Claviger look into buckets: an identification and secrets task runs at once, and their
    /// logs are read from now on.
    ///
    /// # Errors
    /// A bucket does not exist.
    pub async fn authorize(&self, actor: &Actor, ids: &[AssetId]) -> Result<(), ServiceError> {
        self.perform(actor, Act::Authorize, &names(ids), async {
            let mut reader = self.store().read().await?;
            let mut wanted = Vec::new();
            for id in ids {
                wanted.extend(assets::get(&mut reader, id).await?);
            }
            drop(reader);
            self.may_protect(&wanted).await?;
            let mut tx = self.store().write().await?;
            for id in ids {
                let asset = assets::get(&mut tx, id)
                    .await?
                    .ok_or_else(|| ServiceError::not_found("asset", id))?;
                assets::set_authorization(&mut tx, id, Authorization::Authorized, None).await?;
                if tasks::running_of(&mut tx, id).await?.is_none() {
                    tasks::start(&mut tx, &new_task(self, id)?).await?;
                }
                let scan = Kind::ScanBucket { asset_id: asset.id.clone() };
                enqueue(&mut tx, &scan, self.now()).await?;
                enqueue(&mut tx, &Kind::ReadLog { asset_id: asset.id }, self.now()).await?;
            }
            enqueue(&mut tx, &Kind::MeasureCapacity, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("assets");
            Ok(())
        })
        .await
    }

    /// Stops looking into buckets. What was found stays.
    ///
    /// # Errors
    /// A bucket does not exist.
    pub async fn deauthorize(&self, actor: &Actor, ids: &[AssetId]) -> Result<(), ServiceError> {
        self.perform(actor, Act::Authorize, &names(ids), async {
            let mut tx = self.store().write().await?;
            for id in ids {
                assets::get(&mut tx, id)
                    .await?
                    .ok_or_else(|| ServiceError::not_found("asset", id))?;
                assets::set_authorization(&mut tx, id, Authorization::NotAuthorized, None).await?;
            }
            tx.commit().await?;
            self.tell_pages("assets");
            Ok(())
        })
        .await
    }

    /// Scans every object of a bucket again, changed or not.
    ///
    /// # Errors
    /// The bucket does not exist or is not authorized.
    pub async fn identify(&self, actor: &Actor, id: &AssetId) -> Result<(), ServiceError> {
        self.perform(actor, Act::Identify, id.as_str(), async {
            let asset = self.asset(id).await?;
            if asset.authorization == Authorization::NotAuthorized {
                return Err(ServiceError::Conflict {
                    message: format!("`{}` is not authorized", asset.bucket),
                    hint: "authorize it first".to_owned(),
                });
            }
            let mut tx = self.store().write().await?;
            objects::rescan(&mut tx, id).await?;
            if tasks::running_of(&mut tx, id).await?.is_none() {
                tasks::start(&mut tx, &new_task(self, id)?).await?;
            }
            enqueue(&mut tx, &Kind::ScanBucket { asset_id: id.clone() }, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(())
        })
        .await
    }
}

fn names(ids: &[AssetId]) -> String {
    ids.iter().map(AssetId::as_str).collect::<Vec<_>>().join(" ")
}
