//! What `--help` says changes only on purpose.

use crate::claviger;

#[test]
fn help_changes_only_on_purpose() {
    let top = claviger(&["--help"]);
    assert_eq!(top.code, 0);
    let commands = top
        .stdout
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    let mut all = top.stdout.clone();
    for command in commands.filter(|command| *command != "help") {
        let help = claviger(&[command, "--help"]);
        assert_eq!(help.code, 0, "{command}: {}", help.stderr);
        all.push_str(&format!("\n=== claviger {command} --help\n{}", help.stdout));
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn a_mistyped_command_names_the_nearest() {
    let ran = claviger(&["scna"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("scan"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}
