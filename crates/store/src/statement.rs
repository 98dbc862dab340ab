//! One SQL statement with its values, in the words of the model.
//!
//! Binds what the columns hold (instants as microseconds, flags as 0 or 1, nested values as JSON) and
//! runs it. Values are bound in the order of `$1`, `$2`, …; nothing from outside is ever part of the
//! text. A missing real number is not bindable: the driver gives it a narrower type than a present one.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe};
use tracing::{Instrument, Span};

use crate::error::{Result, StoreError};
use crate::row::Row;

/// A statement on its way.
pub(crate) struct Statement {
    table: &'static str,
    operation: &'static str,
    query: Query<'static, Any, AnyArguments>,
    /// The first value that could not be written as JSON.
    unwritable: Option<serde_json::Error>,
}

impl Statement {
    /// A statement on `table`, run by the function `operation`.
    pub(crate) fn new(table: &'static str, operation: &'static str, sql: &'static str) -> Self {
        Self { table, operation, query: sqlx::query(sql), unwritable: None }
    }

    /// A statement whose text was put together here: of constants alone, never of values.
    pub(crate) fn composed(table: &'static str, operation: &'static str, sql: String) -> Self {
        Self { table, operation, query: sqlx::query(AssertSqlSafe(sql)), unwritable: None }
    }

    /// Does not keep the prepared text: for texts that seldom come again.
    pub(crate) fn once(mut self) -> Self {
        self.query = self.query.persistent(false);
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self.query = self.query.bind(value.to_owned());
        self
    }

    pub(crate) fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.query = self.query.bind(value.map(str::to_owned));
        self
    }

    pub(crate) fn integer(mut self, value: i64) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self.query = self.query.bind(value.to_vec());
        self
    }

    /// Numbers above 2⁶³−1 are kept as that: no count or size reaches it.
    pub(crate) fn number(self, value: u64) -> Self {
        self.integer(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub(crate) fn maybe_number(mut self, value: Option<u64>) -> Self {
        let value = value.map(|value| i64::try_from(value).unwrap_or(i64::MAX));
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn real(mut self, value: f64) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn flag(self, value: bool) -> Self {
        self.integer(i64::from(value))
    }

    pub(crate) fn maybe_flag(mut self, value: Option<bool>) -> Self {
        self.query = self.query.bind(value.map(i64::from));
        self
    }

    pub(crate) fn time(self, value: Timestamp) -> Self {
        self.integer(value.as_microsecond())
    }

    pub(crate) fn maybe_time(mut self, value: Option<Timestamp>) -> Self {
        self.query = self.query.bind(value.map(Timestamp::as_microsecond));
        self
    }

    pub(crate) fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => self.text(&text),
            Err(error) => {
                self.unwritable.get_or_insert(error);
                self.text("null")
            }
        }
    }

    pub(crate) fn maybe_json(self, value: Option<&impl Serialize>) -> Self {
        match value {
            Some(value) => self.json(value),
            None => self.maybe_text(None),
        }
    }

    /// Runs it and says how many rows it changed.
    pub(crate) async fn run(self, c: &mut AnyConnection) -> Result<u64> {
        let (table, operation) = (self.table, self.operation);
        match self.ready()?.execute(c).instrument(span(table, operation)).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(source) => Err(StoreError::Statement { table, operation, source }),
        }
    }

    /// The first row, if any.
    pub(crate) async fn first(self, c: &mut AnyConnection) -> Result<Option<Row>> {
        let (table, operation) = (self.table, self.operation);
        match self.ready()?.fetch_optional(c).instrument(span(table, operation)).await {
            Ok(row) => Ok(row.map(|row| Row::new(table, row))),
            Err(source) => Err(StoreError::Statement { table, operation, source }),
        }
    }

    /// The only row of a statement that always has one.
    pub(crate) async fn only(self, c: &mut AnyConnection) -> Result<Row> {
        let (table, operation) = (self.table, self.operation);
        match self.ready()?.fetch_one(c).instrument(span(table, operation)).await {
            Ok(row) => Ok(Row::new(table, row)),
            Err(source) => Err(StoreError::Statement { table, operation, source }),
        }
    }

    /// Every row.
    pub(crate) async fn all(self, c: &mut AnyConnection) -> Result<Vec<Row>> {
        let (table, operation) = (self.table, self.operation);
        match self.ready()?.fetch_all(c).instrument(span(table, operation)).await {
            Ok(rows) => Ok(rows.into_iter().map(|row| Row::new(table, row)).collect()),
            Err(source) => Err(StoreError::Statement { table, operation, source }),
        }
    }

    fn ready(self) -> Result<Query<'static, Any, AnyArguments>> {
        match self.unwritable {
            None => Ok(self.query),
            Some(source) => {
                Err(StoreError::Encode { table: self.table, operation: self.operation, source })
            }
        }
    }
}

/// What a trace tells of a statement: where and what, never a value. One that is part of nothing is not told.
fn span(table: &'static str, operation: &'static str) -> Span {
    within(|| {
        tracing::info_span!(
            "statement",
            otel.name = %format_args!("{operation} {table}"),
            otel.kind = "client",
            db.operation.name = operation,
            db.collection.name = table,
        )
    })
}

/// A span within another, or none.
pub(crate) fn within(span: impl FnOnce() -> Span) -> Span {
    if Span::current().is_none() { Span::none() } else { span() }
}

/// `$3, $4, $5`: the names of `count` values, the first of them numbered `first`.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    names.join(", ")
}

/// A pattern for `LIKE … ESCAPE '!'` that finds `text` anywhere, taken literally.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Whether the database is PostgreSQL, where rows are locked one by one.
pub(crate) fn locks_rows(c: &AnyConnection) -> bool {
    c.backend_name() == "PostgreSQL"
}
