//! One row as it came from the database, read column by column.
//!
//! Every reader names its column, and what does not read back is an error with table and column: a
//! value is never guessed.

use claviger_model::AccessKeyId;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::{Any, AnyRow};
use sqlx::{Decode, Row as _, Type};

use crate::error::{Result, StoreError};

/// A row of a table.
pub(crate) struct Row {
    table: &'static str,
    row: AnyRow,
}

impl Row {
    pub(crate) fn new(table: &'static str, row: AnyRow) -> Self {
        Self { table, row }
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>> {
        self.get(column)
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<i64> {
        self.get(column)
    }

    pub(crate) fn number(&self, column: &'static str) -> Result<u64> {
        let value = self.integer(column)?;
        u64::try_from(value).map_err(|_| self.corrupt(column, format!("{value} is negative")))
    }

    pub(crate) fn maybe_number(&self, column: &'static str) -> Result<Option<u64>> {
        match self.get::<Option<i64>>(column)? {
            None => Ok(None),
            Some(_) => self.number(column).map(Some),
        }
    }

    pub(crate) fn count(&self, column: &'static str) -> Result<u32> {
        let value = self.integer(column)?;
        u32::try_from(value).map_err(|_| self.corrupt(column, format!("{value} is no count")))
    }

    pub(crate) fn real(&self, column: &'static str) -> Result<f64> {
        self.get(column)
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool> {
        Ok(self.integer(column)? != 0)
    }

    pub(crate) fn maybe_flag(&self, column: &'static str) -> Result<Option<bool>> {
        Ok(self.get::<Option<i64>>(column)?.map(|value| value != 0))
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp> {
        self.instant(column, self.integer(column)?)
    }

    pub(crate) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>> {
        self.get::<Option<i64>>(column)?.map(|value| self.instant(column, value)).transpose()
    }

    /// A nested value.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|error| self.corrupt(column, error.to_string()))
    }

    /// A nested value, where there is one.
    pub(crate) fn maybe_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>> {
        match self.maybe_text(column)? {
            None => Ok(None),
            Some(_) => self.json(column).map(Some),
        }
    }

    /// The value whose word is stored.
    pub(crate) fn word<T: Copy>(
        &self,
        column: &'static str,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) -> Result<T> {
        let word = self.text(column)?;
        all.iter()
            .copied()
            .find(|value| as_str(*value) == word)
            .ok_or_else(|| self.corrupt(column, format!("`{word}` is no word of it")))
    }

    /// The value whose word is stored, where there is one.
    pub(crate) fn maybe_word<T: Copy>(
        &self,
        column: &'static str,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) -> Result<Option<T>> {
        match self.maybe_text(column)? {
            None => Ok(None),
            Some(_) => self.word(column, all, as_str).map(Some),
        }
    }

    pub(crate) fn key(&self, column: &'static str) -> Result<AccessKeyId> {
        AccessKeyId::parse(&self.text(column)?)
            .map_err(|error| self.corrupt(column, error.to_string()))
    }

    pub(crate) fn maybe_key(&self, column: &'static str) -> Result<Option<AccessKeyId>> {
        match self.maybe_text(column)? {
            None => Ok(None),
            Some(_) => self.key(column).map(Some),
        }
    }

    /// What a text says, where there is one.
    pub(crate) fn parsed<T>(&self, column: &'static str) -> Result<Option<T>>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text = self.maybe_text(column)?;
        text.map(|text| {
            text.parse().map_err(|error: T::Err| self.corrupt(column, error.to_string()))
        })
        .transpose()
    }

    fn instant(&self, column: &'static str, microseconds: i64) -> Result<Timestamp> {
        Timestamp::from_microsecond(microseconds)
            .map_err(|error| self.corrupt(column, error.to_string()))
    }

    fn get<'r, T: Decode<'r, Any> + Type<Any>>(&'r self, column: &'static str) -> Result<T> {
        self.row.try_get(column).map_err(|error| self.corrupt(column, error.to_string()))
    }

    fn corrupt(&self, column: &'static str, why: String) -> StoreError {
        StoreError::Corrupt { table: self.table, column, why }
    }
}

/// Reads every row.
pub(crate) fn read_all<T>(rows: &[Row], read: fn(&Row) -> Result<T>) -> Result<Vec<T>> {
    rows.iter().map(read).collect()
}
