//! The conditions of a question, put together as they are asked for.
//!
//! A condition that may be absent (`$1 IS NULL OR …`) keeps a database from its indexes. Here it is absent.

use jiff::Timestamp;

use crate::statement::Statement;

/// A value of a condition.
enum Value {
    Text(String),
    Integer(i64),
}

/// Conditions that all must hold, with their values, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Conditions {
    words: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// A condition without a value.
    pub(crate) fn plain(mut self, words: &'static str) -> Self {
        self.words.push(words.to_owned());
        self
    }

    /// A condition on a text, where there is one; `?` in the words stands for it, wherever it stands.
    pub(crate) fn text(mut self, words: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.values.push(Value::Text(value.to_owned()));
            self.words.push(words.replace('?', &format!("${}", self.values.len())));
        }
        self
    }

    /// A condition on an instant, where there is one.
    pub(crate) fn time(mut self, words: &'static str, value: Option<Timestamp>) -> Self {
        if let Some(value) = value {
            self.values.push(Value::Integer(value.as_microsecond()));
            self.words.push(words.replace('?', &format!("${}", self.values.len())));
        }
        self
    }

    /// That a row comes before another one in two columns, of which the first is an instant.
    pub(crate) fn before(mut self, columns: &'static str, row: Option<(Timestamp, &str)>) -> Self {
        if let Some((at, id)) = row {
            self.values.push(Value::Integer(at.as_microsecond()));
            self.values.push(Value::Text(id.to_owned()));
            let last = self.values.len();
            self.words.push(format!("({columns}) < (${}, ${last})", last - 1));
        }
        self
    }

    /// A statement that begins with `head`, asks for these conditions and ends with `tail`, in which `?` stands for
    /// a value that is bound next.
    pub(crate) fn statement(
        self,
        table: &'static str,
        operation: &'static str,
        head: &str,
        tail: &str,
    ) -> Statement {
        let mut sql = head.to_owned();
        for (place, words) in self.words.iter().enumerate() {
            sql.push_str(if place == 0 { " WHERE " } else { " AND " });
            sql.push_str(words);
        }
        sql.push(' ');
        sql.push_str(&tail.replace('?', &format!("${}", self.values.len() + 1)));
        let statement = Statement::composed(table, operation, sql);
        self.values.into_iter().fold(statement, |statement, value| match value {
            Value::Text(text) => statement.text(&text),
            Value::Integer(number) => statement.integer(number),
        })
    }
}
