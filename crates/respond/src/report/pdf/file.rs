//! The file around the pages: objects, where each begins, and where that list begins.

use std::collections::BTreeSet;

use super::collection;
use super::face::Face;

/// Numbers of the objects that every file has: the catalogue, the list of pages, and a face each.
const FIRST_PAGE: usize = 3 + Face::ALL.len();

/// Pages of this size with these contents as a file, which has these characters of the collection.
pub(super) fn of_pages(
    (width, height): (f32, f32),
    pages: &[Vec<u8>],
    wide: &BTreeSet<char>,
) -> Vec<u8> {
    let kids: Vec<String> =
        (0..pages.len()).map(|page| format!("{} 0 R", FIRST_PAGE + 2 * page)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len())
            .into_bytes(),
    ];
    objects.extend(Face::ALL.map(font));
    let mut faces = String::new();
    for (place, face) in Face::ALL.iter().enumerate() {
        faces.push_str(&format!("/{} {} 0 R ", face.resource(), 3 + place));
    }
    let collected = FIRST_PAGE + 2 * pages.len();
    if !wide.is_empty() {
        faces.push_str(&format!("/{} {collected} 0 R ", collection::RESOURCE));
    }
    for (place, content) in pages.iter().enumerate() {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {} 0 R \
             /Resources << /Font << {faces}>> >> >>",
            FIRST_PAGE + 2 * place + 1
        );
        objects.push(page.into_bytes());
        objects.push(stream(content));
    }
    if !wide.is_empty() {
        objects.extend(collection::objects(collected, wide.iter().copied()));
    }
    file(&objects)
}

fn font(face: Face) -> Vec<u8> {
    let name = face.name();
    format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
        .into_bytes()
}

/// A stream of these bytes.
pub(super) fn stream(content: &[u8]) -> Vec<u8> {
    let mut object = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    object.extend(content);
    object.extend(b"\nendstream");
    object
}

fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", number + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let list = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    bytes.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{list}\n%%EOF\n").bytes(),
    );
    bytes
}
