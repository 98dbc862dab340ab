//! The test of a connection by command and API: which calls work, which rights are missing, and the policy that
//! grants them.

use std::process::Command;

use claviger_cloud::PolicyOwner;
use serde_json::Value;

use crate::Ran;
use crate::bad_days::serve::PASSWORD;
use crate::bad_days::stage::Stage;

const KEEPER: &str = "keeper";

/// Runs the binary as a person who works from a terminal.
fn run(stage: &Stage, args: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(args)
        .env("CLAVIGER_SERVER", stage.serve.url())
        .env("XDG_CONFIG_HOME", stage.folder.path())
        .env_remove("CLAVIGER_TOKEN");
    tokio::task::block_in_place(|| crate::ran(command, input.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_connection_says_what_it_lacks_and_the_policy_that_is_printed_grants_it() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    let keeper = stage.owner.make_user(KEEPER).await;
    let signed_in = run(&stage, &["sign-in", "admin"], PASSWORD);
    assert_eq!(signed_in.code, 0, "{}", signed_in.stderr);
    let (oss, ram) = (stage.owner.oss.as_str(), stage.owner.ram.as_str());
    let to = ["--provider", "aliyun", "--region", "cn-hangzhou", "--endpoint", oss];
    let with = ["--accounts-endpoint", ram, "--access-key-id", keeper.id.as_str(), "--json"];
    let add = [&["connections", "add", "practice"], &to[..], &with].concat();
    let added = run(&stage, &add, keeper.secret.reveal());
    assert_eq!(added.code, 0, "{}", added.stderr);
    let lacks = "2 of 14 rights for reading are missing: ram:ListUsers, ram:ListAccessKeys";
    assert!(added.stderr.contains(lacks), "{}", added.stderr);
    assert!(added.stderr.contains("hint: `claviger connections capabilities"), "{}", added.stderr);

    let connection: Value = serde_json::from_str(&added.stdout).unwrap();
    let id = connection["id"].as_str().unwrap();
    let shown = run(&stage, &["connections", "capabilities", id], "");
    assert_eq!(shown.code, 1, "{}", shown.stderr);
    for (right, verdict) in [
        ("oss:GetBucketPolicy", "allowed"),
        ("oss:GetObject ", "allowed"),
        ("ram:ListUsers", "refused"),
    ] {
        let line = shown.stdout.lines().find(|line| line.starts_with(right)).unwrap();
        assert!(line.contains(verdict), "{line}");
    }
    assert!(shown.stdout.contains("This policy grants what is missing:"), "{}", shown.stdout);
    let trial = stage.client.get(&format!("/api/v1/connections/{id}/capabilities")).await;
    let policy = trial["missing"]["policy"].as_str().unwrap();
    assert!(shown.stdout.contains(policy), "{}", shown.stdout);

    let cloud = stage.owner.cloud();
    cloud.create_policy("missing", policy).await.unwrap();
    cloud.attach_policy(KEEPER, PolicyOwner::Account, "missing").await.unwrap();
    let whole = run(&stage, &["connections", "capabilities", id, "--json"], "");
    assert_eq!(whole.code, 0, "{}", whole.stdout);
    let whole: Value = serde_json::from_str(&whole.stdout).unwrap();
    assert!(whole["missing"].is_null());
    let all = whole["capabilities"].as_array().unwrap();
    let (tried, not_tried): (Vec<&Value>, Vec<&Value>) =
        all.iter().partition(|one| one["verdict"] != "not_tried");
    assert!(tried.iter().all(|one| one["verdict"] == "allowed"), "{tried:?}");
    let of_sources: Vec<&str> =
        not_tried.iter().map(|one| one["right"].as_str().unwrap()).collect();
    let expected = ["log:GetCursorOrData", "log:ListShards", "actiontrail:LookupEvents"];
    assert_eq!(of_sources, expected, "nothing of this connection reads them");
    assert!(not_tried[0]["answer"].as_str().unwrap().contains("claviger sources add"));
}
