//! The bytes that scans are measured on: the same for the same seed, of the kinds that lie in buckets,
//! with made-up key pairs and people in places that are known.

pub(super) mod keys;
mod office;
mod people;
mod source;
mod text;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::random::Random;
use keys::Pair;

/// How many values of each data type stand in a text.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// Bytes of one file of text.
const FILE_BYTES: u64 = 4 << 20;

/// Bytes of what one office file says.
const OFFICE_BYTES: u64 = 512 << 10;

/// Files in one zip archive.
const ZIP_FILES: u64 = 16;

/// Kinds of content, with their share of the corpus in percent; of archives it is what they hold.
const PARTS: [(&str, u64); 8] = [
    ("log", 25),
    ("json", 15),
    ("csv", 15),
    ("source", 15),
    ("random", 5),
    ("gzip", 10),
    ("zip", 10),
    ("office", 5),
];

/// Files of one kind.
#[derive(Debug)]
pub(crate) struct Part {
    /// `log`, `json`, ….
    pub(crate) name: &'static str,
    /// Where they lie.
    pub(crate) folder: PathBuf,
    /// Bytes on disk.
    pub(crate) bytes: u64,
    /// Bytes once unpacked.
    pub(crate) content_bytes: u64,
}

/// A corpus on disk.
#[derive(Debug)]
pub(crate) struct Corpus {
    /// Where it lies.
    pub(crate) folder: PathBuf,
    /// Its kinds of content.
    pub(crate) parts: Vec<Part>,
    /// The key pairs planted in it.
    pub(crate) planted: Vec<Pair>,
    /// The personal data written into it; source code is not counted.
    pub(crate) counts: Counts,
}

impl Corpus {
    /// Writes a corpus of about so many megabytes (of content: archives are smaller on disk).
    pub(crate) fn write(folder: &Path, seed: u64, megabytes: u64) -> anyhow::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        let mut corpus = Self {
            folder: folder.to_owned(),
            parts: Vec::new(),
            planted: Vec::new(),
            counts: Counts::new(),
        };
        for (number, (name, share)) in PARTS.into_iter().enumerate() {
            let mut random = Random::new(seed.wrapping_add(number as u64));
            let bytes = megabytes * 1_000_000 * share / 100;
            corpus.write_part(name, bytes, &mut random)?;
        }
        Ok(corpus)
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    fn write_part(
        &mut self,
        name: &'static str,
        bytes: u64,
        random: &mut Random,
    ) -> anyhow::Result<()> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let mut content_bytes = 0;
        if name == "source" {
            content_bytes = source::copy(&folder, bytes)?;
            // As many pairs as in the other kinds of text, each in a file of its own.
            for number in 0..bytes.div_ceil(FILE_BYTES) {
                let text = self.plant(random);
                content_bytes += text.len() as u64;
                std::fs::write(folder.join(format!("planted-{number:04}.py")), text)?;
            }
        }
        let mut number = 0;
        while content_bytes < bytes && name != "source" {
            let most = if name == "office" { OFFICE_BYTES } else { FILE_BYTES };
            let size = most.min(bytes - content_bytes);
            content_bytes += self.write_file(name, &folder, number, size, random)?;
            number += 1;
        }
        let mut files = Vec::new();
        super::limit::files_below(&folder, &mut files)?;
        let on_disk: u64 =
            files.iter().filter_map(|file| file.metadata().ok()).map(|m| m.len()).sum();
        self.parts.push(Part { name, folder, bytes: on_disk, content_bytes });
        Ok(())
    }

    /// Writes one file of about so many bytes of content. Returns how many they are.
    fn write_file(
        &mut self,
        name: &str,
        folder: &Path,
        number: u64,
        size: u64,
        random: &mut Random,
    ) -> anyhow::Result<u64> {
        let path = |ending: &str| folder.join(format!("{number:04}.{ending}"));
        let length = usize::try_from(size)?;
        match name {
            "random" => {
                let mut bytes = vec![0; length];
                random.fill(&mut bytes);
                std::fs::write(path("bin"), &bytes)?;
                Ok(size)
            }
            "gzip" => {
                let text = self.text("log", length, random);
                let file = BufWriter::new(File::create(path("log.gz"))?);
                let mut packed =
                    flate2::write::GzEncoder::new(file, flate2::Compression::default());
                packed.write_all(text.as_bytes())?;
                packed.finish()?.flush()?;
                Ok(text.len() as u64)
            }
            "zip" => {
                let mut archive = zip::ZipWriter::new(File::create(path("zip"))?);
                let mut content_bytes = 0;
                for inner in 0..ZIP_FILES {
                    let kind = random.word(&["log", "json", "csv"]);
                    let part = length / usize::try_from(ZIP_FILES)?;
                    let text = self.text(kind, part, random);
                    let options = zip::write::SimpleFileOptions::default();
                    archive.start_file(format!("export/{inner:02}.{kind}"), options)?;
                    archive.write_all(text.as_bytes())?;
                    content_bytes += text.len() as u64;
                }
                archive.finish()?;
                Ok(content_bytes)
            }
            "office" if number.is_multiple_of(2) => {
                let text = self.text("log", length, random);
                office::document(File::create(path("docx"))?, &text)?;
                Ok(text.len() as u64)
            }
            "office" => {
                let table = self.text("csv", length, random);
                office::workbook(File::create(path("xlsx"))?, &table)?;
                Ok(table.len() as u64)
            }
            kind => {
                let text = self.text(kind, length, random);
                std::fs::write(path(kind), &text)?;
                Ok(text.len() as u64)
            }
        }
    }

    /// A text of a kind with a key pair somewhere in it. Tables hold people alone.
    fn text(&mut self, kind: &str, length: usize, random: &mut Random) -> String {
        let mut text = String::with_capacity(length + 1024);
        if kind == "csv" {
            text.push_str(people::HEAD);
            text::fill(&mut text, length, random, &mut self.counts, text::person_row);
            return text;
        }
        let line = if kind == "json" { text::json_line } else { text::log_line };
        let place = usize::try_from(random.below(length as u64)).unwrap_or_default();
        text::fill(&mut text, place, random, &mut self.counts, line);
        text.push_str(&self.plant(random));
        text::fill(&mut text, length, random, &mut self.counts, line);
        text
    }

    fn plant(&mut self, random: &mut Random) -> String {
        let (pair, text) = keys::plant(random);
        self.planted.push(pair);
        text
    }
}
