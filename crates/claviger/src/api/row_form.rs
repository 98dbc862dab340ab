//! How rows are written into a file.

use serde::Deserialize;
use utoipa::ToSchema;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowForm {
    /// CSV, for a spreadsheet.
    #[default]
    Csv,
    /// A line of JSON each.
    JsonLines,
}
