//! `claviger policy dial`: how many alarms a day, and what other values would have raised.

use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};

use super::Answer;
use super::shown::Shown;
use crate::cli::Exit;
use crate::cli::client::Client;
use crate::cli::exit::say;

/// How often a preview under way is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// How often a reader is told.
const TELL_EVERY: u32 = 10;

const DIAL: &str = "/api/v1/policies/dial";
const PREVIEW: &str = "/api/v1/policies/dial/preview";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// About how many alarms a day, over all keys; without it, how the dial stands
    #[arg(value_name = "N")]
    alarms_per_day: Option<f64>,
    /// Change nothing: show what the recorded history would have raised at N
    #[arg(long)]
    preview: bool,
    /// Preview so many of the last days, 30 unless given
    #[arg(long, value_name = "DAYS")]
    days: Option<u16>,
    /// Show the preview that was asked for last
    #[arg(long, conflicts_with_all = ["alarms_per_day", "preview"])]
    last: bool,
    /// Stop the preview that is under way
    #[arg(long, conflicts_with_all = ["alarms_per_day", "preview", "last"])]
    cancel: bool,
}

pub(super) async fn run(client: &Client, args: &Args) -> anyhow::Result<Answer> {
    if args.days.is_some() && !args.preview {
        bail!("`--days` is about a preview\nhint: add `--preview`, or leave `--days` out");
    }
    if args.cancel {
        client.delete(PREVIEW).await?;
        return Ok(Answer::done(Value::Null, "the preview is stopped"));
    }
    if args.last {
        return Ok(answer(client.get(PREVIEW).await?));
    }
    if args.preview {
        let body = json!({ "alarms_per_day": args.alarms_per_day, "days": args.days });
        client.post(PREVIEW, &body).await?;
        return Ok(answer(awaited(client).await?));
    }
    let Some(value) = args.alarms_per_day else {
        let dial = client.get(DIAL).await?;
        let lines = stands(&dial);
        return Ok(Answer::text(dial, lines));
    };
    let dial = client.put(DIAL, &json!({ "alarms_per_day": value })).await?;
    let sentence = format!(
        "the dial stands at about {} alarms a day: accesses from now on are judged by it; alarms and \
         events that stand are not affected",
        number(&dial["alarms_per_day"])
    );
    Ok(Answer::done(dial, sentence))
}

/// The preview, once it ended. Whoever stops waiting finds it later.
async fn awaited(client: &Client) -> anyhow::Result<Value> {
    let mut looks = 0_u32;
    loop {
        let preview = client.get(PREVIEW).await?;
        if preview["state"] != "running" {
            return Ok(preview);
        }
        let progress = &preview["progress"];
        if looks > 0 && looks.is_multiple_of(TELL_EVERY) && progress["of"] != 0 {
            say(&format!("{} of about {} events are read", progress["events"], progress["of"]));
        }
        looks = looks.saturating_add(1);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A preview as it stands: one without a result is told on standard error, and ends the command accordingly.
fn answer(preview: Value) -> Answer {
    let exit = match preview["state"].as_str() {
        Some("failed") => Exit::Error,
        Some("cancelled") => Exit::Interrupted,
        _ => {
            let lines = told(&preview);
            return Answer::text(preview, lines);
        }
    };
    say(&format!("claviger: {}", without_result(&preview)));
    Answer { value: preview, shown: Shown::Nothing, exit }
}

fn stands(dial: &Value) -> String {
    let value = number(&dial["alarms_per_day"]);
    match (dial["since"].as_str(), dial["turned_by"].as_str()) {
        (Some(since), Some(by)) => format!(
            "about {value} alarms a day, since {since} by {by} (configuration: {})",
            number(&dial["configured"])
        ),
        _ => format!("about {value} alarms a day, as the configuration says"),
    }
}

/// A number without a fraction that says nothing.
fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string())
}

/// What became of a preview that has no result.
fn without_result(preview: &Value) -> String {
    let (value, days) = (number(&preview["alarms_per_day"]), &preview["days"]);
    let what = format!("the preview of {value} alarms a day over {days} days");
    match preview["state"].as_str() {
        Some("failed") => format!("{what} failed: {}", text(&preview["failure"])),
        Some("cancelled") => format!(
            "{what} was stopped\nhint: ask for it again: `claviger policy dial {value} --preview --days {days}`"
        ),
        _ => format!("{what} is under way"),
    }
}

fn told(preview: &Value) -> String {
    let result = &preview["result"];
    if result.is_null() {
        return without_result(preview);
    }
    let mut lines = format!(
        "at {} alarms a day instead of {}, over the history from {} to {}\n{} events of {} keys \
         were read in {:.1} s\n",
        number(&preview["alarms_per_day"]),
        number(&preview["present"]),
        text(&result["since"]),
        text(&result["until"]),
        result["events"],
        result["keys"],
        result["took_ms"].as_f64().unwrap_or_default() / 1_000.0,
    );
    for caution in rows(&result["cautions"]) {
        lines.push_str(&format!("note: {}\n", text(caution)));
    }
    lines.push_str("\n    DIAL  ALARMS   A DAY  WORST DAY        KEYS\n");
    for dial in rows(&result["dials"]) {
        lines.push_str(&line(preview, dial));
    }
    for alarm in rows(&result["alarms"]) {
        lines.push_str(&format!(
            "\n{:7} {} {} score {:.1} nats\n  {}\n",
            text(&alarm["change"]),
            text(&alarm["time"]),
            text(&alarm["access_key_id"]),
            alarm["score"].as_f64().unwrap_or_default(),
            text(&alarm["sentence"]),
        ));
    }
    if let Some(more @ 1..) = result["alarms_unlisted"].as_u64() {
        lines.push_str(&format!("\nand {more} more alarms\n"));
    }
    lines
}

fn line(preview: &Value, dial: &Value) -> String {
    let is = |name: &str| dial["alarms_per_day"] == preview[name];
    let what = match (is("alarms_per_day"), is("present")) {
        (_, true) => "  the present value",
        (true, false) => "  asked for",
        (false, false) => "",
    };
    let worst = match dial["worst_day"].as_str() {
        Some(day) => format!("{day} ({})", dial["worst_alarms"]),
        None => "–".to_owned(),
    };
    format!(
        "{:>8}  {:>6}  {:>6.2}  {worst:<15}  {:>4}{what}\n",
        number(&dial["alarms_per_day"]),
        dial["alarms"].to_string(),
        dial["mean"].as_f64().unwrap_or_default(),
        dial["keys"].to_string(),
    )
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_that_failed_or_was_stopped_is_no_success() {
        let ended = |state: &str| {
            let preview = json!({ "state": state, "alarms_per_day": 20.0, "present": 5.0, "days": 30,
                "failure": "the disk is full (hint: make room)", "result": null });
            (answer(preview.clone()).exit, without_result(&preview))
        };
        let (exit, told) = ended("failed");
        assert_eq!(exit, Exit::Error);
        assert!(
            told.ends_with("over 30 days failed: the disk is full (hint: make room)"),
            "{told}"
        );
        let (exit, told) = ended("cancelled");
        assert_eq!(exit, Exit::Interrupted);
        assert!(told.contains("hint:") && told.contains("dial 20 --preview --days 30"), "{told}");
        assert_eq!(ended("running").0, Exit::Clean);
    }

    #[test]
    fn numbers_of_the_table_have_no_empty_fraction() {
        let dial = json!({ "alarms_per_day": 5.0, "alarms": 12, "mean": 0.4, "worst_day": "2026-03-09",
            "worst_alarms": 3, "keys": 2 });
        let preview = json!({ "alarms_per_day": 20.0, "present": 5.0 });
        let expected = "       5      12    0.40  2026-03-09 (3)      2  the present value\n";
        assert_eq!(line(&preview, &dial), expected);
    }
}
