//! Connections: made, tested, synchronized, removed.

use claviger_model::{Connection, ConnectionHealth, ConnectionId, Provider};
use claviger_store::connections;

use super::given_credentials::{GivenCredentials, Untried};
use crate::credentials;
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
    /// What to sign with; `None` for a folder.
    pub credentials: Option<GivenCredentials>,
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
            let (mut connection, given) = self.validated(actor, new)?;
            if let Some(made) = self.made_before(&connection).await? {
                return Ok(made);
            }
            let untried = match given {
                Some(given) => Some(self.untried(connection.provider, given).await?),
                None => None,
            };
            connection.access_key_id = untried.as_ref().map(|one| one.access_key_id.clone());
            let cloud = self.open_cloud(&connection, untried.as_ref().map(Untried::live))?;
            let buckets = cloud.list_buckets().await?;
            connection.health = ConnectionHealth::Healthy { checked_at: self.now() };
            tracing::info!(connection.id = %connection.id, buckets = buckets.len(), "connected");
            let sealed = match &untried {
                Some(untried) => self.sealed(&connection.id, untried)?,
                None => None,
            };
            let mut tx = self.store().write().await?;
            // Asked for twice side by side: who comes second is told what the first made.
            if let Some(made) = connections::get(&mut tx, &connection.id).await? {
                return Ok(made);
            }
            connections::insert(&mut tx, &connection, sealed.as_deref()).await?;
            let kind = Kind::Synchronize { connection_id: connection.id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.note_where(&mut connection).await;
            self.wake_workers();
            Ok(connection)
        })
        .await
    }

    /// Follows a new reference, so that what is wrong with where it leads is known at once.
    async fn note_where(&self, connection: &mut Connection) {
        if let Some(reference) = connection.credentials.clone() {
            // It led to credentials a moment ago; what fails now fails the next job, too, and is told there.
            drop(self.follow(connection, &reference).await);
        }
    }

    /// The connection that an earlier request with the same idempotency key made.
    async fn made_before(&self, wanted: &Connection) -> Result<Option<Connection>, ServiceError> {
        let mut reader = self.store().read().await?;
        let Some(made) = connections::get(&mut reader, &wanted.id).await? else { return Ok(None) };
        let what = |one: &Connection| {
            let places = (one.endpoint.clone(), one.accounts_endpoint.clone());
            // A reference leads to other keys in the course of time.
            let key = one.access_key_id.clone().filter(|_| one.credentials.is_none());
            let with = (key, one.credentials.clone());
            (one.name.clone(), one.provider, one.region.clone(), places, with)
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
    ) -> Result<(Connection, Option<GivenCredentials>), ServiceError> {
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
        let given = match (new.provider, new.credentials) {
            (Provider::Folder, Some(GivenCredentials::Key { .. }) | None) => None,
            (_, Some(given)) => Some(given),
            (_, None) => {
                return Err(ServiceError::invalid(
                    "access_key_id",
                    format!("{} needs an access key id and its secret", new.provider.title()),
                    "make a key for Claviger with the smallest policy: reading is enough",
                ));
            }
        };
        let (access_key_id, credentials) = match &given {
            Some(GivenCredentials::Key { access_key_id, .. }) => {
                (Some(access_key_id.clone()), None)
            }
            Some(GivenCredentials::Reference(reference)) => {
                credentials::fits(new.provider, reference)?;
                (None, Some(reference.clone()))
            }
            None => (None, None),
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
            access_key_id,
            credentials,
            health: ConnectionHealth::Untested,
            synchronized_at: None,
            created_at: self.now(),
        };
        Ok((connection, given))
    }

    /// Replaces the credentials of a connection, after they were tried.
    ///
    /// # Errors
    /// The connection does not exist, or the provider refuses the credentials.
    pub async fn change_credentials(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        given: GivenCredentials,
    ) -> Result<Connection, ServiceError> {
        self.perform(actor, Act::Connect, id.as_str(), async {
            let mut connection = self.connection(id).await?;
            if let GivenCredentials::Reference(reference) = &given {
                credentials::fits(connection.provider, reference)?;
            }
            let untried = self.untried(connection.provider, given).await?;
            connection.access_key_id = Some(untried.access_key_id.clone());
            connection.credentials.clone_from(&untried.reference);
            self.open_cloud(&connection, Some(untried.live()))?.list_buckets().await?;
            let sealed = self.sealed(id, &untried)?;
            connection.health = ConnectionHealth::Healthy { checked_at: self.now() };
            self.failures().forget(id);
            self.references().forget(id);
            let mut tx = self.store().write().await?;
            let reference = untried.reference.as_ref();
            let key = &untried.access_key_id;
            let kept = (reference, sealed.as_deref());
            connections::set_credentials(&mut tx, id, key, kept, self.now()).await?;
            connections::set_health(&mut tx, id, &connection.health).await?;
            let kind = Kind::Synchronize { connection_id: id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.note_where(&mut connection).await;
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
            self.references().forget(id);
            self.tell_pages("connections");
            Ok(())
        })
        .await
    }
}

fn is_idempotency_key(word: &str) -> bool {
    (1..=255).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
}
