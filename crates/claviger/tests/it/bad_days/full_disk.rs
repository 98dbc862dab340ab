//! A disk that is really full: a small file system of its own, in a namespace of the process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use claviger_dial::reqwest::Method;
use serde_json::json;

use super::client::{Client, rows, until};
use super::owner::{BUCKET, DATA, LEAK, Owner, event_of, tell_by_mail};
use super::serve::Serve;
use super::stage::{anywhere, cloud_in};

/// Room on the disk: enough for the database and its log, soon filled.
const SIZE: &str = "24m";

/// Starts a program on a small disk mounted over its data folder, which outlives the program: the
/// namespace is held by the shell, and the disk by the namespace.
const ON_A_SMALL_DISK: &str = "mount -t tmpfs -o size=$0 tmpfs \"$1\" && shift && exec \"$@\"";

/// Whether this machine lets a user make a small disk.
fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

/// A file that fills a disk to its last byte.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(folder: &Path) -> Self {
        let path = folder.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }

    fn remove(self) {
        std::fs::remove_file(self.0).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_shows_and_nothing_is_lost_once_there_is_room() {
    if !can_mount() {
        println!("skipped: this machine lets nobody mount a small disk (`unshare --mount`)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sandbox = cloud_in(&folder.path().join("cloud"), None).await;
    let owner = Owner::of(&sandbox);
    let thief = owner.furnish().await;
    let mailbox = claviger_sandbox::mail::Mailbox::start(anywhere()).await.unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let starter = [
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        ON_A_SMALL_DISK,
        SIZE,
        data.to_str().unwrap(),
    ];
    let mut serve = Serve::in_folder(folder.path()).started_by(&starter);
    let client = serve.open().await;
    tell_by_mail(&client, mailbox.address()).await;
    let asset = owner.authorize(&client).await;
    let event = event_of(&client, &thief).await;

    // The disk as the process sees it.
    let inside = format!("/proc/{}/root{}", serve.pid(), data.display());
    let ballast = Ballast::fill(Path::new(&inside));
    owner.put("while full.csv", super::owner::PEOPLE).await;
    assert_eq!(owner.fetch(&thief, DATA).await.0, 0);
    let health = until("the health page tells of the full disk", || async {
        let answer = client.insist(Method::GET, "/api/v1/health", None).await;
        let full = rows(&answer.body["conditions"]).any(|one| one["code"] == "disk_full");
        full.then_some(answer)
    })
    .await;
    assert_eq!((health.status, &health.body["status"]), (503, &json!("failing")));
    let condition =
        rows(&health.body["conditions"]).find(|one| one["code"] == "disk_full").unwrap();
    assert!(condition["hint"].as_str().unwrap().contains("free"), "{condition}");
    refuses_acts_and_answers_questions(&client, &event, &serve).await;

    ballast.remove();
    until("the service is well again", || async {
        let answer = client.insist(Method::GET, "/api/v1/health", None).await;
        (answer.status == 200).then_some(())
    })
    .await;
    until("what happened meanwhile is known", || async {
        let told = client.get(&format!("/api/v1/events/{event}")).await;
        let objects = client.get(&format!("/api/v1/assets/{asset}/objects")).await;
        let scanned =
            |name: &str| rows(&objects).any(|one| one["name"] == name && one["state"] == "scanned");
        let all = [LEAK, DATA, "while full.csv"].into_iter().all(scanned);
        (all && told["event"]["uses"] == 1).then_some(())
    })
    .await;
    until("the use is told", || async {
        let all = client.get("/api/v1/deliveries").await;
        let used = rows(&all).filter(|one| one["kind"] == "leaked_key_used");
        (used.filter(|one| one["state"] == "delivered").count() == 1).then_some(())
    })
    .await;
    let audit = client.get("/api/v1/audit/proof").await;
    assert!(audit["broken_at"].is_null(), "{audit}");
}

/// What must be written is refused with the way out; what is known is told all the same.
async fn refuses_acts_and_answers_questions(client: &Client, event: &str, serve: &Serve) {
    let comment = format!("/api/v1/events/{event}/comments");
    let long = "seen ".repeat(1000);
    let answer = until("an act is refused", || async {
        let body = json!({ "text": long });
        let answer = client.insist(Method::POST, &comment, Some(&body)).await;
        (answer.status >= 400).then_some(answer)
    })
    .await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (507, &json!("disk_full")),
        "{}\n{}",
        answer.text,
        serve.said()
    );
    assert!(answer.body["hint"].as_str().unwrap().contains("free"), "{}", answer.text);
    for path in ["/api/v1/events", "/api/v1/overview", "/api/v1/assets", "/api/v1/deliveries"] {
        let answer = client.insist(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    let details = client.get(&format!("/api/v1/events/{event}")).await;
    assert_eq!(details["evidence"][0]["bucket"], BUCKET);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_says_so_with_the_way_out() {
    if !can_mount() {
        println!("skipped: this machine lets nobody mount a small disk (`unshare --mount`)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let fill = "mount -t tmpfs -o size=64k tmpfs \"$0\" && { cat /dev/zero > \"$0/ballast\"; true; } \
                2>/dev/null && exec \"$@\"";
    let starter =
        ["unshare", "--map-root-user", "--mount", "sh", "-c", fill, data.to_str().unwrap()];
    let mut serve = Serve::in_folder(folder.path()).started_by(&starter);
    serve.start();
    assert_eq!(serve.ended().await, 2);
    let said = serve.said();
    assert!(said.contains("No space left") || said.contains("full"), "{said}");
    assert!(said.contains("hint: ") && said.contains("free"), "{said}");
}
