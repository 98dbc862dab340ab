//! Alerts from the risk event to the receiver, who is a real server on loopback.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use claviger_intel::self_managed::Format;
use claviger_intel::{Claim, Entry};
use claviger_model::{
    AccessKeyId, AlertConfiguration, AlertMethod, AlertRules, Delivery, DeliveryState, Digest,
    Language, Level, RiskEvent, RiskType, Secret, WorkState,
};
use claviger_service::{Actor, NewAlert, Service, ServiceError, Settings};
use claviger_store::risk_events::RiskEventFilter;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A place that takes messages: answers as the latest order says, and keeps what it was sent.
#[derive(Clone)]
struct Place {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<Option<&'static str>>>,
}

impl Place {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let place =
            Self { url, seen: Arc::default(), answer: Arc::new(Mutex::new(Some("200 OK"))) };
        let own = place.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                let mut part = [0_u8; 4096];
                while !is_whole(&request) {
                    let read = stream.read(&mut part).await.unwrap_or(0);
                    request.extend_from_slice(&part[..read]);
                    if read == 0 {
                        break;
                    }
                }
                own.seen.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                let answer = *own.answer.lock().unwrap();
                if let Some(status) = answer {
                    let text = format!(
                        "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
                    );
                    stream.write_all(text.as_bytes()).await.ok();
                }
            }
        });
        place
    }

    /// The next answers; `None` hangs up without one.
    fn answers(&self, status: Option<&'static str>) {
        *self.answer.lock().unwrap() = status;
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

struct Stage {
    service: Service,
    actor: Actor,
    _folder: tempfile::TempDir,
    _stop: watch::Sender<bool>,
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            allow_networks: vec!["127.0.0.0/8".to_owned()],
            public_url: Some("https://claviger.example.com".to_owned()),
            retry_pause_max: Duration::from_millis(50),
            ..Settings::in_folder(folder.path().to_owned())
        };
        let service = Service::open(settings).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let own = service.clone();
        tokio::spawn(async move { own.work(stopped).await });
        Self { service, actor: Actor::claviger(), _folder: folder, _stop: stop }
    }

    async fn webhook(&self, place: &Place, rules: AlertRules) -> AlertConfiguration {
        let method = AlertMethod::Webhook { host: String::new() };
        let new = new(method, Some(&format!("{}/hook", place.url)), rules);
        self.service.add_alert(&self.actor, new).await.unwrap()
    }

    /// Somebody enters a leaked key by hand.
    async fn leak(&self, number: u32) -> RiskEvent {
        let text = format!(r#"{{"access_key_id":"LTAI5tMadeUpKey000{number:04}"}}"#);
        let (entries, rejects) = self.service.parse_intelligence(&text, Format::JsonLines);
        assert!(rejects.is_empty(), "{rejects:?}");
        self.service.add_intelligence(&self.actor, &entries).await.unwrap();
        let all = self.service.risk_events(&RiskEventFilter::default()).await.unwrap();
        let subject = format!("LTAI5tMadeUpKey000{number:04}");
        all.into_iter().find(|event| event.subject == subject).unwrap()
    }

    /// Somebody says so of a key by hand.
    async fn told_of(&self, number: u32, claim: Claim) -> Result<usize, ServiceError> {
        let entry = Entry {
            claim,
            access_key_id: AccessKeyId::parse(&format!("LTAI5tMadeUpKey000{number:04}")).unwrap(),
            link: None,
            user: None,
            note: None,
            seen_at: None,
        };
        self.service.add_intelligence(&self.actor, &[entry]).await
    }

    async fn until(&self, what: &str, holds: impl AsyncFn(&Service) -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !holds(&self.service).await {
            assert!(Instant::now() < end, "{what} did not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn in_state(&self, state: DeliveryState) -> Vec<Delivery> {
        self.service.deliveries(None, Some(state), 100).await.unwrap()
    }
}

fn new(method: AlertMethod, url: Option<&str>, rules: AlertRules) -> NewAlert {
    NewAlert {
        name: method.title().to_owned(),
        enabled: true,
        method,
        secret: Some(Secret::new("made-up".to_owned())),
        url: url.map(|url| Secret::new(url.to_owned())),
        risk_types: Vec::new(),
        level_min: Level::Low,
        language: Language::English,
        rules,
    }
}

fn header(request: &str, name: &str) -> String {
    let line = request.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_told_nothing_until_its_code_is_entered() {
    let (stage, place) = (Stage::set().await, Place::open().await);
    let number = "+8613800000000".to_owned();
    let method = AlertMethod::TwilioSms {
        endpoint: Some(place.url.clone()),
        account_sid: "AC1".to_owned(),
        from: "+15005550006".to_owned(),
        to: vec![number.clone()],
    };
    let sms = new(method, None, AlertRules::default());
    let sms = stage.service.add_alert(&stage.actor, sms).await.unwrap();
    stage.until("the code", async |_| place.seen().len() == 1).await;
    let code = place.seen()[0].rsplit_once("code+is+").unwrap().1[..6].to_owned();
    let kept = stage.service.deliveries(None, None, 10).await.unwrap();
    assert!(!serde_json::to_string(&kept).unwrap().contains(&code), "the log must not hold it");
    stage.service.test_alert(&stage.actor, &sms.id).await.unwrap();
    let retrying = async |_: &Service| !stage.in_state(DeliveryState::Retrying).await.is_empty();
    stage.until("a try", retrying).await;
    assert_eq!(place.seen().len(), 1, "nothing but the code is sent");
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = stage.service.verify_recipient(&stage.actor, &number, wrong).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { field: "code", .. })), "{refused:?}");
    stage.service.verify_recipient(&stage.actor, &number, &code).await.unwrap();
    stage.until("the test message", async |_| place.seen().len() >= 2).await;
    let delivered = async |_: &Service| stage.in_state(DeliveryState::Delivered).await.len() == 2;
    stage.until("both accepted", delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_copy_leaves_only_when_the_answer_was_lost_and_has_the_same_identity() {
    let (stage, place) = (Stage::set().await, Place::open().await);
    stage.webhook(&place, AlertRules::default()).await;
    place.answers(None);
    stage.leak(1).await;
    stage.until("two tries", async |_| place.seen().len() >= 2).await;
    place.answers(Some("200 OK"));
    let delivered = async |_: &Service| stage.in_state(DeliveryState::Delivered).await.len() == 1;
    stage.until("the answer", delivered).await;
    let seen = place.seen();
    let id = header(&seen[0], "webhook-id");
    assert!(id.starts_with("dlv_"));
    assert!(seen.iter().all(|one| header(one, "webhook-id") == id));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(place.seen().len(), seen.len(), "what was accepted is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_alarms_the_others_and_can_be_sent_again() {
    let (stage, broken, working) = (Stage::set().await, Place::open().await, Place::open().await);
    broken.answers(Some("400 Bad Request"));
    let own = stage.webhook(&broken, AlertRules::default()).await;
    stage.webhook(&working, AlertRules::default()).await;
    stage.service.test_alert(&stage.actor, &own.id).await.unwrap();
    stage.until("the end", async |_| !stage.in_state(DeliveryState::Dead).await.is_empty()).await;
    assert_eq!(broken.seen().len(), 5, "tries are bounded");
    stage.until("the alarm", async |_| working.seen().len() == 1).await;
    assert!(working.seen()[0].contains("do not get through"), "{}", working.seen()[0]);
    let says = |service: &Service| {
        service.conditions_now().iter().any(|condition| condition.code == "not_delivered")
    };
    assert!(says(&stage.service));
    broken.answers(Some("200 OK"));
    let dead = stage.in_state(DeliveryState::Dead).await.remove(0);
    stage.service.send_again(&stage.actor, &dead.id).await.unwrap();
    stage
        .until("its delivery", async |_| stage.in_state(DeliveryState::Dead).await.is_empty())
        .await;
    stage.until("silence", async |service| !says(service)).await;
    let seen = broken.seen();
    assert_eq!(header(&seen[0], "webhook-id"), header(&seen[5], "webhook-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_acknowledges_its_event_alone_and_opening_it_changes_nothing() {
    let (stage, place) = (Stage::set().await, Place::open().await);
    stage.webhook(&place, AlertRules::default()).await;
    let (first, second) = (stage.leak(1).await, stage.leak(2).await);
    stage.until("both messages", async |_| place.seen().len() == 2).await;
    let seen = place.seen();
    let of_first = seen.iter().find(|one| one.contains(first.id.as_str())).unwrap();
    let token = of_first.split_once("/acknowledge/").unwrap().1.split('"').next().unwrap();
    let service = &stage.service;
    let link = service.acknowledge_link_of(token).await.unwrap();
    assert_eq!(link.event.id, first.id);
    assert_eq!(service.risk_event(&first.id).await.unwrap().work_state, WorkState::Pending);
    for broken in [token.replace('.', "x."), format!("{token}x"), String::new()] {
        assert!(service.acknowledge_by_link(&broken).await.is_err(), "{broken}");
    }
    for _ in 0..2 {
        let link = service.acknowledge_by_link(token).await.unwrap();
        assert_eq!(link.event.work_state, WorkState::Acknowledged);
    }
    assert_eq!(service.risk_event(&second.id).await.unwrap().work_state, WorkState::Pending);
    let details = service.event_details(&first.id).await.unwrap();
    let by = details.timeline.iter().find_map(|line| line.actor.clone());
    assert_eq!(by.as_deref(), Some("link of Signed webhook"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_holds_messages_back_and_high_passes_where_it_says_so() {
    let (stage, held, passed) = (Stage::set().await, Place::open().await, Place::open().await);
    let rules = |high_at_once| AlertRules {
        digest: Some(Digest { minutes: 30, high_at_once }),
        ..AlertRules::default()
    };
    stage.webhook(&held, rules(false)).await;
    stage.webhook(&passed, rules(true)).await;
    stage.leak(1).await;
    stage.leak(2).await;
    stage.until("what passes", async |_| passed.seen().len() == 2).await;
    assert_eq!(stage.in_state(DeliveryState::Collected).await.len(), 2);
    assert!(held.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_type_tells_of_nothing_new_and_leaves_what_exists() {
    let (stage, place) = (Stage::set().await, Place::open().await);
    stage.webhook(&place, AlertRules::default()).await;
    let before = stage.leak(1).await;
    stage.until("the first message", async |_| place.seen().len() == 1).await;
    let mut policy = stage.service.policy(RiskType::AccessKeyPairLeak).await.unwrap();
    policy.enabled = false;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    // One more leak and the first one once more are refused with the way out; another type is not concerned.
    for number in [2, 1] {
        let refused = stage.told_of(number, Claim::Leaked).await;
        assert!(matches!(refused, Err(ServiceError::Conflict { .. })), "{refused:?}");
    }
    stage.told_of(3, Claim::Suspected).await.unwrap();
    stage.until("what another type tells", async |_| place.seen().len() == 2).await;
    let seen = place.seen();
    assert!(seen[1].contains("0003") && !seen.iter().any(|one| one.contains("0002")), "{seen:?}");
    let all = stage.service.risk_events(&RiskEventFilter::default()).await.unwrap();
    let subjects: Vec<&str> = all.iter().map(|event| event.subject.as_str()).collect();
    assert!(!subjects.contains(&"LTAI5tMadeUpKey0000002"), "{subjects:?}");
    let after = stage.service.risk_event(&before.id).await.unwrap();
    assert_eq!((after.level, after.work_state), (before.level, before.work_state));
}
