//! What `claviger scan` prints.

use std::process::Command;

use serde_json::Value;

use super::sources_live::part;
use super::{claviger, claviger_with};

const PAIR: &str =
    "AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x\nAccessKeySecret: k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n";

fn sarif(args: &[&str]) -> Value {
    let ran = claviger(&[&["scan", "--format", "sarif"], args].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn a_sarif_log_has_what_the_standard_wants() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b.txt"), PAIR).unwrap();
    std::fs::write(folder.path().join("people.csv"), "name,phone\n王小明,13912345670\n").unwrap();
    std::fs::write(folder.path().join("broken.gz"), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1])
        .unwrap();
    let log = sarif(&[folder.path().to_str().unwrap()]);
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "claviger");
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 2);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("file:///") && !uri.contains(' '), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(place["region"]["startColumn"].as_u64().unwrap() >= 1);
        assert!(result["partialFingerprints"].is_object());
    }
    assert_eq!(results[0]["level"], "error");
    assert!(!log.to_string().contains("k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
    assert!(!log.to_string().contains("13912345670"));
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notices.len(), 1);
}

/// The schema is that of OASIS (`sarif-2.1.0-rtm.5`), without its descriptions; `jsonschema` of Python judges by it.
#[test]
fn a_sarif_log_is_valid_by_the_schema_of_the_standard() {
    let Some(python) = part("CLAVIGER_TEST_PYTHON", "python", "jsonschema") else { return };
    let knows = Command::new(&python).args(["-c", "import jsonschema"]).output().unwrap();
    if !knows.status.success() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b.txt"), format!("{PAIR}password = ${{PASSWORD}}\n"))
        .unwrap();
    std::fs::write(folder.path().join("people.csv"), "name,phone\n王小明,13912345670\n").unwrap();
    std::fs::write(folder.path().join("broken.gz"), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1])
        .unwrap();
    let scanned = folder.path().to_str().unwrap();
    let ran = claviger(&["scan", "--format", "sarif", "--show-suppressed", scanned]);
    let log = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(log.path(), &ran.stdout).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sarif-2.1.0.schema.json");
    let judge = "import json, sys, jsonschema; schema, log = (json.load(open(p)) for p in sys.argv[1:]); \
                 jsonschema.validators.validator_for(schema)(schema).validate(log)";
    let judged = Command::new(python).args(["-c", judge, schema]).arg(log.path()).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

#[test]
fn a_sarif_log_without_results_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let log = sarif(&[folder.path().to_str().unwrap()]);
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn text_shows_the_line_and_hides_what_is_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, format!("{PAIR}password = k9Xq2LmZ7VbN5tRw\n")).unwrap();
    let ran = claviger(&["scan", path.to_str().unwrap()]);
    assert!(ran.stdout.contains("│ AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("k3Jd8s") && !ran.stdout.contains("k9Xq2L"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour where no terminal is");
}

#[test]
fn each_finding_has_its_level_by_the_template() {
    let level = |template: &str| {
        let args = ["scan", "-", "--format", "jsonl", "--template", template];
        let ran = claviger_with(&args, b"mail li.wei@acme.cn");
        let finding: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
        finding["level"].as_str().unwrap().to_owned()
    };
    assert_eq!(level("internet_industry"), "S2");
    assert_eq!(level("finance"), "S3");
    assert_eq!(level("pci_dss"), "N/A");
    let ran = claviger_with(&["scan", "-", "--template", "unheard_of"], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("claviger templates"), "{}", ran.stderr);
}

#[test]
fn templates_are_listed_as_data() {
    let ran = claviger(&["templates", "--json"]);
    assert_eq!(ran.code, 0);
    let all: Vec<Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let usual = all.iter().find(|one| one["name"] == "internet_industry").unwrap();
    assert_eq!(usual["title"], "Internet Industry Classification and Categorization");
    assert!(usual["data_types"].as_array().unwrap().iter().all(|one| one["level"].is_string()));
    assert_eq!(claviger(&["templates", "unheard_of"]).code, 2);
}

#[test]
fn what_is_less_sensitive_or_less_sure_is_passed_over() {
    let text = format!("{PAIR}mail li.wei@acme.cn\n");
    let codes = |flags: &[&str]| {
        let ran =
            claviger_with(&[&["scan", "-", "--format", "jsonl"], flags].concat(), text.as_bytes());
        (ran.code, ran.stdout.lines().count())
    };
    assert_eq!(codes(&[]), (1, 2));
    assert_eq!(codes(&["--least-level", "S3"]), (1, 1));
    assert_eq!(codes(&["--least-confidence", "0.999"]).0, 0);
    assert_eq!(codes(&["--least-level", "high"]).0, 2);
}

#[test]
fn false_alarms_are_told_with_their_reasons_when_asked_for() {
    let text = "ALIYUN_ACCESS_KEY_ID=LTAI5txxxxxxxxxxxxxxxxxx\nid LTAI5tK9qW2mZ7rT4vB8nC3x # claviger:allow\n";
    let quiet = claviger_with(&["scan", "-", "--format", "jsonl"], text.as_bytes());
    assert_eq!((quiet.code, quiet.stdout.as_str()), (0, ""), "{}", quiet.stderr);
    let asked = ["scan", "-", "--format", "jsonl", "--show-suppressed"];
    let told = claviger_with(&asked, text.as_bytes());
    let reasons: Vec<String> = told
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|finding| finding["suppressed"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told.code, 0, "{}", told.stdout);
    assert_eq!(reasons, ["a placeholder", "allowed by the comment `claviger:allow`"]);
    let log =
        claviger_with(&["scan", "-", "--format", "sarif", "--show-suppressed"], text.as_bytes());
    let log: Value = serde_json::from_str(&log.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"][1]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn what_a_baseline_knows_is_passed_over_although_its_lines_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (file, known) = (folder.path().join("a.txt"), folder.path().join("known.jsonl"));
    let (path, baseline) = (file.display().to_string(), known.display().to_string());
    let scan = |option: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_claviger"));
        command.args(["scan", &path, option, &baseline]);
        command.env("CLAVIGER_FINGERPRINT_KEY", "07".repeat(32));
        super::ran(command, b"")
    };
    std::fs::write(&file, PAIR).unwrap();
    let first = scan("--write-baseline");
    assert_eq!(first.code, 1, "{}", first.stderr);
    std::fs::write(&file, format!("# moved\n\n{PAIR}")).unwrap();
    let again = scan("--baseline");
    assert_eq!(again.code, 0, "{}", again.stdout);
}

#[test]
fn rules_of_ones_own_and_files_of_patterns_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rules = write(
        "own.toml",
        "group = \"own\"\n[[rule]]\nname = \"acme_key\"\ntitle = \"Acme key\"\nshapes = [\"acme_<alnum 32>\"]\n\
         positive = [\"acme_|k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4Uw2\"]\nnegative = [\"acme_|key\"]\n",
    );
    let file = write("a.txt", "x = acme_q7Jd8sPw2LmZx7VbN5tRwYc9HfGa4Ue9\n");
    let found = claviger(&["scan", "--format", "jsonl", "--rules", &rules, &file]);
    assert!(found.stdout.contains("\"acme_key\""), "{} {}", found.stdout, found.stderr);
    let ignore = write("ignored", "# notes\na.*\nown.toml\nignored\n");
    let whole = folder.path().display().to_string();
    let none = claviger(&["scan", "--rules", &rules, "--ignore-file", &ignore, &whole]);
    assert_eq!(none.code, 0, "{} {}", none.stdout, none.stderr);
    let wrong = write("wrong.toml", "group = 3\n");
    assert_eq!(claviger(&["scan", "--rules", &wrong, &file]).code, 2);
}

#[test]
fn an_id_and_its_secret_in_two_files_of_a_folder_are_one_finding() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access-key-id"), "LTAI5tK9qW2mZ7rT4vB8nC3x\n").unwrap();
    std::fs::write(folder.path().join("access-key-secret"), "k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n")
        .unwrap();
    let path = folder.path().display().to_string();
    for threads in ["1", "3"] {
        let ran = claviger(&["scan", "--format", "jsonl", "--threads", threads, &path]);
        let found: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
        assert!(found["secret"]["masked"].is_string(), "{}", ran.stdout);
        assert!(found["why"][0].as_str().unwrap().contains("`access-key-secret`"));
    }
}

#[test]
fn without_data_types_credentials_alone_are_found() {
    let text = format!("name,phone\n王小明,13912345670\n{PAIR}");
    let all = claviger_with(&["scan", "-", "--format", "jsonl"], text.as_bytes());
    let some =
        claviger_with(&["scan", "-", "--format", "jsonl", "--no-data-types"], text.as_bytes());
    assert!(all.stdout.lines().count() > 1);
    assert_eq!(some.stdout.lines().count(), 1, "{}", some.stdout);
}
