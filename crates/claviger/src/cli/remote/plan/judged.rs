//! `claviger plan what-if`: a table of how the recorded requests would have fared.

use serde_json::Value;

/// Requests of each kind that the table names; `--json` has all that are listed.
const NAMED_MAX: usize = 10;

/// How requests may fare, in the order of a reader's questions.
const FATES: [(&str, &str); 5] = [
    ("stopped", "of strangers, stopped"),
    ("passing", "of strangers, going on"),
    ("lost", "good ones, lost"),
    ("kept", "good ones, going on"),
    ("unknown", "the log does not tell"),
];

/// The answer as lines of text.
pub(super) fn text(answer: &Value) -> String {
    let mut text = String::new();
    for (name, words) in FATES {
        let of = &answer[name];
        let sources = of["sources"].as_array().map_or(0, Vec::len);
        text.push_str(&format!("{:>8} requests {words} ({sources} sources)\n", of["count"]));
        // What goes on is not what a reader decides by.
        if matches!(name, "stopped" | "lost" | "unknown") {
            text.extend(of["requests"].as_array().into_iter().flatten().take(NAMED_MAX).map(line));
        }
    }
    if answer["partial"] == true {
        text.push_str("the history holds more than was read: these numbers are the least\n");
    }
    text.trim_end().to_owned()
}

fn line(request: &Value) -> String {
    let word = |name: &str| request[name].as_str().unwrap_or("-").to_owned();
    let place = format!("{}/{}", word("bucket"), word("object"));
    let words = [word("time"), word("source_ip"), word("action"), place];
    format!("         {}\n", words.join("  "))
}
