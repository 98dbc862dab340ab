//! Lets the providers' own clients judge the practice cloud.
//!
//! They are Python packages (`tests/judges/requirements.txt`) in the environment of
//! `CLAVIGER_TEST_PYTHON`, else in `target/parts/venv`. Without one they are skipped, loudly; with
//! `CLAVIGER_TEST_REQUIRE_PARTS=1` that is a failure.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::client::Practice;

#[expect(clippy::print_stderr, reason = "a judge that does not sit must be seen")]
fn python() -> Option<PathBuf> {
    let target = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        target.unwrap_or_else(|| root.join("target")).join("parts/venv/bin/python")
    };
    let path = std::env::var_os("CLAVIGER_TEST_PYTHON").map_or_else(target, PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let required =
        std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|value| value == "1");
    assert!(!required, "no Python at {}: the judges cannot sit", path.display());
    eprintln!("SKIPPED: no Python at {}: the official clients judge nothing", path.display());
    None
}

/// Runs a judge of the services to its end; `false` when there is no Python.
pub(crate) async fn judge(practice: &Practice, script: &str, words: &[&str]) -> bool {
    let endpoints = practice.sandbox.endpoints();
    let environment = [
        ("JUDGE_OSS_ENDPOINT", endpoints.oss.as_str()),
        ("JUDGE_S3_ENDPOINT", &endpoints.s3),
        ("JUDGE_RAM_ENDPOINT", &endpoints.ram),
        ("JUDGE_SLS_ENDPOINT", &endpoints.sls),
        ("JUDGE_AWS_ENDPOINT", &endpoints.aws),
        ("JUDGE_KEY_ID", &practice.root.access_key_id),
        ("JUDGE_KEY_SECRET", practice.root.secret.reveal()),
        ("JUDGE_REGION", practice.sandbox.region()),
    ];
    run(script, words, &environment).await
}

/// Runs the judge of the mail receiver; `false` when there is no Python.
pub(crate) async fn judge_mail(receiver: SocketAddr, word: &str) -> bool {
    run("mail.py", &[word], &[("JUDGE_MAIL", &receiver.to_string())]).await
}

#[expect(clippy::print_stderr, reason = "how much a judge checked is worth seeing")]
async fn run(script: &str, words: &[&str], environment: &[(&str, &str)]) -> bool {
    let Some(python) = python() else { return false };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    let ended = Command::new(python)
        .arg(folder.join(script))
        .args(words)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{script}\n{said}\n{complained}");
    eprintln!("{script}: {said}");
    true
}
