//! What an installation may be told, with its defaults and their reasons.

use std::path::PathBuf;
use std::time::Duration;

use claviger_dial::{Guard, GuardSettings, Network};
use claviger_history::AtLimit;
use jiff::SignedDuration;

use crate::{ServiceError, SingleSignOn, chain};

/// The variables that the providers' own tools take credentials from begin so.
const CREDENTIAL_ENV: [&str; 4] = ["ALIBABA_CLOUD_", "ALIYUN_", "AWS_", "OSS_"];

/// Whether connections may use the role of the machine, and where it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceRole {
    /// No metadata service is asked.
    Refused,
    /// The provider's own address is asked.
    OfMachine,
    /// An address that answers like it is asked, such as a proxy of one's own.
    At(String),
}

/// Settings of one installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of this installation: master key, embedded database, history.
    pub data_dir: PathBuf,
    /// `sqlite` for the embedded database in the folder, or `postgres://…`.
    pub database: String,
    /// The console's address as people reach it; links in messages begin with it.
    pub public_url: Option<String>,
    /// Private networks that stores, mail servers and feeds may live in, as CIDR.
    pub allow_networks: Vec<String>,
    /// Environment variables that connections may take credentials from, by the beginning of their names.
    pub credential_env: Vec<String>,
    /// Folders with files that connections may take credentials from.
    pub credential_files: Vec<PathBuf>,
    /// Whether connections may use the role of the machine.
    pub instance_role: InstanceRole,
    /// How often the log bucket of an authorized asset is listed.
    pub log_poll: Duration,
    /// How far back a quick listing of a log bucket looks for files that appear late.
    pub log_overlap: Duration,
    /// How often the whole lateness window of a log bucket is listed.
    pub log_sweep: Duration,
    /// How often the log files that are there are compared with those that were read.
    pub log_audit: Duration,
    /// How often the state of a leaked key is asked of its provider.
    pub key_check: Duration,
    /// How often buckets and keys are listed anew.
    pub synchronize: Duration,
    /// Longest pause between two tries of a message.
    pub retry_pause_max: Duration,
    /// Jobs that run at the same time: they wait for the network most of the time.
    pub workers: usize,
    /// Bytes of log lines, unpacked, that may be on their way at the same time.
    pub intake_bytes: u64,
    /// How late a line may come and still be judged in its place at once; a later one leads to the key's whole
    /// history being judged anew.
    pub lateness: Duration,
    /// Bytes of memory for the keys that were used last.
    pub watch_bytes: u64,
    /// Days of the history that ended so long ago are dropped; none unless given.
    pub history_max_age: Option<Duration>,
    /// Bytes that the history may take; no limit unless given.
    pub history_max_bytes: Option<u64>,
    /// What happens to the history where it would take more.
    pub history_at_limit: AtLimit,
    /// Bytes of buckets that may be protected; no limit unless given.
    pub protection_max_bytes: Option<u64>,
    /// From which shares of a capacity's limit on people are told, in percent; of the limit itself always.
    pub capacity_alert_percents: Vec<u8>,
    /// Mail addresses and numbers that need no code before alerts are sent to them; `@example.com` is
    /// every address there.
    pub trusted_recipients: Vec<String>,
    /// Other people are told when nothing of an alert configuration gets through for so long.
    pub alert_failing_after: Duration,
    /// How many alarms a day a person wants to look at.
    pub alarms_per_day: f64,
    /// Folder with tables of networks and countries; sources are shown without them otherwise.
    pub places: Option<PathBuf>,
    /// The provider by which people sign in; passwords alone otherwise.
    pub single_sign_on: Option<SingleSignOn>,
    /// Whether passwords are taken from other machines than this one.
    pub password_sign_in: bool,
}

impl Settings {
    /// How late a line may come and still be judged in its place at once.
    #[must_use]
    pub fn lateness(&self) -> SignedDuration {
        SignedDuration::try_from(self.lateness).unwrap_or(SignedDuration::MAX)
    }

    /// The defaults, in the given folder.
    #[must_use]
    pub fn in_folder(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            database: "sqlite".to_owned(),
            public_url: None,
            allow_networks: Vec::new(),
            credential_env: CREDENTIAL_ENV.map(str::to_owned).to_vec(),
            credential_files: Vec::new(),
            instance_role: InstanceRole::Refused,
            log_poll: Duration::from_secs(2),
            log_overlap: Duration::from_secs(120),
            log_sweep: Duration::from_secs(600),
            log_audit: Duration::from_secs(24 * 3600),
            key_check: Duration::from_secs(60),
            synchronize: Duration::from_secs(3600),
            retry_pause_max: Duration::from_secs(300),
            workers: 4,
            intake_bytes: 256 << 20,
            lateness: Duration::from_secs(2 * 3600),
            watch_bytes: 256 << 20,
            history_max_age: None,
            history_max_bytes: None,
            history_at_limit: AtLimit::DropOldest,
            protection_max_bytes: None,
            capacity_alert_percents: vec![80, 95],
            trusted_recipients: Vec::new(),
            alert_failing_after: Duration::from_secs(900),
            alarms_per_day: 5.0,
            places: None,
            single_sign_on: None,
            password_sign_in: true,
        }
    }

    /// The database as the store wants it named.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database == "sqlite" {
            format!("sqlite://{}", self.data_dir.join("claviger.db").display())
        } else {
            self.database.clone()
        }
    }

    /// The way out to the addresses that may be dialled.
    ///
    /// # Errors
    /// A network is none, or the client cannot be made.
    pub fn guard(&self) -> Result<Guard, ServiceError> {
        let allowed = self.allow_networks.iter().map(|text| network(text));
        let allowed_networks = allowed.collect::<Result<_, _>>()?;
        Guard::new(GuardSettings { allowed_networks, ..GuardSettings::default() })
            .map_err(|error| ServiceError::Internal(chain(&error)))
    }
}

fn network(text: &str) -> Result<Network, ServiceError> {
    Network::parse(text).map_err(|error| {
        ServiceError::invalid(
            "allow_networks",
            format!("`{text}`: {error}"),
            "write networks as `10.0.0.0/8`",
        )
    })
}
