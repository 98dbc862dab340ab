//! E-mail, against a real mail server.

use std::path::Path;

use claviger_model::{AlertMethod, AlertNotice, Language, NoticeFact, Secret};
use claviger_notify::channel::smtp::Smtp;
use claviger_notify::{Channel, Message, NotifyError, Receipt, Secrets, channel};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::{guard, method, notice};

const ID: &str = "dlv_00112233445566778899aabbccddeeff";

async fn send(method: &AlertMethod, notice: &AlertNotice) -> Result<Receipt, NotifyError> {
    let message = Message::new(ID, notice, Language::English);
    channel(method, Secrets::default(), &guard()).unwrap().send(&message).await
}

/// An authority and a server's certificate for 127.0.0.1 by it. Gives the authority as PEM and the
/// server's orders.
fn certificates(folder: &Path, implicit: bool) -> (String, Value) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&server_key, &issuer)
        .unwrap();
    let (certificate, private) = (folder.join("server.pem"), folder.join("server.key"));
    std::fs::write(&certificate, server.pem()).unwrap();
    std::fs::write(&private, server_key.serialize_pem()).unwrap();
    let orders = json!({ "certificate": certificate, "key": private, "implicit": implicit });
    (authority.pem(), orders)
}

#[tokio::test]
async fn a_mail_arrives_as_text_and_page_with_its_identity() {
    let Some(mut receiver) = Receiver::start(&json!({})) else { return };
    let receipt = send(&method(receiver.port, "none"), &notice()).await.unwrap();
    assert_eq!(receipt.accepted_by, format!("127.0.0.1:{} (kept as number 1)", receiver.port));
    let mail = receiver.mail();
    assert_eq!(mail.from, "claviger@example.com");
    assert_eq!(mail.to, ["ada@example.com", "grace@example.com"]);
    assert_eq!(mail.headers["Subject"], notice().subject);
    assert_eq!(mail.headers["Message-ID"], format!("<{ID}@claviger>"));
    assert_eq!(mail.headers["Auto-Submitted"], "auto-generated");
    assert_eq!(mail.headers["From"], "Claviger <claviger@example.com>");
    assert!(mail.headers.contains_key("Date"));
    assert_eq!(mail.parts, ["multipart/alternative", "text/plain", "text/html"]);
    assert!(mail.text.starts_with("Whose key."), "{}", mail.text);
    assert!(mail.html.contains("<h1"), "{}", mail.html);
    assert!(!mail.tls);
}

#[tokio::test]
async fn the_same_delivery_has_the_same_identity_at_each_try() {
    let Some(mut receiver) = Receiver::start(&json!({})) else { return };
    let mut identities = Vec::new();
    for _ in 0..2 {
        send(&method(receiver.port, "none"), &notice()).await.unwrap();
        identities.push(receiver.mail().headers["Message-ID"].clone());
    }
    assert_eq!(identities[0], identities[1]);
}

#[tokio::test]
async fn hostile_names_arrive_unharmed_and_inject_nothing() {
    let Some(mut receiver) = Receiver::start(&json!({})) else { return };
    let names = [
        "b/<script>alert(\"x\")</script>&'.csv".to_owned(),
        ".\u{2026} .leading dot and 用户/данные 🙂".to_owned(),
        "数据".repeat(170),
        "a".repeat(1_024),
        "{{7*7}} $(id) `x` %0d%0aBcc: eve@example.com".to_owned(),
    ];
    let mut hostile = notice();
    hostile.subject = "High: x\r\nBcc: eve@example.com\r\n\r\nbody".to_owned();
    hostile.lead = vec![".".to_owned(), "From the start".to_owned(), names[1].clone()];
    hostile.facts = names
        .iter()
        .map(|name| NoticeFact { label: "Objects".to_owned(), value: name.clone() })
        .collect();
    send(&method(receiver.port, "none"), &hostile).await.unwrap();
    let mail = receiver.mail();
    assert_eq!(mail.to, ["ada@example.com", "grace@example.com"]);
    assert!(!mail.headers.contains_key("Bcc"), "{:?}", mail.headers);
    assert_eq!(mail.headers["Subject"], "High: x  Bcc: eve@example.com    body");
    let lines: Vec<&str> = mail.text.lines().collect();
    assert_eq!(lines[0], ".");
    for name in &names {
        assert!(lines.contains(&format!("Objects: {name}").as_str()), "{name} in {lines:?}");
    }
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    assert!(mail.html.contains("&lt;script&gt;"), "{}", mail.html);
    // RFC 5322, section 2.1.1.
    assert!(mail.line_max <= 998, "{}", mail.line_max);
}

#[tokio::test]
async fn an_unknown_certificate_is_refused_and_a_trusted_one_accepted() {
    for (security, implicit) in [("starttls", false), ("tls", true)] {
        let folder = tempfile::tempdir().unwrap();
        let (authority, orders) = certificates(folder.path(), implicit);
        let Some(mut receiver) = Receiver::start(&orders) else { return };
        let method = method(receiver.port, security);
        let error = send(&method, &notice()).await.unwrap_err();
        assert!(matches!(error, NotifyError::Tls { .. }), "{security}: {error:?}");
        assert!(error.hint().contains("certificate"), "{}", error.hint());
        let trusting = Smtp::new(&method, None, guard()).unwrap().trusting(authority.as_bytes());
        let notice = notice();
        let message = Message::new(ID, &notice, Language::English);
        trusting.send(&message).await.unwrap();
        assert!(receiver.mail().tls, "{security}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_although_its_authority_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, orders) = certificates(folder.path(), false);
    let Some(receiver) = Receiver::start(&orders) else { return };
    let AlertMethod::Email { port, security, username, from, to, .. } =
        method(receiver.port, "starttls")
    else {
        unreachable!()
    };
    let host = "localhost".to_owned();
    let other = AlertMethod::Email { host, port, security, username, from, to };
    let smtp = Smtp::new(&other, None, guard()).unwrap().trusting(authority.as_bytes());
    let notice = notice();
    let message = Message::new(ID, &notice, Language::English);
    let error = smtp.send(&message).await.unwrap_err();
    assert!(matches!(error, NotifyError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_without_starttls_is_told_nothing() {
    let Some(receiver) = Receiver::start(&json!({})) else { return };
    let error = send(&method(receiver.port, "starttls"), &notice()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Tls { .. }), "{error:?}");
    let error = send(&method(receiver.port, "tls"), &notice()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn refused_for_now_is_tried_again_and_refused_for_good_is_not() {
    let orders = [
        (json!({ "data": "451 4.7.1 greylisted" }), "451 4.7.1 greylisted", false),
        (json!({ "data": "554 5.7.1 no" }), "554 5.7.1 no", true),
        (json!({ "refuse": { "grace@example.com": "451 later" } }), "451 later", false),
    ];
    for (orders, words, permanent) in orders {
        let Some(receiver) = Receiver::start(&orders) else { return };
        let error = send(&method(receiver.port, "none"), &notice()).await.unwrap_err();
        let kind = if permanent {
            matches!(error, NotifyError::Refused { .. })
        } else {
            matches!(error, NotifyError::RefusedForNow { .. })
        };
        assert!(kind, "{error:?}");
        assert_eq!(error.is_permanent(), permanent);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn one_unknown_recipient_does_not_keep_the_others_from_being_told() {
    let unknown = json!({ "refuse": { "grace@example.com": "550 no such user" } });
    let Some(mut receiver) = Receiver::start(&unknown) else { return };
    let receipt = send(&method(receiver.port, "none"), &notice()).await.unwrap();
    assert!(
        receipt.accepted_by.ends_with("; refused for grace@example.com: 550 no such user"),
        "{}",
        receipt.accepted_by
    );
    assert_eq!(receiver.mail().to, ["ada@example.com"]);
    let all = json!({ "refuse": {
        "ada@example.com": "550 no such user", "grace@example.com": "550 no such user" } });
    let Some(receiver) = Receiver::start(&all) else { return };
    let error = send(&method(receiver.port, "none"), &notice()).await.unwrap_err();
    assert!(error.is_permanent(), "{error:?}");
    assert!(error.to_string().contains("ada@example.com: 550 no such user"), "{error}");
}

#[tokio::test]
async fn the_right_password_signs_in_and_a_wrong_or_missing_one_is_named() {
    let orders = json!({ "login": ["claviger", "made-up-password"] });
    let Some(mut receiver) = Receiver::start(&orders) else { return };
    let AlertMethod::Email { host, port, security, from, to, .. } = method(receiver.port, "none")
    else {
        unreachable!()
    };
    let username = Some("claviger".to_owned());
    let method = AlertMethod::Email { host, port, security, username, from, to };
    let notice = notice();
    let message = Message::new(ID, &notice, Language::English);
    let try_with = async |password: Option<&str>| {
        let password = password.map(|password| Secret::new(password.to_owned()));
        channel(&method, Secrets { secret: password, url: None }, &guard())
            .unwrap()
            .send(&message)
            .await
    };
    try_with(Some("made-up-password")).await.unwrap();
    assert_eq!(receiver.mail().user.as_deref(), Some("claviger"));
    for wrong in [Some("another"), None] {
        let error = try_with(wrong).await.unwrap_err();
        assert!(matches!(error, NotifyError::Credentials { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("another"), "{error:?}");
        assert!(error.hint().contains("password"), "{}", error.hint());
    }
}

#[tokio::test]
async fn a_server_that_offers_no_way_to_sign_in_is_named() {
    let Some(receiver) = Receiver::start(&json!({})) else { return };
    let AlertMethod::Email { host, port, security, from, to, .. } = method(receiver.port, "none")
    else {
        unreachable!()
    };
    let username = Some("claviger".to_owned());
    let method = AlertMethod::Email { host, port, security, username, from, to };
    let password = Some(Secret::new("made-up-password".to_owned()));
    let notice = notice();
    let message = Message::new(ID, &notice, Language::English);
    let error = channel(&method, Secrets { secret: password, url: None }, &guard())
        .unwrap()
        .send(&message)
        .await
        .unwrap_err();
    assert!(matches!(error, NotifyError::Credentials { .. }), "{error:?}");
}
