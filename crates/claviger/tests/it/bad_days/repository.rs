//! A repository is read first while the process is killed again and again, and while it is asked to end: every leak is
//! found once, and nothing that was started stays.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, rows, text, until};
use super::serve::Serve;
use super::sigkill::{Numbers, seed};

/// Six batches of a reading.
const COMMITS: u64 = 6_000;

/// One commit in so many brings a leak.
const LEAK_EVERY: u64 = 50;

/// The commit that brings more leaks than are committed at once.
const MANY_AT: u64 = 2_970;
const MANY: u64 = 450;

/// The longest wait from a batch to the kill: into the middle of another one.
const DELAY_MS_MAX: u64 = 900;

fn account(name: &str) -> String {
    format!("DATABASE_URL=postgres://{name}:KXvISqQXB9yu{name}@db4.acme.cn:7237/shop\n")
}

/// The names of the accounts that a commit leaks.
fn leaked(commit: u64) -> Vec<String> {
    match commit {
        MANY_AT => (0..MANY).map(|number| format!("many{number}")).collect(),
        _ if commit.is_multiple_of(LEAK_EVERY) => vec![format!("app{commit}")],
        _ => Vec::new(),
    }
}

/// A history in which every file and every message is another one.
fn make_history(folder: &Path) {
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.stdin(Stdio::piped()).spawn().unwrap()
    };
    std::fs::create_dir(folder).unwrap();
    assert!(git(&["init", "--quiet", "--initial-branch", "main"]).wait().unwrap().success());
    let mut import = git(&["fast-import", "--quiet"]);
    let mut stream = std::io::BufWriter::new(import.stdin.take().unwrap());
    for number in 0..COMMITS {
        let accounts: String = leaked(number).iter().map(|name| account(name)).collect();
        let content = format!("# {number}\n{accounts}{}", "nothing to see here\n".repeat(40));
        let (message, file) = (format!("change {number}"), number % 100);
        write!(
            stream,
            "commit refs/heads/main\ncommitter Li Wei <li.wei@acme.cn> {} +0000\ndata {}\n{message}\n\
             M 100644 inline app/{file}.env\ndata {}\n{content}\n",
            1_769_846_400 + number,
            message.len(),
            content.len(),
        )
        .unwrap();
    }
    drop(stream);
    assert!(import.wait().unwrap().success());
}

async fn shop(client: &Client) -> Value {
    client.get("/api/v1/repositories/shop").await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_repository_is_read_first_every_leak_is_found_once() {
    let seed = seed();
    println!("CLAVIGER_TEST_SEED={seed}");
    let mut numbers = Numbers::of(seed);
    let folder = tempfile::tempdir().unwrap();
    let code = folder.path().join("code");
    make_history(&code);
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let address = format!("git+file://{}", code.display());
    client.post("/api/v1/repositories", &json!({ "address": address, "name": "shop" })).await;
    let (mut before, mut kills) = (0, 0);
    loop {
        let known = until("a batch was read", async || {
            let known = shop(&client).await;
            let more = known["commits"].as_u64().unwrap() > before;
            (more || known["state"] == "watched").then_some(known)
        })
        .await;
        if known["state"] == "watched" {
            break;
        }
        before = known["commits"].as_u64().unwrap();
        tokio::time::sleep(Duration::from_millis(numbers.below(DELAY_MS_MAX))).await;
        serve.kill();
        kills += 1;
        serve.start();
    }
    assert!(kills >= 3, "it was read in {kills} batches");
    let known = shop(&client).await;
    let count = |name: &str| known[name].as_u64().unwrap();
    assert_eq!((count("commits"), count("blobs"), count("unread")), (COMMITS, 2 * COMMITS, 0));
    let leaked: BTreeSet<String> = (0..COMMITS)
        .flat_map(leaked)
        .map(|name| format!("postgresql://{name}@db4.acme.cn:7237"))
        .collect();
    let events = client.get("/api/v1/events?limit=1000").await;
    let found: Vec<String> = rows(&events).map(|event| text(event, "subject")).collect();
    assert_eq!(found.len(), leaked.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), leaked);
    for event in rows(&events) {
        let details = client.get(&format!("/api/v1/events/{}", text(event, "id"))).await;
        let evidence: Vec<&Value> = rows(&details["evidence"]).collect();
        assert_eq!(evidence.len(), 1, "{evidence:?}");
        let found = rows(&details["timeline"]).filter(|line| line["kind"] == "evidence_found");
        assert_eq!(found.count(), 1, "{}", details["timeline"]);
    }
    assert!(!serve.said().contains("panicked"), "{}", serve.said());
}

/// Whether a process runs whose command line holds these words.
fn runs(words: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_stands_still_ends_with_the_service_and_with_its_repository() {
    // A host that takes connections and answers nobody.
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://127.0.0.1:{}", host.local_addr().unwrap().port());
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let add = async |name: &str| {
        let body = json!({ "address": format!("git+{place}/{name}.git"), "name": name });
        let id = text(&client.post("/api/v1/repositories", &body).await, "id");
        let words = format!("{place}/{name}.git");
        until("git runs", async || runs(&words).then_some(())).await;
        (words, folder.path().join(format!("data/repositories/{id}.git")))
    };
    let (removed, mirror) = add("removed").await;
    let path = "/api/v1/repositories/removed";
    client.insist(claviger_dial::reqwest::Method::DELETE, path, None).await;
    until("its fetch ends", async || (!runs(&removed)).then_some(())).await;
    until("its copy is deleted", async || (!mirror.exists()).then_some(())).await;

    let (stopped, _) = add("stopped").await;
    let began = Instant::now();
    let ended = Command::new("kill").args(["-TERM", &serve.pid().to_string()]).status();
    assert!(ended.unwrap().success());
    assert_eq!(serve.ended().await, 0);
    assert!(began.elapsed() < Duration::from_secs(30), "it took {:?}", began.elapsed());
    until("git ends with it", async || (!runs(&stopped)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_a_repository_that_is_watched_no_more_goes_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mirrors = folder.path().join("data/repositories");
    let left = mirrors.join("rep_nobodys.git");
    std::fs::create_dir_all(left.join("objects")).unwrap();
    std::fs::write(mirrors.join("notes.txt"), "somebody's").unwrap();
    let mut serve = Serve::in_folder(folder.path());
    serve.open().await;
    assert!(!left.exists() && mirrors.join("notes.txt").exists());
}
