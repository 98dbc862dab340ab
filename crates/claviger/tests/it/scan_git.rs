//! `claviger scan` on git repositories: all of their history, each blob once, however it is stored.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;

use super::claviger;

/// Made-up pairs.
pub(crate) const PAIRS: [(&str, &str); 4] = [
    ("LTAI5tK9qW2mZ7rT4vB8nC3x", "k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"),
    ("LTAI5tF6hY4sJ2pL9wQ7dX1z", "m8Rw3TyN6kBv5XcZ2qLs9JhGf4DpUe"),
    ("LTAI5tB3gN8kV5mC1xZ6sP4t", "q7Fj2LdWs9XnM4vKb6TzRh3YgCa8Ep"),
    ("LTAI5tW7rE2yU9oA4sD6fG8h", "z5Nc8MxVq3JkT7wLp2RyBs6HdFg9Ua"),
];

fn text(number: usize) -> String {
    let (id, secret) = PAIRS[number];
    format!("AccessKeyId: {id}\nAccessKeySecret: {secret}\n")
}

pub(crate) fn git(folder: &Path, args: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Li Wei", "-c", "user.email=li.wei@acme.cn", "-c", "gc.auto=0"])
        .args(args)
        .env("GIT_AUTHOR_DATE", "2026-01-31T08:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-31T08:00:00Z")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(status.status.success(), "{args:?}: {}", String::from_utf8_lossy(&status.stderr));
}

/// A repository in which one pair was removed, one stands under two names, one in a message, and one in a
/// commit that no branch holds.
pub(crate) fn repository(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    let commit = |name: &str, content: &str, message: &str| {
        std::fs::write(folder.join(name), content).unwrap();
        git(folder, &["add", "--all"]);
        git(folder, &["commit", "--quiet", "--message", message]);
    };
    commit("config.txt", &format!("{}{}", text(0), "filler line\n".repeat(200)), "first");
    commit("config.txt", &format!("removed\n{}", "filler line\n".repeat(200)), "second");
    std::fs::create_dir(folder.join("deploy")).unwrap();
    commit("deploy/keys.env", &text(1), "third");
    commit("deploy/copy.env", &text(1), "fourth");
    commit("notes.txt", "notes", &format!("fifth\n\n{}", text(2)));
    git(folder, &["switch", "--quiet", "--create", "gone"]);
    commit("lost.txt", &text(3), "sixth");
    git(folder, &["switch", "--quiet", "main"]);
    git(folder, &["branch", "--quiet", "-D", "gone"]);
}

/// Ids with the paths of their findings, in order.
fn found(target: &str) -> Vec<(String, Vec<String>)> {
    let ran = claviger(&["scan", "--format", "jsonl", target]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let mut found: Vec<(String, Vec<String>)> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|finding| finding["kind"] == "access_key_pair")
        .map(|finding| {
            let why = finding["why"].to_string();
            let commit = finding["location"]["path"][0].as_str().unwrap();
            assert!(!commit.starts_with(|c: char| c.is_ascii_hexdigit()) || why.contains("Li Wei"));
            let path = finding["location"]["path"].as_array().unwrap().iter().skip(1);
            let path = path.map(|name| name.as_str().unwrap().to_owned()).collect();
            (finding["access_key_id"].as_str().unwrap().to_owned(), path)
        })
        .collect();
    found.sort();
    found
}

fn expected() -> Vec<(String, Vec<String>)> {
    let of = |number: usize, name: &str| (PAIRS[number].0.to_owned(), vec![name.to_owned()]);
    let mut expected =
        vec![of(0, "config.txt"), of(1, "deploy/keys.env"), of(2, "message"), of(3, "lost.txt")];
    expected.sort();
    expected
}

#[test]
fn the_whole_history_is_read_and_each_blob_once_however_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    repository(&work);
    let target = format!("git+file://{}", work.display());
    assert_eq!(found(&target), expected(), "loose objects");
    git(&work, &["repack", "-a", "-d", "-f", "--depth", "50", "--quiet"]);
    assert_eq!(found(&target), expected(), "one pack beside loose objects");
    std::fs::write(work.join("later.txt"), "later").unwrap();
    git(&work, &["add", "--all"]);
    git(&work, &["commit", "--quiet", "--message", "later"]);
    git(&work, &["repack", "-d", "--quiet"]);
    git(&work, &["pack-refs", "--all"]);
    assert_eq!(found(&target), expected(), "several packs and packed names");
    // A repository that borrows its objects.
    let borrower = folder.path().join("borrower");
    let (from, to) = (work.to_str().unwrap(), borrower.to_str().unwrap());
    git(folder.path(), &["clone", "--quiet", "--shared", "--bare", from, to]);
    let borrowed = found(&format!("git+file://{to}"));
    assert_eq!(borrowed.len(), 3, "what no branch holds was not borrowed: {borrowed:?}");
    // Without the program that made it.
    let ran = {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        command.args(["scan", &target]).env("PATH", "/nowhere");
        super::ran(command, b"")
    };
    assert_eq!(ran.code, 1, "{}", ran.stderr);
}

#[test]
fn a_working_tree_is_read_with_its_history_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let path = folder.path().to_str().unwrap();
    let ran = claviger(&["scan", "--format", "jsonl", path]);
    assert!(ran.stdout.contains(PAIRS[0].0) && ran.stdout.contains(PAIRS[3].0), "{}", ran.stderr);
    assert!(ran.stdout.contains("/deploy/copy.env\""), "{}", ran.stdout);
    let ran = claviger(&["scan", "--format", "jsonl", "--no-history", path]);
    assert!(!ran.stdout.contains(PAIRS[0].0) && ran.stdout.contains(PAIRS[1].0), "{}", ran.stdout);
    let ran =
        claviger(&["scan", "--format", "jsonl", "--since", "2026-02-01", "--no-history", path]);
    assert!(ran.stdout.contains(PAIRS[1].0), "{}", ran.stdout);
    let target = format!("git+file://{path}");
    let ran = claviger(&["scan", "--since", "2026-02-01", &target]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_damaged_object_is_told_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    git(folder.path(), &["repack", "-a", "-d", "--quiet"]);
    let packs = std::fs::read_dir(folder.path().join(".git/objects/pack")).unwrap();
    let pack = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "pack"))
        .unwrap();
    std::fs::set_permissions(&pack, std::fs::Permissions::from_mode(0o600)).unwrap();
    let whole = std::fs::read(&pack).unwrap();
    for at in (12..whole.len() - 20).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&pack, &bytes).unwrap();
        let ran = claviger(&["scan", &format!("git+file://{}", folder.path().display())]);
        assert!(matches!(ran.code, 0 | 1 | 4), "{at}: {}", ran.stderr);
    }
}

#[test]
fn a_repository_elsewhere_is_fetched_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    git(folder.path(), &["update-server-info"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let root = folder.path().join(".git");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let asked = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap();
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap() > 2 {
                head.clear();
            }
            let (status, body) = match std::fs::read(root.join(asked.trim_start_matches('/'))) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
        }
    });
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(["scan", "--format", "jsonl", &format!("git+http://127.0.0.1:{port}/")])
        .env("TMPDIR", temporary.path());
    let ran = super::ran(command, b"");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains(PAIRS[0].0) && ran.stdout.contains("git+http://127.0.0.1"));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn the_hook_of_the_documents_refuses_a_commit_with_a_pair_and_lets_others_pass() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    let hook = folder.path().join(".git/hooks/pre-commit");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci/pre-commit");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::copy(source, &hook).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_claviger")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let commit = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        git(folder.path(), &["add", "--all"]);
        let output = Command::new("git")
            .current_dir(folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@acme.cn", "commit", "--message", "m"])
            .env("PATH", &path)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(commit("a b.txt", "nothing, but write to li.wei@acme.cn\n").0);
    let (passed, said) = commit("key.env", &text(0));
    assert!(!passed && said.contains("refused"), "{said}");
    // What is in the folder and not in the commit does not count.
    std::fs::write(folder.path().join("key.env"), "removed\n").unwrap();
    assert!(commit("c.txt", "more\n").0);
}
