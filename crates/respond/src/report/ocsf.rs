//! A risk event as an OCSF Detection Finding (class 2004, schema 1.5.0), for whoever gathers findings.

use claviger_model::{Evidence, Level, RiskEvent, WorkState};
use serde_json::{Value, json};

use super::ReportInput;

/// The version of the schema.
const SCHEMA: &str = "1.5.0";

/// Evidences of one finding: consumers bound what they take.
const EVIDENCES_MAX: usize = 100;

/// The finding.
#[must_use]
pub fn finding(input: &ReportInput<'_>) -> Value {
    let event = input.event;
    let activity = activity(event);
    let (status_id, status) = status(event.work_state);
    let (severity_id, severity) = severity(event.level);
    let milliseconds = event.latest_detected_at.as_millisecond();
    let title = format!("{}: {}", event.risk_type.title(), event.subject);
    let mut finding = json!({
        "activity_id": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 2004 * 100 + activity,
        "time": milliseconds,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "is_alert": true,
        "message": title,
        "metadata": {
            "version": SCHEMA,
            "product": { "name": "Claviger", "vendor_name": "Claviger",
                "version": env!("CARGO_PKG_VERSION") },
        },
        "finding_info": {
            "uid": event.id.as_str(),
            "title": title,
            "desc": event.judgement.join("; "),
            "types": [event.risk_type.title()],
            "created_time": event.first_detected_at.as_millisecond(),
            "first_seen_time": event.first_detected_at.as_millisecond(),
            "last_seen_time": milliseconds,
            "modified_time": milliseconds,
            "data_sources": event.sources.iter().map(|source| source.title()).collect::<Vec<_>>(),
        },
        "resources": resources(event),
    });
    if let Some(link) = input.link {
        finding["finding_info"]["src_url"] = json!(link);
    }
    let evidences: Vec<Value> = input.evidence.iter().take(EVIDENCES_MAX).map(evidence).collect();
    let accesses = input.usage.sources.iter().filter(|source| is_address(&source.source_ip));
    let endpoints = accesses.take(EVIDENCES_MAX).map(|source| {
        json!({ "src_endpoint": { "ip": source.source_ip },
            "data": { "requests": source.allowed + source.denied, "bytes_out": source.bytes_out,
                "user_agents": source.user_agents, "before_leak": source.before_leak } })
    });
    let evidences: Vec<Value> = evidences.into_iter().chain(endpoints).collect();
    if !evidences.is_empty() {
        finding["evidences"] = json!(evidences);
    }
    finding
}

/// 1 Create, 2 Update, 3 Close.
fn activity(event: &RiskEvent) -> u64 {
    match event.work_state {
        WorkState::Pending => 1,
        state if state.is_closed() => 3,
        _ => 2,
    }
}

fn status(state: WorkState) -> (u64, &'static str) {
    match state {
        WorkState::Pending => (1, "New"),
        WorkState::Acknowledged | WorkState::Handling => (2, "In Progress"),
        WorkState::AddedToWhitelist | WorkState::Ignored => (3, "Suppressed"),
        WorkState::Disposed => (4, "Resolved"),
    }
}

fn severity(level: Level) -> (u64, &'static str) {
    match level {
        Level::Low => (2, "Low"),
        Level::Medium => (3, "Medium"),
        Level::High => (4, "High"),
    }
}

/// The key with its account, or what else the event is about.
fn resources(event: &RiskEvent) -> Value {
    let kind = match &event.access_key_id {
        Some(_) => "Access Key",
        None => "Data Store",
    };
    let mut resource = json!({ "uid": event.subject, "type": kind,
        "data": { "status": event.key_state.status.as_str(), "proof": event.key_state.proof } });
    if let Some(account) = &event.account {
        resource["owner"] = json!({ "name": account });
    }
    json!([resource])
}

/// Where it stands. The secret is no part of it.
fn evidence(found: &Evidence) -> Value {
    let code = found.code.as_ref();
    let name = found.object.as_deref().or_else(|| code?.file.as_deref());
    let name = name.unwrap_or(&found.location.uri);
    let name = name.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(name);
    let mut told = json!({ "file": { "name": name, "path": found.location.uri, "type_id": 1 },
        "data": { "source": found.source.as_str(), "state": found.state.as_str(),
            "line": found.location.line, "within": found.location.path,
            "found_at": found.found_at.to_string() } });
    if let Some(code) = code {
        told["data"]["repository"] = code.repository.as_str().into();
        told["data"]["commit"] = code.commit.as_str().into();
        told["data"]["user"] = code.author.as_str().into();
    }
    told
}

fn is_address(text: &str) -> bool {
    text.parse::<core::net::IpAddr>().is_ok()
}
