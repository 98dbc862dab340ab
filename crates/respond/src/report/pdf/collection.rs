//! The characters of Chinese that a reader of PDF has without a font in the file: the collection Adobe-GB1, whose
//! glyphs are asked for by their Unicode (`UniGB-UTF16-H`, ISO 32000-1, 9.7.5.2).
//!
//! What readers of one age have and of another have not is left out: radicals, compatibility forms, private use.

/// Name of the font, which the reader replaces by one of its own.
pub(super) const FONT: &str = "STSong-Light";

/// The map from codes to glyphs.
pub(super) const MAP: &str = "UniGB-UTF16-H";

/// What the font is called on a page.
pub(super) const RESOURCE: &str = "F3";

/// How wide a character is, in thousandths of the size.
pub(super) const WIDTH: u16 = 1000;

/// First and last of each run of characters that the collection has up to its supplement 4, and the Western faces
/// have not.
#[rustfmt::skip]
const RUNS: [(u16, u16); 120] = [
    (0x0101, 0x0101), (0x0113, 0x0113), (0x011b, 0x011b), (0x012b, 0x012b), (0x0144, 0x0144),
    (0x0148, 0x0148), (0x014d, 0x014d), (0x016b, 0x016b), (0x01ce, 0x01ce), (0x01d0, 0x01d0),
    (0x01d2, 0x01d2), (0x01d4, 0x01d4), (0x01d6, 0x01d6), (0x01d8, 0x01d8), (0x01da, 0x01da),
    (0x01dc, 0x01dc), (0x01f9, 0x01f9), (0x0251, 0x0251), (0x0261, 0x0261), (0x02c7, 0x02c7),
    (0x02c9, 0x02cb), (0x02d9, 0x02d9), (0x0391, 0x03a1), (0x03a3, 0x03a9), (0x03b1, 0x03c1),
    (0x03c3, 0x03c9), (0x0401, 0x0401), (0x0410, 0x044f), (0x0451, 0x0451), (0x1e3f, 0x1e3f),
    (0x2010, 0x2010), (0x2015, 0x2016), (0x2025, 0x2025), (0x2032, 0x2033), (0x2035, 0x2035),
    (0x203b, 0x203b), (0x205d, 0x205d), (0x2103, 0x2103), (0x2105, 0x2105), (0x2109, 0x2109),
    (0x2116, 0x2116), (0x2121, 0x2121), (0x2160, 0x216b), (0x2170, 0x2179), (0x2190, 0x2193),
    (0x2196, 0x2199), (0x2208, 0x2208), (0x220f, 0x220f), (0x2211, 0x2211), (0x2215, 0x2215),
    (0x221a, 0x221a), (0x221d, 0x2220), (0x2223, 0x2223), (0x2225, 0x2225), (0x2227, 0x222b),
    (0x222e, 0x222e), (0x2234, 0x2237), (0x223d, 0x223d), (0x2248, 0x2248), (0x224c, 0x224c),
    (0x2252, 0x2252), (0x2260, 0x2261), (0x2264, 0x2267), (0x226e, 0x226f), (0x2295, 0x2295),
    (0x2299, 0x2299), (0x22a5, 0x22a5), (0x22bf, 0x22bf), (0x22ef, 0x22ef), (0x2312, 0x2312),
    (0x2329, 0x232a), (0x2460, 0x2469), (0x2474, 0x249b), (0x2500, 0x254b), (0x2550, 0x2573),
    (0x2581, 0x258f), (0x2593, 0x2595), (0x25a0, 0x25a1), (0x25b2, 0x25b3), (0x25bc, 0x25bd),
    (0x25c6, 0x25c7), (0x25cb, 0x25cb), (0x25ce, 0x25cf), (0x25e2, 0x25e5), (0x2605, 0x2606),
    (0x2609, 0x2609), (0x2640, 0x2640), (0x2642, 0x2642), (0x3000, 0x3003), (0x3005, 0x3017),
    (0x301d, 0x301e), (0x3021, 0x3029), (0x3033, 0x3035), (0x3038, 0x303a), (0x303e, 0x303f),
    (0x3041, 0x3096), (0x309b, 0x309e), (0x30a1, 0x30fe), (0x3105, 0x312c), (0x31a0, 0x31b7),
    (0x3220, 0x3229), (0x3231, 0x3231), (0x32a3, 0x32a3), (0x338e, 0x338f), (0x339c, 0x339e),
    (0x33a1, 0x33a1), (0x33c4, 0x33c4), (0x33ce, 0x33ce), (0x33d1, 0x33d2), (0x33d5, 0x33d5),
    (0x3400, 0x4db5), (0x4e00, 0x9fa5), (0xfe30, 0xfe31), (0xfe33, 0xfe44), (0xfe49, 0xfe52),
    (0xfe54, 0xfe57), (0xfe59, 0xfe66), (0xfe68, 0xfe6b), (0xff01, 0xff5e), (0xffe0, 0xffe5),
];

/// Whether the collection has a character.
pub(super) fn has(sign: char) -> bool {
    let Ok(code) = u16::try_from(u32::from(sign)) else { return false };
    let next = RUNS.partition_point(|(_, last)| *last < code);
    RUNS.get(next).is_some_and(|(first, _)| *first <= code)
}

/// Objects of a file that has such characters, from number `first` on: the font, its glyphs, what they look like
/// where a reader has to choose, and what each code is in Unicode, for who reads the text.
pub(super) fn objects(first: usize, signs: impl Iterator<Item = char>) -> [Vec<u8>; 4] {
    let (glyphs, look, unicode) = (first + 1, first + 2, first + 3);
    let font = format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /{FONT}-{MAP} /Encoding /{MAP} \
         /DescendantFonts [{glyphs} 0 R] /ToUnicode {unicode} 0 R >>"
    );
    let glyphs = format!(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{FONT} /CIDSystemInfo << /Registry (Adobe) \
         /Ordering (GB1) /Supplement 4 >> /DW {WIDTH} /FontDescriptor {look} 0 R >>"
    );
    let look = format!(
        "<< /Type /FontDescriptor /FontName /{FONT} /Flags 6 /FontBBox [-25 -254 1000 880] \
         /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    );
    [
        font.into_bytes(),
        glyphs.into_bytes(),
        look.into_bytes(),
        super::file::stream(&unicode_of(signs)),
    ]
}

/// Most characters in one part of a map of characters.
const PART_MAX: usize = 100;

/// The map from codes to Unicode: each is its own (ISO 32000-1, 9.10.3).
fn unicode_of(signs: impl Iterator<Item = char>) -> Vec<u8> {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) \
         /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let codes: Vec<u32> = signs.map(u32::from).collect();
    for part in codes.chunks(PART_MAX) {
        map.push_str(&format!("{} beginbfchar\n", part.len()));
        for code in part {
            map.push_str(&format!("<{code:04X}> <{code:04X}>\n"));
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend");
    map.into_bytes()
}

/// Signs that no line begins with: they close, or belong to what stands before.
const NEVER_FIRST: &str = "!),.:;?]}%·’”…、。々〉》」』】〕〗ー！），．：；？］｝～％";

/// Signs that no line ends with: they open.
const NEVER_LAST: &str = "([{‘“〈《「『【〔〖（［｛";

/// Whether a line may end between two characters of which one is of the collection.
pub(super) fn may_part(before: char, behind: char) -> bool {
    (has(before) || has(behind)) && !NEVER_LAST.contains(before) && !NEVER_FIRST.contains(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collection_has_chinese_and_not_every_script() {
        assert!("客户资料身份证龥㐀。，（）ёΩかア￥".chars().all(has));
        assert!(
            "a é €한ا😀𠀀\u{e000}\u{301}"
                .chars()
                .filter(|sign| *sign != ' ')
                .all(|sign| !has(sign))
        );
        assert!(RUNS.windows(2).all(|two| two[0].1 < two[1].0));
    }

    #[test]
    fn a_line_ends_between_ideographs_and_not_before_what_closes() {
        assert!(may_part('客', '户') && may_part('a', '户') && may_part('客', 'a'));
        assert!(!may_part('客', '。') && !may_part('（', '客') && !may_part('a', 'b'));
    }
}
