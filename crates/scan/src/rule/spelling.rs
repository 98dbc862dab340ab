//! Whether letters are those of words: names in programs have digits and capitals as random text has, but
//! their letters follow each other as in English.

use std::sync::LazyLock;

/// The most frequent pairs of letters in English, which make up some four fifths of its text, and a fifth of
/// all pairs.
const FREQUENT: &str = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io \
    le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us \
    ac ot il tr ly nc et ut ss so rs un lo wa ge ie ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh \
    ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab ty op wo sa ay ex ke fr oo av ag if ap od bo \
    sp rd do uc bu ov rm ep tt oc fa ef cu rn sc gi da cr cl du ga ue ey va um";
/// Fewer pairs of letters say nothing.
const PAIRS_MIN: usize = 7;
/// Share of frequent pairs from which letters are words: random text has 0.22 ± 0.14 of 9 pairs, English 0.8.
const SHARE_MIN: f64 = 0.58;

/// Whether the letters of a text are those of words.
pub(crate) fn is_worded(text: &[u8]) -> bool {
    let (mut pairs, mut frequent) = (0usize, 0usize);
    for pair in text.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        // A capital begins a word: what comes before it is the end of another.
        let apart = a.is_ascii_lowercase() && b.is_ascii_uppercase();
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !apart {
            pairs += 1;
            frequent += usize::from(is_frequent(a, b));
        }
    }
    pairs >= PAIRS_MIN && frequent as f64 >= SHARE_MIN * pairs as f64
}

/// Of each pair of letters, whether it is frequent.
static IS_FREQUENT: LazyLock<[bool; 26 * 26]> = LazyLock::new(|| {
    let mut frequent = [false; 26 * 26];
    for pair in FREQUENT.split_ascii_whitespace() {
        if let [a, b] = pair.as_bytes() {
            frequent[place(*a, *b)] = true;
        }
    }
    frequent
});

/// Where a pair of letters stands in the table.
fn place(a: u8, b: u8) -> usize {
    let letter = |byte: u8| usize::from(byte.to_ascii_lowercase().wrapping_sub(b'a') % 26);
    letter(a) * 26 + letter(b)
}

fn is_frequent(a: u8, b: u8) -> bool {
    IS_FREQUENT[place(a, b)]
}

#[cfg(test)]
mod tests {
    use super::is_worded;

    #[test]
    fn names_in_programs_are_worded_and_random_text_is_not() {
        for text in [
            "X509KeyUsageFlags",
            "Curve25519SeedBin",
            "AssumeRoleWithWebIdentity",
            "MyTestDatabaseSecret-a1b2c3",
            "Ec2InstanceMetadata",
        ] {
            assert!(is_worded(text.as_bytes()), "{text}");
        }
        for text in [
            "tywXL2joaoxa",
            "NFwPQWPPHLgNBKUGVZqXTcFiR",
            "tKzOogVXFuhgobaVvXXO",
            "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE",
        ] {
            assert!(!is_worded(text.as_bytes()), "{text}");
        }
    }
}
