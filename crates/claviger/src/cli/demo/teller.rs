//! Tells the story: as text for a reader, or as one JSON line a step for a program.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::print;

/// Time to read a step.
const PAUSE: Duration = Duration::from_millis(700);

/// How the story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For a reader.
    Text,
    /// One JSON line a step.
    Jsonl,
}

/// Who tells the story.
pub(crate) struct Teller {
    format: Format,
    pauses: bool,
    started: Instant,
    number: usize,
}

impl Teller {
    /// A story that begins now.
    pub(crate) fn new(format: Format, pauses: bool) -> Self {
        let pauses = pauses && format == Format::Text;
        Self { format, pauses, started: Instant::now(), number: 0 }
    }

    /// Tells a step: its name for programs, its title, what happened line by line, and the same as
    /// data.
    pub(crate) async fn step(
        &mut self,
        step: &str,
        title: &str,
        lines: &[String],
        details: Value,
    ) -> anyhow::Result<()> {
        self.number += 1;
        let seconds = self.started.elapsed().as_secs_f64();
        match self.format {
            Format::Jsonl => print(&json!({
                "step": step, "title": title, "at": Timestamp::now().to_string(),
                "seconds": seconds, "details": details,
            }))?,
            Format::Text => {
                let mut text = format!("\n{:>2}  {title}  [{seconds:.1} s]", self.number);
                for line in lines {
                    text.push_str("\n      ");
                    text.push_str(line);
                }
                self.write(&text)?;
                if self.pauses {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        Ok(())
    }

    /// Says something beside the story.
    pub(crate) fn say(&self, line: &str) {
        super::super::exit::say(line);
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        use std::io::Write;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }
}
