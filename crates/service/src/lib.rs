//! Joins the engines with the outside: what a person does (`act/`), what follows from it (`job/`), what
//! is made of what was found and seen (`gather/`), and what changes a cloud (`step/`).
//!
//! The only crate that knows both an engine and the database, a cloud or a mail server. It holds no
//! SQL, no protocol, no rule and no page: those live below and above.
//!
//! *Invariant*: state and the jobs it causes commit in one transaction; every job may run twice.

mod act;
mod actor;
mod clock_watch;
mod clouds;
mod condition;
mod credentials;
mod error;
mod gather;
mod job;
mod places;
mod provider;
mod settings;
mod source;
mod step;
mod token_text;
mod tries;
mod vault;
mod worker;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use claviger_dial::Guard;
use claviger_history::History;
use claviger_identity::Provider;
use claviger_scan::Scanner;
use claviger_store::Store;
use claviger_stream::{Live, Notice, Topic};
use claviger_watch::Places;
use jiff::{SignedDuration, Timestamp};

pub use act::acknowledge::AcknowledgeLink;
pub use act::alerts::NewAlert;
pub use act::allowlist::{Allowance, NewAllowance};
pub use act::api_tokens::{MadeApiToken, NewApiToken};
pub use act::canaries::{CanaryOrigin, CanaryView, NewCanary, Plant};
pub use act::capabilities::{Capability, MissingRights, Trial, Verdict};
pub use act::capacity::{Capacity, Limit};
pub use act::change_event::Change;
pub use act::change_events::{Answered, Chosen, Counted, EVENTS_MAX, NotChanged};
pub use act::connections::NewConnection;
pub use act::dial::{DialView, check as check_dial};
pub use act::dial_preview::{
    AlarmChange, PreviewAsked, PreviewResult, PreviewView, PreviewedAlarm, PreviewedDial,
};
pub use act::given_credentials::GivenCredentials;
pub use act::new_source::NewSource;
pub use act::overview::{LeakCount, Overview, Unwatched};
pub use act::reports::ReportForm;
pub use act::repositories::NewRepository;
pub use act::responses::VetoLink;
pub use act::risk_events::EventDetails;
pub use act::sessions::OpenSession;
pub use act::sign_in::SignedIn;
pub use act::single_sign_on::{Leaving, Returned};
pub use act::sources::SourceView;
pub use act::tasks::TaskView;
pub use actor::{Act, Actor, ByToken};
pub use claviger_history::Damage;
pub use condition::{Condition, Gravity};
pub use error::{ServiceError, chain};
pub use gather::history_state::HistoryState;
pub use job::audit_log::LogAudit;
pub use places::{PlacesError, load_places};
pub use provider::SingleSignOn;
pub use settings::{InstanceRole, Settings};
pub use source::push::{Body, Credential, Pushed, Taken};

/// One installation at work. Cheap to clone: all clones are the same installation.
#[derive(Clone)]
pub struct Service(Arc<Rooms>);

struct Rooms {
    settings: Settings,
    store: Store,
    history: Arc<History>,
    live: Live,
    guard: Guard,
    /// Where people sign in by single sign-on, if they do.
    provider: Option<Provider>,
    vault: vault::Vault,
    scanner: Scanner,
    /// Made when a repository is read first: source code is scanned for secrets alone.
    code_scanner: std::sync::OnceLock<Scanner>,
    conditions: condition::Conditions,
    failures: clouds::Failures,
    references: credentials::References,
    intake: gather::intake::Intake,
    watched: tokio::sync::Mutex<gather::judge::Room>,
    tries: tries::Tries,
    dial: act::dial::DialAtHand,
    preview: act::dial_preview::PreviewWork,
    readings: gather::readings::Readings,
    places: Arc<Places>,
    /// Held for as long as the process works in the folder.
    _lock: File,
}

impl Service {
    /// Opens an installation, makes it on first use, and takes up the jobs that a killed process
    /// left behind.
    ///
    /// # Errors
    /// The folder or the database cannot be used, or another process works in the folder.
    pub async fn open(settings: Settings) -> Result<Self, ServiceError> {
        act::dial::check(settings.alarms_per_day)?;
        let folder = settings.data_dir.clone();
        let failed = |source| ServiceError::Folder { path: folder.display().to_string(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let lock = occupy(&folder)?;
        let vault = vault::Vault::open(&folder)?;
        let store = Store::open(&settings.database_url()).await?;
        let history = Arc::new(History::open(folder.join("history"))?);
        let guard = settings.guard()?;
        let rooms = Rooms {
            provider: provider::of(&settings, &guard)?,
            guard,
            scanner: Scanner::builtin(vault.fingerprint_key().clone()),
            code_scanner: std::sync::OnceLock::new(),
            live: Live::new(),
            conditions: condition::Conditions::default(),
            failures: clouds::Failures::default(),
            references: credentials::References::default(),
            intake: gather::intake::Intake::new(settings.intake_bytes),
            watched: tokio::sync::Mutex::new(gather::judge::Room::new(
                settings.watch_bytes,
                settings.lateness(),
            )),
            tries: tries::Tries::default(),
            dial: act::dial::DialAtHand::new(settings.alarms_per_day),
            preview: act::dial_preview::PreviewWork::default(),
            readings: gather::readings::Readings::default(),
            places: Arc::new(places_of(&settings)?),
            settings,
            store,
            history,
            vault,
            _lock: lock,
        };
        let service = Self(Arc::new(rooms));
        service.take_up_dial().await?;
        service.release_jobs_left_behind().await?;
        service.plant_recurring_jobs().await?;
        service.recall_failing_alerts().await?;
        service.prune_mirrors().await?;
        Ok(service)
    }

    /// Runs the jobs and reads the sources until `stop` is told. Returns once the jobs under way have ended.
    pub async fn work(&self, stop: tokio::sync::watch::Receiver<bool>) {
        tokio::join!(
            worker::run(self, stop.clone()),
            provider::watch(self, stop.clone()),
            source::supervisor::run(self, stop.clone()),
            self.stop_previews(stop.clone()),
            self.readings().end_at(stop),
        );
        self.settle().await;
    }

    /// Judges in order what busy keys did in the last second, which is judged as it comes. Whoever takes in lines
    /// without [`Self::work`] asks for it in the end.
    pub async fn settle(&self) {
        gather::intake::settle(self).await;
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What tells pages and workers that something changed.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Where addresses are; empty where no data was named.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.0.places
    }

    pub(crate) fn places_shared(&self) -> Arc<Places> {
        self.0.places.clone()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn history(&self) -> &Arc<History> {
        &self.0.history
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.0.guard
    }

    pub(crate) fn provider(&self) -> Option<&Provider> {
        self.0.provider.as_ref()
    }

    pub(crate) fn vault(&self) -> &vault::Vault {
        &self.0.vault
    }

    pub(crate) fn scanner(&self) -> &Scanner {
        &self.0.scanner
    }

    pub(crate) fn code_scanner(&self) -> &Scanner {
        self.0.code_scanner.get_or_init(|| {
            Scanner::builtin(self.vault().fingerprint_key().clone()).without_data_types()
        })
    }

    pub(crate) fn conditions(&self) -> &condition::Conditions {
        &self.0.conditions
    }

    pub(crate) fn failures(&self) -> &clouds::Failures {
        &self.0.failures
    }

    pub(crate) fn references(&self) -> &credentials::References {
        &self.0.references
    }

    pub(crate) fn intake(&self) -> &gather::intake::Intake {
        &self.0.intake
    }

    /// The keys in memory. Held while events are taken in: one batch after the other.
    pub(crate) fn watched(&self) -> &tokio::sync::Mutex<gather::judge::Room> {
        &self.0.watched
    }

    pub(crate) fn tries(&self) -> &tries::Tries {
        &self.0.tries
    }

    /// The dial as the detector has it at hand.
    pub(crate) fn dial_at_hand(&self) -> &act::dial::DialAtHand {
        &self.0.dial
    }

    /// The preview of the dial that is at work.
    pub(crate) fn preview_work(&self) -> &act::dial_preview::PreviewWork {
        &self.0.preview
    }

    /// What the readings of repositories share.
    pub(crate) fn readings(&self) -> &gather::readings::Readings {
        &self.0.readings
    }

    /// The clock: read here and nowhere below.
    #[expect(clippy::unused_self, reason = "the installation owns the clock")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// How many keys are in memory, and about how many bytes they take.
    pub async fn keys_in_memory(&self) -> (usize, usize) {
        let (bytes, keys) = self.watched().lock().await.size();
        (keys, bytes)
    }

    /// How long events are kept one by one: the lateness window, or less where there is no room for all of it.
    pub async fn events_kept_for(&self) -> SignedDuration {
        self.watched().lock().await.kept_for()
    }

    /// Tells the workers that jobs were committed.
    pub(crate) fn wake_workers(&self) {
        self.0.live.publish(Topic::Jobs, Notice { subject: String::new() });
    }

    /// Tells open pages that something about `subject` changed.
    pub(crate) fn tell_pages(&self, subject: &str) {
        self.0.live.publish(Topic::Changes, Notice { subject: subject.to_owned() });
    }
}

/// Loads the place data that was named. A table that cannot be used is told and left out.
fn places_of(settings: &Settings) -> Result<Places, ServiceError> {
    let Some(path) = &settings.places else { return Ok(Places::default()) };
    let (places, errors) = load_places(path)?;
    for error in &errors {
        tracing::warn!(error = %chain(error), hint = error.hint(), "a table of places is left out");
    }
    Ok(places)
}

/// Takes the folder for this process; the lock ends with the process, however it ends.
fn occupy(folder: &Path) -> Result<File, ServiceError> {
    let path = folder.join("lock");
    let failed = |source| ServiceError::Folder { path: path.display().to_string(), source };
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(ServiceError::Occupied(folder.display().to_string()))
        }
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}
