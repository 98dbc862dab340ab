//! `claviger serve` as a process of its own, and its public API.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::http;
use super::mailbox::Mailbox;
use super::practice::{PracticeCloud, Process};

/// The admin's password of this installation, which ends with the bench.
const PASSWORD: &str = "a password of the bench alone";

/// Longest wait for what the service does by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is not as a service has it by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settings<'a> {
    /// The pause between two looks at the log bucket.
    pub(crate) log_poll_ms: Option<u64>,
    /// The address of an empty database; else the embedded one.
    pub(crate) database: Option<&'a str>,
}

/// The service at work.
pub(crate) struct Service {
    process: Process,
    /// Program and folder, to start it again.
    place: (String, std::path::PathBuf),
    address: String,
    token: String,
}

impl Service {
    /// Starts it with its defaults, but for what is given.
    pub(crate) fn start(
        claviger: &str,
        folder: &Path,
        settings: Settings<'_>,
    ) -> anyhow::Result<Self> {
        let data = folder.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let (process, address) = spawn(claviger, folder, settings)?;
        let place = (claviger.to_owned(), folder.to_owned());
        let mut service = Self { process, place, address, token: String::new() };
        let who = json!({ "name": "admin", "password": PASSWORD, "label": "bench" });
        let session = service.call("POST", "/api/v1/sessions", &who)?;
        service.token = text(&session, "token")?;
        Ok(service)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.process.0.kill()?;
        self.process.0.wait()?;
        Ok(())
    }

    /// Starts it again in the same folder, at another address.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        let (claviger, folder) = &self.place;
        (self.process, self.address) = spawn(claviger, folder, Settings::default())?;
        Ok(())
    }

    /// Where it answers.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What shows that somebody is signed in.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Kibibytes of memory that it holds now.
    pub(crate) fn memory_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.context("the system does not tell how much memory a process holds")
    }

    /// Hundredths of a second of processor time that it has taken so far (proc_pid_stat(5): `utime` and
    /// `stime`, in ticks of which Linux shows programs 100 a second).
    pub(crate) fn cpu_ticks(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.0.id()))?;
        // The name in parentheses may hold anything; what follows it begins with the third field.
        let (_, fields) = stat.rsplit_once(')').context("the system tells no processor time")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        Ok(ticks.collect::<Result<Vec<_>, _>>()?.into_iter().sum())
    }

    /// Sends a text to the API.
    pub(crate) fn post_text(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let authorization = format!("Bearer {}", self.token);
        let headers = [("content-type", "application/x-ndjson"), ("authorization", &authorization)];
        let answer = http::send(&self.address, "POST", path, &headers, text.as_bytes())?;
        answer.success(path).map(drop)
    }

    /// A call of the API; the answer's JSON.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("content-type", "application/json")];
        if !self.token.is_empty() {
            headers.push(("authorization", &authorization));
        }
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = http::send(&self.address, method, path, &headers, &bytes)?.success(path)?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer).with_context(|| format!("{path} answered with no JSON"))
    }

    /// Asks the API.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call("GET", path, &Value::Null)
    }

    /// Connects the practice cloud and authorizes a bucket of it.
    pub(crate) fn watch(&self, cloud: &PracticeCloud, bucket: &str) -> anyhow::Result<()> {
        let (oss, ram, region) = cloud.places();
        let owner = cloud.owner();
        let connection = self.call(
            "POST",
            "/api/v1/connections",
            &json!({ "name": "practice", "provider": "aliyun", "region": region, "endpoint": oss,
                "accounts_endpoint": ram, "access_key_id": owner.id,
                "access_key_secret": owner.secret }),
        )?;
        let id = text(&connection, "id")?;
        self.call("POST", &format!("/api/v1/connections/{id}/synchronize"), &json!({}))?;
        let asset = until("the bucket is listed", || {
            let assets = self.get("/api/v1/assets?authorization=not_authorized")?;
            let found = assets.as_array().into_iter().flatten().find(|one| one["bucket"] == bucket);
            Ok(found.filter(|asset| asset["log_target"].is_string()).cloned())
        })?;
        let ids = json!({ "ids": [text(&asset, "id")?] });
        self.call("POST", "/api/v1/assets/authorize", &ids).map(drop)
    }

    /// Waits until so many leaked keys are known to be active. Returns the id of each key's risk event.
    pub(crate) fn leaks(&self, count: usize) -> anyhow::Result<Vec<(String, String)>> {
        until("every leaked key is found", || {
            let path = "/api/v1/events?risk_type=access_key_pair_leak&limit=1000";
            let events = self.get(path)?;
            let known: Vec<(String, String)> = events
                .as_array()
                .into_iter()
                .flatten()
                .filter(|event| event["key_status"] == "active")
                .filter_map(|event| {
                    let text = |name: &str| event[name].as_str().map(str::to_owned);
                    Some((text("access_key_id")?, text("id")?))
                })
                .collect();
            Ok(Some(known).filter(|known| known.len() >= count))
        })
    }

    /// Lets every event of level High be told by mail.
    pub(super) fn tell(&self, mailbox: &Mailbox) -> anyhow::Result<()> {
        let address = mailbox.address();
        let alert = json!({ "name": "on call", "level_min": "high", "language": "en", "email": {
            "host": address.ip().to_string(), "port": address.port(), "security": "none",
            "from": "claviger@mail-of-nobody.cn", "to": ["oncall@mail-of-nobody.cn"] } });
        self.call("POST", "/api/v1/alerts", &alert).map(drop)
    }
}

/// Starts the process; the address that it tells.
fn spawn(
    claviger: &str,
    folder: &Path,
    settings: Settings<'_>,
) -> anyhow::Result<(Process, String)> {
    let words = folder.join("serve.stderr");
    let mut command = Command::new(claviger);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--allow-network", "127.0.0.0/8"])
        .env("CLAVIGER_TRUSTED_RECIPIENTS", "oncall@mail-of-nobody.cn")
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("CLAVIGER_ADMIN_PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&words)?);
    if let Some(pause) = settings.log_poll_ms {
        command.env("CLAVIGER_LOG_POLL_MS", pause.to_string());
    }
    if let Some(url) = settings.database {
        command.args(["--database", url]);
    }
    let process = Process(command.spawn().context("cannot start the service")?);
    let address = until("the service tells where it listens", || {
        let words = std::fs::read_to_string(&words)?;
        let line = words.lines().find_map(|line| line.split_once("claviger serves http://"));
        Ok(line.map(|(_, address)| address.trim().to_owned()))
    })?;
    Ok((process, address))
}

/// A text that an answer must have.
pub(crate) fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let found = value[name].as_str().with_context(|| format!("the answer has no `{name}`"))?;
    Ok(found.to_owned())
}

/// Asks again until there is an answer, or patience ends.
pub(crate) fn until<T>(
    what: &str,
    mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if started.elapsed() > PATIENCE {
            bail!("waited {} s in vain until {what}", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
