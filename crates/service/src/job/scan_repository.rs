//! Looks at a watched repository: brings the copy up to date where it lies elsewhere, reads what is new in its
//! history, and looks for what was found before where the history was written anew.

use std::sync::Arc;
use std::time::Duration;

use claviger_model::{RepositoryId, WatchedRepository};
use claviger_repository::{Address, Login, Mirror, ObjectId, Repository, RepositoryError};
use claviger_store::{repositories, repository_sightings};
use sha2::{Digest, Sha256};

use super::Ending;
use crate::act::repositories::place;
use crate::condition::{Condition, Gravity};
use crate::gather::repository::Reading;
use crate::gather::rewritten::Look;
use crate::{Service, ServiceError, chain};

/// What cannot be fetched is tried again after so many of the pauses in which a key is checked: hosts count requests.
const PAUSE: u32 = 5;

/// Why a look ended early.
enum Failure {
    /// The repository cannot be fetched or opened.
    Repository(RepositoryError),
    /// The installation itself.
    Service(ServiceError),
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl<E: Into<ServiceError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

pub(super) async fn run(service: &Service, id: &RepositoryId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let repository = repositories::find(&mut reader, id.as_str())
        .await?
        .ok_or_else(|| ServiceError::not_found("repository", id))?;
    drop(reader);
    let every = Duration::from_secs(repository.interval_seconds);
    match look(service, &repository).await {
        Ok(()) => {
            service.conditions().clear(&place(&repository));
            service.tell_pages("repositories");
            Ok(Ending::Again { after: every })
        }
        Err(Failure::Repository(error)) => {
            let why = tell_failure(service, &repository, &error).await?;
            let pause = service.settings().key_check * PAUSE;
            Ok(Ending::Retry { after: every.min(pause), why })
        }
        Err(Failure::Service(error)) => Err(error),
    }
}

async fn look(service: &Service, repository: &WatchedRepository) -> Result<(), Failure> {
    let address = Address::parse(&repository.address)?;
    let login = login(service, repository).await?;
    let mirror = Mirror::in_folder(service.mirror_folder(&repository.id));
    let folder = match &address {
        Address::Here(folder) => folder.as_path(),
        Address::Elsewhere { .. } => {
            mirror.update(&address, service.guard(), login.as_ref()).await?;
            mirror.folder()
        }
    };
    let files = Arc::new(Repository::open(folder, claviger_scan::apply_git_delta)?);
    let names = files.names();
    let mut tips: Vec<ObjectId> = names.values().copied().collect();
    tips.sort_unstable();
    tips.dedup();
    let mark = mark(names.iter().map(|(name, id)| format!("{} {name}\n", id.hex())));
    let mut tx = service.store().write().await?;
    let walked = repositories::begin(&mut tx, &repository.id).await?;
    let known = repositories::find(&mut tx, repository.id.as_str()).await?;
    let moved = known.is_none_or(|known| known.scan.tip.as_ref() != Some(&mark));
    let unsettled = moved || repository_sightings::any_deleted(&mut tx, &repository.id).await?;
    tx.commit().await?;
    let walked = walked.iter().filter_map(|id| ObjectId::parse(id)).collect();
    let mut reading = Reading::behind(service, repository, Arc::clone(&files), walked);
    if moved {
        reading.read(&tips).await?;
    }
    if unsettled {
        let (files, tips, login) = (&files, tips.as_slice(), login.as_ref());
        let look = Look { service, repository, address: &address, login, files, tips };
        look.at_what_was_found(&mut reading).await?;
    }
    let mut tx = service.store().write().await?;
    repositories::note_scanned(&mut tx, &repository.id, &mark, service.now()).await?;
    tx.commit().await?;
    if moved && matches!(address, Address::Elsewhere { .. }) {
        mirror.tidy().await?;
    }
    Ok(())
}

/// A mark of what all names point to.
fn mark(lines: impl Iterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    lines.for_each(|line| hash.update(line));
    hex::encode(&hash.finalize()[..8])
}

/// What opens it, out of the vault.
async fn login(
    service: &Service,
    repository: &WatchedRepository,
) -> Result<Option<Login>, ServiceError> {
    let Some(user) = repository.login.clone() else { return Ok(None) };
    let mut reader = service.store().read().await?;
    let Some(sealed) = repositories::sealed(&mut reader, &repository.id).await? else {
        return Ok(None);
    };
    let token = service.vault().open_seal(repository.id.as_str(), &sealed)?;
    Ok(Some(Login { user, token }))
}

/// Tells where people look that it cannot be read, and why.
async fn tell_failure(
    service: &Service,
    repository: &WatchedRepository,
    error: &RepositoryError,
) -> Result<String, ServiceError> {
    let (why, hint) = (chain(error), error.hint());
    let told = hint.as_ref().map_or(why.clone(), |hint| format!("{why} ({hint})"));
    let mut tx = service.store().write().await?;
    let now = service.now();
    if !repositories::note_failure(&mut tx, &repository.id, &told, now).await? {
        return Err(ServiceError::not_found("repository", &repository.id));
    }
    tx.commit().await?;
    service.conditions().say(Condition {
        place: place(repository),
        code: "repository".to_owned(),
        gravity: Gravity::Warning,
        message: why,
        hint,
        since: repository.scan.failing_since.unwrap_or(now),
    });
    service.tell_pages("repositories");
    Ok(told)
}
