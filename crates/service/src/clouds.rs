//! Opens the cloud of a connection with its unsealed credentials, and keeps what its answers say of
//! the connection's health.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claviger_cloud::{BucketRef, Cloud, CloudError, Credentials, LiveCredentials, Settings};
use claviger_model::{
    Asset, Connection, ConnectionHealth, ConnectionId, CredentialReference, Secret,
};
use claviger_store::connections;
use serde::{Deserialize, Serialize};

use crate::{Service, ServiceError, chain};

/// What a connection is asked for. Each fares for itself: that buckets can be listed says nothing of
/// whether keys can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    /// The list of buckets: whether the credential is good at all.
    Buckets,
    /// How buckets are set.
    Details,
    /// The lists of objects.
    Listing,
    /// The objects themselves.
    Objects,
    /// Access logs.
    Logs,
    /// Users and their keys.
    Keys,
    /// Changes of the cloud.
    Plans,
}

/// What fails of each connection. In memory: after a restart the jobs find it out again.
#[derive(Default)]
pub(crate) struct Failures(Mutex<HashMap<ConnectionId, BTreeMap<Area, ConnectionHealth>>>);

impl Failures {
    fn map(&self) -> MutexGuard<'_, HashMap<ConnectionId, BTreeMap<Area, ConnectionHealth>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps how an area fares. Returns how the connection does: by the first area that fails.
    fn keep(&self, id: &ConnectionId, area: Area, health: ConnectionHealth) -> ConnectionHealth {
        let mut map = self.map();
        let areas = map.entry(id.clone()).or_default();
        if matches!(health, ConnectionHealth::Failing { .. }) {
            areas.insert(area, health.clone());
        } else {
            areas.remove(&area);
        }
        areas.values().next().cloned().unwrap_or(health)
    }

    /// Forgets a connection that is gone or has other credentials.
    pub(crate) fn forget(&self, id: &ConnectionId) {
        self.map().remove(id);
    }

    fn fails(&self, id: &ConnectionId, area: Area) -> bool {
        self.map().get(id).is_some_and(|areas| areas.contains_key(&area))
    }

    /// Whether an answer of an area is news: it failed, or the connection is said to fail and nobody
    /// knows by what.
    fn is_news(&self, connection: &Connection, area: Area) -> bool {
        match self.map().get(&connection.id).filter(|areas| !areas.is_empty()) {
            Some(areas) => areas.contains_key(&area),
            None => !matches!(connection.health, ConnectionHealth::Healthy { .. }),
        }
    }
}

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
        let mut connection = connections::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("connection", id))?;
        let sealed = connections::sealed(&mut reader, id).await?;
        drop(reader);
        let credentials = match connection.credentials.clone() {
            Some(reference) => self.follow(&mut connection, &reference).await.map(Some),
            None => Ok(self.unsealed(&connection, sealed.as_deref())?),
        };
        let opened = credentials.and_then(|credentials| self.open_cloud(&connection, credentials));
        if let Err(ServiceError::Cloud(error)) = &opened {
            self.note_health(id, Area::Buckets, Some(error)).await?;
        }
        Ok((connection, opened?))
    }

    /// The sealed credentials of a connection; `None` where it has none.
    fn unsealed(
        &self,
        connection: &Connection,
        sealed: Option<&str>,
    ) -> Result<Option<LiveCredentials>, ServiceError> {
        let Some((sealed, id)) = sealed.zip(connection.access_key_id.as_ref()) else {
            return Ok(None);
        };
        let plain = self.vault().open_seal(connection.id.as_str(), sealed)?;
        let key: SealedKey = serde_json::from_str(plain.reveal())
            .map_err(|_| ServiceError::Seal(connection.name.clone()))?;
        Ok(Some(LiveCredentials::new(Credentials {
            access_key_id: id.as_str().to_owned(),
            secret: Secret::new(key.secret),
            security_token: key.security_token.map(Secret::new),
        })))
    }

    /// A cloud with credentials that need not be stored yet.
    pub(crate) fn open_cloud(
        &self,
        connection: &Connection,
        credentials: Option<LiveCredentials>,
    ) -> Result<Arc<dyn Cloud>, ServiceError> {
        let settings = Settings {
            provider: connection.provider,
            region: connection.region.clone(),
            endpoint: connection.endpoint.clone(),
            accounts_endpoint: connection.accounts_endpoint.clone(),
            credentials: None,
        };
        Ok(claviger_cloud::connect_live(settings, credentials, self.guard())?)
    }

    /// As [`Service::note_health`], for what is asked often: a success is written only where it is news.
    pub(crate) async fn note_news(
        &self,
        connection: &Connection,
        area: Area,
        failure: Option<&CloudError>,
    ) -> Result<(), ServiceError> {
        if failure.is_some() || self.failures().is_news(connection, area) {
            self.note_health(&connection.id, area, failure).await?;
        }
        Ok(())
    }

    /// An object was read: whatever kept objects from being read has passed.
    pub(crate) async fn note_objects_read(&self, id: &ConnectionId) -> Result<(), ServiceError> {
        match self.failures().fails(id, Area::Objects) {
            true => self.note_health(id, Area::Objects, None).await,
            false => Ok(()),
        }
    }

    /// Keeps what an answer says of the connection: healthy, or failing with the way out. It is healthy
    /// again once every area that failed has answered well.
    pub(crate) async fn note_health(
        &self,
        id: &ConnectionId,
        area: Area,
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
        let health = self.failures().keep(id, area, health);
        let mut tx = self.store().write().await?;
        let before = connections::get(&mut tx, id).await?;
        connections::set_health(&mut tx, id, &health).await?;
        tx.commit().await?;
        let is_refused =
            matches!(failure, Some(CloudError::CredentialRefused(_) | CloudError::TokenExpired(_)));
        let by_role = before.as_ref().and_then(|connection| connection.credentials.as_ref());
        if is_refused && matches!(by_role, Some(CredentialReference::Role { .. })) {
            self.references().doubt().await;
        }
        if before.is_none_or(|before| !says_the_same(&before.health, &health)) {
            self.tell_pages("connections");
        }
        Ok(())
    }
}

/// Whether a look says what the one before said, but for its time.
fn says_the_same(before: &ConnectionHealth, now: &ConnectionHealth) -> bool {
    let words = |health: &ConnectionHealth| match health {
        ConnectionHealth::Failing { code, message, .. } => Some((code.clone(), message.clone())),
        _ => None,
    };
    std::mem::discriminant(before) == std::mem::discriminant(now) && words(before) == words(now)
}

/// How the cloud addresses an asset's bucket.
pub(crate) fn bucket_of(asset: &Asset) -> BucketRef {
    BucketRef {
        name: asset.bucket.clone(),
        region: asset.region.clone(),
        endpoint: asset.endpoint.clone(),
    }
}
