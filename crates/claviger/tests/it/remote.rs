//! The API as commands, against a service that runs.

use std::process::Command;

use serde_json::Value;

use crate::Ran;
use crate::served::{PASSWORD, Served};

/// A service in a process of its own, with a folder for what commands keep.
pub(crate) struct Serving {
    pub(crate) served: Served,
    kept: tempfile::TempDir,
}

impl Serving {
    pub(crate) fn start() -> Self {
        Self { served: Served::start(), kept: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn run(&self, args: &[&str], input: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        command
            .args(args)
            .env("CLAVIGER_SERVER", self.served.url())
            .env("XDG_CONFIG_HOME", self.kept.path())
            .env_remove("CLAVIGER_TOKEN");
        crate::ran(command, input.as_bytes())
    }
}

pub(crate) fn json_lines(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_the_api_does_a_command_does() {
    let serving = Serving::start();
    let refused = serving.run(&["events", "list"], "");
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    let wrong = serving.run(&["sign-in", "admin"], "not the password\n");
    assert_eq!(wrong.code, 3, "{}", wrong.stderr);
    let signed_in = serving.run(&["sign-in", "admin"], PASSWORD);
    assert_eq!(signed_in.code, 0, "{}", signed_in.stderr);
    assert!(!signed_in.stdout.contains(PASSWORD));

    let added = serving.run(&["users", "add", "mei", "--role", "viewer"], "another made up one\n");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let users = json_lines(&serving.run(&["users", "list", "--json"], ""));
    assert_eq!(
        users.iter().map(|user| user["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["admin", "mei"]
    );

    let set = serving.run(&["policy", "set", "shared_account", "--level", "medium"], "");
    assert_eq!(set.code, 0, "{}", set.stderr);
    let policies = json_lines(&serving.run(&["policy", "list", "--json"], ""));
    let shared = policies.iter().find(|policy| policy["risk_type"] == "shared_account").unwrap();
    assert_eq!(shared["level"], "medium");

    let rule = ["rules", "set", "nights", "--name", "nights", "--grace", "300"];
    let hours = ["--hours", "20:00-08:00", "--days", "fri-sun", "--zone", "Asia/Shanghai"];
    let set = serving.run(&[&rule[..], &hours].concat(), "");
    assert_eq!(set.code, 0, "{}", set.stderr);
    let rules = json_lines(&serving.run(&["rules", "list", "--json"], ""));
    let kept = serde_json::json!({ "zone": "Asia/Shanghai", "days": [5, 6, 7], "from": "20:00",
        "until": "08:00", "outside": "hold" });
    assert_eq!(rules[0]["hours"], kept);
    let listed = serving.run(&["rules", "list"], "");
    assert!(listed.stdout.contains("5, 6, 7"), "{}", listed.stdout);
    let nowhere = ["--hours", "20:00-08:00", "--zone", "Asia/Nowhere"];
    let refused = serving.run(&[&rule[..], &nowhere].concat(), "");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("hint: name a zone"), "{}", refused.stderr);

    let key = "LTAI5tMadeUpForThisTest1";
    let line = format!("{{\"access_key_id\":\"{key}\"}}\n");
    let entered = serving.run(&["intel", "add", "-"], &line);
    assert_eq!(entered.code, 0, "{}", entered.stderr);
    let events = json_lines(&serving.run(&["events", "list", "--open", "--json"], ""));
    assert_eq!(events[0]["access_key_id"], key);
    let shown = serving.run(&["events", "show", key], "");
    assert!(shown.stdout.contains("self_managed_intelligence"), "{}", shown.stdout);
    let evidence = json_lines(&serving.run(&["evidence", "list", key, "--json"], ""));
    assert_eq!(evidence[0]["state"], "found");
    assert_eq!(serving.run(&["overview"], "").code, 1);
    let plan = serving.run(&["plan", "draft", key, "disable"], "");
    assert_eq!(plan.code, 2, "nobody knows whose the key is");
    assert!(plan.stderr.contains("hint:"), "{}", plan.stderr);
    let ignored = serving.run(&["events", "ignore", key, "--reason", "made up"], "");
    assert_eq!(ignored.code, 0, "{}", ignored.stderr);
    assert_eq!(serving.run(&["overview"], "").code, 0);

    let verified = serving.run(&["audit", "verify"], "");
    assert!(verified.stdout.contains("none changed"), "{}", verified.stdout);
    assert_eq!(serving.run(&["sign-out"], "").code, 0);
    assert_eq!(serving.run(&["events", "list"], "").code, 3);
}

#[test]
fn a_service_that_is_not_there_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(["events", "list", "--server", "http://127.0.0.1:1"])
        .env("XDG_CONFIG_HOME", folder.path());
    let ran = crate::ran(command, b"");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("hint: start it with `claviger serve`"), "{}", ran.stderr);
}

#[test]
fn a_bucket_may_be_named_by_its_id_wherever_by_its_name() {
    let serving = Serving::start();
    assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("files")).unwrap();
    let path = folder.path().to_str().unwrap();
    let add = ["connections", "add", "here", "--provider", "folder", "--endpoint", path];
    let added = serving.run(&add, "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let assets = || json_lines(&serving.run(&["assets", "list", "--json"], ""));
    let started = std::time::Instant::now();
    while assets().is_empty() {
        assert!(started.elapsed().as_secs() < 30, "no bucket was listed");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let asset = assets()[0].clone();
    let (id, bucket) = (asset["id"].as_str().unwrap(), asset["bucket"].as_str().unwrap());
    for named in [id, bucket] {
        for act in ["authorize", "identify", "show", "objects", "deauthorize"] {
            let ran = serving.run(&["assets", act, named], "");
            assert_eq!(ran.code, 0, "{act} {named}: {}", ran.stderr);
        }
    }
}
