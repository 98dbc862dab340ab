//! The later steps of the story: the key is rotated by KMS, the old pair is blocked until it is gone, and the
//! file that holds it is deleted.

use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::client::Client;
use super::asking::{milliseconds, plain, plan_in, text, until};
use super::scene::{BUCKET, LEAK, Thief, download};
use super::stage::Stage;
use super::teller::Teller;

/// Where the good workload of the story lives: an address of the documentation's own network (RFC 5737).
const GOOD: &str = "203.0.113.10";

/// The leak as the story has found it.
pub(super) struct Found<'a> {
    pub(super) stage: &'a Stage,
    pub(super) client: &'a Client,
    pub(super) event_id: &'a str,
    pub(super) thief: &'a Thief,
}

/// Tells these steps.
pub(super) async fn tell(found: &Found<'_>, teller: &mut Teller) -> anyhow::Result<()> {
    found.rotate(teller).await?;
    found.block(teller).await?;
    found.delete_file(teller).await
}

impl Found<'_> {
    async fn draft(&self, body: &Value) -> anyhow::Result<Value> {
        self.client.post(&format!("/api/v1/events/{}/plans", self.event_id), body).await
    }

    async fn confirm(&self, plan: &Value) -> anyhow::Result<String> {
        let id = text(plan, "id")?;
        let typed = json!({ "key": self.thief.access_key_id });
        self.client.post(&format!("/api/v1/plans/{id}/confirm"), &typed).await?;
        Ok(id)
    }

    async fn done(&self, body: &Value) -> anyhow::Result<Value> {
        let id = self.confirm(&self.draft(body).await?).await?;
        plan_in(self.client, &id, "done").await
    }

    /// Hosts the user's key in KMS and has it replaced; the old pair lives until the window ends.
    async fn rotate(&self, teller: &mut Teller) -> anyhow::Result<()> {
        let pair = json!({ "access_key_id": self.thief.access_key_id,
            "access_key_secret": self.thief.secret.reveal() });
        let hosted = self.done(&json!({ "action": "host_managed", "pairs": [pair] })).await?;
        let ask = json!({ "action": "rotate_managed", "disable_first": false });
        let id = self.confirm(&self.draft(&ask).await?).await?;
        let plan = until("KMS has made the new pair", || async {
            let plan = self.client.get(&format!("/api/v1/plans/{id}")).await?;
            if plan["state"] == "failed" {
                bail!("the rotation failed: {}", plan["steps"][0]["message"]);
            }
            let held = plan["steps"][1]["state"] == "held";
            Ok(Some(plan).filter(|_| held))
        })
        .await?;
        let proof = plain(&plan["steps"][0]["proof"]);
        let waits = plain(&plan["steps"][1]["message"]);
        teller
            .step(
                "rotate",
                "The key is hosted in KMS and rotated; the old pair lives until the window ends",
                &[plain(&hosted["steps"][0]["proof"]), proof, waits],
                json!({ "hosted": hosted, "plan": plan }),
            )
            .await
    }

    /// Restricts the old pair to the good workload's address, and sees the thief refused.
    async fn block(&self, teller: &mut Teller) -> anyhow::Result<()> {
        let ask = json!({ "action": "restrict_network", "addresses": [GOOD] });
        let drafted = self.draft(&ask).await?;
        let judged: Vec<String> =
            drafted["breaks"].as_array().into_iter().flatten().map(plain).collect();
        let path = format!("/api/v1/plans/{}/what-if", text(&drafted, "id")?);
        let what_if = self.client.get(&path).await?;
        teller
            .step(
                "what_if",
                "Before it is made, a restriction is judged on what the history recorded",
                &judged,
                json!({ "plan": drafted, "judged": judged, "what_if": what_if }),
            )
            .await?;
        let confirmed_at = Timestamp::now();
        let id = self.confirm(&drafted).await?;
        let plan = plan_in(self.client, &id, "done").await?;
        let (code, words) = download(self.stage, self.thief).await?;
        if code == 0 {
            bail!("the thief's download was not refused");
        }
        let milliseconds = milliseconds(confirmed_at, Timestamp::now());
        let step = &plan["steps"][0];
        let lines = [plain(&step["changes"]), plain(&step["proof"]), words.clone()];
        teller
            .step(
                "block",
                "The old pair works from the good workload's address alone; the thief is refused",
                &lines,
                json!({ "plan": plan, "exit": code, "said": words,
                    "confirm_to_refused_ms": milliseconds }),
            )
            .await
    }

    /// Deletes the file that holds the key, and waits until the event is disposed of.
    async fn delete_file(&self, teller: &mut Teller) -> anyhow::Result<()> {
        let ask = json!({ "action": "delete_file", "bucket": BUCKET, "object": LEAK });
        let confirmed_at = Timestamp::now();
        let plan = self.done(&ask).await?;
        let details = until("the evidence is disposed of", || async {
            let details = self.client.get(&format!("/api/v1/events/{}", self.event_id)).await?;
            let gone = details["evidence"][0]["state"] == "disposed";
            Ok(Some(details).filter(|_| gone))
        })
        .await?;
        let milliseconds = milliseconds(confirmed_at, Timestamp::now());
        teller
            .step(
                "delete_file",
                "The file is deleted, and its evidence is disposed of",
                &[
                    plain(&plan["steps"][0]["changes"]),
                    plain(&plan["steps"][0]["proof"]),
                    format!("confirmed → disposed {milliseconds} ms"),
                ],
                json!({ "plan": plan, "evidence": details["evidence"],
                    "work_state": details["event"]["work_state"],
                    "confirm_to_disposed_ms": milliseconds }),
            )
            .await
    }
}
