//! All risk events that a filter means, as CSV (RFC 4180) or JSON lines, and the report of one: files, read
//! and sent in pieces.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use claviger_model::{RiskEvent, RiskEventId};
use claviger_service::{ReportForm, Service, ServiceError};
use claviger_store::risk_events::RiskEventFilter;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asked::{Path, Query};
use super::event_body::EventView;
use super::event_filter::WhichRows;
use super::row_form::RowForm;
use super::{Problem, Visitor};

/// Rows read at once: they are in memory together.
const ROWS_AT_ONCE: u32 = 500;

const HEAD: &str = "id,risk_type,level,work_state,subject,account,key_status,sources,uses,\
                    first_detected_at,latest_detected_at\r\n";

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(report))
}

/// In which form.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Form {
    /// `markdown`, `html`, `pdf` or `ocsf`.
    form: String,
}

/// All risk events that the filter means, latest first, as `csv` or `json_lines`.
#[utoipa::path(get, path = "/api/v1/exports/events", tag = "events", params(WhichRows),
    responses((status = 200, content_type = "text/csv"), (status = 422, body = Problem)))]
async fn export(
    State(service): State<Service>,
    _: Visitor,
    Query(which): Query<WhichRows>,
) -> Result<Response, Problem> {
    let (filter, form) = which.parse()?;
    Ok(rows(service, filter, form).await?)
}

/// The report of a risk event: Markdown, HTML, PDF, or an OCSF Detection Finding (1.5.0).
#[utoipa::path(get, path = "/api/v1/events/{id}/report", tag = "events",
    params(("id" = String, Path), Form),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn report(
    State(service): State<Service>,
    _: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Form>,
) -> Result<Response, Problem> {
    let form = ReportForm::from_word(&asked.form).ok_or_else(|| {
        let words = ReportForm::ALL.map(ReportForm::as_str).join(", ");
        Problem::field("form", "no such form", &format!("use one of {words}"))
    })?;
    Ok(file(&service, &RiskEventId::from(id), form).await?)
}

/// The report as a file.
pub(crate) async fn file(
    service: &Service,
    id: &RiskEventId,
    form: ReportForm,
) -> Result<Response, ServiceError> {
    let bytes = service.report(id, form).await?;
    let name = format!("attachment; filename=\"{id}.{}\"", form.ending());
    let headers =
        [(header::CONTENT_TYPE, form.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

/// The rows that a filter means, and all that follow them.
pub(crate) async fn rows(
    service: Service,
    filter: RiskEventFilter,
    form: RowForm,
) -> Result<Response, ServiceError> {
    let filter = RiskEventFilter { limit: ROWS_AT_ONCE, ..filter };
    // What goes wrong with the first rows is still told as an answer; later it breaks the answer off.
    let first = service.risk_events(&filter).await?;
    let head = format!("{}{}", if form == RowForm::Csv { HEAD } else { "" }, written(&first, form));
    let rest = stream::try_unfold(next(filter, &first), move |filter| {
        let service = service.clone();
        async move {
            let Some(filter) = filter else { return Ok::<_, ServiceError>(None) };
            let events = service.risk_events(&filter).await?;
            Ok(Some((written(&events, form), next(filter, &events))))
        }
    });
    let body = Body::from_stream(stream::once(async { Ok(head) }).chain(rest));
    let (kind, name) = match form {
        RowForm::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"risk-events.csv\""),
        RowForm::JsonLines => {
            ("application/x-ndjson", "attachment; filename=\"risk-events.jsonl\"")
        }
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

fn written(events: &[RiskEvent], form: RowForm) -> String {
    match form {
        RowForm::Csv => lines(events),
        RowForm::JsonLines => events
            .iter()
            .filter_map(|event| serde_json::to_string(&EventView::from(event.clone())).ok())
            .map(|line| line + "\n")
            .collect(),
    }
}

/// The filter of the rows that follow; `None` where these are the last.
fn next(filter: RiskEventFilter, events: &[RiskEvent]) -> Option<RiskEventFilter> {
    let last = events.last().filter(|_| events.len() == ROWS_AT_ONCE as usize)?;
    Some(RiskEventFilter { after: Some((last.latest_detected_at, last.id.clone())), ..filter })
}

fn lines(events: &[RiskEvent]) -> String {
    let mut text = String::new();
    for event in events {
        let sources: Vec<&str> = event.sources.iter().map(|source| source.as_str()).collect();
        let cells = [
            event.id.as_str(),
            event.risk_type.as_str(),
            event.level.as_str(),
            event.work_state.as_str(),
            &event.subject,
            event.account.as_deref().unwrap_or_default(),
            event.key_state.status.as_str(),
            &sources.join(" "),
            &event.uses.to_string(),
            &event.first_detected_at.to_string(),
            &event.latest_detected_at.to_string(),
        ];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell that no spreadsheet takes for a formula: names come from outside.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula_and_none_leaves_its_place() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("a,b\nc"), "\"a,b\nc\"");
        assert_eq!(cell("billing-export"), "billing-export");
    }
}
