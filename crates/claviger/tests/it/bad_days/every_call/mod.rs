//! SIGKILL at every call by which a plan changes a cloud: before the cloud sees it, and before the service sees the
//! answer; on the way there and on the way back. Each kind of plan goes on, leaves what it leaves when nothing
//! happens, and taken back leaves what stood before. No other key and no other user is ever another one for it.

mod alike;
mod aliyun;
mod aws;
mod gate;
mod minio;
mod seaweedfs;

use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, Listed};
use claviger_dial::reqwest::Method;
use claviger_model::{AccessKeyId, Secret};
use serde_json::{Value, json};

use super::client::{Client, rows, text, until};
use super::owner::Pair;
use super::serve::Serve;
use gate::{Gate, Side, Trap};

/// The bucket of every plan that is about one.
const BUCKET: &str = "examplebucket";

/// A file in it.
const OBJECT: &str = "test.txt";

/// Whose keys are never handled.
const STRANGER: &str = "somebody-else";

/// The installation, and the cloud behind its gate.
struct Scene {
    _folder: tempfile::TempDir,
    serve: Serve,
    client: Client,
    gate: Gate,
    /// The cloud as its owner sees it, past the gate.
    cloud: Arc<dyn Cloud>,
    place: BucketRef,
    /// Another user, with its key.
    stranger: AccessKeyId,
}

/// A leaked key.
struct Leaked {
    user: String,
    pair: Pair,
    event: String,
}

/// What came of a turn of a plan.
struct Turned {
    state: String,
    /// The calls that changed something, in their order.
    calls: Vec<String>,
    /// Whether the service was killed.
    was_killed: bool,
    plan: Value,
}

impl Scene {
    /// Connects through the gate; the bucket with a file in it is known.
    async fn set(cloud: Arc<dyn Cloud>, gate: Gate, connection: &Value, region: &str) -> Self {
        let place =
            BucketRef { name: BUCKET.to_owned(), region: region.to_owned(), endpoint: None };
        cloud.create_bucket(&place).await.unwrap();
        cloud.put_object(&place, OBJECT, b"made up".to_vec(), None).await.unwrap();
        cloud.create_user(STRANGER).await.unwrap();
        let (stranger, _) = cloud.create_key(STRANGER).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut serve = Serve::in_folder(folder.path());
        let client = serve.open().await;
        client.post("/api/v1/connections", connection).await;
        until("the bucket is known", || async {
            let all = client.get("/api/v1/assets").await;
            rows(&all).any(|asset| asset["bucket"] == BUCKET).then_some(())
        })
        .await;
        Self { _folder: folder, serve, client, gate, cloud, place, stranger }
    }

    /// Makes a user whose key leaks, and waits until it is known whose it is.
    async fn leak(&self, user: &str) -> Leaked {
        self.cloud.create_user(user).await.unwrap();
        let (id, secret) = self.cloud.create_key(user).await.unwrap();
        self.leaked(user, Pair { id, secret }).await
    }

    /// The same of a key that is there.
    async fn leaked(&self, user: &str, pair: Pair) -> Leaked {
        let id = pair.id.as_str();
        let line = format!("{{\"access_key_id\":\"{id}\",\"seen_at\":\"2026-01-01T00:00:00Z\"}}\n");
        let entry = self.client.request(Method::POST, "/api/v1/intelligence").body(line);
        assert_eq!(self.client.send(entry).await.unwrap().status, 200);
        // What was made a moment ago is listed by the next synchronization.
        let connections = self.client.get("/api/v1/connections").await;
        let connection = text(rows(&connections).next().unwrap(), "id");
        let path = format!("/api/v1/connections/{connection}/synchronize");
        self.client.post(&path, &json!({})).await;
        let event = until("the key's owner is known", || async {
            let all = self.client.get("/api/v1/events").await;
            let found = rows(&all).find(|event| event["access_key_id"] == id)?;
            found["account"].is_string().then(|| text(found, "id"))
        })
        .await;
        Leaked { user: user.to_owned(), pair, event }
    }

    async fn draft(&self, leaked: &Leaked, ask: &Value) -> String {
        let path = format!("/api/v1/events/{}/plans", leaked.event);
        text(&self.client.post(&path, ask).await, "id")
    }

    /// Confirms a plan or takes it back, and kills the service where the trap says. It ends once the plan has
    /// ended, or waits to delete the old key.
    async fn turn(
        &mut self,
        (plan, act): (&str, &str),
        leaked: &Leaked,
        trap: Option<Trap>,
    ) -> Turned {
        let path = format!("/api/v1/plans/{plan}");
        self.gate.set(trap);
        let body = if act == "confirm" { json!({ "key": leaked.pair.id }) } else { json!({}) };
        self.client.post(&format!("{path}/{act}"), &body).await;
        let turned = until(&format!("the plan ends: {trap:?}"), || async {
            if self.gate.is_sprung() {
                return Some(None);
            }
            self.ended(&path).await.map(Some)
        })
        .await;
        let was_killed = turned.is_none();
        let plan = match turned {
            Some(plan) => plan,
            None => {
                self.serve.kill();
                self.gate.release();
                self.serve.start();
                until(&format!("the plan goes on: {trap:?}"), || self.ended(&path)).await
            }
        };
        let calls = self.gate.calls();
        self.gate.set(None);
        Turned { state: text(&plan, "state"), calls, was_killed, plan }
    }

    /// The same by the plan's id.
    async fn ended_at(&self, plan: &str) -> Option<Value> {
        self.ended(&format!("/api/v1/plans/{plan}")).await
    }

    /// The plan, once it has ended or only waits for time to pass. A new pair is taken as soon as it is there.
    async fn ended(&self, path: &str) -> Option<Value> {
        let plan = self.client.get(path).await;
        if !matches!(plan["state"].as_str(), Some("confirmed" | "undoing")) {
            return Some(plan);
        }
        let held = rows(&plan["steps"]).find(|step| step["state"] == "held")?;
        let waits = held["message"].as_str().unwrap_or_default();
        if plan["state"] == "undoing" || self.gate.is_sprung() {
            return None;
        }
        if waits.contains("waits to be taken") {
            let take = format!("{path}/take");
            drop(self.client.once(Method::POST, &take, Some(&json!({}))).await);
        }
        waits.contains("s more").then_some(plan)
    }

    /// Everything that a plan may change, as text that is the same for the same: new keys and instants have no
    /// names in it.
    async fn stands(&self, leaked: &Leaked) -> String {
        let (cloud, user, id) = (&self.cloud, leaked.user.as_str(), &leaked.pair.id);
        let keys = cloud.keys_of_user(user).await.unwrap();
        let mut keys: Vec<String> = keys
            .iter()
            .map(|key| format!("{} {:?}", key.access_key_id == *id, key.status))
            .collect();
        keys.sort();
        let mut all = format!("keys {keys:?}");
        all.push_str(&format!("\nrestriction {:?}", cloud.key_restriction(user, id).await.ok()));
        let plain: String = id.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        for (what, name) in [
            ("deny", format!("claviger-deny-{plain}")),
            ("restrict", format!("claviger-restrict-{plain}")),
            ("revoke", "AWSRevokeOlderSessions".to_owned()),
        ] {
            let policy = cloud.user_policy(user, &name).await.ok().flatten();
            let policy = policy.map(|text| text.replace(|sign: char| sign.is_ascii_digit(), "#"));
            all.push_str(&format!("\n{what} {policy:?}"));
        }
        let place = &self.place;
        all.push_str(&format!("\npolicy {:?}", cloud.bucket_policy(place).await.ok()));
        for object in [None, Some(OBJECT)] {
            let list = cloud.acl_document(Listed { bucket: place, object }).await.ok();
            all.push_str(&format!("\nlist {list:?}"));
        }
        for of in [None, Some(place)] {
            let block = cloud.public_access_block(of).await.ok().flatten().unwrap_or_default();
            all.push_str(&format!("\nblock {block:?}"));
        }
        let hosted = cloud.managed_secret(user).await.ok().flatten().is_some();
        all.push_str(&format!("\nhosted {hosted}"));
        // moto takes a denial of one user for one of everybody.
        let file = cloud.head_object(place, OBJECT).await.map(|file| file.is_some()).ok();
        all.push_str(&format!("\nfile {file:?}"));
        all
    }

    /// What no plan may change: another key of the user, and another user's.
    async fn others(&self, sibling: Option<(&str, &AccessKeyId)>) -> String {
        let mut all = String::new();
        for (user, id) in sibling.into_iter().chain([(STRANGER, &self.stranger)]) {
            let status = self.cloud.key_status(user, id).await.unwrap();
            let restriction = self.cloud.key_restriction(user, id).await.ok();
            all.push_str(&format!("{user} {status:?} {restriction:?}\n"));
        }
        all
    }

    /// Carries a plan out and takes it back, killed at every call, once before and once after it.
    async fn goes_on_there_and_back(
        &mut self,
        leaked: &Leaked,
        sibling: Option<&AccessKeyId>,
        ask: &Value,
    ) {
        self.all_go_on_there_and_back(leaked, sibling, || ask.clone()).await;
    }

    /// The same of plans that differ only by the place that they are about.
    async fn all_go_on_there_and_back(
        &mut self,
        leaked: &Leaked,
        sibling: Option<&AccessKeyId>,
        mut next: impl FnMut() -> Value,
    ) {
        let sibling = sibling.map(|id| (leaked.user.as_str(), id));
        let (before, others) = (self.stands(leaked).await, self.others(sibling).await);
        let ask = next();
        let plan = self.draft(leaked, &ask).await;
        let there = self.turn((&plan, "confirm"), leaked, None).await;
        assert!(matches!(there.state.as_str(), "done" | "confirmed"), "{ask}: {}", there.plan);
        let after = self.stands(leaked).await;
        assert_ne!(after, before, "{ask}");
        let back = self.turn((&plan, "undo"), leaked, None).await;
        assert_eq!((back.state.as_str(), self.stands(leaked).await), ("undone", before.clone()));
        assert!(!there.calls.is_empty() && !back.calls.is_empty(), "{ask}: {:?}", there.calls);
        for number in 1..=there.calls.len().max(back.calls.len()) {
            for side in Side::ALL {
                let trap = Trap { number, side };
                let ask = next();
                let told =
                    format!("{ask}, killed at {trap:?} of {:?} {:?}", there.calls, back.calls);
                let plan = self.draft(leaked, &ask).await;
                let turned = self.turn((&plan, "confirm"), leaked, Some(trap)).await;
                assert_eq!(turned.was_killed, number <= there.calls.len(), "{told}");
                if is_made_and_unknown(&there.calls, trap) {
                    self.names_the_key_that_nobody_knows(leaked, &plan, &turned).await;
                } else {
                    assert_eq!(turned.state, there.state, "{told}: {}", turned.plan);
                    assert_eq!(self.stands(leaked).await, after, "{told}");
                    assert_eq!(self.others(sibling).await, others, "{told}");
                    let turned = self.turn((&plan, "undo"), leaked, Some(trap)).await;
                    assert_eq!(turned.was_killed, number <= back.calls.len(), "{told}");
                    assert_eq!(turned.state, "undone", "{told}: {}", turned.plan);
                }
                assert_eq!(self.stands(leaked).await, before, "{told}");
                assert_eq!(self.others(sibling).await, others, "{told}");
            }
        }
    }

    /// The same of a plan that cannot be taken back: each kill has a key of its own.
    async fn goes_on_to_its_end(
        &mut self,
        ask: &Value,
        fresh: impl AsyncFn(&Self, usize) -> Leaked,
    ) {
        let others = self.others(None).await;
        let first = fresh(self, 0).await;
        let plan = self.draft(&first, ask).await;
        let there = self.turn((&plan, "confirm"), &first, None).await;
        assert_eq!(there.state, "done", "{ask}: {}", there.plan);
        let after = self.stands(&first).await;
        let traps =
            (1..=there.calls.len()).flat_map(|number| Side::ALL.map(|side| Trap { number, side }));
        for (turn, trap) in traps.enumerate() {
            let told = format!("{ask}, killed at {trap:?} of {:?}", there.calls);
            let leaked = fresh(self, turn + 1).await;
            let plan = self.draft(&leaked, ask).await;
            let turned = self.turn((&plan, "confirm"), &leaked, Some(trap)).await;
            assert!(turned.was_killed, "{told}");
            if is_made_and_unknown(&there.calls, trap) {
                self.names_the_key_that_nobody_knows(&leaked, &plan, &turned).await;
            } else {
                assert_eq!(turned.state, "done", "{told}: {}", turned.plan);
                assert_eq!(self.stands(&leaked).await, after, "{told}");
            }
            assert_eq!(self.others(None).await, others, "{told}");
        }
    }

    /// The one call that cannot be repeated: a person is told of the key whose secret nobody knows, and once it
    /// is gone the plan can be taken back.
    async fn names_the_key_that_nobody_knows(
        &mut self,
        leaked: &Leaked,
        plan: &str,
        turned: &Turned,
    ) {
        let step = &turned.plan["steps"][0];
        assert_eq!((turned.state.as_str(), &step["state"]), ("failed", &json!("failed")));
        let message = step["message"].as_str().unwrap();
        let keys = self.cloud.keys_of_user(&leaked.user).await.unwrap();
        let mut ids = keys.into_iter().map(|key| key.access_key_id);
        let named = |id: &AccessKeyId| message.contains(&format!("the key {id}"));
        let made = ids.find(|id| *id != leaked.pair.id && named(id));
        let made = made.unwrap_or_else(|| panic!("it names no key: {message}"));
        assert!(step["hint"].as_str().unwrap().contains("delete it"), "{step}");
        self.cloud.delete_key(&leaked.user, &made).await.unwrap();
        let back = self.turn((plan, "undo"), leaked, None).await;
        assert_eq!((back.state.as_str(), back.calls), ("undone", Vec::new()));
    }
}

/// Whether a kill there leaves a key whose secret nobody knows.
fn is_made_and_unknown(calls: &[String], trap: Trap) -> bool {
    let call = calls.get(trap.number - 1).map(String::as_str).unwrap_or_default();
    trap.side == Side::After && (call == "CreateAccessKey" || call.contains("add-service-account"))
}

fn pair_of((id, secret): (AccessKeyId, Secret)) -> Pair {
    Pair { id, secret }
}
