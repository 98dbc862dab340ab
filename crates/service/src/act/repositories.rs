//! Repositories of source code that are watched: added, listed, read at once, removed.

use claviger_model::{LogSource, RepositoryId, RepositoryScan, Secret, WatchedRepository};
use claviger_repository::{Address, Repository, RepositoryError};
use claviger_store::repositories;

use crate::job::{Kind, enqueue};
use crate::{Act, Actor, Service, ServiceError, chain};

/// How often a repository is looked at unless somebody says otherwise: hosts count requests.
const INTERVAL_SECONDS: u64 = 3600;

/// From often enough for a repository of one's own to seldom enough for an archive.
const INTERVALS: std::ops::RangeInclusive<u64> = 10..=7 * 24 * 3600;

/// The name that a token is given with; hosts that take a token take any.
const LOGIN: &str = "git";

/// A repository as a person enters it.
#[derive(Debug, Default)]
pub struct NewRepository {
    /// `git+https://…`, `git+ssh://…` or `git+file:///…`.
    pub address: String,
    /// A name to know it by; `None`: the last part of its address.
    pub name: Option<String>,
    /// Whether anybody may read it.
    pub public: bool,
    /// The name that its token is given with; `None` for any.
    pub login: Option<String>,
    /// A token or password that may read it.
    pub token: Option<Secret>,
    /// How often it is looked at, in seconds; `None` for every hour.
    pub interval_seconds: Option<u64>,
}

impl Service {
    /// Every repository that is watched, by name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn repositories(&self) -> Result<Vec<WatchedRepository>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(repositories::list(&mut reader).await?)
    }

    /// The repository of a name, an id or an address.
    ///
    /// # Errors
    /// It does not exist.
    pub async fn repository(&self, named: &str) -> Result<WatchedRepository, ServiceError> {
        let mut reader = self.store().read().await?;
        let found = repositories::find(&mut reader, named).await?;
        found.ok_or_else(|| ServiceError::not_found("repository", named))
    }

    /// Watches a repository from now on: all of its history is read first.
    ///
    /// # Errors
    /// The address is none that is read or is watched already, the name is taken, or the actor may not.
    pub async fn add_repository(
        &self,
        actor: &Actor,
        new: NewRepository,
    ) -> Result<WatchedRepository, ServiceError> {
        // An address may carry a password by mistake; what is refused is not written down.
        let subject =
            Address::parse(&new.address).map_or("an address", |_| &*new.address).to_owned();
        self.perform(actor, Act::SetRepository, &subject, async {
            let (repository, token) = self.validated_repository(actor, new).await?;
            let sealed = token.map(|token| self.vault().seal(repository.id.as_str(), &token));
            let sealed = sealed.transpose()?;
            let mut tx = self.store().write().await?;
            for taken in [&repository.address, &repository.name] {
                if let Some(known) = repositories::find(&mut tx, taken).await? {
                    return Err(ServiceError::Conflict {
                        message: format!("`{taken}` is watched already, as `{}`", known.name),
                        hint: "remove it first, or choose another name".to_owned(),
                    });
                }
            }
            repositories::insert(&mut tx, &repository, sealed.as_deref()).await?;
            let kind = Kind::ScanRepository { repository_id: repository.id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("repositories");
            Ok(repository)
        })
        .await
    }

    /// Looks at a repository at once; `again`: reads all of it anew.
    ///
    /// # Errors
    /// It does not exist, or the actor may not.
    pub async fn scan_repository(
        &self,
        actor: &Actor,
        named: &str,
        again: bool,
    ) -> Result<(), ServiceError> {
        self.perform(actor, Act::Identify, named, async {
            let id = self.repository(named).await?.id;
            let mut tx = self.store().write().await?;
            if again {
                repositories::forget_walked(&mut tx, &id).await?;
            }
            enqueue(&mut tx, &Kind::ScanRepository { repository_id: id }, self.now()).await?;
            tx.commit().await?;
            self.wake_workers();
            self.tell_pages("repositories");
            Ok(())
        })
        .await
    }

    /// Watches a repository no more, and deletes the copy of it. Risk events and evidence stay.
    ///
    /// # Errors
    /// It does not exist, or the actor may not.
    pub async fn remove_repository(&self, actor: &Actor, named: &str) -> Result<(), ServiceError> {
        self.perform(actor, Act::SetRepository, named, async {
            let repository = self.repository(named).await?;
            let mut tx = self.store().write().await?;
            repositories::remove(&mut tx, &repository.id).await?;
            // Whatever reads it now ends first; the job finds it watched no more and deletes the copy.
            let kind = Kind::ScanRepository { repository_id: repository.id.clone() };
            enqueue(&mut tx, &kind, self.now()).await?;
            tx.commit().await?;
            self.conditions().clear(&place(&repository));
            self.readings().forget(&repository.id);
            self.wake_workers();
            self.tell_pages("repositories");
            Ok(())
        })
        .await
    }

    async fn validated_repository(
        &self,
        actor: &Actor,
        new: NewRepository,
    ) -> Result<(WatchedRepository, Option<Secret>), ServiceError> {
        let address = Address::parse(&new.address).map_err(|error| refused(&error))?;
        match &address {
            Address::Here(folder) => {
                let folder = folder.clone();
                let opened = tokio::task::spawn_blocking(move || {
                    Repository::open(&folder, claviger_scan::apply_git_delta).map(drop)
                });
                let opened =
                    opened.await.map_err(|fault| ServiceError::Internal(fault.to_string()))?;
                opened.map_err(|error| refused(&error))?;
            }
            Address::Elsewhere { host, port, .. } => {
                let host = host.trim_matches(['[', ']']);
                let judged = self.guard().resolve(host, *port).await;
                judged.map_err(|error| refused(&error.into()))?;
            }
        }
        let token = new.token.filter(|token| !token.reveal().is_empty());
        check_token(&address, token.as_ref(), new.login.as_deref())?;
        let name = name_of(new.name.as_deref(), &new.address)?;
        let interval_seconds = new.interval_seconds.unwrap_or(INTERVAL_SECONDS);
        if !INTERVALS.contains(&interval_seconds) {
            return Err(ServiceError::invalid(
                "interval_seconds",
                "a repository is looked at every 10 seconds to every 7 days",
                "give 10 to 604800 seconds; 3600 is every hour",
            ));
        }
        let login = token.as_ref().map(|_| new.login.unwrap_or_else(|| LOGIN.to_owned()));
        let repository = WatchedRepository {
            id: RepositoryId::derived(&[&new.address]),
            name,
            address: new.address,
            public: new.public,
            login,
            interval_seconds,
            created_by: actor.name.clone(),
            created_at: self.now(),
            scan: RepositoryScan::default(),
        };
        Ok((repository, token))
    }
}

/// The place of a repository among the conditions of the installation.
pub(crate) fn place(repository: &WatchedRepository) -> String {
    format!("repository {}", repository.name)
}

fn refused(error: &RepositoryError) -> ServiceError {
    ServiceError::invalid("address", chain(error), error.hint().unwrap_or_default())
}

/// A token opens an address of the web alone, and travels to it in one line.
fn check_token(
    address: &Address,
    token: Option<&Secret>,
    login: Option<&str>,
) -> Result<(), ServiceError> {
    let Some(token) = token else { return Ok(()) };
    let is_line = |text: &str| !text.chars().any(char::is_control);
    if matches!(address, Address::Elsewhere { scheme: "http", .. }) {
        return Err(ServiceError::invalid(
            "token",
            "a token does not travel in plain text",
            "write the address as `git+https://HOST/PATH`, or give no token",
        ));
    }
    if !matches!(address, Address::Elsewhere { scheme: "https", .. }) {
        return Err(ServiceError::invalid(
            "token",
            "a token opens addresses that begin with `git+https://` alone",
            "for ssh, give the user that Claviger runs as a key; a folder needs the right to read it",
        ));
    }
    if !is_line(token.reveal()) || !login.is_none_or(is_line) {
        return Err(ServiceError::invalid(
            "token",
            "a token and its name are one line each",
            "copy it anew from the host",
        ));
    }
    Ok(())
}

/// The name that was given, or the last part of the address.
fn name_of(given: Option<&str>, address: &str) -> Result<String, ServiceError> {
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = given.map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| last.strip_suffix(".git").unwrap_or(last));
    match LogSource::is_name(name) {
        true => Ok(name.to_owned()),
        false => Err(ServiceError::invalid(
            "name",
            "a repository's name has 1 to 64 letters, digits, `-`, `_` or `.`",
            "choose a name such as `shop`",
        )),
    }
}
