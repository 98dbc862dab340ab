//! Waits for what the service does by itself, and reads its answers.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::super::client::Client;

/// Longest wait for anything that the service does by itself.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again until there is an answer, or patience ends.
pub(super) async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if started.elapsed() > PATIENCE {
            bail!("waited {} s in vain until {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Milliseconds between two instants.
pub(super) fn milliseconds(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX)
}

/// A text that an answer must have.
pub(super) fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let found = value[name].as_str().with_context(|| format!("the answer has no `{name}`"))?;
    Ok(found.to_owned())
}

/// A value as a person reads it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

/// A plan, once it is in a state.
pub(super) async fn plan_in(client: &Client, id: &str, state: &str) -> anyhow::Result<Value> {
    until(&format!("the plan is {state}"), || async {
        let plan = client.get(&format!("/api/v1/plans/{id}")).await?;
        if plan["state"] == "failed" {
            bail!("the plan failed: {}", plan["steps"][0]["message"]);
        }
        Ok(Some(plan).filter(|plan| plan["state"] == state))
    })
    .await
}
