//! Looks at a watched repository: brings the copy up to date where it lies elsewhere, reads what is new in its
//! history, and looks for what was found before where the history was written anew.

use std::collections::HashSet;
use std::path::Path;
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

/// What took too long or too much room is tried again after this long at the earliest: it took as much for nothing.
const PAUSE_BEYOND_BOUNDS: Duration = Duration::from_secs(3600);

/// When it is looked again for a seat among the readings.
const SEAT_PAUSE: Duration = Duration::from_secs(5);

/// How often it is looked whether the repository is watched still.
const WATCHED_EVERY: Duration = Duration::from_secs(5);

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
    let Some(repository) = watched(service, id).await? else {
        service.forget_mirror(id).await;
        return Err(ServiceError::not_found("repository", id));
    };
    let Some(_seat) = service.readings().seat() else {
        return Ok(Ending::Again { after: SEAT_PAUSE });
    };
    let looked = tokio::select! {
        biased;
        () = service.readings().ended() => Err(ServiceError::Stopping.into()),
        () = removed(service, id) => Err(ServiceError::not_found("repository", id).into()),
        looked = look(service, &repository) => looked,
    };
    let every = Duration::from_secs(repository.interval_seconds);
    match looked {
        Ok(()) => {
            service.conditions().clear(&place(&repository));
            service.tell_pages("repositories");
            Ok(Ending::Again { after: every })
        }
        Err(Failure::Repository(error)) => {
            let why = tell_failure(service, &repository, &error).await?;
            let after = pause_after(&error, every, service.settings().key_check * PAUSE);
            Ok(Ending::Retry { after, why })
        }
        // It goes on where it stood when the service runs again.
        Err(Failure::Service(ServiceError::Stopping)) => {
            Ok(Ending::Again { after: Duration::ZERO })
        }
        Err(Failure::Service(error)) => Err(error),
    }
}

/// When a repository is tried again that cannot be read.
fn pause_after(error: &RepositoryError, every: Duration, pause: Duration) -> Duration {
    match error.is_beyond_bounds() {
        true => every.max(PAUSE_BEYOND_BOUNDS),
        false => every.min(pause),
    }
}

async fn watched(
    service: &Service,
    id: &RepositoryId,
) -> Result<Option<WatchedRepository>, ServiceError> {
    let mut reader = service.store().read().await?;
    Ok(repositories::find(&mut reader, id.as_str()).await?)
}

/// Waits until a repository is watched no more.
async fn removed(service: &Service, id: &RepositoryId) {
    loop {
        tokio::time::sleep(WATCHED_EVERY).await;
        if matches!(watched(service, id).await, Ok(None)) {
            return;
        }
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
    let files = open(service, folder).await?;
    let mut tips: Vec<ObjectId> = files.names().values().copied().collect();
    tips.sort_unstable();
    tips.dedup();
    let mark = mark(files.names().iter().map(|(name, id)| format!("{} {name}\n", id.hex())));
    let (login, tips) = (login.as_ref(), tips.as_slice());
    let look = Look { service, repository, address: &address, login, files: &files, tips };
    let begun = Begun::of(service, &repository.id).await?;
    let moved = begun.tip.as_ref() != Some(&mark);
    if moved {
        let files = Arc::clone(&files);
        let mut reading = Reading::behind(service, repository, files, begun.walked, begun.telling);
        reading.read(tips).await?;
        look.at_what_was_found(&mut reading).await?;
    } else {
        look.at_what_was_deleted().await?;
    }
    let mut tx = service.store().write().await?;
    repositories::note_scanned(&mut tx, &repository.id, &mark, service.now()).await?;
    tx.commit().await?;
    if moved && matches!(address, Address::Elsewhere { .. }) {
        tidy(&mirror).await;
    }
    Ok(())
}

/// How far a repository was read, as a reading begins with it.
struct Begun {
    /// A mark of what its names pointed to.
    tip: Option<String>,
    walked: Vec<ObjectId>,
    /// Contents that hold evidence.
    telling: HashSet<ObjectId>,
}

impl Begun {
    async fn of(service: &Service, id: &RepositoryId) -> Result<Self, ServiceError> {
        let mut tx = service.store().write().await?;
        let walked = repositories::begin(&mut tx, id).await?;
        let known = repositories::find(&mut tx, id.as_str()).await?;
        let seen = repository_sightings::standing(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Self {
            tip: known.and_then(|known| known.scan.tip),
            walked: walked.iter().filter_map(|id| ObjectId::parse(id)).collect(),
            telling: seen.iter().filter_map(|one| ObjectId::parse(&one.blob)).collect(),
        })
    }
}

/// Opens it to be read until the service stops. Its indexes may be large.
async fn open(service: &Service, folder: &Path) -> Result<Arc<Repository>, Failure> {
    let (folder, end) = (folder.to_owned(), service.readings().end());
    let opened = tokio::task::spawn_blocking(move || {
        Repository::open(&folder, claviger_scan::apply_git_delta)
    });
    let opened = opened.await.map_err(|fault| ServiceError::Internal(fault.to_string()))?;
    Ok(Arc::new(opened?.until(end)))
}

/// What is not tidied takes more room and is tidied another time.
async fn tidy(mirror: &Mirror) {
    if let Err(error) = mirror.tidy().await {
        let folder = mirror.folder().display();
        tracing::warn!(%folder, error = %chain(&error), "a copy of a repository is not tidied");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cost_too_much_is_tried_again_an_hour_later_at_the_earliest() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        let address = || "https://code.acme.cn/a.git".to_owned();
        let long = RepositoryError::TooLong { address: address(), seconds: 3600 };
        let large = RepositoryError::TooLarge { address: address(), bytes_max: 1 };
        let away = RepositoryError::Git { address: address(), said: "timed out".to_owned() };
        for error in [long, large] {
            assert_eq!(pause_after(&error, 10 * second, second), hour);
            assert_eq!(pause_after(&error, 24 * hour, second), 24 * hour);
        }
        assert_eq!(pause_after(&away, hour, second), second);
        assert_eq!(pause_after(&away, second, hour), second);
    }
}
