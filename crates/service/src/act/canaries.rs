//! Canary keys: a key that may do nothing, planted where a thief would look. Any use of it is a certain alarm.

use claviger_model::{AccessKeyId, ConnectionId, Provider, Secret};
use claviger_store::canaries::{self, Canary, CanaryState};
use claviger_store::connections;

use crate::vault::entropy;
use crate::{Act, Actor, Service, ServiceError};

/// The longest name and place, in characters.
const WORDS_MAX: usize = 200;

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

    /// Carries out what a drafted canary names: a user without any right, and a key of it.
    ///
    /// # Errors
    /// There is no such draft, or the cloud refuses.
    pub async fn confirm_canary(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<CanaryView, ServiceError> {
        self.perform(actor, Act::SetCanary, id, async {
            let (canary, _) = self.canary(id).await?;
            let (CanaryState::Drafted, Some(connection), Some(user)) =
                (canary.state, &canary.connection_id, &canary.user_name)
            else {
                return Err(ServiceError::Conflict {
                    message: format!("the canary `{}` is {}", canary.name, canary.state.as_str()),
                    hint: "only a draft is confirmed".to_owned(),
                });
            };
            let (_, cloud) = self.cloud(connection).await?;
            cloud.create_user(user).await?;
            let (key, secret) = cloud.create_key(user).await?;
            let sealed = self.vault().seal(id, &secret)?;
            let mut tx = self.store().write().await?;
            canaries::arm(&mut tx, id, &key, &sealed, self.now()).await?;
            tx.commit().await?;
            self.tell_pages("canaries");
            Ok(view(self.canary(id).await?.0))
        })
        .await
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

fn view(canary: Canary) -> CanaryView {
    let calls = match (canary.state, &canary.user_name) {
        (CanaryState::Drafted, Some(user)) => vec![
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
