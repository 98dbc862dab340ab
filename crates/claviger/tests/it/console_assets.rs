//! The console's pages of assets, over HTTP and without a script: connect, authorize, look, disconnect.

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

const PASSWORD: &str = "four random words here";
const BUCKET: &str = "examplebucket";
const PATIENCE: Duration = Duration::from_secs(60);

/// A practice cloud and `claviger serve`; both end when dropped.
struct Stage {
    sandbox: Sandbox,
    guard: Guard,
    serve: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.serve.kill());
        drop(self.serve.wait());
    }
}

/// An answer as a browser sees it.
struct Answer {
    status: u16,
    location: String,
    cookie: String,
    body: String,
}

/// Somebody who signed in with a browser that runs no script.
struct Browser<'s> {
    stage: &'s Stage,
    cookie: String,
}

impl Stage {
    /// An installation with an admin and a viewer, and a bucket with some objects beside it.
    async fn set(objects: &[(String, &str)]) -> Self {
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

    async fn ask(&self, method: Method, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
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

    async fn sign_in(&self, name: &str) -> Browser<'_> {
        let form = [("name", name), ("password", PASSWORD), ("next", "/assets")];
        let answer = self.ask(Method::POST, "/sign-in", "", &form).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/assets"));
        Browser { stage: self, cookie: answer.cookie }
    }
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> String {
        let answer = self.stage.ask(Method::GET, path, &self.cookie, &[]).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.stage.ask(Method::POST, path, &self.cookie, form).await
    }

    /// Looks at a page again and again until it says something.
    async fn get_until(&self, path: &str, words: &str) -> String {
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
    async fn connect(&self) -> String {
        let answer = self.try_to_connect(None).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = self.get_until(&answer.location, ">examplebucket<").await;
        between(&page, "href=\"/assets/ast_", "\"").map(|id| format!("ast_{id}")).unwrap()
    }

    async fn try_to_connect(&self, secret: Option<&str>) -> Answer {
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

fn owner(sandbox: &Sandbox, guard: &Guard) -> std::sync::Arc<dyn Cloud> {
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
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let rest = &text[text.find(before)? + before.len()..];
    rest.find(after).map(|end| &rest[..end])
}

#[tokio::test]
async fn a_bucket_is_connected_and_authorized_by_forms_alone() {
    let csv = "name,email\nWang Wei,wang.wei@example.com\nLi Na,li.na@example.com\n";
    let stage = Stage::set(&[("exampledir/userdata.csv".to_owned(), csv)]).await;
    let admin = stage.sign_in("admin").await;
    assert!(admin.get("/assets").await.contains("No cloud account is connected"));
    assert!(admin.get("/identification").await.contains("Nothing was identified yet"));

    let refused = admin.try_to_connect(Some("NoSecretOfThisKey0000000000000")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("SignatureDoesNotMatch"), "{}", refused.body);
    assert!(refused.body.contains("value=\"practice &lt;b&gt;\""), "what was entered stays");
    assert!(!refused.body.contains("NoSecretOfThisKey"), "a secret is never written into a page");

    let asset = admin.connect().await;
    let page = admin.get("/assets").await;
    assert!(page.contains("0 of 1 bucket authorized") && page.contains("no access log"));

    let nothing = admin.post("/assets/authorize", &[("authorization", "not_authorized")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.body.contains("Tick at least one bucket"));

    let form = [("authorization", "not_authorized"), ("ids", asset.as_str())];
    let done = admin.post("/assets/authorize", &form).await;
    assert_eq!(done.status, 303);
    assert!(admin.get(&done.location).await.contains("1 bucket authorized."));
    assert!(
        admin.get("/assets?authorization=authorized").await.contains("1 of 1 bucket authorized")
    );

    let page =
        admin.get_until(&format!("/assets/{asset}"), "examplebucket holds data of level").await;
    assert!(page.contains("exampledir/userdata.csv") && page.contains("E-mail address"));
    assert!(!page.contains("wang.wei@example.com"), "samples are masked");
    assert!(page.contains("This bucket is not watched"));
    let page = admin.get_until("/identification", "Identification is done").await;
    assert!(page.contains("Internet Industry Classification and Categorization"));

    let again = admin.post(&format!("/assets/{asset}/identify"), &[]).await;
    assert_eq!((again.status, again.location), (303, format!("/assets/{asset}")));
    let form = [("only", asset.as_str()), ("ids", "ast_somebody_else")];
    assert_eq!(admin.post("/assets/deauthorize", &form).await.status, 303);
    assert!(admin.get("/assets").await.contains("0 of 1 bucket authorized"));
}

#[tokio::test]
async fn hostile_names_come_escaped_and_page_on() {
    let hostile = "b\n\"quoted\" <img src=x onerror='alert(1)'>&amp;?after=#%20\u{202e}.txt";
    // The longest that OSS takes: 1,023 bytes.
    let longest = format!("a/{}x", "é".repeat(510));
    let mut objects: Vec<(String, &str)> =
        (0..98).map(|number| (format!("a{number:03}"), "nothing")).collect();
    objects.push((longest.clone(), "nothing"));
    objects.push((hostile.to_owned(), "nothing"));
    objects.push(("the last".to_owned(), "nothing"));
    let stage = Stage::set(&objects).await;
    let admin = stage.sign_in("admin").await;
    let asset = admin.connect().await;
    let path = format!("/assets/{asset}");
    assert_eq!(admin.post(&format!("{path}/authorize"), &[]).await.location, path);
    admin.get_until("/identification", "Identification is done").await;

    let page = admin.get(&path).await;
    assert!(!page.contains("<img src=x"));
    assert!(
        page.contains("<span class=\"odd\">\\n</span>&quot;quoted&quot; &lt;img src=x onerror=")
    );
    assert!(page.contains("<span class=\"odd\">\\u{202e}</span>"));
    assert!(page.contains(&longest), "the longest name is there, whole");
    assert!(!page.contains("the last"));
    let pager = between(&page, "<nav class=\"pager\"", "</nav>").unwrap();
    let next = between(pager, "href=\"", "\"").unwrap().replace("&amp;", "&");
    let page = admin.get(&next).await;
    assert!(page.contains("the last") && !page.contains("quoted"));
}

#[tokio::test]
async fn a_viewer_looks_and_cannot_act() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let asset = admin.connect().await;
    let page = admin.get("/assets").await;
    assert!(!page.contains("disabled"));
    let connection = between(&page, "href=\"/connections/", "\"").unwrap().to_owned();

    let viewer = stage.sign_in("vera").await;
    let page = viewer.get("/assets").await;
    assert!(page.contains("title=\"This needs the role admin; you are viewer\""));
    assert!(page.contains("title=\"This needs the role responder; you are viewer\""));
    let acts = [
        "/assets/authorize".to_owned(),
        "/assets/deauthorize".to_owned(),
        "/assets/synchronize".to_owned(),
        format!("/assets/{asset}/authorize"),
        format!("/assets/{asset}/deauthorize"),
        format!("/assets/{asset}/identify"),
        format!("/connections/{connection}/synchronize"),
        format!("/connections/{connection}/disconnect"),
        format!("/connections/{connection}/credentials"),
    ];
    let form = [
        ("ids", asset.as_str()),
        ("confirm", "practice <b>"),
        ("access_key_id", "LTAI5tMadeUpForThisTest1"),
        ("access_key_secret", "MadeUpForThisTest0000000000000"),
    ];
    for act in acts {
        let answer = viewer.post(&act, &form).await;
        assert_eq!(answer.status, 403, "{act}: {}", answer.body);
        assert!(answer.body.contains("needs the role"), "{act}");
    }
    assert_eq!(viewer.try_to_connect(None).await.status, 403);
    assert!(viewer.get("/assets").await.contains("0 of 1 bucket authorized"));
    let stranger = stage.ask(Method::GET, "/assets", "", &[]).await;
    assert_eq!((stranger.status, stranger.location.as_str()), (303, "/sign-in?next=%2Fassets"));
}

#[tokio::test]
async fn a_connection_is_tested_and_ends_only_by_its_name() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    admin.connect().await;
    let page = admin.get("/assets").await;
    let id = between(&page, "href=\"/connections/", "\"").unwrap().to_owned();
    let path = format!("/connections/{id}");
    assert!(admin.get(&path).await.contains("practice &lt;b&gt; answers"));
    let page = admin.get(&format!("{path}?test=true")).await;
    assert!(page.contains("ListAccessKeys") && page.contains("Allowed"));

    let (key, _) = stage.sandbox.root_key().unwrap();
    let form =
        [("access_key_id", key.as_str()), ("access_key_secret", "NotItsSecret00000000000000000")];
    let refused = admin.post(&format!("{path}/credentials"), &form).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("SignatureDoesNotMatch") && !refused.body.contains("NotItsSecret")
    );
    let odd = admin.post(&format!("{path}/credentials"), &[("access_key_id", "no key id")]).await;
    assert_eq!(odd.status, 422);
    assert!(odd.body.contains("aria-invalid=\"true\""), "{}", odd.body);

    let wrong = admin.post(&format!("{path}/disconnect"), &[("confirm", "practice")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is not the connection's name"));
    let right = admin.post(&format!("{path}/disconnect"), &[("confirm", "practice <b>")]).await;
    assert_eq!((right.status, right.location.as_str()), (303, "/assets"));
    assert!(admin.get("/assets").await.contains("No cloud account is connected"));
}
