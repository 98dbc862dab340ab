//! Each claim of an ID token is proved, and nothing that proves nothing lets somebody in.

use claviger_dial::{Guard, GuardSettings, Network};
use claviger_identity::{Begun, Identity, IdentityError, Provider, ProviderSettings};
use claviger_model::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::forger::{Forger, Key, body, url_safe};

/// What the provider knows this installation by; made up.
const CLIENT: &str = "claviger-made-up";

/// What proves it; made up.
const CLIENT_SECRET: &str = "a-made-up-secret-of-a-client-0123456789";

fn provider_of(issuer: &str) -> Result<Provider, IdentityError> {
    let allowed_networks = vec![Network::parse("127.0.0.0/8").unwrap()];
    let guard = Guard::new(GuardSettings { allowed_networks, ..GuardSettings::default() }).unwrap();
    let settings = ProviderSettings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
        redirect: "https://claviger.example.com/auth/oidc/callback".to_owned(),
        roles_claim: "groups".to_owned(),
    };
    Provider::new(settings, guard)
}

/// A provider, a key that it shows, and a sign-in that was begun there.
struct Stage {
    forger: Forger,
    provider: Provider,
    key: Key,
    begun: Begun,
}

impl Stage {
    async fn set() -> Self {
        let forger = Forger::start().await;
        let key = Key::es256("first");
        forger.says().keys = vec![key.shown()];
        let provider = provider_of(&forger.url()).unwrap();
        let begun = provider.begin(Timestamp::now()).await.unwrap();
        Self { forger, provider, key, begun }
    }

    /// What an honest token says, with these claims instead; `null` takes one away.
    fn claims(&self, changes: &Value) -> Value {
        let now = Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.forger.url(), "sub": "7f3a", "aud": CLIENT, "nonce": self.begun.nonce,
            "iat": now, "exp": now + 300, "preferred_username": "mei", "groups": ["soc"],
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    async fn finish(&self, token: String) -> Result<Identity, IdentityError> {
        self.forger.says().token = token;
        let Begun { nonce, verifier, .. } = &self.begun;
        self.provider.finish("a-code", nonce, verifier, Timestamp::now()).await
    }

    async fn refused(&self, what: &str, token: String) {
        let Err(error) = self.finish(token).await else { panic!("{what}") };
        assert!(matches!(error, IdentityError::Token(_)), "{what}: {error:?}");
        assert!(!error.hint().is_empty());
    }
}

#[tokio::test]
async fn an_honest_token_says_who_that_is() {
    let stage = Stage::set().await;
    let identity = stage.finish(stage.key.token(&stage.claims(&json!({})))).await.unwrap();
    assert_eq!((identity.issuer, identity.subject.as_str()), (stage.forger.url(), "7f3a"));
    assert_eq!(identity.names, ["mei"]);
    assert_eq!(identity.roles, Some(vec!["soc".to_owned()]));
}

#[tokio::test]
async fn the_browser_is_sent_with_a_challenge_a_state_and_a_nonce_that_nobody_guesses() {
    let stage = Stage::set().await;
    let again = stage.provider.begin(Timestamp::now()).await.unwrap();
    for begun in [&stage.begun, &again] {
        for part in [
            "response_type=code",
            "code_challenge_method=S256",
            "code_challenge=",
            &format!("state={}", begun.state),
            &format!("nonce={}", begun.nonce),
            "redirect_uri=https%3A%2F%2Fclaviger.example.com%2Fauth%2Foidc%2Fcallback",
            "scope=openid+profile",
        ] {
            assert!(begun.address.contains(part), "{part}: {}", begun.address);
        }
        assert!(!begun.address.contains(begun.verifier.reveal()));
    }
    assert_ne!(stage.begun.state, again.state);
    assert_ne!(stage.begun.nonce, again.nonce);
    assert_ne!(stage.begun.verifier.reveal(), again.verifier.reveal());
}

#[tokio::test]
async fn a_token_with_a_claim_that_is_not_ours_is_refused() {
    let stage = Stage::set().await;
    let past = Timestamp::now().as_second() - 3600;
    for changes in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": past, "iat": past - 300 }),
        json!({ "aud": "another-client" }),
        json!({ "aud": [CLIENT, "another-client"] }),
        json!({ "azp": "another-client" }),
        json!({ "iss": "https://another.example.com" }),
    ] {
        stage.refused(&changes.to_string(), stage.key.token(&stage.claims(&changes))).await;
    }
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_is_refused() {
    let stage = Stage::set().await;
    let claims = stage.claims(&json!({}));
    stage.refused("another key", Key::es256("first").token(&claims)).await;
    stage.refused("a key nobody knows", Key::es256("second").token(&claims)).await;
    stage.refused("another kind of key", Key::ed_dsa("first").token(&claims)).await;
    let none = body(&json!({ "alg": "none" }), &claims);
    stage.refused("no signature", format!("{none}.")).await;
    let honest = stage.key.token(&claims);
    let other = stage.claims(&json!({ "sub": "somebody else" }));
    let signature = honest.rsplit('.').next().unwrap();
    let head = json!({ "alg": "ES256", "kid": "first", "typ": "JWT" });
    stage.refused("another body", format!("{}.{signature}", body(&head, &other))).await;
}

#[tokio::test]
async fn a_key_that_the_client_holds_as_well_signs_nothing() {
    let stage = Stage::set().await;
    let claims = stage.claims(&json!({}));
    let shown = stage.key.shown().to_string();
    for secret in [CLIENT_SECRET.as_bytes(), shown.as_bytes()] {
        let text = body(&json!({ "alg": "HS256", "typ": "JWT" }), &claims);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let signature = url_safe(ring::hmac::sign(&key, text.as_bytes()).as_ref());
        stage.refused("HMAC", format!("{text}.{signature}")).await;
    }
}

#[tokio::test]
async fn new_keys_of_the_provider_are_asked_for_once_when_a_token_names_one() {
    let stage = Stage::set().await;
    let asked = stage.forger.says().keys_asked;
    let newer = Key::ed_dsa("newer");
    stage.forger.says().keys.push(newer.shown());
    stage.finish(newer.token(&stage.claims(&json!({})))).await.unwrap();
    stage.finish(newer.token(&stage.claims(&json!({})))).await.unwrap();
    assert_eq!(stage.forger.says().keys_asked, asked + 1);
    // A key that was taken back proves nothing once the keys were asked for anew.
    stage.forger.says().keys = vec![newer.shown()];
    stage.provider.discover(Timestamp::now()).await.unwrap();
    stage.refused("a key taken back", stage.key.token(&stage.claims(&json!({})))).await;
}

#[tokio::test]
async fn what_the_token_leaves_out_is_asked_for_and_belongs_to_the_same_person() {
    let stage = Stage::set().await;
    let short =
        stage.key.token(&stage.claims(&json!({ "preferred_username": null, "groups": null })));
    stage.forger.says().user_info =
        json!({ "sub": "7f3a", "email": "mei@example.com", "groups": "sec-leads" });
    let identity = stage.finish(short.clone()).await.unwrap();
    assert_eq!(identity.names, ["mei@example.com"]);
    assert_eq!(identity.roles, Some(vec!["sec-leads".to_owned()]));
    stage.forger.says().user_info = json!({ "sub": "another", "groups": ["sec-leads"] });
    let error = stage.finish(short.clone()).await.unwrap_err();
    assert!(matches!(error, IdentityError::UserInfo(_)), "{error:?}");
    stage.forger.says().access_token = "two\r\nlines".to_owned();
    let error = stage.finish(short).await.unwrap_err();
    assert!(matches!(error, IdentityError::Missing(_)), "{error:?}");
}

#[tokio::test]
async fn a_refused_code_is_told_without_the_words_of_the_provider() {
    let stage = Stage::set().await;
    let error = stage.finish(String::new()).await.unwrap_err();
    assert!(matches!(&error, IdentityError::Refused { code } if code == "invalid_grant"));
    assert!(!error.to_string().contains("<b>"), "{error}");
}

#[tokio::test]
async fn a_provider_that_names_itself_otherwise_or_leads_astray_is_none() {
    let forger = Forger::start().await;
    let provider = provider_of(&forger.url()).unwrap();
    for described in [
        json!({ "issuer": "https://another.example.com" }),
        json!({ "token_endpoint": "http://192.0.2.7/token" }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "jwks_uri": "http://192.0.2.7/keys" }),
    ] {
        forger.says().described = described.clone();
        let error = provider.discover(Timestamp::now()).await.unwrap_err();
        assert!(!error.hint().is_empty(), "{error}");
    }
    for issuer in ["http://id.example.com", "ftp://id.example.com", "no address", ""] {
        assert!(matches!(provider_of(issuer), Err(IdentityError::Address { .. })), "{issuer}");
    }
}

#[tokio::test]
async fn a_provider_on_a_network_that_is_not_allowed_is_not_dialled() {
    let forger = Forger::start().await;
    let settings = ProviderSettings {
        issuer: forger.url(),
        client_id: CLIENT.to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        redirect: "http://127.0.0.1/".to_owned(),
        roles_claim: "groups".to_owned(),
    };
    let guard = Guard::new(GuardSettings::default()).unwrap();
    let provider = Provider::new(settings, guard).unwrap();
    let error = provider.discover(Timestamp::now()).await.unwrap_err();
    assert!(error.hint().contains("allow_networks"), "{}", error.hint());
}
