//! `claviger plan confirm|undo --dry-run`: the calls in their order, and nothing is changed.

use anyhow::bail;
use serde_json::Value;

use super::super::{Answer, escaped};
use super::told::{breaks, called, list, word};
use crate::cli::client::Client;

/// What confirming would do.
pub(super) async fn confirm(client: &Client, plan: &str) -> anyhow::Result<Answer> {
    let plan = client.get(&format!("/api/v1/plans/{}", escaped(plan))).await?;
    if !matches!(plan["state"].as_str(), Some("drafted" | "failed")) {
        let state = word(&plan["state"]);
        bail!("the plan is {state} already, and would do nothing\nhint: draft a new one");
    }
    let mut text = String::from("nothing was changed; once confirmed, these steps follow:\n");
    let left = list(&plan["steps"]).filter(|step| step["state"] != "verified");
    for (place, step) in left.enumerate() {
        text.push_str(&format!("{}. {}\n{}", place + 1, word(&step["title"]), called(step)));
    }
    text.push_str(&breaks(&plan));
    Ok(Answer::text(plan, text))
}

/// What taking it back would do: the last step first.
pub(super) async fn undo(client: &Client, plan: &str) -> anyhow::Result<Answer> {
    let plan = client.get(&format!("/api/v1/plans/{}", escaped(plan))).await?;
    let begun = |step: &&Value| !matches!(step["state"].as_str(), Some("waiting" | "undone"));
    let steps: Vec<&Value> = list(&plan["steps"]).filter(begun).collect();
    if steps.is_empty() {
        bail!("nothing of the plan stands\nhint: there is nothing to take back");
    }
    if let Some(step) = steps.iter().find(|step| step["undo"].is_null()) {
        let title = word(&step["title"]);
        bail!("`{title}` cannot be taken back\nhint: see the plan for what else helps");
    }
    let mut text = String::from("nothing was changed; taken back, in this order:\n");
    for (place, step) in steps.iter().rev().enumerate() {
        let (title, undo) = (word(&step["title"]), word(&step["undo"]));
        text.push_str(&format!("{}. {title}: {undo}\n", place + 1));
    }
    Ok(Answer::text(plan, text))
}
