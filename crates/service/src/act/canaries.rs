//! Canary keys: a key that may do nothing, planted where a thief would look. Any use of it is a certain alarm.

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{AccessKeyId, ConnectionId, Provider, Secret};
use claviger_store::canaries::{self, Canary, CanaryState};
use claviger_store::connections;
use jiff::SignedDuration;

use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// The longest name and place, in characters.
const WORDS_MAX: usize = 200;

/// For so long whoever confirmed a canary is at it; what takes longer was cut off.
const MAKING_MAX: SignedDuration = SignedDuration::from_secs(30);

/// A canary to make.
#[derive(Debug)]
pub struct NewCanary {
    /// A name to know it by.
    pub name: String,
    /// Where it will be planted.
    pub place: String,
    /// Whose key it is.
    pub origin: CanaryOrigin,
}

/// Where the key of a canary comes from.
#[derive(Debug)]
pub enum CanaryOrigin {
    /// A person made it.
    Made {
        /// Its id.
        access_key_id: AccessKeyId,
        /// Its secret, to have texts ready to plant.
        secret: Option<Secret>,
    },
    /// It is to be made for a new user of a connection's account.
    Connection {
        /// The connection.
        id: ConnectionId,
        /// The user's name.
        user_name: String,
    },
}

/// A canary as people see it.
#[derive(Debug, Clone)]
pub struct CanaryView {
    /// The canary.
    pub canary: Canary,
    /// What its making calls, in order, where nobody has confirmed that yet.
    pub calls: Vec<String>,
}

/// A text to plant.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Its shape: `credentials_file`, `environment`, `json`, `properties`, `yaml`.
    pub shape: &'static str,
    /// The name of a file that would hold it.
    pub file: &'static str,
    /// The text.
    pub text: String,
}

impl Service {
    /// Every canary, the latest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn canaries(&self) -> Result<Vec<CanaryView>, ServiceError> {
        let mut reader = self.store().read().await?;
        let all = canaries::list(&mut reader).await?;
        Ok(all.into_iter().map(view).collect())
    }

    /// Makes a canary: of a key that exists it is watched from now on; another is a draft that names the calls
    /// which make it.
    ///
    /// # Errors
    /// Something is missing, the key is a canary already, or the connection does not exist.
    pub async fn add_canary(
        &self,
        actor: &Actor,
        new: NewCanary,
    ) -> Result<CanaryView, ServiceError> {
        let name = new.name.clone();
        self.perform(actor, Act::SetCanary, &name, async {
            let (canary, secret) = self.drafted(actor, new)?;
            let sealed = secret.map(|secret| self.vault().seal(&canary.id, &secret)).transpose()?;
            let mut tx = self.store().write().await?;
            if let Some(id) = &canary.connection_id {
                let known = connections::get(&mut tx, id).await?;
                known.ok_or_else(|| ServiceError::not_found("connection", id))?;
            }
            canaries::insert(&mut tx, &canary, sealed.as_deref()).await.map_err(
                |error| match error.is_conflict() {
                    true => ServiceError::Conflict {
                        message: "this key is a canary already".to_owned(),
                        hint: "look at it: `claviger intel canary list`".to_owned(),
                    },
                    false => error.into(),
                },
            )?;
            tx.commit().await?;
            self.tell_pages("canaries");
            Ok(view(canary))
        })
        .await
    }

    fn drafted(
        &self,
        actor: &Actor,
        new: NewCanary,
    ) -> Result<(Canary, Option<Secret>), ServiceError> {
        for (field, words) in [("name", &new.name), ("place", &new.place)] {
            if words.trim().is_empty() || words.chars().count() > WORDS_MAX {
                return Err(ServiceError::invalid(
                    field,
                    format!("the {field} has 1 to {WORDS_MAX} characters"),
                    "say it in a few words, such as `wiki page of the build server`",
                ));
            }
        }
        let now = self.now();
        let empty = Canary {
            id: format!("can_{}", hex::encode(entropy()?)),
            name: new.name.trim().to_owned(),
            access_key_id: None,
            place: new.place.trim().to_owned(),
            state: CanaryState::Drafted,
            connection_id: None,
            user_name: None,
            made_by: actor.name.clone(),
            made_at: now,
            confirmed_by: None,
            confirmed_at: None,
            armed_at: None,
        };
        Ok(match new.origin {
            CanaryOrigin::Made { access_key_id, secret } => {
                let (access_key_id, armed_at) = (Some(access_key_id), Some(now));
                let state = CanaryState::Armed;
                (Canary { access_key_id, armed_at, state, ..empty }, secret)
            }
            CanaryOrigin::Connection { id, user_name } => {
                if user_name.trim().is_empty() {
                    let hint = "choose one that a thief believes, such as `backup-reader`";
                    return Err(ServiceError::invalid("user_name", "the user needs a name", hint));
                }
                let user_name = Some(user_name.trim().to_owned());
                (Canary { connection_id: Some(id), user_name, ..empty }, None)
            }
        })
    }

    /// Carries out what a drafted canary names: a user without any right, and a key of it. What was cut off
    /// goes on where it stood.
    ///
    /// # Errors
    /// There is no such draft, somebody else confirmed it, the user is somebody's already, or the cloud refuses.
    pub async fn confirm_canary(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<CanaryView, ServiceError> {
        self.perform(actor, Act::SetCanary, id, async {
            let (canary, _) = self.canary(id).await?;
            let (CanaryState::Drafted | CanaryState::Making, Some(connection), Some(user)) =
                (canary.state, &canary.connection_id, &canary.user_name)
            else {
                return Err(ServiceError::Conflict {
                    message: format!("the canary `{}` is {}", canary.name, canary.state.as_str()),
                    hint: "only a draft is confirmed".to_owned(),
                });
            };
            let (_, cloud) = self.cloud(connection).await?;
            // Two people at once: who begins first wins, the other is told who.
            let now = self.now();
            let mut tx = self.store().write().await?;
            if !canaries::begin(&mut tx, id, &actor.name, (now - MAKING_MAX, now)).await? {
                drop(tx);
                return Err(is_being_made(&self.canary(id).await?.0));
            }
            tx.commit().await?;
            let made = self.make_canary(cloud.as_ref(), &canary, user).await;
            self.tell_pages("canaries");
            made?;
            Ok(view(self.canary(id).await?.0))
        })
        .await
    }

    /// Makes the user, unless it is there, and its key, and keeps that.
    async fn make_canary(
        &self,
        cloud: &dyn Cloud,
        canary: &Canary,
        user: &str,
    ) -> Result<(), ServiceError> {
        let id = canary.id.as_str();
        let user_made = match is_ours(cloud, canary, user).await {
            Ok(false) => cloud.create_user(user).await.map_err(ServiceError::from),
            ours => ours.map(drop),
        };
        if let Err(error) = user_made {
            self.give_up_canary(id, canary.state).await?;
            return Err(error);
        }
        let (key, secret) = match cloud.create_key(user).await {
            Ok(pair) => pair,
            Err(error) => {
                self.give_up_canary(id, CanaryState::Making).await?;
                return Err(error.into());
            }
        };
        let sealed = self.vault().seal(id, &secret)?;
        let mut tx = self.store().write().await?;
        canaries::arm(&mut tx, id, &key, &sealed, self.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn give_up_canary(&self, id: &str, state: CanaryState) -> Result<(), ServiceError> {
        let mut tx = self.store().write().await?;
        canaries::give_up(&mut tx, id, state).await?;
        Ok(tx.commit().await?)
    }

    /// Texts of a canary, ready to plant. They hold its secret, which opens nothing.
    ///
    /// # Errors
    /// There is no such canary, or its secret is not known.
    pub async fn canary_plants(&self, actor: &Actor, id: &str) -> Result<Vec<Plant>, ServiceError> {
        self.perform(actor, Act::SetCanary, id, async {
            let (canary, sealed) = self.canary(id).await?;
            let (Some(key), Some(sealed)) = (&canary.access_key_id, sealed) else {
                return Err(ServiceError::Conflict {
                    message: format!("the secret of the canary `{}` is not known", canary.name),
                    hint: "confirm the draft, or plant the pair as its provider told it".to_owned(),
                });
            };
            let secret = self.vault().open_seal(id, &sealed)?;
            let provider = match &canary.connection_id {
                Some(id) => self.connection(id).await.map_or(Provider::Aliyun, |it| it.provider),
                None if key.as_str().starts_with("LTAI") => Provider::Aliyun,
                None => Provider::Aws,
            };
            Ok(plants(provider, key, &secret))
        })
        .await
    }

    /// The use of a canary is watched no longer. Its key and user stay where they are.
    ///
    /// # Errors
    /// There is no such canary.
    pub async fn retire_canary(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetCanary, id, async {
            self.canary(id).await?;
            let mut tx = self.store().write().await?;
            canaries::retire(&mut tx, id).await?;
            tx.commit().await?;
            self.tell_pages("canaries");
            Ok(())
        })
        .await
    }

    async fn canary(&self, id: &str) -> Result<(Canary, Option<String>), ServiceError> {
        let mut reader = self.store().read().await?;
        let found = canaries::get(&mut reader, id).await?;
        found.ok_or_else(|| ServiceError::not_found("canary", id))
    }
}

/// Whether the user of a canary is there, made by a confirmation that was cut off. One that is somebody's is none
/// of ours, and neither is a key that nobody noted.
async fn is_ours(cloud: &dyn Cloud, canary: &Canary, user: &str) -> Result<bool, ServiceError> {
    let is_there = match cloud.has_user(user).await {
        // Whoever may not ask is told by the making itself.
        Err(CloudError::Denied(_)) => false,
        is_there => is_there?,
    };
    if !is_there {
        return Ok(false);
    }
    // MinIO's users are pairs themselves, which nobody was told.
    let keys = cloud.keys_of_user(user).await?;
    let unknown = keys.iter().find(|key| key.access_key_id.as_str() != user);
    let (message, hint) = match (canary.state, unknown) {
        (CanaryState::Making, None) => return Ok(true),
        (CanaryState::Making, Some(key)) => (
            format!(
                "{user} has the key {}, which nobody noted: the making of this canary was cut off, or \
                 somebody else made it",
                key.access_key_id
            ),
            "if nobody else made it, delete it at its provider, then confirm again",
        ),
        _ => (
            format!("the account has a user {user} already"),
            "a canary needs a user that nobody works with: draft it with another name",
        ),
    };
    Err(ServiceError::Conflict { message, hint: hint.to_owned() })
}

/// Somebody else was first.
fn is_being_made(canary: &Canary) -> ServiceError {
    let by = canary.confirmed_by.as_deref().unwrap_or("somebody");
    let at = canary.confirmed_at.map(|at| format!(" at {at}")).unwrap_or_default();
    ServiceError::Conflict {
        message: format!(
            "the canary `{}` is {} already, confirmed by {by}{at}",
            canary.name,
            canary.state.as_str()
        ),
        hint: "look at it again in a minute: `claviger intel canary list`".to_owned(),
    }
}

fn view(canary: Canary) -> CanaryView {
    let calls = match (canary.state, &canary.user_name) {
        (CanaryState::Drafted | CanaryState::Making, Some(user)) => vec![
            format!("CreateUser {user}: no policy is attached, so it may do nothing"),
            format!("CreateAccessKey of {user}: its secret is kept sealed, to be planted"),
        ],
        _ => Vec::new(),
    };
    CanaryView { canary, calls }
}

/// The pair in the shapes in which people leave keys lying about.
fn plants(provider: Provider, key: &AccessKeyId, secret: &Secret) -> Vec<Plant> {
    let secret = secret.reveal();
    let is_aliyun = provider == Provider::Aliyun;
    let (id_name, secret_name) = match is_aliyun {
        true => ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        false => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    };
    let (file, credentials) = match is_aliyun {
        true => (
            ".alibabacloud/credentials",
            format!(
                "[default]\ntype = access_key\naccess_key_id = {key}\naccess_key_secret = {secret}\n"
            ),
        ),
        false => (
            ".aws/credentials",
            format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"),
        ),
    };
    let plant = |shape, file, text| Plant { shape, file, text };
    vec![
        plant("credentials_file", file, credentials),
        plant("environment", ".env", format!("{id_name}={key}\n{secret_name}={secret}\n")),
        plant(
            "json",
            "config.json",
            format!("{{\n  \"accessKeyId\": \"{key}\",\n  \"accessKeySecret\": \"{secret}\"\n}}\n"),
        ),
        plant(
            "properties",
            "application.properties",
            format!("storage.access-key-id={key}\nstorage.access-key-secret={secret}\n"),
        ),
        plant(
            "yaml",
            "values.yaml",
            format!("storage:\n  accessKeyId: {key}\n  accessKeySecret: {secret}\n"),
        ),
    ]
}
