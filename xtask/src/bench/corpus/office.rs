//! Office files as programs write them: a document of paragraphs, and a workbook with one sheet.

use std::fs::File;
use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TYPES: &str = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const BOOK: &str = "<?xml version=\"1.0\"?><workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
    <sheets><sheet name=\"People\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
const RELATIONS: &str = "<?xml version=\"1.0\"?><Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>\
    </Relationships>";

/// Writes a document in which each line of a text is a paragraph.
pub(super) fn document(file: File, text: &str) -> anyhow::Result<()> {
    let paragraph = |line| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escaped(line));
    let body: String = text.lines().map(paragraph).collect();
    let body = format!("<?xml version=\"1.0\"?><w:document><w:body>{body}</w:body></w:document>");
    packed(file, &[("[Content_Types].xml", TYPES), ("word/document.xml", &body)])
}

/// Writes a workbook whose sheet is a table in which no cell has a comma.
pub(super) fn workbook(file: File, table: &str) -> anyhow::Result<()> {
    let rows = table.lines().zip(1..);
    let rows: String = rows.map(|(row, number): (&str, u32)| sheet_row(row, number)).collect();
    let sheet =
        format!("<?xml version=\"1.0\"?><worksheet><sheetData>{rows}</sheetData></worksheet>");
    packed(
        file,
        &[
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/worksheets/sheet1.xml", &sheet),
        ],
    )
}

fn sheet_row(row: &str, number: u32) -> String {
    let cell = |(value, column)| {
        let value = escaped(value);
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{value}</t></is></c>")
    };
    let cells: String = row.split(',').zip('A'..='Z').map(cell).collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn packed(file: File, parts: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut archive = ZipWriter::new(file);
    for (name, text) in parts {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    archive.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_their_letters_and_signs_of_markup_are_escaped() {
        let row = sheet_row("a,b&c", 7);
        assert!(row.contains("r=\"B7\"") && row.contains("<t>b&amp;c</t>"), "{row}");
    }
}
