//! `claviger templates`: which templates there are, and how they grade.

use std::io::Write;

use anyhow::Context;
use serde_json::json;

use super::{Exit, print};

/// List the templates of identification: categories, data types and their levels
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger templates
  claviger templates internet_industry
  claviger templates --json")]
pub(crate) struct Args {
    /// Show this template with its data types
    name: Option<String>,
    /// One JSON line a template, with everything in it
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let named = match &args.name {
        Some(name) => Some(claviger_scan::template(name).with_context(|| {
            format!("there is no template `{name}` (hint: `claviger templates` lists them)")
        })?),
        None => None,
    };
    let mut out = std::io::stdout().lock();
    for template in claviger_scan::templates() {
        if named.is_some_and(|named| named.name() != template.name()) {
            continue;
        }
        if args.json {
            let named = |rule: &String| {
                let (title, title_zh) = claviger_scan::data_type_titles(rule)?;
                Some(json!({ "rule": rule, "title": title, "title_zh": title_zh }))
            };
            let graded = template.graded().map(|one| {
                let known: Vec<_> = one.rules.iter().filter_map(named).collect();
                json!({
                    "category": one.category, "title": one.title, "level": one.level,
                    "rules": one.rules, "groups": one.groups, "known_as": known,
                })
            });
            let graded: Vec<_> = graded.collect();
            drop(out);
            print(&json!({
                "name": template.name(), "title": template.title(), "version": template.version(),
                "data_types": graded,
            }))?;
            out = std::io::stdout().lock();
            continue;
        }
        let (name, title) = (template.name(), template.title());
        writeln!(out, "{name}  {title}  version {}", template.version())?;
        if named.is_some() {
            for one in template.graded() {
                writeln!(out, "  {}  {}: {}", one.level, one.category, one.title)?;
            }
        }
    }
    Ok(Exit::Clean)
}
