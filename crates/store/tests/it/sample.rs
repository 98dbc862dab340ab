//! Made-up values in their right shape.

use claviger_model::{
    AccessKeyId, Acl, AlertConfiguration, AlertConfigurationId, AlertKind, AlertMethod,
    AlertNotice, Asset, AssetId, Authorization, Availability, Connection, ConnectionHealth,
    ConnectionId, Delivery, DeliveryId, DeliveryState, Evidence, EvidenceId, EvidenceState,
    Fingerprint, IntelligenceSource, JobId, KeyState, KeyStatus, Language, Level, Location,
    NoticeFact, Provider, RiskEvent, RiskEventId, RiskType, Sensitivity, UserId, WorkState,
};
use claviger_store::{Conn, NewJob, ObjectRow, Role, User, assets, connections, objects};
use jiff::Timestamp;
use serde_json::json;

/// So many seconds after a fixed instant, with microseconds of its own.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_795_000_000_000_123 + seconds * 1_000_000).unwrap()
}

pub(crate) fn key(text: &str) -> AccessKeyId {
    AccessKeyId::parse(text).unwrap()
}

pub(crate) fn connection(name: &str) -> Connection {
    Connection {
        id: ConnectionId::derived(&[name]),
        name: name.to_owned(),
        provider: Provider::Aliyun,
        region: "cn-hangzhou".to_owned(),
        endpoint: Some("http://127.0.0.1:9000".to_owned()),
        accounts_endpoint: None,
        access_key_id: Some(key("LTAI5tFAKEFAKEFAKEFAKE01")),
        credentials: None,
        health: ConnectionHealth::Failing {
            code: "denied".to_owned(),
            message: "the provider says “no”".to_owned(),
            hint: "grant oss:ListBuckets".to_owned(),
            checked_at: at(5),
        },
        synchronized_at: None,
        created_at: at(0),
    }
}

pub(crate) fn asset(connection: &str, bucket: &str) -> Asset {
    Asset {
        id: AssetId::derived(&[connection, bucket]),
        connection_id: ConnectionId::derived(&[connection]),
        provider: Provider::Aliyun,
        bucket: bucket.to_owned(),
        region: "cn-hangzhou".to_owned(),
        endpoint: None,
        acl: Some(Acl::PublicRead),
        public_access_blocked: Some(false),
        log_target: Some("logs/oss/".to_owned()),
        object_count: Some(3),
        bytes: Some(4_000_000_000_000),
        authorization: Authorization::NotAuthorized,
        failure: None,
        sensitivity: Sensitivity::NotAvailable,
        synchronized_at: at(1),
    }
}

/// A connection `main` with one bucket.
pub(crate) async fn bucket(c: &mut Conn) -> Asset {
    connections::insert(c, &connection("main"), None).await.unwrap();
    let asset = asset("main", "examplebucket");
    assets::upsert(c, &asset).await.unwrap();
    asset
}

/// An object as a listing shows it that can be read.
pub(crate) fn seen<'a>(
    name: &'a str,
    etag: &'a str,
    bytes: u64,
    last_modified: Option<Timestamp>,
) -> objects::Seen<'a> {
    let (storage_class, availability) = (Some("Standard"), Availability::AtOnce);
    objects::Seen { name, etag, bytes, last_modified, storage_class, availability }
}

/// Observes an object and gives its row.
pub(crate) async fn object(c: &mut Conn, asset_id: &AssetId, name: &str) -> ObjectRow {
    objects::observe(c, asset_id, &seen(name, "etag-1", 10, Some(at(0))), at(1)).await.unwrap();
    objects::get(c, asset_id, name).await.unwrap().unwrap()
}

pub(crate) fn risk_event(access_key_id: &str) -> RiskEvent {
    RiskEvent {
        id: RiskEventId::derived(&["access_key_pair_leak", access_key_id]),
        risk_type: RiskType::AccessKeyPairLeak,
        subject: access_key_id.to_owned(),
        access_key_id: Some(key(access_key_id)),
        level: Level::High,
        work_state: WorkState::Pending,
        assigned_to: Some("anna".to_owned()),
        ignored_until: None,
        key_state: KeyState {
            status: KeyStatus::Active,
            proof: "ListAccessKeys answered Active".to_owned(),
            checked_at: at(2),
        },
        account: Some("Leaky-User".to_owned()),
        connection_id: Some(ConnectionId::derived(&["main"])),
        first_detected_at: at(1),
        latest_detected_at: at(2),
        sources: vec![IntelligenceSource::PrivatePlaintextStorage],
        uses: 2,
        first_used_at: Some(at(1)),
        last_used_at: None,
        judgement: vec!["a \"new\" network\nsaw it".to_owned()],
        score: Some(7.25),
    }
}

pub(crate) fn evidence(event: &RiskEvent, object: &str) -> Evidence {
    Evidence {
        id: EvidenceId::derived(&[&event.subject, object]),
        risk_event_id: event.id.clone(),
        access_key_id: event.access_key_id.clone(),
        source: IntelligenceSource::PrivatePlaintextStorage,
        state: EvidenceState::Found,
        location: Location {
            uri: format!("oss://examplebucket/{object}"),
            path: vec!["inner.zip".to_owned(), "a.txt".to_owned()],
            line: 3,
            column: 5,
            start: 40,
            end: 70,
        },
        connection_id: Some(ConnectionId::derived(&["main"])),
        asset_id: Some(AssetId::derived(&["main", "examplebucket"])),
        bucket: Some("examplebucket".to_owned()),
        object: Some(object.to_owned()),
        code: None,
        link: None,
        fingerprint: Some(Fingerprint("00112233445566778899aabbccddeeff".to_owned())),
        masked: Some("Fa…01".to_owned()),
        confidence: 0.95,
        why: vec!["the id is followed by its secret".to_owned()],
        readable_since: Some(at(-100)),
        found_at: at(1),
        seen_at: at(1),
    }
}

pub(crate) fn alert(name: &str) -> AlertConfiguration {
    AlertConfiguration {
        id: AlertConfigurationId::derived(&[name]),
        name: name.to_owned(),
        enabled: true,
        method: AlertMethod::Email {
            host: "127.0.0.1".to_owned(),
            port: 2525,
            security: "none".to_owned(),
            username: None,
            from: "claviger@example.com".to_owned(),
            to: vec!["oncall@example.com".to_owned()],
        },
        risk_types: vec![RiskType::AccessKeyPairLeak],
        level_min: Level::Medium,
        language: Language::Chinese,
        rules: claviger_model::AlertRules::default(),
        created_at: at(0),
    }
}

pub(crate) fn delivery(occasion: &str, created_at: Timestamp) -> Delivery {
    Delivery {
        id: DeliveryId::derived(&[occasion]),
        configuration_id: AlertConfigurationId::derived(&["mail"]),
        risk_event_id: Some(RiskEventId::derived(&["one"])),
        kind: AlertKind::LeakedKeyUsed,
        to: Vec::new(),
        level: claviger_model::Level::High,
        leaves_at: created_at,
        digest_id: None,
        notice: AlertNotice {
            subject: "A leaked key is being used".to_owned(),
            lead: vec!["LTAI5t…E01 of leaky".to_owned()],
            facts: vec![NoticeFact { label: "Objects".to_owned(), value: "1 <object>".to_owned() }],
            link: None,
        },
        state: DeliveryState::Waiting,
        attempts: 0,
        last_error: None,
        created_at,
        delivered_at: None,
    }
}

pub(crate) fn job(subject: &str, run_at: Timestamp) -> NewJob {
    NewJob {
        id: JobId::derived(&["scan", subject]),
        kind: "scan".to_owned(),
        payload: json!({ "subject": subject, "turn": 1 }),
        run_at,
    }
}

pub(crate) fn user(name: &str) -> User {
    User {
        id: UserId::derived(&[name]),
        name: name.to_owned(),
        role: Role::Responder,
        password_hash: "$argon2id$made-up".to_owned(),
        created_at: at(0),
        disabled: false,
    }
}
