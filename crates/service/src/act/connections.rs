//! Connections: made, tested, synchronized, removed.

use claviger_model::{AccessKeyId, Connection, ConnectionHealth, ConnectionId, Provider, Secret};
use claviger_store::connections;

use crate::clouds::SealedKey;
use crate::job::{Kind, enqueue};
use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// A connection as a person enters it.
#[derive(Debug)]
pub struct NewConnection {
    /// A name to know it by.
    pub name: String,
    /// Whose API it speaks.
    pub provider: Provider,
    /// Region, such as `cn-hangzhou`.
    pub region: String,
    /// Endpoint of the store; `None` for the provider's own. For a folder: its path.
    pub endpoint: Option<String>,
    /// Endpoint of the accounts' API; `None` for the provider's own.
    pub accounts_endpoint: Option<String>,
    /// The key to sign with; `None` for a folder.
    pub access_key_id: Option<AccessKeyId>,
    /// Its secret.
    pub secret: Option<Secret>,
    /// Its session token, for a temporary key.
    pub security_token: Option<Secret>,
    /// A word of whoever asks for this one connection: asked again with it, the same connection is told.
    pub idempotency_key: Option<String>,
}

impl Service {
    /// Every connection.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn connections(&self) -> Result<Vec<Connection>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(connections::list(&mut reader).await?)
    }

    /// One connection.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection, ServiceError> {
        let mut reader = self.store().read().await?;
        connections::get(&mut reader, id)
            .await?
            .ok_or_else(|| ServiceError::not_found("connection", id))
    }

    /// Makes a connection after its credentials were tried, and lists its buckets and keys at once.
    ///
    /// # Errors
    /// Something is missing, or the provider refuses the credentials.
    pub async fn connect(
        &self,
        actor: &Actor,
        new: NewConnection,
    ) -> Result<Connection, ServiceError> {
        let name = new.name.clone();
        self.perform(actor, Act::Connect, &name, async {
            let (mut connection, key) = self.validated(actor, new)?;
            if let Some(made) = self.made_before(&connection).await? {
                return Ok(made);
            }
            let cloud = self.open_cloud(&connection, key.as_ref().map(SealedKey::copy))?;
            let buckets = cloud.list_buckets().await?;
            connection.health = ConnectionHealth::Healthy { checked_at: self.now() };
            tracing::info!(connection.id = %connection.id, buckets = buckets.len(), "connected");
            let sealed = key.map(|key| self.seal_key(&connection.id, &key)).transpose()?;
            let mut tx = self.store().write().await?;
            // Asked for twice side by side: who comes second is told what the first made.
            if let Some(made) = connections::get(&mut tx, &connection.id).await? {
                return Ok(made);
            }
            connections::insert(&mut tx, &connection, sealed.as_deref()).await?;
            let kind = Kind::Synchronize { connection_id: connection.id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(connection)
        })
        .await
    }

    /// The connection that an earlier request with the same idempotency key made.
    async fn made_before(&self, wanted: &Connection) -> Result<Option<Connection>, ServiceError> {
        let mut reader = self.store().read().await?;
        let Some(made) = connections::get(&mut reader, &wanted.id).await? else { return Ok(None) };
        let what = |one: &Connection| {
            let places = (one.endpoint.clone(), one.accounts_endpoint.clone());
            (one.name.clone(), one.provider, one.region.clone(), places, one.access_key_id.clone())
        };
        if what(&made) == what(wanted) {
            return Ok(Some(made));
        }
        Err(ServiceError::Conflict {
            message: format!("this `Idempotency-Key` made the connection `{}`", made.name),
            hint: "send another `Idempotency-Key` for another connection".to_owned(),
        })
    }

    fn validated(
        &self,
        actor: &Actor,
        new: NewConnection,
    ) -> Result<(Connection, Option<SealedKey>), ServiceError> {
        if new.name.trim().is_empty() {
            return Err(ServiceError::invalid("name", "a connection needs a name", "name it"));
        }
        if new.idempotency_key.as_ref().is_some_and(|word| !is_idempotency_key(word)) {
            return Err(ServiceError::invalid(
                "Idempotency-Key",
                "an `Idempotency-Key` has 1 to 255 visible ASCII characters",
                "make a new UUID for each connection, and send it again with each try",
            ));
        }
        let key = match (new.provider, &new.access_key_id, new.secret) {
            (Provider::Folder, _, _) => None,
            (_, Some(_), Some(secret)) => Some(SealedKey {
                secret: secret.reveal().to_owned(),
                security_token: new.security_token.map(|token| token.reveal().to_owned()),
            }),
            _ => {
                return Err(ServiceError::invalid(
                    "access_key_id",
                    format!("{} needs an access key id and its secret", new.provider.title()),
                    "make a key for Claviger with the smallest policy: reading is enough",
                ));
            }
        };
        let connection = Connection {
            id: match &new.idempotency_key {
                Some(word) => ConnectionId::derived(&["asked for once", &actor.name, word]),
                None => ConnectionId::from_entropy(entropy()?),
            },
            name: new.name,
            provider: new.provider,
            region: new.region,
            endpoint: new.endpoint,
            accounts_endpoint: new.accounts_endpoint,
            access_key_id: new.access_key_id.filter(|_| key.is_some()),
            health: ConnectionHealth::Untested,
            synchronized_at: None,
            created_at: self.now(),
        };
        Ok((connection, key))
    }

    fn seal_key(&self, id: &ConnectionId, key: &SealedKey) -> Result<String, ServiceError> {
        let text = serde_json::to_string(key)
            .map_err(|error| ServiceError::Internal(format!("a key has no JSON form: {error}")))?;
        self.vault().seal(id.as_str(), &Secret::new(text))
    }

    /// Replaces the credentials of a connection, after they were tried.
    ///
    /// # Errors
    /// The connection does not exist, or the provider refuses the credentials.
    pub async fn change_credentials(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        access_key_id: AccessKeyId,
        secret: &Secret,
        security_token: Option<&Secret>,
    ) -> Result<Connection, ServiceError> {
        self.perform(actor, Act::Connect, id.as_str(), async {
            let mut connection = self.connection(id).await?;
            connection.access_key_id = Some(access_key_id.clone());
            let key = SealedKey {
                secret: secret.reveal().to_owned(),
                security_token: security_token.map(|token| token.reveal().to_owned()),
            };
            self.open_cloud(&connection, Some(key.copy()))?.list_buckets().await?;
            let sealed = self.seal_key(id, &key)?;
            connection.health = ConnectionHealth::Healthy { checked_at: self.now() };
            self.failures().forget(id);
            let mut tx = self.store().write().await?;
            connections::set_credentials(&mut tx, id, &access_key_id, &sealed).await?;
            connections::set_health(&mut tx, id, &connection.health).await?;
            let kind = Kind::Synchronize { connection_id: id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(connection)
        })
        .await
    }

    /// Lists buckets and keys of a connection anew, at once.
    ///
    /// # Errors
    /// The connection does not exist.
    pub async fn synchronize(&self, actor: &Actor, id: &ConnectionId) -> Result<(), ServiceError> {
        self.perform(actor, Act::Synchronize, id.as_str(), async {
            self.connection(id).await?;
            let mut tx = self.store().write().await?;
            let kind = Kind::Synchronize { connection_id: id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            Ok(())
        })
        .await
    }

    /// Removes a connection with its buckets. Risk events and evidence stay.
    ///
    /// # Errors
    /// The connection does not exist.
    pub async fn disconnect(&self, actor: &Actor, id: &ConnectionId) -> Result<(), ServiceError> {
        self.perform(actor, Act::Connect, id.as_str(), async {
            self.connection(id).await?;
            let mut tx = self.store().write().await?;
            connections::remove(&mut tx, id).await?;
            tx.commit().await?;
            self.failures().forget(id);
            self.tell_pages("connections");
            Ok(())
        })
        .await
    }
}

fn is_idempotency_key(word: &str) -> bool {
    (1..=255).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
}

impl SealedKey {
    fn copy(&self) -> Self {
        Self { secret: self.secret.clone(), security_token: self.security_token.clone() }
    }
}
