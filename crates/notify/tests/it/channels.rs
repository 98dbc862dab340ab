//! Every channel over HTTP, against a server that shows what it was sent.

use claviger_model::{AlertMethod, Language, Level, Secret};
use claviger_notify::channel::{ding_talk, feishu, webhook};
use claviger_notify::{Link, Message, NotifyError, Receipt, Secrets, Signal, channel};
use claviger_sign::{Parts, acs3};
use jiff::Timestamp;
use serde_json::Value;

use crate::place::{Place, Request};
use crate::{guard, notice};

const ID: &str = "dlv_00112233445566778899aabbccddeeff";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn at() -> Timestamp {
    "2026-11-28T03:00:00Z".parse().unwrap()
}

async fn send_as(
    method: &AlertMethod,
    secrets: Secrets,
    signal: Signal,
) -> Result<Receipt, NotifyError> {
    let notice = notice();
    let link = |label: &str, url: &str| Some(Link { label: label.to_owned(), url: url.to_owned() });
    let message = Message {
        level: Level::High,
        event: Some("evt_1"),
        signal,
        at: at(),
        open: link("Open the event", "https://claviger.example.com/events/evt_1"),
        acknowledge: link("Acknowledge", "https://claviger.example.com/acknowledge/a.b"),
        ..Message::new(ID, &notice, Language::English)
    };
    channel(method, secrets, &guard())?.send(&message).await
}

/// Sends one message to a place that answers so.
async fn exchange(
    method: impl Fn(&str) -> AlertMethod,
    secret_text: Option<&str>,
    answer: (&'static str, &'static str),
) -> (Result<Receipt, NotifyError>, Request) {
    let place = Place::answering(&[answer]);
    let url = Some(secret(&format!("{}/hook?access_token=made-up", place.url)));
    let secrets = Secrets { secret: secret_text.map(secret), url };
    let sent = send_as(&method(&place.url), secrets, Signal::Trigger).await;
    (sent, place.request())
}

fn json(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn host() -> String {
    "127.0.0.1".to_owned()
}

#[tokio::test]
async fn a_webhook_is_signed_and_carries_its_identity() {
    let method = |_: &str| AlertMethod::Webhook { host: host() };
    let (sent, request) = exchange(method, Some("whsec_c2VjcmV0"), ("202 Accepted", "")).await;
    sent.unwrap();
    assert_eq!(request.headers["webhook-id"], ID);
    assert_eq!(request.headers["idempotency-key"], ID);
    assert_eq!(request.headers["webhook-timestamp"], at().as_second().to_string());
    let expected = webhook::signature(&secret("whsec_c2VjcmV0"), ID, at(), request.body.as_bytes());
    assert_eq!(request.headers["webhook-signature"], expected);
    assert_eq!(json(&request)["type"], "alert.triggered");
    assert_eq!(json(&request)["event_id"], "evt_1");
}

#[tokio::test]
async fn slack_is_told_in_plain_text_with_buttons() {
    let method = |_: &str| AlertMethod::Slack { host: host() };
    let (sent, request) = exchange(method, None, ("200 OK", "ok")).await;
    sent.unwrap();
    let body = json(&request);
    assert!(!request.body.contains("mrkdwn"), "{}", request.body);
    assert_eq!(body["blocks"][2]["elements"][1]["text"]["text"], "Acknowledge");
    let (sent, _) = exchange(method, None, ("200 OK", "no_team")).await;
    assert!(matches!(sent, Err(NotifyError::Refused { .. })), "{sent:?}");
}

#[tokio::test]
async fn ding_talk_is_signed_and_its_refusals_are_read() {
    let method = |_: &str| AlertMethod::DingTalk { host: host() };
    let ok = ("200 OK", r#"{"errcode":0,"errmsg":"ok"}"#);
    let (sent, request) = exchange(method, Some("SECmade-up"), ok).await;
    sent.unwrap();
    let address = format!("http://h{}", request.line.split(' ').nth(1).unwrap());
    let url = claviger_dial::reqwest::Url::parse(&address).unwrap();
    let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["timestamp"], at().as_millisecond().to_string());
    assert_eq!(query["sign"], ding_talk::signature(&secret("SECmade-up"), at()));
    assert_eq!(query["access_token"], "made-up");
    let bad = ("200 OK", r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    let (sent, _) = exchange(method, Some("SECmade-up"), bad).await;
    assert!(matches!(sent, Err(NotifyError::Credentials { .. })), "{sent:?}");
    let fast = ("200 OK", r#"{"errcode":130101,"errmsg":"send too fast"}"#);
    let (sent, _) = exchange(method, None, fast).await;
    assert!(matches!(sent, Err(NotifyError::RefusedForNow { .. })), "{sent:?}");
}

#[tokio::test]
async fn feishu_is_signed_in_its_body() {
    let method = |_: &str| AlertMethod::Feishu { host: host() };
    let (sent, request) = exchange(method, Some("made-up"), ("200 OK", r#"{"code":0}"#)).await;
    sent.unwrap();
    let body = json(&request);
    assert_eq!(body["timestamp"], at().as_second().to_string());
    assert_eq!(body["sign"], feishu::signature(&secret("made-up"), at()));
    assert_eq!(body["card"]["header"]["template"], "red");
    let bad = ("200 OK", r#"{"code":19021,"msg":"sign match fail"}"#);
    let (sent, _) = exchange(method, Some("made-up"), bad).await;
    assert!(matches!(sent, Err(NotifyError::Credentials { .. })), "{sent:?}");
}

#[tokio::test]
async fn teams_is_given_an_adaptive_card() {
    let method = |_: &str| AlertMethod::Teams { host: host() };
    let (sent, request) = exchange(method, None, ("202 Accepted", "")).await;
    sent.unwrap();
    let attachment = &json(&request)["attachments"][0];
    assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(attachment["content"]["actions"][0]["type"], "Action.OpenUrl");
}

#[tokio::test]
async fn pager_duty_keeps_one_incident_for_an_event() {
    let signals = [
        (Signal::Trigger, "trigger"),
        (Signal::Acknowledge, "acknowledge"),
        (Signal::Resolve, "resolve"),
    ];
    for (signal, action) in signals {
        let place = Place::answering(&[("202 Accepted", r#"{"status":"success"}"#)]);
        let method = AlertMethod::PagerDuty { endpoint: Some(place.url.clone()) };
        let secrets = Secrets { secret: Some(secret("made-up-routing-key")), url: None };
        send_as(&method, secrets, signal).await.unwrap();
        let request = place.request();
        assert!(request.line.starts_with("POST /v2/enqueue "), "{}", request.line);
        let body = json(&request);
        assert_eq!((&body["event_action"], &body["dedup_key"]), (&action.into(), &"evt_1".into()));
        assert_eq!(body["payload"].is_null(), signal != Signal::Trigger);
    }
}

#[tokio::test]
async fn alibaba_cloud_is_signed_and_its_code_decides() {
    let method = |url: &str| AlertMethod::AliyunSms {
        endpoint: Some(url.to_owned()),
        access_key_id: "LTAI5tFakeKeyId00000001".to_owned(),
        sign_name: "Claviger".to_owned(),
        template_code: "SMS_1".to_owned(),
        to: vec!["13800000000".to_owned()],
    };
    let ok = ("200 OK", r#"{"Code":"OK","Message":"OK","BizId":"9","RequestId":"r"}"#);
    let (sent, request) = exchange(method, Some("FakeSecret0000000000000000001"), ok).await;
    assert!(sent.unwrap().accepted_by.contains("(9)"));
    let address = format!("http://h{}", request.line.split(' ').nth(1).unwrap());
    let url = claviger_dial::reqwest::Url::parse(&address).unwrap();
    let mut parts = Parts::new("POST", "/");
    parts.query = url.query_pairs().into_owned().collect();
    parts.headers = request.headers.clone().into_iter().collect();
    let seen = acs3::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret("FakeSecret0000000000000000001")), "{request:?}");
    assert_eq!(parts.query_value("OutId"), Some(ID));
    assert_eq!(request.headers["x-acs-action"], "SendSms");
    let busy = ("200 OK", r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"too many"}"#);
    let (sent, _) = exchange(method, Some("s"), busy).await;
    assert!(matches!(sent, Err(NotifyError::RefusedForNow { .. })), "{sent:?}");
    let wrong = ("200 OK", r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"no number"}"#);
    let (sent, _) = exchange(method, Some("s"), wrong).await;
    assert!(matches!(sent, Err(NotifyError::Refused { .. })), "{sent:?}");
}

#[tokio::test]
async fn alibaba_cloud_calls_and_reads_the_message_out() {
    let method = |url: &str| AlertMethod::AliyunCall {
        endpoint: Some(url.to_owned()),
        access_key_id: "LTAI5tFakeKeyId00000001".to_owned(),
        shown_number: None,
        template_code: "TTS_1".to_owned(),
        to: vec!["13800000000".to_owned()],
    };
    let ok = ("200 OK", r#"{"Code":"OK","CallId":"c1"}"#);
    let (sent, request) = exchange(method, Some("s"), ok).await;
    assert!(sent.unwrap().accepted_by.contains("(c1)"));
    assert_eq!(request.headers["x-acs-action"], "SingleCallByTts");
    assert!(request.line.contains("CalledNumber=13800000000"), "{}", request.line);
}

#[tokio::test]
async fn twilio_is_given_a_form_by_basic_authentication() {
    let sid = "AC00000000000000000000000000000000";
    let (account_sid, from) = (sid.to_owned(), "+15005550006".to_owned());
    let to = vec!["+8613800000000".to_owned()];
    let sms = |url: &str| AlertMethod::TwilioSms {
        endpoint: Some(url.to_owned()),
        account_sid: account_sid.clone(),
        from: from.clone(),
        to: to.clone(),
    };
    let created = ("201 Created", r#"{"sid":"SM1"}"#);
    let (sent, request) = exchange(sms, Some("faketoken"), created).await;
    assert!(sent.unwrap().accepted_by.contains("SM1"));
    assert!(request.line.starts_with(&format!("POST /2010-04-01/Accounts/{sid}/Messages.json ")));
    // As the official client sends it for this account and token.
    let basic = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpmYWtldG9rZW4=";
    assert_eq!(request.headers["authorization"], basic);
    assert!(request.body.starts_with("To=%2B8613800000000&From=%2B15005550006&Body="));
    let call = |url: &str| AlertMethod::TwilioCall {
        endpoint: Some(url.to_owned()),
        account_sid: account_sid.clone(),
        from: from.clone(),
        to: to.clone(),
    };
    let (sent, request) = exchange(call, Some("faketoken"), created).await;
    sent.unwrap();
    assert!(request.body.contains("Twiml=%3CResponse%3E%3CSay+language"), "{}", request.body);
    let (sent, _) = exchange(sms, Some("faketoken"), ("401 Unauthorized", "{}")).await;
    assert!(matches!(sent, Err(NotifyError::Credentials { .. })), "{sent:?}");
}

#[tokio::test]
async fn what_a_service_refuses_never_shows_its_address() {
    let method = |_: &str| AlertMethod::Slack { host: host() };
    let (sent, _) = exchange(method, None, ("404 Not Found", "no_service")).await;
    let error = sent.unwrap_err();
    assert!(error.is_permanent() && !format!("{error:?} {error}").contains("made-up"), "{error:?}");
}
