//! What this machine cannot go below: reading files, and looking once at each of their bytes. Run as a
//! process of its own, so that it is timed exactly as what is compared with it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::say;

/// Bytes read at a time, as the scan reads.
const BLOCK: usize = 1 << 20;

/// What is done with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Work {
    /// Nothing: they are read
    Read,
    /// One value is looked for among them
    Memchr,
    /// Each is parsed as a line of JSON
    Json,
}

/// Reads files below a folder and does the least with them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_enum)]
    work: Work,
    path: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut files = Vec::new();
    files_below(&args.path, &mut files)?;
    let mut block = vec![0; BLOCK];
    let (mut bytes, mut hits) = (0_u64, 0_u64);
    for file in &files {
        if args.work == Work::Json {
            let text = std::fs::read_to_string(file)?;
            for line in text.lines() {
                serde_json::from_str::<serde_json::Value>(line)?;
                hits += 1;
            }
            bytes += text.len() as u64;
            continue;
        }
        let mut reader =
            File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
        loop {
            let read = reader.read(&mut block)?;
            let Some(filled) = block.get(..read).filter(|filled| !filled.is_empty()) else {
                break;
            };
            bytes += read as u64;
            if args.work == Work::Memchr {
                hits += memchr::memchr_iter(0x07, filled).count() as u64;
            }
        }
    }
    say(&format!("{} files, {bytes} bytes, {hits} hits", files.len()));
    Ok(())
}

/// The files at and below a path, in the order of names.
pub(crate) fn files_below(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut inner: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    inner.sort();
    inner.iter().try_for_each(|path| files_below(path, files))
}
