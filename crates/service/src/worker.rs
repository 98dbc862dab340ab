//! Leases jobs and runs them: as many at a time as the settings say, each under a lease that is
//! extended while it runs, so that a killed process loses no job.

use std::time::Duration;

use claviger_store::jobs::{self, Job};
use claviger_stream::Topic;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tracing::Instrument;
use tracing::field::Empty;

use crate::job::{self, Ending};
use crate::{Service, ServiceError, chain, clock_watch, credentials};

/// How long a lease lasts without being extended: longer than any pause of a healthy process.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often a running job's lease is extended: three chances before it ends.
const EXTEND_EVERY: Duration = Duration::from_secs(20);

/// Longest sleep between two looks at the queue, should a wake-up be lost.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Longest pause between two tries of a failing job.
const RETRY_PAUSE_MAX_SECONDS: i64 = 300;

/// Runs jobs until told to stop.
pub(crate) async fn run(service: &Service, stop: watch::Receiver<bool>) {
    let mut crew = tokio::task::JoinSet::new();
    for number in 0..service.settings().workers.max(1) {
        crew.spawn(work(service.clone(), name(number), stop.clone()));
    }
    crew.spawn(credentials::renewal::run(service.clone(), stop.clone()));
    crew.spawn(clock_watch::run(service.clone(), stop));
    while crew.join_next().await.is_some() {}
}

/// Workers have the same names in every run, so that a new process recognizes what its killed
/// predecessor had leased.
fn name(number: usize) -> String {
    format!("local-{number}")
}

impl Service {
    /// Makes the jobs ready again that a killed process of this folder had leased.
    pub(crate) async fn release_jobs_left_behind(&self) -> Result<(), ServiceError> {
        let mut tx = self.store().write().await?;
        for number in 0..self.settings().workers.max(1) {
            jobs::release_worker(&mut tx, &name(number)).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn work(service: Service, worker: String, mut stop: watch::Receiver<bool>) {
    let mut wake_ups = service.live().subscribe(Topic::Jobs);
    while !*stop.borrow() {
        match lease(&service, &worker).await {
            Ok(Some(job)) => run_one(&service, &worker, &job, &mut stop).await,
            Ok(None) => {
                let pause = pause(&service).await;
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = wake_ups.next() => {}
                    _ = stop.changed() => {}
                }
            }
            Err(error) => {
                service.conditions().set("jobs", &error, service.now());
                tracing::error!(error = %chain(&error), "cannot lease a job");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

async fn lease(service: &Service, worker: &str) -> Result<Option<Job>, ServiceError> {
    let now = service.now();
    let mut reader = service.store().read().await?;
    let due = jobs::next_due(&mut reader).await?;
    drop(reader);
    if due.is_none_or(|due| due > now) {
        return Ok(None);
    }
    let mut tx = service.store().write().await?;
    let job = jobs::lease(&mut tx, worker, now, now + LEASE).await?;
    tx.commit().await?;
    service.conditions().clear("jobs");
    Ok(job)
}

/// How long nothing is due.
async fn pause(service: &Service) -> Duration {
    let due = match service.store().read().await {
        Ok(mut reader) => jobs::next_due(&mut reader).await.ok().flatten(),
        Err(_) => None,
    };
    due.map_or(LOOK_EVERY, |due| {
        Duration::try_from(due.duration_since(service.now())).unwrap_or_default().min(LOOK_EVERY)
    })
}

async fn run_one(service: &Service, worker: &str, job: &Job, stop: &mut watch::Receiver<bool>) {
    let outcome = {
        // A task of its own: a fault in a job must not end the worker that runs it.
        let mut work = tokio::spawn(traced(service.clone(), job.clone()));
        loop {
            tokio::select! {
                ended = &mut work => break ended.unwrap_or_else(|fault| {
                    Err(ServiceError::Internal(format!("the job {} broke: {fault}", job.kind)))
                }),
                () = tokio::time::sleep(EXTEND_EVERY) => {
                    if let Err(error) = extend(service, worker, job).await {
                        tracing::warn!(job.id = %job.id, error = %chain(&error), "cannot extend a lease");
                    }
                }
            }
        }
    };
    // What came of the job is kept until it can be written: a full disk has room again some day, and
    // waiting for the lease to end would lose a minute then. A lease that ends meanwhile means that the
    // job ran again elsewhere, and the words come to nothing.
    while let Err(error) = settle(service, worker, job, &outcome).await {
        service.conditions().set(&job.kind, &error, service.now());
        tracing::error!(job.id = %job.id, error = %chain(&error), "cannot settle a job");
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Runs a job as one span of a trace.
async fn traced(service: Service, job: Job) -> Result<Ending, ServiceError> {
    let span = tracing::info_span!(
        "job",
        otel.name = %job.kind,
        job.id = %job.id,
        job.attempts = i64::from(job.attempts),
        otel.status_code = Empty,
    );
    let outcome = job::run(&service, &job).instrument(span.clone()).await;
    if matches!(outcome, Err(_) | Ok(Ending::Retry { .. })) {
        span.record("otel.status_code", "ERROR");
    }
    outcome
}

async fn extend(service: &Service, worker: &str, job: &Job) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    jobs::extend(&mut tx, &job.id, worker, service.now() + LEASE).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes down how a job ended.
async fn settle(
    service: &Service,
    worker: &str,
    job: &Job,
    outcome: &Result<Ending, ServiceError>,
) -> Result<(), ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    match outcome {
        Ok(Ending::Done) => {
            service.conditions().clear(&job.kind);
            jobs::complete(&mut tx, &job.id, worker, now).await?;
        }
        Ok(Ending::Again { after }) => {
            service.conditions().clear(&job.kind);
            jobs::reschedule(&mut tx, &job.id, worker, later(now, *after)).await?;
        }
        Ok(Ending::Retry { after, why }) => {
            jobs::retry(&mut tx, &job.id, worker, why, later(now, *after)).await?;
        }
        Err(ServiceError::NotFound { what, id }) => {
            service.conditions().clear(&job.kind);
            tracing::info!(job.id = %job.id, "the {what} `{id}` of a job is gone");
            jobs::complete(&mut tx, &job.id, worker, now).await?;
        }
        Err(error) => {
            // A cloud that fails is told on its connection; this is about the installation itself.
            if !matches!(error, ServiceError::Cloud(_)) {
                service.conditions().set(&job.kind, error, now);
            }
            tracing::warn!(job.id = %job.id, job.kind = %job.kind, error = %chain(error), "job failed");
            let pause = retry_pause(job.attempts);
            jobs::retry(&mut tx, &job.id, worker, &chain(error), later(now, pause)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// One second, then twice as long each time.
fn retry_pause(attempts: u32) -> Duration {
    let seconds = 1_i64.checked_shl(attempts.min(16)).unwrap_or(RETRY_PAUSE_MAX_SECONDS);
    Duration::from_secs(seconds.min(RETRY_PAUSE_MAX_SECONDS).unsigned_abs())
}

fn later(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| now.checked_add(pause).ok())
        .unwrap_or(Timestamp::MAX)
}
