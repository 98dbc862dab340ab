//! A leaked key's user is denied by the policy of a bucket of a Ceph RGW: drafted by the form of the event's page
//! with what the gateway's own log says whose key it is, confirmed, refused by the gateway, and taken back.

use claviger_cloud::{BucketRef, Cloud};
use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use super::ceph::{Cluster, LEAKY, OWNER, cloud, is_installed};
use super::{free_port, leak, until_it_answers, uses};
use crate::bad_days::client::{Answer, Client, rows, text, until};
use crate::bad_days::serve::Serve;

const BUCKET: &str = "private";

/// What the owner wrote: the user may read everything.
const THEIRS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/leaky"]},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::private","arn:aws:s3:::private/*"]}]}"#;

fn place() -> BucketRef {
    BucketRef { name: BUCKET.to_owned(), region: "default".to_owned(), endpoint: None }
}

async fn reads(cloud: &dyn Cloud, object: &str) -> bool {
    cloud.read_object(&place(), object, 0..7).await.is_ok()
}

/// The gateway may take a moment to know a policy.
async fn until_reads(cloud: &dyn Cloud, object: &str, wanted: bool) {
    until(&format!("{object} can be read: {wanted}"), async || {
        (reads(cloud, object).await == wanted).then_some(())
    })
    .await;
}

/// The page of the event, and what its forms do.
struct Page<'a> {
    client: &'a Client,
    path: String,
}

impl Page<'_> {
    async fn shown(&self) -> String {
        self.client.insist(Method::GET, &self.path, None).await.text
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.request(Method::POST, path).form(fields);
        self.client.send(request).await.unwrap()
    }

    /// Sends the form whose address ends so.
    async fn press(&self, act: &str) {
        let page = self.shown().await;
        let forms = page.match_indices("action=\"").map(|(at, it)| &page[at + it.len()..]);
        let mut addresses = forms.filter_map(|rest| rest.split('"').next());
        let address = addresses.find(|address| address.ends_with(act)).unwrap().to_owned();
        let pressed = self.send(&address, &[]).await;
        assert_eq!(pressed.status, 303, "{}", pressed.text);
    }

    /// Drafts a refusal in the bucket; it is on the page.
    async fn draft(&self, addresses: &str, prefixes: &str) {
        let fields = [
            ("action", "deny_bucket"),
            ("bucket", BUCKET),
            ("addresses", addresses),
            ("prefixes", prefixes),
        ];
        let drafted = self.send(&format!("{}/plans", self.path), &fields).await;
        assert_eq!(drafted.status, 303, "{}", drafted.text);
        let page = self.shown().await;
        assert!(page.contains("s3:PutBucketPolicy"), "{page}");
        assert!(page.contains("arn:aws:iam:::user/leaky"), "whom it denies is shown: {page}");
    }

    async fn newest(&self) -> Value {
        let details = self.client.get(&format!("/api/v1{}", self.path)).await;
        details["plans"][0].clone()
    }

    async fn newest_is(&self, state: &str) {
        until(&format!("the plan is {state}"), async || {
            let plan = self.newest().await;
            assert_ne!(plan["state"], "failed", "{plan}");
            (plan["state"] == state).then_some(())
        })
        .await;
    }
}

/// By address, by prefix and by both halves: what is refused is refused by the gateway, and only that.
async fn denied_and_taken_back(page: &Page<'_>, owner: &dyn Cloud, thief: &dyn Cloud) {
    for (addresses, prefixes, refuses) in [
        // From here it goes on; what it may read is less.
        ("127.0.0.0/8", "", ["", ""]),
        ("", "salaries/", ["salaries/b.txt", ""]),
        ("203.0.113.7", "", ["salaries/b.txt", "open/a.txt"]),
    ] {
        page.draft(addresses, prefixes).await;
        page.press("/confirm").await;
        page.newest_is("done").await;
        for object in ["salaries/b.txt", "open/a.txt"] {
            until_reads(thief, object, !refuses.contains(&object)).await;
            assert!(reads(owner, object).await, "its owner goes on");
        }
        page.press("/undo").await;
        page.newest_is("undone").await;
        for object in ["salaries/b.txt", "open/a.txt"] {
            until_reads(thief, object, true).await;
        }
        let stands = owner.bucket_policy(&place()).await.unwrap().unwrap();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&stands), read(THEIRS), "what the owner wrote stands as it did");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_a_running_gateway_refuses_the_leaked_keys_user_until_that_is_taken_back() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = free_port();
    let ceph = folder.path().join("ceph");
    std::fs::create_dir(&ceph).unwrap();
    let cluster = Cluster::start(&ceph, gateway);
    let endpoint = format!("http://127.0.0.1:{gateway}");
    let owner = cloud(&endpoint, OWNER);
    until_it_answers(owner.as_ref()).await;
    owner.create_bucket(&place()).await.unwrap();
    for name in ["open/a.txt", "salaries/b.txt"] {
        owner.put_object(&place(), name, b"made up".to_vec(), None).await.unwrap();
    }
    owner.set_bucket_policy(&place(), Some(THEIRS)).await.unwrap();

    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let connection = json!({ "name": "ceph", "provider": "s3", "region": "default",
        "endpoint": endpoint, "access_key_id": OWNER.0, "access_key_secret": OWNER.1 });
    client.post("/api/v1/connections", &connection).await;
    let asset = until("the bucket is listed", async || {
        let all = client.get("/api/v1/assets").await;
        rows(&all).find(|asset| asset["bucket"] == BUCKET).map(|asset| text(asset, "id"))
    })
    .await;
    client.post("/api/v1/assets/authorize", &json!({ "ids": [asset] })).await;
    leak(&client, LEAKY.0).await;
    let events = client.get("/api/v1/events").await;
    let id = text(rows(&events).next().unwrap(), "id");
    let page = Page { client: &client, path: format!("/events/{id}") };

    // Nobody lists the users of this store, and no log was read: the form says so, and loses nothing.
    let fields = [("action", "deny_bucket"), ("bucket", BUCKET), ("prefixes", "salaries/")];
    let refused = page.send(&format!("{}/plans", page.path), &fields).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("names the user of") && refused.text.contains("salaries/"));

    let log = ceph.join("ops").display().to_string();
    let feed = json!({ "kind": "folder", "path": log });
    let body = json!({ "name": "ceph", "log_format": "ceph", "feed": feed });
    client.post("/api/v1/sources", &body).await;
    let thief = cloud(&endpoint, LEAKY);
    until_reads(thief.as_ref(), "open/a.txt", true).await;
    until("the use is counted", async || (uses(&client, LEAKY.0).await > 0).then_some(())).await;

    denied_and_taken_back(&page, owner.as_ref(), thief.as_ref()).await;
    let file = std::fs::read_to_string(ceph.join("ops/ops.log")).unwrap();
    let refusals = file.lines().filter(|line| {
        line.contains(LEAKY.0) && line.contains("get_obj") && line.contains("\"403\"")
    });
    assert!(refusals.count() >= 3, "the gateway itself refused");
    drop(cluster);
}
