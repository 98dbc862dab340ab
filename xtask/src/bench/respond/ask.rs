//! Each call of the API about risk events, timed from the request to the whole answer.

use std::time::Instant;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Role, Row, Service, Spread, load, row};
use crate::bench::latency::http;
use crate::bench::latency::service::text;

/// How often each question is asked.
const TIMES: usize = 50;

/// How often something is changed, each time of another event.
const CHANGES: usize = 50;

/// How often many are changed.
const BULK_TIMES: usize = 5;

/// Fits the first 10,000 events ([`load::key`]).
const MANY: &str = "search=benchrisk00000";

/// While jobs run.
const TIMES_BUSY: usize = 15;

/// What people ask, in the order in which it is told. Of the filters some hit nothing: nothing ends the
/// search early then.
fn questions() -> Vec<(&'static str, String)> {
    let now = Timestamp::now();
    let since = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    let mut all = vec![("list, 50 rows", "/api/v1/events?limit=50".to_owned())];
    for (name, filter) in [
        ("filter: type", "risk_type=custom_intelligence".to_owned()),
        ("filter: type, no hit", "risk_type=shared_account".to_owned()),
        ("filter: level", "level=high".to_owned()),
        ("filter: level, no hit", "level=low".to_owned()),
        ("filter: state", "work_state=pending".to_owned()),
        ("filter: state, no hit", "work_state=handling".to_owned()),
        ("filter: open", "open=true".to_owned()),
        ("filter: time", format!("since={since}")),
        ("filter: asset, no hit", "asset=ast_none".to_owned()),
        ("filter: assigned to, no hit", "assigned_to=nobody".to_owned()),
        ("search: one key", format!("search={}", load::key(4_711))),
        ("search: part of many keys", "search=ltai5tbench".to_owned()),
        ("search: no hit", "search=nosuchkey".to_owned()),
    ] {
        all.push((name, format!("/api/v1/events?limit=50&{filter}")));
    }
    all.push(("count of 10,000 that fit", format!("/api/v1/events/count?{MANY}")));
    all.push(("overview", "/api/v1/overview".to_owned()));
    all
}

/// The few calls that a person makes while what was found is still worked on.
pub(super) fn while_jobs_run(service: &Service) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![health(service, TIMES_BUSY)?];
    for (name, path) in [
        ("list, 50 rows", "/api/v1/events?limit=50"),
        ("search: no hit", "/api/v1/events?limit=50&search=nosuchkey"),
        ("overview", "/api/v1/overview"),
    ] {
        rows.push(row(Role::Ours, name, &asked(service, path, TIMES_BUSY)?));
    }
    let ids = some(service, TIMES_BUSY, "&work_state=pending")?;
    rows.push(row(Role::Ours, "change of one event", &changed(service, &ids)?));
    Ok(rows)
}

/// Every call.
pub(super) fn at_rest(service: &Service) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![health(service, TIMES)?];
    for (name, path) in questions() {
        rows.push(row(Role::Ours, name, &asked(service, &path, TIMES)?));
    }
    rows.push(row(Role::Ours, "list, the tenth page of 1,000 rows", &deep(service)?));
    let ids = some(service, CHANGES, "&work_state=pending")?;
    let one = Spread::of(ids.iter().try_fold(Vec::new(), |mut ms, id| {
        ms.extend(asked_ms(service, &format!("/api/v1/events/{id}"), 1)?);
        anyhow::Ok(ms)
    })?);
    rows.push(row(Role::Ours, "one event, everything", &one));
    rows.push(row(Role::Ours, "change of one event", &changed(service, &ids)?));
    let ids = some(service, 100, "")?;
    let named = || anyhow::Ok(json!({ "ids": ids, "do": { "change": "acknowledge" } }));
    rows.push(row(Role::Ours, "change of 100 events, by their ids", &bulk(service, named)?));
    let fitting = || {
        let token = text(&service.get(&format!("/api/v1/events/count?{MANY}"))?, "token")?;
        let (_, search) = MANY.split_once('=').context("no search")?;
        let reason = json!({ "change": "note", "text": "seen by the bench" });
        Ok(json!({ "where": { "search": search }, "token": token, "do": reason }))
    };
    rows.push(row(Role::Ours, "note on 10,000 events, by a filter", &bulk(service, fitting)?));
    Ok(rows)
}

/// Changes many events at once, a few times.
fn bulk(service: &Service, body: impl Fn() -> anyhow::Result<Value>) -> anyhow::Result<Spread> {
    let mut ms = Vec::new();
    for _ in 0..BULK_TIMES {
        let body = body()?;
        let begun = Instant::now();
        let changed = service.call("POST", "/api/v1/events/change", &body)?;
        ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        if changed["refused"] != 0 {
            bail!("events were refused: {}", changed["refused"]);
        }
    }
    Ok(Spread::of(ms))
}

/// What an answer costs that reads nothing.
fn health(service: &Service, times: usize) -> anyhow::Result<Row> {
    let mut ms = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        http::send(service.address(), "GET", "/api/v1/health", &[], &[])?;
        ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(row(Role::Limit, "GET /api/v1/health, which reads nothing", &Spread::of(ms)))
}

fn asked(service: &Service, path: &str, times: usize) -> anyhow::Result<Spread> {
    Ok(Spread::of(asked_ms(service, path, times)?))
}

fn asked_ms(service: &Service, path: &str, times: usize) -> anyhow::Result<Vec<f64>> {
    let mut ms = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        service.get(path)?;
        ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(ms)
}

/// Pages of 1,000 rows one after the other, up to the tenth, a few times.
fn deep(service: &Service) -> anyhow::Result<Spread> {
    let mut ms = Vec::new();
    for _ in 0..3 {
        let mut path = "/api/v1/events?limit=1000".to_owned();
        for page in 1..=10 {
            let begun = Instant::now();
            let rows = service.get(&path)?;
            if page == 10 {
                ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            let Some(last) = rows.as_array().and_then(|rows| rows.last()) else { break };
            let (at, id) = (text(last, "latest_detected_at")?, text(last, "id")?);
            path = format!("/api/v1/events?limit=1000&after={at}/{id}");
        }
    }
    Ok(Spread::of(ms))
}

/// The ids of some events that fit a filter.
fn some(service: &Service, count: usize, filter: &str) -> anyhow::Result<Vec<String>> {
    let found = service.get(&format!("/api/v1/events?limit={count}{filter}"))?;
    let found = found.as_array().context("no list")?;
    found.iter().map(|event| text(event, "id")).collect()
}

/// Acknowledges events, each alone.
fn changed(service: &Service, ids: &[String]) -> anyhow::Result<Spread> {
    let mut ms = Vec::new();
    for id in ids {
        let begun = Instant::now();
        let path = format!("/api/v1/events/{id}/change");
        service.call("POST", &path, &json!({ "change": "acknowledge" }))?;
        ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(Spread::of(ms))
}
