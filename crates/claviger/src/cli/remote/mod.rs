//! The API as commands: one file a resource. A command asks a running service and prints its answer,
//! as a table for a reader or as the JSON that the service gave.

pub(super) mod alerts;
pub(super) mod allowlist;
pub(super) mod assets;
pub(super) mod audit;
pub(super) mod capacity;
pub(super) mod connections;
mod dial;
pub(super) mod events;
pub(super) mod evidence;
pub(super) mod history;
mod hours;
pub(super) mod ingest;
pub(super) mod intel;
pub(super) mod overview;
pub(super) mod plan;
pub(super) mod policy;
pub(super) mod rules;
mod secret;
pub(super) mod session;
pub(super) mod sessions;
mod shown;
pub(super) mod sources;
pub(super) mod tokens;
pub(super) mod users;

use anyhow::Context;
use serde_json::Value;

use super::client::Client;
use super::{Exit, print};
use shown::Shown;

/// Which service to ask, and how to print.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Service {
    /// Address of the service
    #[arg(
        long,
        value_name = "URL",
        env = "CLAVIGER_SERVER",
        global = true,
        default_value = "http://127.0.0.1:8520"
    )]
    server: String,
    /// Print the answer as JSON, a line a row
    #[arg(long, global = true)]
    json: bool,
}

/// An answer, and how a reader sees it.
struct Answer {
    value: Value,
    shown: Shown,
    exit: Exit,
}

impl Answer {
    /// Rows as a table.
    fn table(value: Value, columns: &'static [(&'static str, &'static str)]) -> Self {
        Self { value, shown: Shown::Table(columns), exit: Exit::Clean }
    }

    /// Rows that stand under a name in the answer, as a table, and lines below it.
    fn table_of(
        value: Value,
        name: &'static str,
        columns: &'static [(&'static str, &'static str)],
        below: String,
    ) -> Self {
        Self { value, shown: Shown::TableOf { name, columns, below }, exit: Exit::Clean }
    }

    /// One thing as lines of name and value.
    fn facts(value: Value) -> Self {
        Self { value, shown: Shown::Facts, exit: Exit::Clean }
    }

    /// Nothing more is to be told.
    fn silent() -> Self {
        Self { value: Value::Null, shown: Shown::Nothing, exit: Exit::Clean }
    }

    /// One thing as lines that are to be read or pasted whole.
    fn text(value: Value, lines: String) -> Self {
        Self { value, shown: Shown::Text(lines), exit: Exit::Clean }
    }

    /// Something done, told in a sentence.
    fn done(value: Value, sentence: impl Into<String>) -> Self {
        Self { value, shown: Shown::Sentence(sentence.into()), exit: Exit::Clean }
    }

    /// The same, for a command that ends so.
    fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// Runs one command against the service: signs with the kept token, prints the answer.
fn run(
    service: &Service,
    ask: impl AsyncFnOnce(&Client) -> anyhow::Result<Answer>,
) -> anyhow::Result<Exit> {
    let client = Client::new(&service.server, secret::token(&service.server)?)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let answer = runtime.block_on(ask(&client))?;
    show(service, &answer)?;
    Ok(answer.exit)
}

fn show(service: &Service, answer: &Answer) -> anyhow::Result<()> {
    if !service.json {
        return answer.shown.print(&answer.value);
    }
    match &answer.value {
        Value::Array(rows) => rows.iter().try_for_each(print)?,
        Value::Null => {}
        value => print(value)?,
    }
    Ok(())
}

/// An address with the parts of its question that were given.
fn asked(path: &str, question: &[(&str, Option<String>)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in question {
        if let Some(value) = value {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&format!("{name}={}", escaped(value)));
        }
    }
    address
}

/// A text as one step of a path or one value of a question.
fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
