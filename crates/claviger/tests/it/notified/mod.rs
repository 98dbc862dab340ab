//! People are told, and answer: messages of the running service arrive at a receiver over HTTP, and the pages
//! behind their links are opened without a session.

mod digest;
mod escalation;
mod incident;
mod link;
mod receiver;
mod veto;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bad_days::client::{Answer, Client, rows, text, until};
use crate::bad_days::clock;
use crate::bad_days::serve::Serve;
use claviger_dial::reqwest::Method;
use receiver::Receiver;

/// Where people reach the console, as messages say it; the tests go to where it listens.
const PUBLIC: &str = "https://claviger.example.com";

/// The service alone, and a receiver of its messages.
struct Told {
    _folder: tempfile::TempDir,
    serve: Serve,
    client: Client,
    place: Receiver,
    /// The file that says how far the service's clock is off.
    offset: PathBuf,
}

impl Told {
    /// With the machine's own clock.
    async fn set() -> Self {
        Self::with(|serve, _| serve).await
    }

    /// With a clock that the test sets; `None` where nothing can.
    async fn with_a_clock() -> Option<Self> {
        let library = clock::faketime()?;
        Some(Self::with(|serve, offset| clock::under(serve, &library, offset)).await)
    }

    async fn with(change: impl FnOnce(Serve, &Path) -> Serve) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let offset = folder.path().join("offset");
        std::fs::write(&offset, "+0").unwrap();
        let serve = Serve::in_folder(folder.path()).with("CLAVIGER_PUBLIC_URL", PUBLIC);
        let mut serve = change(serve, &offset);
        let client = serve.open().await;
        let place = Receiver::open().await;
        Self { _folder: folder, serve, client, place, offset }
    }

    /// Sets the service's clock so many seconds ahead of the machine's.
    fn ahead(&self, seconds: u32) {
        std::fs::write(&self.offset, format!("+{seconds}")).unwrap();
    }

    /// A configuration that tells the receiver by a signed webhook, with these rules. Returns its id.
    async fn webhook(&self, name: &str, rules: Value) -> String {
        let mut body = json!({ "name": name, "method": { "method": "webhook" },
            "secret": "made-up", "url": format!("{}/{name}", self.place.url) });
        for (field, value) in rules.as_object().unwrap() {
            body[field] = value.clone();
        }
        text(&self.client.post("/api/v1/alerts", &body).await, "id")
    }

    /// Somebody enters a leaked key. Returns its event.
    async fn leak(&self, number: u32) -> String {
        let key = format!("LTAI5tMadeUpTold{number:04}");
        let line = format!("{{\"access_key_id\":\"{key}\"}}\n");
        let request = self.client.request(Method::POST, "/api/v1/intelligence").body(line);
        assert_eq!(self.client.send(request).await.unwrap().status, 200);
        let events = self.client.get(&format!("/api/v1/events?search={key}")).await;
        text(rows(&events).next().unwrap(), "id")
    }

    async fn change(&self, event: &str, body: &Value) {
        self.client.post(&format!("/api/v1/events/{event}/change"), body).await;
    }

    async fn work_state(&self, event: &str) -> String {
        let details = self.client.get(&format!("/api/v1/events/{event}")).await;
        text(&details["event"], "work_state")
    }

    /// The kinds of what stands on an event's timeline.
    async fn timeline(&self, event: &str) -> Vec<String> {
        let details = self.client.get(&format!("/api/v1/events/{event}")).await;
        rows(&details["timeline"]).map(|line| text(line, "kind")).collect()
    }
}

/// A page as somebody without a session sees it.
async fn page(url: &str, method: Method, path: &str) -> Answer {
    Client::nobody(url).insist(method, path, None).await
}

/// The path of a link that a message holds, on the machine where the service listens.
fn path_of(link: &str) -> String {
    link.strip_prefix(PUBLIC).unwrap_or_else(|| panic!("{link} leads elsewhere")).to_owned()
}
