//! A Ceph RGW writes its operations log: to a file, as it is read from a folder, and to a socket, in
//! another frame. Both say the same, and the file's uses of a leaked key are counted as they are written.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use claviger_cloud::{BucketRef, Cloud, Credentials, Settings};
use claviger_model::{AccessEvent, Provider, Secret};
use claviger_watch::LogFormat;
use serde_json::json;

use super::{Ended, free_port, leak, source, until_it_answers, uses};
use crate::bad_days::client::{guard, until};
use crate::bad_days::serve::Serve;

/// Made up.
pub(super) const OWNER: (&str, &str) = ("AKFAKEOWNER000000001", "FakeSecret0000000000000000001");
pub(super) const LEAKY: (&str, &str) = ("AKFAKELEAKY000000001", "FakeSecret0000000000000000002");

/// What runs a store without a disk, without accounts between its parts, on this machine alone. The
/// client's mode is its default's opposite: a gateway that insists on secrecy where the monitors have
/// none never comes up.
fn settings(folder: &Path, monitors: [u16; 2], gateway: u16) -> String {
    let at = folder.display();
    let [second, first] = monitors;
    format!(
        "[global]
fsid = 6f3c2f8e-0e9d-4c7a-9d58-6a1de0a3b1c4
mon host = [v2:127.0.0.1:{second},v1:127.0.0.1:{first}]
auth cluster required = none
auth service required = none
auth client required = none
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 2
osd pool default pg autoscale mode = off
mon allow pool size one = true
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 268435456
log file = {at}/$name.log
pid file = {at}/$name.pid
run dir = {at}
admin socket = {at}/$name.asok
mon data = {at}/mon
osd data = {at}/osd
[client.rgw]
ms mon client mode = crc
rgw frontends = beast endpoint=127.0.0.1:{gateway}
rgw enable ops log = true
rgw ops log rados = false
rgw ops log file path = {at}/ops/ops.log
rgw ops log socket path = {at}/ops.sock
"
    )
}

/// The cluster's folder; its programs end with it.
pub(super) struct Cluster {
    folder: PathBuf,
    running: Vec<Ended>,
}

impl Cluster {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-c").arg(self.folder.join("ceph.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program).args(arguments).status().unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    }

    fn keep_running(&mut self, program: &str, arguments: &[&str]) {
        let child = self.command(program).arg("-f").args(arguments).spawn().unwrap();
        self.running.push(Ended(child));
    }

    /// The same with a gateway that believes its proxy where a request came from.
    pub(super) fn start_behind_a_proxy(folder: &Path, gateway: u16) -> Self {
        Self::start_with(folder, gateway, "rgw remote addr param = HTTP_X_FORWARDED_FOR\n")
    }

    /// A monitor, a store in memory and a gateway.
    pub(super) fn start(folder: &Path, gateway: u16) -> Self {
        Self::start_with(folder, gateway, "")
    }

    fn start_with(folder: &Path, gateway: u16, more: &str) -> Self {
        let mut cluster = Self { folder: folder.to_owned(), running: Vec::new() };
        let monitors = [free_port(), free_port()];
        for name in ["mon", "osd", "ops"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        std::fs::write(folder.join("ceph.conf"), settings(folder, monitors, gateway) + more)
            .unwrap();
        let map = folder.join("monmap").display().to_string();
        let address = format!("[v2:127.0.0.1:{},v1:127.0.0.1:{}]", monitors[0], monitors[1]);
        let fsid = "6f3c2f8e-0e9d-4c7a-9d58-6a1de0a3b1c4";
        let made = Command::new("monmaptool")
            .args(["--create", "--clobber", "--addv", "a", &address, "--fsid", fsid, &map])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        cluster.run("ceph-mon", &["--mkfs", "-i", "a", "--monmap", &map]);
        cluster.keep_running("ceph-mon", &["-i", "a"]);
        let store = "5b0c1a34-3b0e-4f0e-8f65-0d6a5e8b6c11";
        cluster.run("ceph", &["--connect-timeout", "60", "osd", "new", store]);
        cluster.run("ceph-osd", &["-i", "0", "--mkfs", "--osd-uuid", store]);
        cluster.keep_running("ceph-osd", &["-i", "0"]);
        for (name, (id, secret)) in [("owner", OWNER), ("leaky", LEAKY)] {
            let words = ["--uid", name, "--display-name", name, "--access-key", id];
            let words = [&["-n", "client.rgw", "user", "create"], &words[..]].concat();
            cluster.run("radosgw-admin", &[&words[..], &["--secret", secret]].concat());
        }
        cluster.keep_running("radosgw", &["-n", "client.rgw"]);
        cluster
    }
}

pub(super) fn cloud(endpoint: &str, (id, secret): (&str, &str)) -> std::sync::Arc<dyn Cloud> {
    let settings = Settings {
        provider: Provider::S3,
        region: "default".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        accounts_endpoint: None,
        credentials: Some(Credentials {
            access_key_id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            security_token: None,
        }),
    };
    claviger_cloud::connect(settings, &guard()).unwrap()
}

/// Whether the gateway is installed; where it must be, it is.
pub(super) fn is_installed() -> bool {
    let answers = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let there = ["ceph-mon", "ceph-osd", "radosgw"].into_iter().all(answers);
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(there || !required, "Ceph is missing: install `ceph-mon ceph-osd radosgw`");
    #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
    if !there {
        eprintln!("SKIPPED: Ceph is missing: install `ceph-mon ceph-osd radosgw`");
    }
    there
}

/// What the socket sent so far, read as a log of its own.
fn heard(socket: &mut UnixStream, bytes: &mut Vec<u8>) -> Vec<AccessEvent> {
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut block = [0; 65_536];
    while let Ok(read @ 1..) = socket.read(&mut block) {
        bytes.extend_from_slice(&block[..read]);
    }
    claviger_watch::parse(LogFormat::Ceph, bytes).events
}

#[tokio::test(flavor = "multi_thread")]
async fn use_of_a_leaked_key_is_seen_in_the_log_of_a_running_gateway() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = free_port();
    let ceph = folder.path().join("ceph");
    std::fs::create_dir(&ceph).unwrap();
    let cluster = Cluster::start(&ceph, gateway);
    let endpoint = format!("http://127.0.0.1:{gateway}");
    let owner = cloud(&endpoint, OWNER);
    until_it_answers(owner.as_ref()).await;
    let mut socket = UnixStream::connect(ceph.join("ops.sock")).unwrap();

    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let log = ceph.join("ops");
    let feed = json!({ "kind": "folder", "path": log.display().to_string() });
    let body = json!({ "name": "ceph", "log_format": "ceph", "feed": feed });
    client.post("/api/v1/sources", &body).await;
    leak(&client, LEAKY.0).await;

    let bucket = |name: &str| BucketRef {
        name: name.to_owned(),
        region: "default".to_owned(),
        endpoint: None,
    };
    owner.create_bucket(&bucket("private")).await.unwrap();
    owner.put_object(&bucket("private"), "a b/ü.txt", b"made up".to_vec(), None).await.unwrap();
    let thief = cloud(&endpoint, LEAKY);
    assert!(thief.read_object(&bucket("private"), "a b/ü.txt", 0..7).await.is_err());
    thief.create_bucket(&bucket("own")).await.unwrap();
    thief.put_object(&bucket("own"), "x.txt", b"made up".to_vec(), None).await.unwrap();
    for _ in 0..3 {
        assert_eq!(thief.read_object(&bucket("own"), "x.txt", 0..7).await.unwrap(), b"made up");
    }
    until("the uses are counted", async || (uses(&client, LEAKY.0).await >= 6).then_some(())).await;

    let file = std::fs::read(log.join("ops.log")).unwrap();
    let written = claviger_watch::parse(LogFormat::Ceph, &file);
    assert_eq!(written.rejects, []);
    let of = |events: &[AccessEvent], operation: &str| -> Vec<AccessEvent> {
        let fits = |event: &&AccessEvent| event.operation == operation;
        events.iter().filter(fits).cloned().collect()
    };
    let reads = of(&written.events, "get_obj");
    assert_eq!(reads.iter().map(|read| read.status).collect::<Vec<_>>()[0], Some(403));
    for read in &reads {
        assert_eq!(read.access_key_id.as_ref().map(|id| id.as_str()), Some(LEAKY.0));
        assert_eq!(read.source_ip.as_deref(), Some("127.0.0.1"));
    }
    assert_eq!(reads[0].object.as_deref(), Some("a b/ü.txt"));
    assert_eq!((reads[1].object.as_deref(), reads[1].bytes_out), (Some("x.txt"), Some(7)));

    let mut bytes = Vec::new();
    let sent = heard(&mut socket, &mut bytes);
    assert!(bytes.starts_with(b"["), "the socket's frame is another one");
    assert_eq!(of(&sent, "get_obj"), reads);
    let fared = source(&client, "ceph").await;
    assert_eq!(fared["rejected"], 0, "{fared}");
    drop(cluster);
}
