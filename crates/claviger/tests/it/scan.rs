//! `claviger scan`.

use super::{claviger, claviger_with};

/// A made-up pair in the right shape.
const PAIR: &str =
    "AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x\nAccessKeySecret: k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n";

#[test]
fn a_pair_is_found_and_its_secret_is_hidden_unless_asked_for() {
    let ran = claviger_with(&["scan", "-", "--format", "jsonl"], PAIR.as_bytes());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let finding: serde_json::Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!(finding["kind"], "access_key_pair");
    assert_eq!(finding["access_key_id"], "LTAI5tK9qW2mZ7rT4vB8nC3x");
    assert_eq!(finding["location"]["line"], 1);
    assert_eq!(finding["location"]["column"], 14);
    assert!(finding["secret"]["value"].is_null());
    assert!(!ran.stdout.contains("k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
    let ran = claviger_with(&["scan", "-", "--format", "jsonl", "--reveal"], PAIR.as_bytes());
    assert!(ran.stdout.contains("k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U"));
}

#[test]
fn nothing_found_is_clean_and_a_missing_path_is_an_error_with_a_hint() {
    assert_eq!(claviger_with(&["scan", "-"], b"nothing here").code, 0);
    let ran = claviger(&["scan", "no/such/path"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
}

#[test]
fn folders_are_read_in_the_order_of_names_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.txt", "a.txt", "c.txt"] {
        std::fs::write(folder.path().join(name), PAIR).unwrap();
    }
    let path = folder.path().display().to_string();
    let mut uris = Vec::new();
    for threads in ["1", "4"] {
        let ran = claviger(&["scan", &path, "--format", "jsonl", "--threads", threads]);
        let found: Vec<String> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|finding| finding["location"]["uri"].as_str().unwrap().to_owned())
            .collect();
        assert!(found.is_sorted() && found.len() == 3);
        uris.push(found);
    }
    assert_eq!(uris[0], uris[1]);
}

#[cfg(unix)]
#[test]
fn a_link_that_is_named_is_read_and_one_inside_a_folder_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside.txt"));
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(&outside, PAIR).unwrap();
    let link = inside.join("link.txt");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    assert_eq!(claviger(&["scan", link.to_str().unwrap()]).code, 1);
    assert_eq!(claviger(&["scan", inside.to_str().unwrap()]).code, 0);
    let folder_link = folder.path().join("folder");
    std::os::unix::fs::symlink(&inside, &folder_link).unwrap();
    std::fs::write(inside.join("pair.txt"), PAIR).unwrap();
    assert_eq!(claviger(&["scan", folder_link.to_str().unwrap()]).code, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn what_fails_while_it_is_read_is_told_and_nothing_is_called_clean() {
    // The memory of a process opens, and fails at its first byte.
    let ran = claviger(&["scan", "/proc/self/mem"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("read up to byte 0"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_makes_no_error() {
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    for name in 0..200 {
        std::fs::write(folder.path().join(format!("{name}.txt")), PAIR.repeat(20)).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args(["scan", "--format", "jsonl"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_damaged_archive_beside_nothing_found_is_incomplete() {
    let ran = claviger_with(&["scan", "-"], &[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("gzip"), "{}", ran.stderr);
}

#[test]
fn an_address_without_credentials_and_one_that_is_no_target_say_what_to_do() {
    for address in
        ["oss://bucket/prefix", "https://git.example.com/a.git", "git+ftp://a/b", "oss://"]
    {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_claviger"));
        command.args(["scan", address]).env_clear();
        let ran = super::ran(command, b"");
        assert_eq!(ran.code, 2, "{address}");
        assert!(ran.stderr.contains("hint:"), "{address}: {}", ran.stderr);
    }
}

#[test]
fn what_is_chosen_is_scanned_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("build")).unwrap();
    for name in ["a.txt", "b.csv", "build/c.txt", "d.txt"] {
        std::fs::write(folder.path().join(name), PAIR).unwrap();
    }
    std::fs::write(folder.path().join("d.txt"), PAIR.repeat(100)).unwrap();
    let path = folder.path().to_str().unwrap();
    let check = |flags: &[&str], expected: &[&str]| {
        let args = [&["scan", "--format", "jsonl", path], flags].concat();
        let ran = claviger(&args);
        let mut names: Vec<String> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|finding| {
                finding["location"]["uri"].as_str().unwrap().replace(&format!("{path}/"), "")
            })
            .collect();
        names.dedup();
        assert_eq!(names, expected, "{flags:?}: {}", ran.stderr);
    };
    check(&["--include", "*.txt"], &["a.txt", "build/c.txt", "d.txt"]);
    check(&["--exclude", "build", "--exclude", "*.csv"], &["a.txt", "d.txt"]);
    check(&["--max-size", "1k"], &["a.txt", "b.csv", "build/c.txt"]);
    check(&["--since", "1h"], &["a.txt", "b.csv", "build/c.txt", "d.txt"]);
    let old = std::fs::File::options().write(true).open(folder.path().join("a.txt")).unwrap();
    old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    check(&["--since", "1h"], &["b.csv", "build/c.txt", "d.txt"]);
    let ran = claviger(&["scan", "--since", "1h", path]);
    assert!(ran.stderr.contains("1 left out"), "{}", ran.stderr);
    assert_eq!(claviger(&["scan", "--since", "soon", path]).code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_told_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink(folder.path(), path("circle")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    let ran = claviger(&["scan", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("pipe: a named pipe is no file"), "{}", ran.stderr);
    assert!(ran.stderr.contains("socket: a socket is no file"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 links not followed"), "{}", ran.stderr);
    std::fs::write(path("z.txt"), PAIR).unwrap();
    assert_eq!(claviger(&["scan", folder.path().to_str().unwrap()]).code, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_holes_of_a_sparse_file_cost_nothing() {
    use std::os::unix::fs::FileExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let at = 700_000_000_000;
    file.write_all_at(PAIR.as_bytes(), at).unwrap();
    let ran = claviger(&["scan", "--format", "jsonl", path.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let finding: serde_json::Value =
        serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(finding["access_key_id"], "LTAI5tK9qW2mZ7rT4vB8nC3x");
    let place = finding["location"]["path"][0].as_str().unwrap();
    let base: u64 = place.strip_prefix("data at byte ").unwrap().parse().unwrap();
    assert_eq!(base + finding["location"]["start"].as_u64().unwrap(), at + 13);
}
