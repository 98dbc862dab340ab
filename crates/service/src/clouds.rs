//! Opens the cloud of a connection with its unsealed credentials, and keeps what its answers say of
//! the connection's health.

use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, CloudError, Credentials, Settings};
use claviger_model::{Asset, Connection, ConnectionHealth, ConnectionId, Secret};
use claviger_store::connections;
use serde::{Deserialize, Serialize};

use crate::{Service, ServiceError, chain};

/// What is sealed for a connection: the secret half of its key, and a session token if it has one.
#[derive(Serialize, Deserialize)]
pub(crate) struct SealedKey {
    pub(crate) secret: String,
    pub(crate) security_token: Option<String>,
}

impl Service {
    /// The cloud of a connection; one that cannot be opened is failing.
    ///
    /// # Errors
    /// The connection does not exist, its seal does not open, or its settings make no sense.
    pub(crate) async fn cloud(
        &self,
        id: &ConnectionId,
    ) -> Result<(Connection, Arc<dyn Cloud>), ServiceError> {
        let mut reader = self.store().read().await?;
        let connection = connections::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("connection", id))?;
        let sealed = connections::sealed(&mut reader, id).await?;
        drop(reader);
        let key = sealed
            .map(|text| {
                let plain = self.vault().open_seal(id.as_str(), &text)?;
                serde_json::from_str::<SealedKey>(plain.reveal())
                    .map_err(|_| ServiceError::Seal(connection.name.clone()))
            })
            .transpose()?;
        let opened = self.open_cloud(&connection, key);
        if let Err(ServiceError::Cloud(error)) = &opened {
            self.note_health(id, Some(error)).await?;
        }
        Ok((connection, opened?))
    }

    /// A cloud with credentials that need not be stored yet.
    pub(crate) fn open_cloud(
        &self,
        connection: &Connection,
        key: Option<SealedKey>,
    ) -> Result<Arc<dyn Cloud>, ServiceError> {
        let credentials =
            connection.access_key_id.clone().zip(key).map(|(access_key_id, key)| Credentials {
                access_key_id: access_key_id.into(),
                secret: Secret::new(key.secret),
                security_token: key.security_token.map(Secret::new),
            });
        let settings = Settings {
            provider: connection.provider,
            region: connection.region.clone(),
            endpoint: connection.endpoint.clone(),
            accounts_endpoint: connection.accounts_endpoint.clone(),
            credentials,
        };
        Ok(claviger_cloud::connect(settings, self.guard())?)
    }

    /// Keeps what an answer says of the connection: healthy, or failing with the way out.
    pub(crate) async fn note_health(
        &self,
        id: &ConnectionId,
        failure: Option<&CloudError>,
    ) -> Result<(), ServiceError> {
        let checked_at = self.now();
        let health = match failure {
            None => ConnectionHealth::Healthy { checked_at },
            Some(error) => ConnectionHealth::Failing {
                code: error.code().to_owned(),
                message: chain(error),
                hint: error.hint(),
                checked_at,
            },
        };
        let mut tx = self.store().write().await?;
        let before = connections::get(&mut tx, id).await?.map(|connection| connection.health);
        let same_state = before.is_some_and(|before| {
            std::mem::discriminant(&before) == std::mem::discriminant(&health)
                && matches!(health, ConnectionHealth::Healthy { .. })
        });
        connections::set_health(&mut tx, id, &health).await?;
        tx.commit().await?;
        if !same_state {
            self.tell_pages("connections");
        }
        Ok(())
    }
}

/// How the cloud addresses an asset's bucket.
pub(crate) fn bucket_of(asset: &Asset) -> BucketRef {
    BucketRef {
        name: asset.bucket.clone(),
        region: asset.region.clone(),
        endpoint: asset.endpoint.clone(),
    }
}
