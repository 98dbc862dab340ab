//! Repositories at a host: over HTTPS with a token, and over ssh with a key. The `git`, `ssh` and `sshd` of this machine
//! talk to each other.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::bad_days::client::{Client, rows, until};
use crate::bad_days::serve::Serve;
use crate::git_server::Host;
use crate::scan_git::{PAIRS, git, repository};
use crate::sources_live::free_port;

/// A made-up token.
const TOKEN: &str = "made-up-token-of-a-reader";

/// A repository without a working tree, in a folder.
fn bare(folder: &Path) -> PathBuf {
    let (work, bare) = (folder.join("work"), folder.join("shop.git"));
    std::fs::create_dir(&work).unwrap();
    repository(&work);
    git(folder, &["clone", "--quiet", "--bare", work.to_str().unwrap(), bare.to_str().unwrap()]);
    bare
}

async fn shop(client: &Client) -> Value {
    client.get("/api/v1/repositories/shop").await
}

/// Waits until it was read, and looks for what stands in it.
async fn until_read(client: &Client) {
    until("it is read", async || {
        let known = shop(client).await;
        assert_eq!(known["failure"], Value::Null, "{known}");
        (known["state"] == "watched").then_some(())
    })
    .await;
    let events = client.get("/api/v1/events?limit=1000").await;
    for (id, _) in &PAIRS[..3] {
        assert_eq!(rows(&events).filter(|event| event["subject"] == *id).count(), 1, "{id}");
    }
}

/// Serves TLS in front of a port; the certificate that vouches for it.
async fn tls_before(port: u16) -> (u16, String) {
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let made = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let certificate = CertificateDer::from_pem_slice(made.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A caller that breaks off is none of the host's troubles.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut stream, &mut behind).await);
            });
        }
    });
    (own, made.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_a_repository_over_https_and_is_kept_nowhere() {
    let home = tempfile::tempdir().unwrap();
    bare(home.path());
    let (port, certificate) = tls_before(Host::of(home.path(), Some(TOKEN)).port).await;
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("ca.pem");
    std::fs::write(&trusted, certificate).unwrap();
    let mut serve =
        Serve::in_folder(folder.path()).with("GIT_SSL_CAINFO", trusted.to_str().unwrap());
    let client = serve.open().await;
    let address = format!("git+https://127.0.0.1:{port}/shop.git");
    let body = json!({ "address": address, "name": "shop", "token": TOKEN });
    client.post("/api/v1/repositories", &body).await;
    until_read(&client).await;
    serve.kill();
    let mut open = vec![folder.path().join("data")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

/// An ssh server of a test; it ends with it.
struct Sshd {
    child: Child,
    port: u16,
    /// A folder in which `ssh` is the machine's own with the key and the known hosts of the test.
    programs: PathBuf,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}

/// The server, if it is there.
fn sshd() -> Option<&'static str> {
    let program = "/usr/sbin/sshd";
    if Path::new(program).exists() {
        return Some(program);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{program}` is missing: install `openssh-server`");
    #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
    {
        eprintln!("SKIPPED: `{program}` is missing: install `openssh-server`");
    }
    None
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Sshd {
    fn start(program: &str, folder: &Path) -> Self {
        let port = free_port();
        let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        for key in ["host", "user"] {
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]);
        }
        let settings = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n\
             StrictModes no\nPidFile none\n",
            at("host"),
            at("user.pub")
        );
        std::fs::write(at("sshd.conf"), settings).unwrap();
        // Only the start script of the system makes it.
        std::fs::create_dir_all("/run/sshd").ok();
        let said = std::fs::File::create(at("sshd.log")).unwrap();
        let mut command = Command::new(program);
        command.args(["-D", "-e", "-f", &at("sshd.conf")]).stdin(Stdio::null()).stderr(said);
        let child = command.spawn().unwrap();
        let programs = folder.join("programs");
        std::fs::create_dir(&programs).unwrap();
        let settings = format!(
            "UserKnownHostsFile {}\nIdentityFile {}\nIdentitiesOnly yes\n",
            at("known_hosts"),
            at("user")
        );
        std::fs::write(at("ssh.conf"), settings).unwrap();
        let ssh = programs.join("ssh");
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F '{}' \"$@\"\n", at("ssh.conf"));
        std::fs::write(&ssh, script).unwrap();
        std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { child, port, programs }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_fetched_over_ssh_once_its_host_is_known() {
    let Some(program) = sshd() else { return };
    let home = tempfile::tempdir().unwrap();
    let bare = bare(home.path());
    let server = Sshd::start(program, home.path());
    let folder = tempfile::tempdir().unwrap();
    let path = format!("{}:{}", server.programs.display(), std::env::var("PATH").unwrap());
    let mut serve = Serve::in_folder(folder.path()).with("PATH", &path);
    let client = serve.open().await;
    let user = run("id", &["-un"]);
    let place = format!("{}@127.0.0.1:{}", user.trim(), server.port);
    let address = format!("git+ssh://{place}{}", bare.display());
    client.post("/api/v1/repositories", &json!({ "address": address, "name": "shop" })).await;
    let failure = until("its host is unknown", async || {
        shop(&client).await["failure"].as_str().map(str::to_owned)
    })
    .await;
    assert!(failure.contains("ssh-keyscan"), "{failure}");
    // As the hint says.
    let known = run("ssh-keyscan", &["-p", &server.port.to_string(), "127.0.0.1"]);
    std::fs::write(home.path().join("known_hosts"), known).unwrap();
    client.post("/api/v1/repositories/shop/scan", &json!({})).await;
    until("it is read", async || (shop(&client).await["state"] == "watched").then_some(())).await;
    until_read(&client).await;
}
