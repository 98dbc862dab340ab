//! The audit log with the proof that nobody changed it, and the log lines that could not be read.

use axum::extract::State;
use claviger_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Json, Query};
use super::{Problem, Visitor, limit};

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify)).routes(routes!(rejected))
}

/// One act.
#[derive(Serialize, ToSchema)]
struct AuditView {
    sequence: i64,
    at: String,
    actor: String,
    act: String,
    subject: String,
    /// `done`, `failed` or `refused`.
    outcome: String,
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// SHA-256 over the entry and the hash before it.
    hash: String,
}

/// Whether the chain of the audit log holds.
#[derive(Serialize, ToSchema)]
struct ProofView {
    entries: u64,
    /// The first entry that was changed; none when nobody changed any.
    broken_at: Option<i64>,
}

/// A log line that could not be read, by reference.
#[derive(Serialize, ToSchema)]
struct RejectView {
    /// The asset whose log it is.
    source: String,
    /// The log file.
    name: String,
    line: u64,
    start: u64,
    end: u64,
    why: String,
}

/// Which acts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Older than this sequence number.
    before: Option<i64>,
    limit: Option<u32>,
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WhichLines {
    /// The asset whose log it is.
    source: Option<String>,
    limit: Option<u32>,
}

/// The audit log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Which),
    responses((status = 200, body = [AuditView])))]
async fn list(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<AuditView>>, Problem> {
    let entries = service.audit_log(which.before, limit(which.limit)).await?;
    let views = entries.into_iter().map(|entry| AuditView {
        sequence: entry.sequence,
        at: entry.at.to_string(),
        actor: entry.actor,
        act: entry.act,
        subject: entry.subject,
        outcome: entry.outcome,
        details: entry.details,
        hash: entry.hash,
    });
    Ok(Json(views.collect()))
}

/// Recomputes the chain of the audit log.
#[utoipa::path(get, path = "/api/v1/audit/proof", tag = "audit",
    responses((status = 200, body = ProofView)))]
async fn verify(State(service): State<Service>, _: Visitor) -> Result<Json<ProofView>, Problem> {
    let proof = service.verify_audit_log().await?;
    Ok(Json(ProofView { entries: proof.entries, broken_at: proof.broken_at }))
}

/// Log lines that could not be read, newest first.
#[utoipa::path(get, path = "/api/v1/rejects", tag = "audit", params(WhichLines),
    responses((status = 200, body = [RejectView])))]
async fn rejected(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<WhichLines>,
) -> Result<Json<Vec<RejectView>>, Problem> {
    let rows = service.rejected_lines(which.source.as_deref(), limit(which.limit)).await?;
    let views = rows.into_iter().map(|row| RejectView {
        source: row.source,
        name: row.name,
        line: row.line,
        start: row.start,
        end: row.end,
        why: row.why,
    });
    Ok(Json(views.collect()))
}
