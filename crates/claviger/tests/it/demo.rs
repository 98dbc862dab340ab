//! `claviger demo`: the whole story, through every floor.

use super::claviger;

#[test]
fn the_story_is_told_to_its_end_as_data() {
    let ran = claviger(&["demo", "--format", "jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps: Vec<&str> = lines.iter().map(|line| line["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "sandbox",
            "bucket",
            "connect",
            "authorize",
            "identify",
            "policy",
            "alert",
            "misuse",
            "mail",
            "event",
            "plan",
            "disable",
            "refused",
            "undo",
            "rotate",
            "what_if",
            "block",
            "delete_file",
            "allowlist",
            "summary"
        ]
    );
    let summary = &lines.last().unwrap()["details"];
    assert_eq!(summary["status_before"], "active");
    assert_eq!(summary["status_after"], "inactive");
    assert!(summary["request_to_mail_ms"].as_i64().unwrap() > 0);
    let refused = lines.iter().find(|line| line["step"] == "refused").unwrap();
    assert_eq!(refused["details"]["status"], 403);
    let judged = lines.iter().find(|line| line["step"] == "what_if").unwrap();
    let stopped = &judged["details"]["what_if"]["stopped"];
    assert!(stopped["count"].as_u64().unwrap() > 0, "{judged}");
    assert!(stopped["requests"][0]["by"].as_str().unwrap().contains("NotIpAddress"), "{judged}");
    let deleted = lines.iter().find(|line| line["step"] == "delete_file").unwrap();
    assert_eq!(deleted["details"]["evidence"][0]["state"], "disposed");
    let allowed = &lines.iter().find(|line| line["step"] == "allowlist").unwrap()["details"];
    assert_eq!(allowed["hidden"].as_array().unwrap().len(), 1, "{allowed}");
    assert_eq!(allowed["hidden"][0]["object"], "handbook/sample.txt");
    assert_eq!(allowed["entry"]["reason"], "the sample of the handbook");
    assert!(allowed["refused"].as_str().unwrap().contains("hint:"), "{allowed}");
    assert!(allowed["mail"].as_str().unwrap().contains("being used"), "{allowed}");
    let mail = lines.iter().find(|line| line["step"] == "mail").unwrap();
    let text = mail["details"]["text"].as_str().unwrap();
    assert!(text.contains("exampledir/userdata.csv") && text.contains("billing-export"));
}
