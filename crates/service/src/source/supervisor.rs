//! Keeps every source running that has to fetch or to listen: begins one that was set up, ends one that
//! was removed, begins one anew that failed, and notes when nothing ran at all.

use std::collections::HashMap;
use std::time::Duration;

use claviger_cloud::{LogStore, Pulled};
use claviger_model::{Feed, LogSource, Provider, SourceId};
use claviger_store::{Failure, connections, log_sources, settings, source_progress};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{actiontrail, bucket, cloudtrail, fluent, folder, nats, sls};
use crate::act::sources::SERVICE;
use crate::gather::intake::keep_gap;
use crate::{Service, ServiceError, chain};

/// How often the list of sources is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often it is noted that the service runs.
const ALIVE_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// The setting that says when that was noted last.
const ALIVE: &str = "alive_at";

/// The first pause before a source that failed begins anew.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest one.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A source at work.
struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Keeps the sources running until told to stop.
pub(crate) async fn run(service: &Service, mut stop: watch::Receiver<bool>) {
    let mut running: HashMap<SourceId, Running> = HashMap::new();
    let mut noted: Option<Timestamp> = None;
    while !*stop.borrow() {
        match look(service, &mut running, &mut noted).await {
            Ok(()) => service.conditions().clear("sources"),
            Err(error) => service.conditions().set("sources", &error, service.now()),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    for (_, one) in running.drain() {
        end(one).await;
    }
}

async fn look(
    service: &Service,
    running: &mut HashMap<SourceId, Running>,
    noted: &mut Option<Timestamp>,
) -> Result<(), ServiceError> {
    let mut reader = service.store().read().await?;
    let sources = log_sources::list(&mut reader).await?;
    drop(reader);
    let gone: Vec<SourceId> = running
        .iter()
        .filter(|(id, one)| one.task.is_finished() || !sources.iter().any(|s| s.id == **id))
        .map(|(id, _)| id.clone())
        .collect();
    for id in gone {
        if let Some(one) = running.remove(&id) {
            end(one).await;
        }
    }
    for source in sources.into_iter().filter(|source| source.feed != Feed::Push) {
        if !running.contains_key(&source.id) {
            let (stop, stopped) = watch::channel(false);
            let (id, own) = (source.id.clone(), service.clone());
            let task = tokio::spawn(async move { keep_running(&own, &source, stopped).await });
            running.insert(id, Running { stop, task });
        }
    }
    note_alive(service, noted).await
}

async fn end(one: Running) {
    // It may have ended by itself.
    one.stop.send(true).ok();
    if let Err(fault) = one.task.await {
        tracing::error!(%fault, "a source broke; it begins anew");
    }
}

/// Runs a source until told to stop; one that fails begins anew after a while.
async fn keep_running(service: &Service, source: &LogSource, mut stop: watch::Receiver<bool>) {
    let mut pause = PAUSE;
    loop {
        let begun = std::time::Instant::now();
        let ended = tokio::select! {
            ended = run_one(service, source) => ended,
            _ = stop.changed() => return,
        };
        if let Err(error) = ended {
            tracing::warn!(source.name = %source.name, error = %chain(&error), "a source failed");
            fail(service, source, &error).await;
        }
        if begun.elapsed() > PAUSE_MAX {
            pause = PAUSE;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

async fn run_one(service: &Service, source: &LogSource) -> Result<(), ServiceError> {
    match &source.feed {
        Feed::Push => Ok(()),
        Feed::Nats { url, stream, subject } => {
            nats::run(service, source, &nats::Place { url, stream, subject }).await
        }
        Feed::Fluent { listen } => fluent::run(service, source, listen).await,
        Feed::Sls { endpoint, project, logstore } => {
            let (endpoint, project) = (endpoint.clone(), project.clone());
            let store = LogStore { endpoint, project, logstore: logstore.clone() };
            sls::run(service, source, &store).await
        }
        Feed::ActionTrail { endpoint } => {
            actiontrail::run(service, source, endpoint.as_deref()).await
        }
        Feed::CloudTrail { endpoint } => {
            cloudtrail::run(service, source, endpoint.as_deref()).await
        }
        Feed::Bucket { bucket, prefix } => bucket::run(service, source, (bucket, prefix)).await,
        Feed::Folder { path } => folder::run(service, source, path).await,
    }
}

/// Notes what stands in the way of a source.
pub(super) async fn fail(service: &Service, source: &LogSource, error: &ServiceError) {
    let hint = hint_of(service, source, error).await;
    let failure = Failure { code: error.code().to_owned(), message: chain(error), hint };
    if let Err(error) = write_failure(service, source, Some(&failure)).await {
        tracing::error!(error = %chain(&error), "cannot note how a source fares");
    }
}

/// The way out; where a right is missing, with the policy that grants what the source needs.
async fn hint_of(service: &Service, source: &LogSource, error: &ServiceError) -> Option<String> {
    let hint = error.hint()?;
    let ServiceError::Cloud(cloud_error) = error else { return Some(hint) };
    let (Some(right), Some(pulled)) = (cloud_error.missing_right(), Pulled::of(&source.feed))
    else {
        return Some(hint);
    };
    let Some(provider) = provider_of(service, source).await else { return Some(hint) };
    let is_own = pulled.rights(provider).iter().any(|own| own.name == right);
    if !is_own {
        return Some(hint);
    }
    let policy = pulled.policy(provider);
    let by_key = match right {
        "s3:GetObject" => ", and where a key of KMS encrypts the bucket by `kms:Decrypt` on it",
        _ => "",
    };
    Some(format!("{hint}; all that the source needs is granted by {policy}{by_key}"))
}

async fn provider_of(service: &Service, source: &LogSource) -> Option<Provider> {
    let id = source.connection_id.as_ref()?;
    let mut reader = service.store().read().await.ok()?;
    connections::get(&mut reader, id).await.ok()?.map(|connection| connection.provider)
}

/// Notes that nothing stands in the way of a source any more.
pub(super) async fn recover(service: &Service, source: &LogSource) -> Result<(), ServiceError> {
    write_failure(service, source, None).await
}

async fn write_failure(
    service: &Service,
    source: &LogSource,
    failure: Option<&Failure>,
) -> Result<(), ServiceError> {
    let (id, now) = (source.id.as_str(), service.now());
    let mut tx = service.store().write().await?;
    match failure {
        Some(failure) => source_progress::fail(&mut tx, id, failure, now).await?,
        None => {
            if let Some((former, since)) = source_progress::recover(&mut tx, id).await? {
                keep_gap(&mut tx, id, since, now, &former.message).await?;
            }
        }
    }
    tx.commit().await?;
    service.tell_pages("sources");
    Ok(())
}

/// Notes now and then that the service runs; the first time, that it did not for a while.
async fn note_alive(service: &Service, noted: &mut Option<Timestamp>) -> Result<(), ServiceError> {
    let now = service.now();
    if noted.is_some_and(|noted| now.duration_since(noted) < ALIVE_EVERY) {
        return Ok(());
    }
    let mut tx = service.store().write().await?;
    if noted.is_none()
        && let Some(before) = settings::get(&mut tx, ALIVE).await?
        && let Ok(before) = before.parse::<Timestamp>()
        && now.duration_since(before) > ALIVE_EVERY * 2
    {
        keep_gap(&mut tx, SERVICE, before, now, "claviger did not run").await?;
    }
    settings::set(&mut tx, ALIVE, &now.to_string()).await?;
    tx.commit().await?;
    *noted = Some(now);
    Ok(())
}
