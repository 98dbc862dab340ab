//! The rows as CSV: what is shown and all that follows it, for a spreadsheet.

use axum::extract::{Query, State};
use axum::response::Response;
use claviger_service::Service;

use super::question::Question;
use crate::api::export::rows;
use crate::api::row_form::RowForm;
use crate::console::{Person, Refusal};

/// What is shown and all that follows it.
pub(super) async fn answer(
    State(service): State<Service>,
    _: Person,
    Query(question): Query<Question>,
) -> Result<Response, Refusal> {
    Ok(rows(service, question.filter()?, RowForm::Csv).await?)
}
