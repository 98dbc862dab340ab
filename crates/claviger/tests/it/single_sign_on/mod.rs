//! Signing in by a provider that was not written here (`oidc-provider` for Node.js, certified), as a browser does
//! it. The provider lies in `target/parts/provider`; where it is missing the test says so and passes, unless
//! `CLAVIGER_TEST_REQUIRE_PARTS=1`.

mod wanderer;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::served::{PASSWORD, Served};
use wanderer::{Page, Wanderer};

/// What proves the client; made up, as the provider's script has it.
const CLIENT_SECRET: &str = "a-made-up-secret-of-a-client";

/// The provider at work, with an address that Claviger will listen on.
struct Provider {
    child: Child,
    issuer: String,
    listen: String,
    folder: TempDir,
}

impl Provider {
    /// Starts it; `None` where it is not installed. With `full` its ID tokens carry every claim.
    fn start(full: bool) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let packages = root.join("../../target/parts/provider");
        if !packages.join("node_modules/oidc-provider").exists() {
            let required =
                std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
            assert!(!required, "no provider in {}", packages.display());
            #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
            {
                eprintln!("SKIPPED: no sign-in provider; `cargo xtask test` installs it");
            }
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap().to_string();
        drop(free);
        let accounts = folder.path().join("accounts.json");
        write_accounts(&accounts, &["sec-leads"]);
        let mut child = Command::new("node")
            .arg(root.join("tests/it/single_sign_on/provider.mjs"))
            .arg(packages.canonicalize().unwrap())
            .arg(format!("http://{listen}/auth/oidc/callback"))
            .arg(&accounts)
            .arg(if full { "full" } else { "lean" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        told.read_line(&mut issuer).unwrap();
        // Nobody reads on; a closed pipe would end it.
        std::thread::spawn(move || drop(std::io::copy(&mut told, &mut std::io::sink())));
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://"), "the provider did not start");
        Some(Self { child, issuer, listen, folder })
    }

    /// Claviger as a client of it, told more by the environment.
    fn serve(&self, client: &str, more: &[(&str, &str)]) -> Served {
        let told = [
            ("CLAVIGER_ALLOW_NETWORKS", "127.0.0.0/8"),
            ("CLAVIGER_OIDC_ISSUER", self.issuer.as_str()),
            ("CLAVIGER_OIDC_CLIENT_ID", client),
            ("CLAVIGER_OIDC_NAME", "Example ID"),
            ("CLAVIGER_OIDC_SCOPES", "openid,profile,email,groups"),
            ("CLAVIGER_OIDC_ROLES", "admin=sec-leads,responder=soc"),
        ];
        let secret = ("CLAVIGER_OIDC_CLIENT_SECRET", CLIENT_SECRET);
        let secret = (client != "claviger-public").then_some(secret);
        let told: Vec<_> = told.into_iter().chain(secret).chain(more.iter().copied()).collect();
        Served::start_with(&self.listen, &told)
    }

    fn set_groups_of_mei(&self, groups: &[&str]) {
        write_accounts(&self.folder.path().join("accounts.json"), groups);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whom the provider knows, by login.
fn write_accounts(path: &Path, groups_of_mei: &[&str]) {
    let accounts = json!({
        "mei": { "preferred_username": "mei", "groups": groups_of_mei },
        "li": { "email": "li@example.com", "groups": ["soc"] },
        "guest": { "preferred_username": "guest", "groups": ["staff"] },
        "taker": { "preferred_username": "admin", "groups": ["sec-leads"] },
        "odd": { "preferred_username": "<b>odd</b>", "groups": ["soc"] },
    });
    let draft = path.with_extension("new");
    std::fs::write(&draft, accounts.to_string()).unwrap();
    std::fs::rename(&draft, path).unwrap();
}

/// Signs somebody in, all the way; where that ends.
fn sign_in(served: &Served, browser: &mut Wanderer, login: &str) -> Page {
    let asks = browser.go(&format!("{}/auth/oidc/start?next=%2Fsettings", served.url()));
    browser.sign_in_at_provider(&asks, login, "")
}

/// Signs somebody in up to the way back, which is not taken.
fn up_to_the_way_back(served: &Served, browser: &mut Wanderer, login: &str) -> String {
    let back = format!("{}/auth/oidc/callback", served.url());
    let asks = browser.go(&format!("{}/auth/oidc/start", served.url()));
    let page = browser.sign_in_at_provider(&asks, login, &back);
    assert!(page.url.starts_with(&back), "{}", page.url);
    page.url
}

/// The audit log's lines about signing in, newest first.
fn audited(served: &Served) -> String {
    served.browser_of("admin", PASSWORD).get("/audit").body
}

#[test]
fn whom_the_provider_vouches_for_is_signed_in_by_each_signature() {
    let Some(provider) = Provider::start(false) else { return };
    for client in
        ["claviger-RS256", "claviger-PS256", "claviger-ES256", "claviger-EdDSA", "claviger-public"]
    {
        let served = provider.serve(client, &[]);
        let mut browser = Wanderer::default();
        let door = browser.go(&served.url());
        assert!(door.body.contains("Sign in with Example ID"), "{}", door.body);
        let page = sign_in(&served, &mut browser, "mei");
        assert_eq!(page.url, format!("{}/settings", served.url()), "{client}: {}", page.body);
        assert!(page.status == 200 && page.body.contains("mei"), "{client}: {}", page.body);
        let users = served.browser_of("admin", PASSWORD).get("/settings").body;
        assert!(users.contains("mei"), "{users}");
        assert!(audited(&served).contains("mei"));
    }
}

#[test]
fn the_role_is_the_providers_word_at_each_sign_in_and_none_ends_what_is_open() {
    let Some(provider) = Provider::start(true) else { return };
    let served = provider.serve("claviger-RS256", &[]);
    let who = |browser: &mut Wanderer| -> (u16, Value) {
        let page = browser.ask("GET", &format!("{}/api/v1/sessions", served.url()), "");
        (page.status, serde_json::from_str(&page.body).unwrap_or_default())
    };
    let mut first = Wanderer::default();
    sign_in(&served, &mut first, "mei");
    assert_eq!(who(&mut first), (200, json!({ "name": "mei", "role": "admin" })));
    provider.set_groups_of_mei(&["soc", "staff"]);
    let mut second = Wanderer::default();
    sign_in(&served, &mut second, "mei");
    assert_eq!(who(&mut second), (200, json!({ "name": "mei", "role": "responder" })));
    assert_eq!(who(&mut first).0, 401, "another role ends what is open");
    provider.set_groups_of_mei(&[]);
    let refused = sign_in(&served, &mut Wanderer::default(), "mei");
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("have no role in Claviger"), "{}", refused.body);
    assert_eq!((who(&mut first).0, who(&mut second).0), (401, 401));
}

#[test]
fn nobody_gets_in_without_a_role_or_takes_over_a_user_of_the_same_name() {
    let Some(provider) = Provider::start(true) else { return };
    let served = provider.serve("claviger-ES256", &[]);
    let guest = sign_in(&served, &mut Wanderer::default(), "guest");
    assert_eq!(guest.status, 403);
    assert!(guest.body.contains("oidc_roles"), "{}", guest.body);
    let taker = sign_in(&served, &mut Wanderer::default(), "taker");
    assert_eq!(taker.status, 409);
    assert!(taker.body.contains("another user `admin` already"), "{}", taker.body);
    let li = sign_in(&served, &mut Wanderer::default(), "li");
    assert!(li.status == 200 && li.body.contains("li@example.com"), "{}", li.body);
    let odd = sign_in(&served, &mut Wanderer::default(), "odd");
    assert!(odd.body.contains("&lt;b&gt;odd&lt;/b&gt;") && !odd.body.contains("<b>odd"));
    let log = audited(&served);
    assert!(log.contains("Refused") && log.contains("guest"), "{log}");
    for password in ["", "a made-up password", "!"] {
        let fields = [("name", "li@example.com"), ("password", password)];
        assert_eq!(served.stranger().post("/sign-in", &fields).status, 401);
    }
}

#[test]
fn a_way_back_that_this_browser_did_not_begin_leads_nowhere() {
    let Some(provider) = Provider::start(true) else { return };
    let served = provider.serve("claviger-RS256", &[]);
    let refused = |browser: &mut Wanderer, url: &str| {
        let page = browser.go(url);
        assert_eq!(page.status, 409, "{}", page.body);
        assert!(page.body.contains("no sign-in is under way in this browser"), "{}", page.body);
    };
    let mut browser = Wanderer::default();
    let back = up_to_the_way_back(&served, &mut browser, "mei");
    // Another browser, and the same one once it forgot.
    refused(&mut Wanderer::default(), &back);
    let mut other = Wanderer::default();
    up_to_the_way_back(&served, &mut other, "li");
    refused(&mut other, &back);
    // The same one, used twice.
    assert_eq!(browser.go(&back).status, 200);
    refused(&mut browser, &back);
    let mut forgetful = Wanderer::default();
    let back = up_to_the_way_back(&served, &mut forgetful, "mei");
    forgetful.forget(&served.url());
    refused(&mut forgetful, &back);
}

#[test]
fn a_code_is_good_once_and_a_wrong_state_or_issuer_is_refused() {
    let Some(provider) = Provider::start(true) else { return };
    let served = provider.serve("claviger-RS256", &[]);
    let mut browser = Wanderer::default();
    let spent = up_to_the_way_back(&served, &mut browser, "mei");
    assert_eq!(browser.go(&spent).status, 200);
    let code = question(&spent, "code");
    // A fresh state of another sign-in does not make the code good again.
    let mut thief = Wanderer::default();
    let fresh = up_to_the_way_back(&served, &mut thief, "li");
    let page = thief.go(&fresh.replace(&question(&fresh, "code"), &code));
    assert_eq!(page.status, 502, "{}", page.body);
    assert!(page.body.contains("refused the code"), "{}", page.body);
    let mut mistaken = Wanderer::default();
    let fresh = up_to_the_way_back(&served, &mut mistaken, "li");
    assert_eq!(mistaken.go(&fresh.replace("state=", "state=x")).status, 409);
    let mut misled = Wanderer::default();
    let fresh = up_to_the_way_back(&served, &mut misled, "li");
    let issuer = format!("iss={}", question(&fresh, "iss"));
    let page = misled.go(&fresh.replace(&issuer, "iss=https%3A%2F%2Fevil.example"));
    assert_eq!(page.status, 403, "{}", page.body);
}

#[test]
fn what_the_provider_says_went_wrong_is_told_in_our_words_and_nothing_leads_elsewhere() {
    let Some(provider) = Provider::start(true) else { return };
    let served = provider.serve("claviger-RS256", &[]);
    let mut browser = Wanderer::default();
    let start = format!("{}/auth/oidc/start?next=https%3A%2F%2Fevil.example", served.url());
    let before = format!("{}/auth", provider.issuer);
    let sent = browser.go_until(&start, &before);
    let state = question(&sent.url, "state");
    let back = format!(
        "{}/auth/oidc/callback?error=access_denied&error_description=%3Cscript%3E&state={state}",
        served.url()
    );
    let page = browser.go(&back);
    assert_eq!(page.status, 403);
    assert!(page.body.contains("was not allowed at the provider"), "{}", page.body);
    assert!(page.body.contains("Sign in with Example ID") && !page.body.contains("<script>"));
    let asks = browser.go(&start);
    let page = browser.sign_in_at_provider(&asks, "mei", "");
    assert_eq!(page.url, format!("{}/", served.url()));
}

#[test]
fn a_wrong_issuer_keeps_nothing_from_starting_and_is_told() {
    let told = [
        // Nobody listens on port 1.
        ("CLAVIGER_OIDC_ISSUER", "http://127.0.0.1:1"),
        ("CLAVIGER_OIDC_CLIENT_ID", "claviger"),
        ("CLAVIGER_OIDC_DEFAULT_ROLE", "viewer"),
        ("CLAVIGER_ALLOW_NETWORKS", "127.0.0.0/8"),
    ];
    let served = Served::start_with("127.0.0.1:0", &told);
    let deadline = Instant::now() + Duration::from_secs(60);
    let health = loop {
        let answer = served.stranger().get("/api/v1/health");
        assert_eq!(answer.status, 200, "{}", answer.body);
        if answer.body.contains("single sign-on") {
            break serde_json::from_str::<Value>(&answer.body).unwrap();
        }
        assert!(Instant::now() < deadline, "{}", answer.body);
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(health["status"], "warning", "{health}");
    let door = served.stranger().get("/sign-in");
    assert!(door.says("nobody can sign in by single sign-on"), "{}", door.body);
    let start = served.stranger().get("/auth/oidc/start");
    assert_eq!(start.status, 502);
    assert!(start.says("could not reach `127.0.0.1:1`"), "{}", start.body);
    served.browser_of("admin", PASSWORD);
}

#[test]
fn passwords_that_are_given_up_are_taken_on_this_machine_alone() {
    let served = Served::start_with("127.0.0.1:0", &[("CLAVIGER_PASSWORD_SIGN_IN", "false")]);
    served.browser_of("admin", PASSWORD);
    assert!(served.stranger().get("/sign-in").body.contains("name=\"password\""));
    let far = Command::new("curl")
        .args(["--silent", "--header", "X-Forwarded-For: 192.0.2.7", "--data"])
        .arg(format!("name=admin&password={}", PASSWORD.replace(' ', "+")))
        .arg(format!("{}/sign-in", served.url()))
        .output();
    let far = far.unwrap();
    let page = String::from_utf8(far.stdout).unwrap();
    assert!(page.contains("on the machine of Claviger alone"), "{page}");
    assert!(!page.contains("name=\"password\""), "{page}");
}

/// A value of an address's question.
fn question(url: &str, name: &str) -> String {
    let (_, pairs) = url.split_once('?').unwrap();
    let mut pairs = pairs.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(known, value)| (known == name).then(|| value.to_owned())).unwrap()
}
