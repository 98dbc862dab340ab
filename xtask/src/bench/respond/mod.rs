//! How fast a person is told and can act, and how fast each call of the API answers about many risk events,
//! on both databases.

mod ask;
mod load;
mod postgres;

use super::latency;
use super::latency::service::{Service, Settings};
use super::report::{Column, Role, Row, Section};
use super::scan::column;
use super::statistics::Spread;
use super::{Args, Bench};
use crate::say;

/// Uses of leaked keys from request to mail, unless told otherwise: enough for a middle, over in a minute.
const USES: usize = 20;

/// Risk events, unless told otherwise.
const EVENTS: u64 = 100_000;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let uses = args.uses.unwrap_or(USES);
    if uses > 0 {
        latency::to_the_person(bench, args, uses)?;
    }
    many_events(bench, args, "SQLite", None)?;
    if let Some(url) = &args.postgres {
        return many_events(bench, args, "PostgreSQL", Some(url));
    }
    match postgres::Server::start()? {
        Some(server) => many_events(bench, args, "PostgreSQL", Some(&server.url())),
        None => {
            say("xtask: no PostgreSQL is installed here: `cargo xtask test` installs it");
            Ok(())
        }
    }
}

/// Loads the events through the product, and asks while its jobs run and once they are done.
fn many_events(
    bench: &Bench,
    args: &Args,
    kind: &str,
    database: Option<&str>,
) -> anyhow::Result<()> {
    let events = args.events.unwrap_or(EVENTS);
    say(&format!("xtask: {events} risk events on {kind} …"));
    let settings = Settings { database, ..Settings::default() };
    let service = Service::start(&bench.claviger, &bench.folder, settings)?;
    let loaded = load::load(&service, events)?;
    let busy = ask::while_jobs_run(&service)?;
    let drained = load::drain(&service)?;
    let quiet = ask::at_rest(&service)?;
    let notes = vec![
        format!(
            "loaded as self-managed intelligence: {:.0} events/s; their jobs were done {:.0} s after that",
            loaded.events_per_s, drained
        ),
        format!("the service holds {} MB of memory", service.memory_kib()? >> 10),
        "each call on a connection of its own, one at a time".to_owned(),
    ];
    let title = format!("{events} risk events on {kind}");
    let section = |state: &str, rows, notes| Section {
        bench: "respond",
        title: format!("{title}, {state}"),
        columns: columns(),
        rows,
        notes,
    };
    section("while jobs run", busy, Vec::new()).print(args.format)?;
    section("at rest", quiet, notes).print(args.format)?;
    Ok(())
}

fn columns() -> Vec<Column> {
    vec![
        column("count", "n", 0),
        column("p50_ms", "p50 ms", 1),
        column("p99_ms", "p99", 1),
        column("max_ms", "max", 1),
    ]
}

fn row(role: Role, name: &str, spread: &Spread) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let count = spread.count() as f64;
    let figures = vec![Some(count), spread.percentile(50.0), spread.percentile(99.0), spread.max()];
    Row { name: name.to_owned(), role, figures }
}
