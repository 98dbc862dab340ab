//! For people: findings under the name of their file, each with the line around it; colour only where a
//! terminal shows it.

use std::io::{self, IsTerminal, Stdout, Write};

use claviger_model::Finding;

use super::{Manner, Printer, Shown};
use crate::cli::scan::progress;

/// How parts of the output are marked on a terminal (ECMA-48, SGR).
struct Style {
    name: &'static str,
    rule: &'static str,
    place: &'static str,
    quiet: &'static str,
    end: &'static str,
}

const COLOUR: Style = Style {
    name: "\u{1b}[1m",
    rule: "\u{1b}[33m",
    place: "\u{1b}[36m",
    quiet: "\u{1b}[2m",
    end: "\u{1b}[0m",
};
const PLAIN: Style = Style { name: "", rule: "", place: "", quiet: "", end: "" };

/// Text on standard output.
pub(in crate::cli::scan) struct Text {
    manner: Manner,
    style: &'static Style,
    out: Stdout,
    /// The address that was printed last: further findings of it follow under the same name.
    under: String,
    /// Whether a line of progress may stand on the same terminal.
    progress: bool,
}

impl Text {
    pub(in crate::cli::scan) fn new(manner: Manner, progress: bool) -> Self {
        let out = io::stdout();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = out.is_terminal() && !no_colour && !dumb;
        let style = if colour { &COLOUR } else { &PLAIN };
        let progress = progress && out.is_terminal();
        Self { manner, style, out, under: String::new(), progress }
    }
}

impl Printer for Text {
    fn findings(&mut self, found: &[Shown<'_>]) -> io::Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        if self.progress {
            progress::clear();
        }
        let mut out = self.out.lock();
        let Style { name, rule, place, quiet, end } = self.style;
        for shown in found {
            let finding = shown.finding;
            let at = &finding.location;
            if self.under != at.uri {
                writeln!(out, "{name}{}{end}", at.uri)?;
                self.under.clone_from(&at.uri);
            }
            let inner: String = at.path.iter().map(|name| format!("{name}!")).collect();
            let what = what(finding, self.manner.reveal);
            let (line, column) = (at.line, at.column);
            writeln!(
                out,
                "  {place}{inner}{line}:{column}{end}  {rule}{}{end}  {what}",
                finding.rule
            )?;
            if let Some(reason) = shown.suppressed {
                writeln!(out, "    {quiet}no finding: {reason}{end}")?;
            }
            if let Some(live) = &shown.live {
                writeln!(out, "    {}", live.words())?;
            }
            if let Some(excerpt) = shown.excerpt {
                writeln!(out, "    {quiet}│ {excerpt}{end}")?;
            }
        }
        out.flush()
    }
}

fn what(finding: &Finding, reveal: bool) -> String {
    let shown = finding.secret.as_ref().map(|secret| match reveal {
        true => secret.value.reveal(),
        false => secret.masked.as_str(),
    });
    match (&finding.access_key_id, shown) {
        (Some(id), Some(shown)) => format!("{id} with its secret {shown}"),
        (Some(id), None) => format!("{id} without a secret"),
        (None, Some(shown)) => {
            format!("{shown}  {}", finding.why.first().map_or("", String::as_str))
        }
        (None, None) => {
            format!("{} values, first {}", finding.count, finding.sample.as_deref().unwrap_or("–"))
        }
    }
}
