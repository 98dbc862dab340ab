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
    /// Every space and every quote is found
    Split,
    /// Each line is parsed as JSON
    Json,
    /// The same with another parser
    Sonic,
    /// Gzip files are unpacked
    Inflate,
    /// And each is parsed as one JSON text
    PackedJson,
    /// The same with another parser
    PackedSonic,
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
        if !matches!(args.work, Work::Read | Work::Memchr) {
            let (read, found) = whole(args.work, std::fs::read(file)?)?;
            bytes += read;
            hits += found;
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

/// Works on a file that is in memory. Returns its bytes, unpacked, and what was found.
fn whole(work: Work, bytes: Vec<u8>) -> anyhow::Result<(u64, u64)> {
    let bytes = match work {
        Work::Inflate | Work::PackedJson | Work::PackedSonic => inflated(&bytes)?,
        _ => bytes,
    };
    let mut hits = 0;
    match work {
        Work::Split => hits += memchr::memchr3_iter(b' ', b'"', b'\n', &bytes).count() as u64,
        Work::Json => {
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                serde_json::from_slice::<serde_json::Value>(line)?;
                hits += 1;
            }
        }
        Work::Sonic => {
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                sonic_rs::from_slice::<sonic_rs::Value>(line)?;
                hits += 1;
            }
        }
        Work::PackedJson => {
            hits += u64::from(!serde_json::from_slice::<serde_json::Value>(&bytes)?.is_null())
        }
        Work::PackedSonic => {
            sonic_rs::from_slice::<sonic_rs::Value>(&bytes)?;
            hits += 1;
        }
        _ => {}
    }
    Ok((bytes.len() as u64, hits))
}

/// The bytes of a gzip file of one member, whose last four say how many they are.
fn inflated(packed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let length = packed.last_chunk::<4>().context("the file is no gzip file")?;
    let mut bytes = vec![0; u32::from_le_bytes(*length) as usize];
    libdeflater::Decompressor::new().gzip_decompress(packed, &mut bytes)?;
    Ok(bytes)
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
