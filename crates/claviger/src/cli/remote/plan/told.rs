//! A plan as lines for a person: how it fares, what may break, and its steps in their order.

use serde_json::Value;

/// The plan.
pub(super) fn text(plan: &Value) -> String {
    let id = word(&plan["id"]);
    let mut text = format!("{id}  {}: {}\n", word(&plan["action"]), word(&plan["state"]));
    for (what, by, at) in
        [("drafted", "drafted_by", "drafted_at"), ("confirmed", "confirmed_by", "confirmed_at")]
    {
        if let (Some(by), Some(at)) = (plan[by].as_str(), plan[at].as_str()) {
            text.push_str(&format!("{what} by {by} at {at}\n"));
        }
    }
    text.push_str(&breaks(plan));
    for (place, step) in list(&plan["steps"]).enumerate() {
        text.push_str(&format!("{}. {}: {}\n", place + 1, word(&step["title"]), fares(step)));
        text.push_str(&format!("   {}\n", word(&step["changes"])));
        text.push_str(&called(step));
    }
    text.push_str(&follows(plan, id));
    text.trim_end().to_owned()
}

/// What may break, by what is on record.
pub(super) fn breaks(plan: &Value) -> String {
    let lines: Vec<String> =
        list(&plan["breaks"]).map(|line| format!("  - {}\n", word(line))).collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("what may break, by the record:\n{}", lines.concat()),
    }
}

/// The call of a step with its command, and what takes it back.
pub(super) fn called(step: &Value) -> String {
    let mut text = String::new();
    if let Some(call) = step["call"].as_str().filter(|call| !call.is_empty()) {
        text.push_str(&format!("   {call}\n"));
    }
    for line in word(&step["command"]).lines() {
        text.push_str(&format!("   {line}\n"));
    }
    let undo = step["undo"].as_str().unwrap_or("it cannot be taken back");
    text.push_str(&format!("   taken back: {undo}\n"));
    text
}

fn fares(step: &Value) -> String {
    let state = word(&step["state"]);
    match step["proof"].as_str().or_else(|| step["message"].as_str()) {
        Some(words) => format!("{state} ({words})"),
        None => state.to_owned(),
    }
}

/// What a person may do next.
fn follows(plan: &Value, id: &str) -> String {
    let typed = if plan["irreversible"] == true { " --key ACCESS_KEY_ID" } else { "" };
    match plan["state"].as_str() {
        Some("drafted") => {
            format!("nothing was changed; to run it: `claviger plan confirm {id}{typed}`\n")
        }
        Some("failed") => {
            let again = format!("`claviger plan confirm {id}{typed}`");
            format!("to go on: {again}; to take it back: `claviger plan undo {id}`\n")
        }
        Some("confirmed" | "done") if typed.is_empty() => {
            format!("to take it back: `claviger plan undo {id}`\n")
        }
        _ => String::new(),
    }
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(super) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_drafted_plan_says_what_it_changes_and_how_to_run_it() {
        let step = json!({ "title": "Delete LTAI", "call": "ram:DeleteAccessKey", "changes": "It goes.",
            "command": "aliyun ram DeleteAccessKey", "undo": null, "state": "waiting" });
        let plan = json!({ "id": "pln_1", "action": "delete", "state": "drafted", "drafted_by": "mei",
            "drafted_at": "2026-01-01T00:00:00Z", "confirmed_by": null, "breaks": ["one workload"],
            "irreversible": true, "steps": [step] });
        let expected = "pln_1  delete: drafted\n\
            drafted by mei at 2026-01-01T00:00:00Z\n\
            what may break, by the record:\n  \
              - one workload\n\
            1. Delete LTAI: waiting\n   \
               It goes.\n   \
               ram:DeleteAccessKey\n   \
               aliyun ram DeleteAccessKey\n   \
               taken back: it cannot be taken back\n\
            nothing was changed; to run it: `claviger plan confirm pln_1 --key ACCESS_KEY_ID`";
        assert_eq!(super::text(&plan), expected);
    }

    #[test]
    fn a_step_tells_its_proof_or_what_it_waits_for() {
        let done = json!({ "state": "verified", "proof": "Inactive", "message": null });
        assert_eq!(super::fares(&done), "verified (Inactive)");
        let held = json!({ "state": "held", "proof": null, "message": "waits" });
        assert_eq!(super::fares(&held), "held (waits)");
    }
}
