//! What the installation is told: file < environment (`CLAVIGER_…`) < flag. An unknown key is an error
//! that names the nearest known one.

mod single_sign_on;
mod traces;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use claviger_history::AtLimit;
use claviger_service::{InstanceRole, Settings};

use crate::telemetry::Traces;

/// Prefix of the environment's variables.
const PREFIX: &str = "CLAVIGER_";

/// Variables with the prefix that are no settings: secrets, and what other commands take.
const NO_SETTINGS: [&str; 17] = [
    "CLAVIGER_CONFIG",
    "CLAVIGER_ADMIN_PASSWORD",
    "CLAVIGER_FINGERPRINT_KEY",
    "CLAVIGER_SERVER",
    "CLAVIGER_TOKEN",
    "CLAVIGER_SOURCE_TOKEN",
    "CLAVIGER_SOURCE_SECRET",
    "CLAVIGER_PASSWORD",
    "CLAVIGER_NEW_PASSWORD",
    "CLAVIGER_SMTP_PASSWORD",
    "CLAVIGER_ALERT_SECRET",
    "CLAVIGER_ALERT_URL",
    "CLAVIGER_ACCESS_KEY_SECRET",
    "CLAVIGER_SECURITY_TOKEN",
    "CLAVIGER_FETCH_KEY_ID",
    "CLAVIGER_FETCH_KEY_SECRET",
    single_sign_on::CLIENT_SECRET,
];

/// Every key with its default, in the words of `docs/configuration.md`.
const KEYS: [(&str, &str); 38] = [
    ("listen", "127.0.0.1:8520"),
    ("data_dir", "claviger-data"),
    ("database", "sqlite"),
    ("public_url", ""),
    ("allow_networks", ""),
    ("log_poll_ms", "2000"),
    ("log_overlap_seconds", "120"),
    ("log_sweep_seconds", "600"),
    ("log_audit_seconds", "86400"),
    ("key_check_seconds", "60"),
    ("synchronize_seconds", "3600"),
    ("retry_pause_max_seconds", "300"),
    ("intake_mib", "256"),
    ("lateness_seconds", "7200"),
    ("watch_mib", "256"),
    ("workers", "4"),
    ("history_max_age_days", "0"),
    ("history_max_bytes", "0"),
    ("history_at_limit", "drop_oldest"),
    ("protection_max_bytes", "0"),
    ("capacity_alert_percents", "80,95"),
    ("alarms_per_day", "5"),
    ("places", ""),
    ("trusted_recipients", ""),
    ("alert_failing_seconds", "900"),
    ("oidc_issuer", ""),
    ("oidc_client_id", ""),
    ("oidc_scopes", "openid,profile,email"),
    ("oidc_name", "single sign-on"),
    ("oidc_roles_claim", "groups"),
    ("oidc_roles", ""),
    ("oidc_default_role", ""),
    ("password_sign_in", "true"),
    ("credential_env", "ALIBABA_CLOUD_,ALIYUN_,AWS_,OSS_"),
    ("credential_files", ""),
    ("instance_role", "false"),
    ("traces_endpoint", ""),
    ("traces_share", "1"),
];

/// What was given, by key, with where it was given.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<&'static str, (String, String)>);

impl Given {
    /// Reads the file and the environment.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut given = Self::default();
        if let Some(path) = file {
            given.read_file(path)?;
        }
        for (name, value) in std::env::vars() {
            let own = name.starts_with(PREFIX) && !name.starts_with("CLAVIGER_TEST_");
            if own && !NO_SETTINGS.contains(&name.as_str()) {
                let key = known(&name[PREFIX.len()..].to_ascii_lowercase(), &name)?;
                given.0.insert(key, (value, format!("the environment variable `{name}`")));
            }
        }
        Ok(given)
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let place = path.display();
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read `{place}`"))?;
        let table: toml::Table =
            toml::from_str(&text).with_context(|| format!("`{place}` is no TOML"))?;
        for (name, value) in table {
            let key = known(&name, &format!("`{place}`"))?;
            let words = match value {
                toml::Value::String(text) => text,
                toml::Value::Array(items) => {
                    let word = |item: &toml::Value| match item {
                        toml::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    items.iter().map(word).collect::<Vec<_>>().join(",")
                }
                other => other.to_string(),
            };
            self.0.insert(key, (words, format!("`{name}` in `{place}`")));
        }
        Ok(())
    }

    /// Puts a flag over what file and environment gave.
    pub(crate) fn over(mut self, key: &'static str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(key, (value, format!("the flag `--{}`", key.replace('_', "-"))));
        }
        self
    }

    /// Every setting with its value in force, and where that was given; `None` for a default.
    pub(crate) fn in_force(&self) -> Vec<(&'static str, String, Option<&str>)> {
        let place = |key: &str| self.0.get(key).map(|(_, place)| place.as_str());
        KEYS.iter().map(|(key, _)| (*key, self.text(key), place(key))).collect()
    }

    fn text(&self, key: &str) -> String {
        let default = KEYS.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text);
        self.0.get(key).map_or(default, |(value, _)| value.as_str()).to_owned()
    }

    /// Words between commas.
    fn list(&self, key: &str) -> Vec<String> {
        let text = self.text(key);
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> anyhow::Result<T> {
        self.text(key).trim().parse().map_err(|_| {
            let place = self.0.get(key).map_or_else(String::new, |(_, place)| place.clone());
            anyhow!("{place} is no number: `{}`\nhint: write it as `{key} = 5`", self.text(key))
        })
    }

    /// A number that the alarm dial has.
    fn dial(&self, key: &str) -> anyhow::Result<f64> {
        let value = self.number(key)?;
        let place = self.0.get(key).map_or_else(String::new, |(_, place)| place.clone());
        claviger_service::check_dial(value).with_context(|| format!("{place} does not hold"))?;
        Ok(value)
    }

    /// Whole percents below 100, between commas.
    fn percents(&self, key: &str) -> anyhow::Result<Vec<u8>> {
        let one = |word: String| word.parse().ok().filter(|percent| (1..100).contains(percent));
        let all: Option<Vec<u8>> = self.list(key).into_iter().map(one).collect();
        all.ok_or_else(|| {
            let place = self.0.get(key).map_or_else(String::new, |(_, place)| place.clone());
            let text = self.text(key);
            anyhow!("{place} names no percents from 1 to 99: `{text}`\nhint: write it as `{key} = \"80,95\"`")
        })
    }

    /// A bound; 0 stands for none.
    fn bound(&self, key: &str) -> anyhow::Result<Option<u64>> {
        Ok(Some(self.number(key)?).filter(|bound| *bound > 0))
    }

    /// What happens to the history at its limit.
    fn at_limit(&self, key: &str) -> anyhow::Result<AtLimit> {
        match self.text(key).trim() {
            "drop_oldest" => Ok(AtLimit::DropOldest),
            "stop" => Ok(AtLimit::StopRecording),
            other => {
                let place = self.0.get(key).map_or("", |(_, place)| place.as_str());
                bail!("{place} is neither of its words: `{other}`\nhint: `drop_oldest` or `stop`")
            }
        }
    }

    /// Yes or no.
    fn yes(&self, key: &str) -> anyhow::Result<bool> {
        self.text(key).trim().parse().map_err(|_| {
            let place = self.0.get(key).map_or("", |(_, place)| place.as_str());
            let text = self.text(key);
            anyhow!("{place} is neither yes nor no: `{text}`\nhint: `true` or `false`")
        })
    }

    /// Whether connections may use the role of the machine.
    fn instance_role(&self, key: &str) -> anyhow::Result<InstanceRole> {
        match self.text(key).trim() {
            "" | "false" => Ok(InstanceRole::Refused),
            "true" => Ok(InstanceRole::OfMachine),
            address if address.starts_with("http://") || address.starts_with("https://") => {
                Ok(InstanceRole::At(address.to_owned()))
            }
            other => {
                let place = self.0.get(key).map_or("", |(_, place)| place.as_str());
                bail!(
                    "{place} is neither a word nor an address: `{other}`\n\
                     hint: `true`, `false` or `http://…`"
                )
            }
        }
    }

    /// Folders from the root on.
    fn folders(&self, key: &str) -> anyhow::Result<Vec<PathBuf>> {
        let folders: Vec<PathBuf> = self.list(key).into_iter().map(PathBuf::from).collect();
        if let Some(folder) = folders.iter().find(|folder| !folder.is_absolute()) {
            let place = self.0.get(key).map_or("", |(_, place)| place.as_str());
            bail!(
                "{place} names `{}`, which is no folder from the root on\n\
                 hint: write it as `{key} = [\"/run/secrets\"]`",
                folder.display()
            );
        }
        Ok(folders)
    }

    fn seconds(&self, key: &str) -> anyhow::Result<Duration> {
        self.number(key).map(Duration::from_secs)
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(24 * 3600))
}

/// The known key of a name.
fn known(name: &str, place: &str) -> anyhow::Result<&'static str> {
    if let Some((key, _)) = KEYS.iter().find(|(key, _)| *key == name) {
        return Ok(key);
    }
    let nearest = KEYS
        .iter()
        .map(|(key, _)| (strsim::damerau_levenshtein(key, name), *key))
        .min()
        .map_or("", |(_, key)| key);
    bail!("{place} names an unknown setting `{name}`\nhint: did you mean `{nearest}`?")
}

/// What the server needs to start.
#[derive(Debug)]
pub(crate) struct Config {
    /// Address of the API and the console.
    pub(crate) listen: String,
    /// What the installation needs.
    pub(crate) settings: Settings,
    /// Where traces go; nowhere unless somebody said so.
    pub(crate) traces: Option<Traces>,
}

impl Config {
    /// The configuration that was given.
    pub(crate) fn of(given: &Given) -> anyhow::Result<Self> {
        let filled = |key: &str| Some(given.text(key)).filter(|text| !text.is_empty());
        let settings = Settings {
            database: given.text("database"),
            public_url: filled("public_url"),
            allow_networks: given.list("allow_networks"),
            log_poll: Duration::from_millis(given.number("log_poll_ms")?),
            log_overlap: given.seconds("log_overlap_seconds")?,
            log_sweep: given.seconds("log_sweep_seconds")?,
            log_audit: given.seconds("log_audit_seconds")?,
            key_check: given.seconds("key_check_seconds")?,
            synchronize: given.seconds("synchronize_seconds")?,
            retry_pause_max: given.seconds("retry_pause_max_seconds")?,
            intake_bytes: given.number::<u64>("intake_mib")?.max(1) << 20,
            lateness: given.seconds("lateness_seconds")?,
            watch_bytes: given.number::<u64>("watch_mib")?.max(1) << 20,
            workers: given.number("workers")?,
            history_max_age: given.bound("history_max_age_days")?.map(days),
            history_max_bytes: given.bound("history_max_bytes")?,
            history_at_limit: given.at_limit("history_at_limit")?,
            protection_max_bytes: given.bound("protection_max_bytes")?,
            capacity_alert_percents: given.percents("capacity_alert_percents")?,
            alarms_per_day: given.dial("alarms_per_day")?,
            places: filled("places").map(PathBuf::from),
            trusted_recipients: given.list("trusted_recipients"),
            alert_failing_after: given.seconds("alert_failing_seconds")?,
            single_sign_on: single_sign_on::of(given)?,
            password_sign_in: given.yes("password_sign_in")?,
            credential_env: given.list("credential_env"),
            credential_files: given.folders("credential_files")?,
            instance_role: given.instance_role("instance_role")?,
            ..Settings::in_folder(PathBuf::from(given.text("data_dir")))
        };
        Ok(Self { listen: given.text("listen"), settings, traces: traces::of(given)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_with_the_nearest_known_one() {
        let error = known("log_pol_ms", "`x.toml`").unwrap_err().to_string();
        assert!(error.contains("did you mean `log_poll_ms`?"), "{error}");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claviger.toml");
        let text = "listen = \"127.0.0.1:1\"\nworkers = 2\ncapacity_alert_percents = [70, 90]\n";
        std::fs::write(&path, text).unwrap();
        let given =
            Given::load(Some(&path)).unwrap().over("listen", Some("127.0.0.1:2".to_owned()));
        let config = Config::of(&given).unwrap();
        assert_eq!(config.listen, "127.0.0.1:2");
        assert_eq!(config.settings.workers, 2);
        assert_eq!(config.settings.capacity_alert_percents, [70, 90]);
    }

    #[test]
    fn the_history_is_bounded_only_where_a_bound_was_given() {
        let settings = Config::of(&Given::default()).unwrap().settings;
        assert_eq!((settings.history_max_age, settings.history_max_bytes), (None, None));
        let given = Given::default()
            .over("history_max_age_days", Some("90".to_owned()))
            .over("history_max_bytes", Some("1000000000".to_owned()));
        let settings = Config::of(&given).unwrap().settings;
        assert_eq!(settings.history_max_age, Some(Duration::from_secs(90 * 86_400)));
        assert_eq!(settings.history_max_bytes, Some(1_000_000_000));
    }

    #[test]
    fn the_history_stops_at_its_limit_only_where_that_was_said() {
        let of = |word: Option<&str>| {
            let given = Given::default().over("history_at_limit", word.map(str::to_owned));
            Config::of(&given).map(|config| config.settings.history_at_limit)
        };
        assert_eq!(of(None).unwrap(), AtLimit::DropOldest);
        assert_eq!(of(Some("stop")).unwrap(), AtLimit::StopRecording);
        let error = of(Some("never")).unwrap_err().to_string();
        assert!(error.contains("`--history-at-limit`") && error.contains("`stop`"), "{error}");
    }

    #[test]
    fn thresholds_are_percents_below_the_limit() {
        let of = |text: &str| {
            let given = Given::default().over("capacity_alert_percents", Some(text.to_owned()));
            Config::of(&given).map(|config| config.settings.capacity_alert_percents)
        };
        assert_eq!(of("50, 90").unwrap(), [50, 90]);
        assert_eq!(of("").unwrap(), [0; 0]);
        for wrong in ["100", "0", "80;95", "eighty", "-5"] {
            let error = of(wrong).unwrap_err().to_string();
            assert!(error.contains("the flag") && error.contains("hint: write it as"), "{error}");
        }
    }

    #[test]
    fn the_role_of_the_machine_is_used_only_where_that_was_said() {
        let of = |word: Option<&str>| {
            let given = Given::default().over("instance_role", word.map(str::to_owned));
            Config::of(&given).map(|config| config.settings.instance_role)
        };
        assert_eq!(of(None).unwrap(), InstanceRole::Refused);
        assert_eq!(of(Some("true")).unwrap(), InstanceRole::OfMachine);
        let proxy = "http://127.0.0.1:1338";
        assert_eq!(of(Some(proxy)).unwrap(), InstanceRole::At(proxy.to_owned()));
        let error = of(Some("yes")).unwrap_err().to_string();
        assert!(error.contains("`--instance-role`") && error.contains("hint: `true`"), "{error}");
        let folder = Given::default().over("credential_files", Some("secrets".to_owned()));
        let error = Config::of(&folder).unwrap_err().to_string();
        assert!(error.contains("from the root on"), "{error}");
    }

    #[test]
    fn the_dial_begins_where_it_could_be_turned_to() {
        let of = |text: &str| {
            let given = Given::default().over("alarms_per_day", Some(text.to_owned()));
            Config::of(&given).map(|config| config.settings.alarms_per_day)
        };
        assert_eq!([of("0.001").unwrap(), of("10000").unwrap()], [0.001, 10_000.0]);
        for wrong in ["nan", "0", "-1", "inf", "20000", "0.0005"] {
            let error = format!("{:#}", of(wrong).unwrap_err());
            assert!(error.starts_with("the flag `--alarms-per-day`"), "{error}");
            assert!(error.contains("is no number of alarms a day"), "{error}");
        }
    }

    #[test]
    fn a_word_where_a_number_belongs_names_its_place() {
        let given = Given::default().over("workers", Some("many".to_owned()));
        let error = Config::of(&given).unwrap_err().to_string();
        assert!(error.contains("the flag `--workers`"), "{error}");
    }
}
