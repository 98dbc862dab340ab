//! The rows as CSV (RFC 4180), all that the filters mean, read and sent in pieces.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use claviger_model::RiskEvent;
use claviger_service::{Service, ServiceError};
use claviger_store::risk_events::RiskEventFilter;
use futures_util::{StreamExt, stream};

use super::question::Question;
use crate::console::{Person, Refusal};

/// Rows read at once: they are in memory together.
const ROWS_AT_ONCE: u32 = 500;

const HEAD: &str = "id,risk_type,level,work_state,subject,account,key_status,sources,uses,\
                    first_detected_at,latest_detected_at\r\n";

/// What is shown and all that follows it, for a spreadsheet.
pub(super) async fn answer(
    State(service): State<Service>,
    _: Person,
    Query(question): Query<Question>,
) -> Result<Response, Refusal> {
    let filter = RiskEventFilter { limit: ROWS_AT_ONCE, ..question.filter()? };
    // What goes wrong with the first rows is still told as a page; later it breaks the answer off.
    let first = service.risk_events(&filter).await?;
    let head = format!("{HEAD}{}", lines(&first));
    let rest = stream::try_unfold(next(filter, &first), move |filter| {
        let service = service.clone();
        async move {
            let Some(filter) = filter else { return Ok::<_, ServiceError>(None) };
            let events = service.risk_events(&filter).await?;
            Ok(Some((lines(&events), next(filter, &events))))
        }
    });
    let body = Body::from_stream(stream::once(async { Ok(head) }).chain(rest));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"risk-events.csv\""),
    ];
    Ok((headers, body).into_response())
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
