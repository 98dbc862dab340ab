//! The laws of what follows from what was found and seen.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod life_cycle;
mod notice;
mod plan;
mod plan_minio;
mod policy_tables;
mod report_pdf;
mod route;
mod usage;
mod what_if;

use claviger_model::{
    AccessEvent, AccessKeyId, Acl, BucketUsage, ConnectionId, EventId, Evidence, EvidenceId,
    EvidenceState, IntelligenceSource, KeyState, KeyStatus, KeyUsage, Level, Location, ObjectUsage,
    RiskEvent, RiskEventId, RiskType, Sensitivity, SourceUsage, WorkState,
};
use jiff::Timestamp;

const KEY: &str = "LTAI5tExampleKeyOfTestx7Q";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// 12 minutes after the leak.
fn now() -> Timestamp {
    at("2026-03-31T14:02:12.412Z")
}

fn risk_event() -> RiskEvent {
    RiskEvent {
        id: RiskEventId::derived(&["access_key_pair_leak", KEY]),
        risk_type: RiskType::AccessKeyPairLeak,
        subject: KEY.to_owned(),
        access_key_id: Some(AccessKeyId::parse(KEY).unwrap()),
        level: Level::High,
        work_state: WorkState::Pending,
        assigned_to: None,
        ignored_until: None,
        key_state: KeyState {
            status: KeyStatus::Active,
            proof: "ListAccessKeys answered Active".to_owned(),
            checked_at: at("2026-03-31T14:02:08Z"),
        },
        account: Some("billing-export".to_owned()),
        connection_id: Some(ConnectionId::derived(&["practice"])),
        first_detected_at: at("2026-03-31T13:53:02.5Z"),
        latest_detected_at: at("2026-03-31T14:02:12.4Z"),
        sources: vec![IntelligenceSource::PrivatePlaintextStorage],
        uses: 3,
        first_used_at: Some(at("2026-03-31T14:01:00Z")),
        last_used_at: Some(at("2026-03-31T14:02:11Z")),
        judgement: vec!["a source first seen 9 min after the leak read 1 object".to_owned()],
        score: Some(7.2),
    }
}

fn evidence(object: &str, source: IntelligenceSource) -> Evidence {
    Evidence {
        id: EvidenceId::derived(&[KEY, object]),
        risk_event_id: risk_event().id,
        access_key_id: Some(AccessKeyId::parse(KEY).unwrap()),
        source,
        state: EvidenceState::Found,
        location: Location {
            uri: format!("oss://examplebucket/{object}"),
            path: vec![],
            line: 2,
            column: 18,
            start: 43,
            end: 73,
        },
        connection_id: Some(ConnectionId::derived(&["practice"])),
        asset_id: None,
        bucket: Some("examplebucket".to_owned()),
        object: Some(object.to_owned()),
        code: None,
        link: None,
        fingerprint: None,
        masked: Some("Fa…01".to_owned()),
        confidence: 0.99,
        why: vec![],
        readable_since: Some(at("2026-03-31T13:50:00Z")),
        found_at: at("2026-03-31T13:53:02Z"),
        seen_at: at("2026-03-31T13:53:02Z"),
    }
}

fn access(source_ip: &str, time: &str, object: &str, status: u16, number: u32) -> AccessEvent {
    AccessEvent {
        time: at(time),
        access_key_id: Some(AccessKeyId::parse(KEY).unwrap()),
        account: None,
        source_ip: Some(source_ip.to_owned()),
        user_agent: Some("ossutil/2.1".to_owned()),
        operation: "GetObject".to_owned(),
        bucket: Some("examplebucket".to_owned()),
        object: Some(object.to_owned()),
        status: Some(status),
        error: (status >= 400).then(|| "AccessDenied".to_owned()),
        bytes_out: Some(3_174),
        bytes_in: None,
        request_id: None,
        event_id: EventId(format!("e{number}")),
    }
}

fn source(source_ip: &str, before_leak: bool, last_at: &str) -> SourceUsage {
    SourceUsage {
        source_ip: source_ip.to_owned(),
        user_agents: vec!["ossutil/2.1".to_owned()],
        before_leak,
        allowed: 2,
        denied: 1,
        bytes_out: 3_174,
        first_at: at("2026-03-01T00:00:00Z"),
        last_at: at(last_at),
    }
}

fn usage(object: &str, sources: Vec<SourceUsage>) -> KeyUsage {
    let (first_at, last_at) = (at("2026-03-31T14:01:00Z"), at("2026-03-31T14:02:11Z"));
    KeyUsage {
        buckets: vec![BucketUsage {
            bucket: "examplebucket".to_owned(),
            sensitivity: Sensitivity::S3,
            allowed: 2,
            denied: 1,
            bytes_out: 3_174,
            first_at,
            last_at,
            objects: vec![ObjectUsage {
                object: object.to_owned(),
                sensitivity: Sensitivity::S3,
                acl: Some(Acl::Private.as_str().to_owned()),
                operations: vec![("GetObject".to_owned(), 3)],
                allowed: 2,
                denied: 1,
                bytes_out: 3_174,
                first_at,
                last_at,
            }],
        }],
        sources,
        allowed: 2,
        denied: 1,
        bytes_out: 3_174,
        partial: false,
    }
}

/// A stranger and two workloads that used the key before the leak, one of them 4 minutes ago.
fn three_sources() -> Vec<SourceUsage> {
    vec![
        source("203.0.113.7", false, "2026-03-31T14:02:11Z"),
        source("192.0.2.10", true, "2026-03-31T13:58:00Z"),
        source("192.0.2.11", true, "2026-03-30T01:00:00Z"),
    ]
}
