//! The practice cloud as a process of its own, and its owner's and users' requests to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::http::{self, Answer};
use super::sign::{self, Key};

/// Longest wait for the cloud to write its log.
const PATIENCE: Duration = Duration::from_secs(30);

/// The header by which the practice cloud lets a request come from elsewhere.
const SOURCE: &str = "x-sandbox-source-ip";

/// A process that ends with its owner.
#[derive(Debug)]
pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A practice cloud.
#[derive(Debug)]
pub(crate) struct PracticeCloud {
    _process: Process,
    oss: String,
    ram: String,
    region: String,
    owner: Key,
    nonce: AtomicU64,
}

impl PracticeCloud {
    /// Starts one with its defaults.
    pub(crate) fn start(claviger: &str, folder: &Path) -> anyhow::Result<Self> {
        let words = std::fs::File::create(folder.join("sandbox.stderr"))?;
        let mut child = Command::new(claviger)
            .args(["sandbox"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(words)
            .spawn()
            .context("cannot start the practice cloud")?;
        let out = child.stdout.take().context("the practice cloud has no output")?;
        let process = Process(child);
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let told: Value =
            serde_json::from_str(&line).context("the practice cloud did not start")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let address = |name: &str| text(&told["endpoints"][name]).replace("http://", "");
        let owner = Key {
            id: text(&told["access_key_id"]),
            secret: text(&told["access_key_secret"]),
            user: String::new(),
        };
        let nonce = AtomicU64::new(0);
        let (oss, ram, region) = (address("oss"), address("ram"), text(&told["region"]));
        Ok(Self { _process: process, oss, ram, region, owner, nonce })
    }

    /// The account's own key.
    pub(crate) fn owner(&self) -> &Key {
        &self.owner
    }

    /// Where OSS and the accounts' API listen, and the region.
    pub(crate) fn places(&self) -> (String, String, &str) {
        (format!("http://{}", self.oss), format!("http://{}", self.ram), &self.region)
    }

    /// A signed request to OSS. `target` is a path that is not encoded, with a query that is.
    pub(crate) fn oss(
        &self,
        key: &Key,
        method: &str,
        target: &str,
        body: &[u8],
        source: &str,
    ) -> anyhow::Result<Answer> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (date, authorization) = sign::oss_v1(key, method, path, query, Timestamp::now())?;
        let mut on_wire = sign::encode_path(path);
        if !query.is_empty() {
            on_wire.extend(["?", query]);
        }
        let headers = [
            ("date", date.as_str()),
            ("authorization", &authorization),
            ("user-agent", "bench"),
            (SOURCE, source),
        ];
        http::send(&self.oss, method, &on_wire, &headers, body)
    }

    /// A call of the owner to the accounts' API.
    pub(super) fn ram(&self, action: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Value> {
        let nonce = self.nonce.fetch_add(1, Ordering::Relaxed).to_string();
        let query = sign::rpc_v1(&self.owner, action, parameters, &nonce, Timestamp::now())?;
        let answer = http::send(&self.ram, "GET", &format!("/?{query}"), &[], b"")?;
        Ok(serde_json::from_slice(&answer.success(action)?)?)
    }

    /// Makes a user who may read all objects, with a key.
    pub(crate) fn make_user(&self, name: &str) -> anyhow::Result<Key> {
        let user = [("UserName", name)];
        self.ram("CreateUser", &user)?;
        let policy = [("PolicyName", "AliyunOSSReadOnlyAccess"), ("PolicyType", "System")];
        self.ram("AttachPolicyToUser", &[user.as_slice(), &policy].concat())?;
        let made = self.ram("CreateAccessKey", &user)?;
        let text = |name: &str| made["AccessKey"][name].as_str().unwrap_or_default().to_owned();
        Ok(Key { id: text("AccessKeyId"), secret: text("AccessKeySecret"), user: name.to_owned() })
    }

    /// A request of the owner from this machine that must succeed.
    fn own(&self, method: &str, target: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.oss(&self.owner, method, target, body, "127.0.0.1")?.success(target)
    }

    /// Makes a bucket.
    pub(crate) fn make_bucket(&self, name: &str) -> anyhow::Result<()> {
        self.own("PUT", &format!("/{name}/"), b"").map(drop)
    }

    /// Puts an object.
    pub(crate) fn put(&self, bucket: &str, name: &str, body: &[u8]) -> anyhow::Result<()> {
        self.own("PUT", &format!("/{bucket}/{name}"), body).map(drop)
    }

    /// Lets a bucket's log go to another.
    pub(crate) fn log_to(&self, bucket: &str, target: &str, prefix: &str) -> anyhow::Result<()> {
        let body = format!(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>\
             <TargetPrefix>{prefix}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        );
        self.own("PUT", &format!("/{bucket}/?logging"), body.as_bytes()).map(drop)
    }

    /// Names of objects behind a name, at most a page of them.
    pub(super) fn names_after(&self, bucket: &str, after: &str) -> anyhow::Result<Vec<String>> {
        let after = sign::encode(after);
        let target = format!("/{bucket}/?list-type=2&max-keys=1000&start-after={after}");
        let answer = String::from_utf8(self.own("GET", &target, b"")?)?;
        // Log files have plain names: nothing in them is escaped.
        let names = answer.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    /// The text of an object.
    pub(super) fn read(&self, bucket: &str, name: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.own("GET", &format!("/{bucket}/{name}"), b"")?)?)
    }

    /// The lines of a log once there are so many.
    pub(crate) fn log_lines(&self, bucket: &str, count: usize) -> anyhow::Result<Vec<String>> {
        let started = Instant::now();
        let (mut lines, mut after) = (Vec::new(), String::new());
        while lines.len() < count {
            for name in self.names_after(bucket, &after)? {
                lines.extend(self.read(bucket, &name)?.lines().map(str::to_owned));
                after = name;
            }
            if started.elapsed() > PATIENCE {
                bail!("the practice cloud wrote {} of {count} log lines", lines.len());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(lines)
    }
}
