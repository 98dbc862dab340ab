//! A practice cloud, `claviger serve` beside it, and browsers that run no script.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use claviger_cloud::{BucketRef, Cloud, Credentials};
use claviger_dial::reqwest::{Method, header};
use claviger_dial::{Guard, GuardSettings, Network, read_body};
use claviger_model::{Provider, Secret};
use claviger_sandbox::Sandbox;
use claviger_service::{Actor, Service, Settings};
use claviger_store::users::Role;

pub(crate) const PASSWORD: &str = "four random words here";
pub(crate) const BUCKET: &str = "examplebucket";
const PATIENCE: Duration = Duration::from_secs(60);

/// A practice cloud and `claviger serve`; both end when dropped.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) guard: Guard,
    serve: Child,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.serve.kill());
        drop(self.serve.wait());
    }
}

/// An answer as a browser sees it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) cookie: String,
    pub(crate) body: String,
}

/// Somebody who signed in with a browser that runs no script.
pub(crate) struct Browser<'s> {
    pub(crate) stage: &'s Stage,
    pub(crate) cookie: String,
}

impl Stage {
    /// An installation with an admin and a viewer, and a bucket with some objects beside it.
    pub(crate) async fn set(objects: &[(String, &str)]) -> Self {
        let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
        let guard = Guard::new(GuardSettings {
            allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
            ..GuardSettings::default()
        })
        .unwrap();
        let cloud = owner(&sandbox, &guard);
        let bucket = BucketRef {
            name: BUCKET.to_owned(),
            region: sandbox.region().to_owned(),
            endpoint: None,
        };
        cloud.create_bucket(&bucket).await.unwrap();
        for (name, text) in objects {
            cloud.put_object(&bucket, name, text.as_bytes().to_vec(), None).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        people(folder.path()).await;
        let (serve, url) = serve(folder.path());
        Self { sandbox, guard, serve, url, _folder: folder }
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.guard.http().request(method.clone(), format!("{}{path}", self.url));
        if !cookie.is_empty() {
            request = request.header(header::COOKIE, cookie);
        }
        if method == Method::POST {
            request = request.form(form);
        }
        let response = self.guard.send(request).await.unwrap();
        let head = |name| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, location) = (response.status().as_u16(), head(header::LOCATION));
        let cookie = head(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
        let body = read_body(response, 16 * 1024 * 1024).await.unwrap();
        Answer { status, location, cookie, body: String::from_utf8(body).unwrap() }
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Browser<'_> {
        let form = [("name", name), ("password", PASSWORD), ("next", "/assets")];
        let answer = self.ask(Method::POST, "/sign-in", "", &form).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/assets"));
        Browser { stage: self, cookie: answer.cookie }
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> String {
        let answer = self.stage.ask(Method::GET, path, &self.cookie, &[]).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.stage.ask(Method::POST, path, &self.cookie, form).await
    }

    /// Looks at a page again and again until it says something.
    pub(crate) async fn get_until(&self, path: &str, words: &str) -> String {
        let started = Instant::now();
        loop {
            let page = self.get(path).await;
            if page.contains(words) {
                return page;
            }
            assert!(started.elapsed() < PATIENCE, "{path} never said `{words}`:\n{page}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Connects the practice cloud by the form, and waits for its bucket. Returns the bucket's id.
    pub(crate) async fn connect(&self) -> String {
        let answer = self.try_to_connect(None).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = self.get_until(&answer.location, ">examplebucket<").await;
        between(&page, "href=\"/assets/ast_", "\"").map(|id| format!("ast_{id}")).unwrap()
    }

    pub(crate) async fn try_to_connect(&self, secret: Option<&str>) -> Answer {
        let sandbox = &self.stage.sandbox;
        let (id, right) = sandbox.root_key().unwrap();
        self.post(
            "/assets/connect",
            &[
                ("name", "practice <b>"),
                ("provider", "aliyun"),
                ("region", sandbox.region()),
                ("endpoint", &sandbox.endpoints().oss),
                ("accounts_endpoint", &sandbox.endpoints().ram),
                ("access_key_id", id.as_str()),
                ("access_key_secret", secret.unwrap_or(right.reveal())),
                ("security_token", ""),
            ],
        )
        .await
    }
}

pub(crate) fn owner(sandbox: &Sandbox, guard: &Guard) -> std::sync::Arc<dyn Cloud> {
    let (id, secret) = sandbox.root_key().unwrap();
    let settings = claviger_cloud::Settings {
        provider: Provider::Aliyun,
        region: sandbox.region().to_owned(),
        endpoint: Some(sandbox.endpoints().oss.clone()),
        accounts_endpoint: Some(sandbox.endpoints().ram.clone()),
        credentials: Some(Credentials {
            access_key_id: id.as_str().to_owned(),
            secret,
            security_token: None,
        }),
    };
    claviger_cloud::connect(settings, guard).unwrap()
}

/// Makes the admin and a viewer before the server takes the folder.
async fn people(folder: &std::path::Path) {
    let service = Service::open(Settings::in_folder(folder.to_owned())).await.unwrap();
    service.first_admin(Some(Secret::new(PASSWORD.to_owned()))).await.unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    service.add_user(&Actor::claviger(), "vera", Role::Viewer, &password).await.unwrap();
}

fn serve(folder: &std::path::Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_claviger"))
        .env("CLAVIGER_TRUSTED_RECIPIENTS", "@example.com")
        .args(["serve", "--listen", "127.0.0.1:0", "--allow-network", "127.0.0.0/8", "--data-dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line =
        lines.by_ref().find_map(|line| line.ok().filter(|line| line.contains("serves http")));
    let line = line.unwrap();
    let url = line[line.find("http://").unwrap()..].trim().to_owned();
    // What it says later is read, so that it never waits for a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

/// What stands between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let rest = &text[text.find(before)? + before.len()..];
    rest.find(after).map(|end| &rest[..end])
}
