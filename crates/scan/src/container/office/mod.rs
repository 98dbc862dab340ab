//! Office files inside their zip archives: which parts hold what a person reads, and in which order.
//!
//! Parts that hold settings, addresses of links, properties or other files are not touched here: they
//! are read like any entry.

mod sheet;
mod words;
mod xml;

use std::cell::RefCell;

use self::xml::{Piece, Pieces, attribute};
use super::made::tell;
use super::zip::Archive;
use crate::walk::Walk;

/// The parts of one Office file.
pub(super) struct Office {
    family: Family,
    /// Parts that hold sheets, with the names of the sheets.
    sheets: Vec<(String, String)>,
    strings: Vec<String>,
    /// Which of the strings some sheet shows.
    used: RefCell<Vec<bool>>,
    /// The sheet that is read last: after it, strings that no sheet shows are told.
    last_sheet: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Document,
    Workbook,
    Slides,
    OpenDocument,
    OpenSpreadsheet,
}

const STRINGS: &str = "xl/sharedStrings.xml";

impl Office {
    /// The Office file that an archive is; `None` for another.
    pub(super) fn of(archive: &Archive<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let has = |wanted: &str| archive.names().any(|name| name == wanted);
        let family = if has("[Content_Types].xml") {
            if has("xl/workbook.xml") {
                Family::Workbook
            } else if archive.names().any(|name| name.starts_with("ppt/")) {
                Family::Slides
            } else if archive.names().any(|name| name.starts_with("word/")) {
                Family::Document
            } else {
                return None;
            }
        } else if has("content.xml") && has("META-INF/manifest.xml") {
            let kind = archive.part("mimetype", walk).unwrap_or_default();
            match kind.ends_with(b".spreadsheet") || kind.ends_with(b".spreadsheet-template") {
                true => Family::OpenSpreadsheet,
                false => Family::OpenDocument,
            }
        } else {
            return None;
        };
        let mut office = Self {
            family,
            sheets: Vec::new(),
            strings: Vec::new(),
            used: RefCell::default(),
            last_sheet: None,
        };
        if family == Family::Workbook {
            office.sheets = sheet_names(archive, walk);
            let strings = archive.part(STRINGS, walk).unwrap_or_default();
            office.strings = sheet::shared_strings(&String::from_utf8_lossy(&strings));
            office.used = RefCell::new(vec![false; office.strings.len()]);
            office.last_sheet =
                archive.names().filter(|name| is_sheet(name)).last().map(str::to_owned);
        }
        Some(office)
    }

    /// Whether a part is read here rather than like any entry.
    pub(super) fn reads(&self, part: &str) -> bool {
        let Some((folder, file)) = part.rsplit_once('/') else {
            let open = matches!(self.family, Family::OpenDocument | Family::OpenSpreadsheet);
            return open && matches!(part, "content.xml" | "styles.xml");
        };
        let is_xml = file.ends_with(".xml");
        let begins = |words: &[&str]| words.iter().any(|word| file.starts_with(word));
        is_xml
            && match self.family {
                Family::Document => {
                    let kinds =
                        ["document", "header", "footer", "footnotes", "endnotes", "comments"];
                    matches!(folder, "word" | "word/glossary") && begins(&kinds)
                }
                Family::Slides => {
                    let folders = ["ppt/slides", "ppt/notesSlides", "ppt/comments"];
                    folders.contains(&folder) || folder == "ppt/diagrams"
                }
                Family::Workbook => {
                    part == STRINGS
                        || is_sheet(part)
                        || matches!(folder, "xl/drawings" | "xl/threadedComments")
                        || (folder == "xl" && begins(&["comments"]))
                }
                Family::OpenDocument | Family::OpenSpreadsheet => {
                    matches!(file, "content.xml" | "styles.xml")
                }
            }
    }

    /// Reads a part.
    pub(super) fn read(&self, part: &str, bytes: &[u8], walk: &mut Walk<'_>) {
        let xml = decoded(bytes);
        match self.family {
            Family::Workbook if part == STRINGS => {
                if self.last_sheet.is_none() {
                    self.tell_unused(walk);
                }
            }
            Family::Workbook if is_sheet(part) => {
                let name = self.sheets.iter().find(|(sheet, _)| sheet == part);
                let name = name.map_or(part, |(_, name)| name.as_str());
                let mut used = self.used.borrow_mut();
                sheet::open_xml(&xml, name, &self.strings, &mut used, walk);
                drop(used);
                if self.last_sheet.as_deref() == Some(part) {
                    self.tell_unused(walk);
                }
            }
            Family::OpenSpreadsheet if part == "content.xml" => sheet::open_document(&xml, walk),
            Family::OpenDocument | Family::OpenSpreadsheet => {
                tell(part, &words::words(&xml, true), walk);
            }
            Family::Document | Family::Slides | Family::Workbook => {
                tell(part, &words::words(&xml, false), walk);
            }
        }
    }

    /// Strings that no cell shows any more are still in the file.
    fn tell_unused(&self, walk: &mut Walk<'_>) {
        let used = self.used.borrow();
        let unused = self.strings.iter().zip(used.iter()).filter(|(_, used)| !**used);
        let text: String = unused.map(|(string, _)| format!("{string}\n")).collect();
        if !text.is_empty() {
            tell(STRINGS, &text, walk);
        }
    }
}

fn is_sheet(part: &str) -> bool {
    let folder = part.rsplit_once('/').map(|(folder, _)| folder);
    let known = ["xl/worksheets", "xl/chartsheets", "xl/dialogsheets", "xl/macrosheets"];
    folder.is_some_and(|folder| known.contains(&folder)) && part.ends_with(".xml")
}

/// The parts that hold sheets with the names of the sheets, by the workbook and its relations.
fn sheet_names(archive: &Archive<'_>, walk: &mut Walk<'_>) -> Vec<(String, String)> {
    let relations = archive.part("xl/_rels/workbook.xml.rels", walk).unwrap_or_default();
    let relations = decoded(&relations);
    let targets: Vec<(String, String)> = Pieces::new(&relations)
        .filter_map(|piece| match piece {
            Piece::Open { name: "Relationship", attributes, .. } => {
                let target = attribute(attributes, "Target")?;
                let target = match target.strip_prefix('/') {
                    Some(target) => target.to_owned(),
                    None => format!("xl/{target}"),
                };
                Some((attribute(attributes, "Id")?.into_owned(), target))
            }
            _ => None,
        })
        .collect();
    let workbook = archive.part("xl/workbook.xml", walk).unwrap_or_default();
    Pieces::new(&decoded(&workbook))
        .filter_map(|piece| match piece {
            Piece::Open { name: "sheet", attributes, .. } => {
                let name = attribute(attributes, "name")?.into_owned();
                let id = attribute(attributes, "id")?;
                let (_, target) = targets.iter().find(|(known, _)| *known == id)?;
                Some((target.clone(), name))
            }
            _ => None,
        })
        .collect()
}

/// XML is UTF-8, or UTF-16 with a byte order mark.
fn decoded(bytes: &[u8]) -> String {
    let encoding = encoding_rs::Encoding::for_bom(bytes).map_or(encoding_rs::UTF_8, |(e, _)| e);
    encoding.decode(bytes).0.into_owned()
}
