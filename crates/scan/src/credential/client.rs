//! The id and the secret that clients of object storage take in order, without a name: `mc alias set play
//! https://… ID SECRET`, `b2 authorize-account ID KEY`, `Minio("host", "ID", "SECRET")`, `Auth("ID", "SECRET")`.

use std::ops::Range;

/// How far behind the name of a client its arguments may end.
const REACH: usize = 400;
/// Arguments looked at: what stands before the pair is a name and an address.
const ARGUMENTS_MAX: usize = 4;

/// How a client takes its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    /// Words of a command line.
    Words,
    /// Texts in quotes, with commas between them.
    Quoted,
}

/// The id and the secret behind the name of a client that ends at `end`, each with what it is.
pub(super) fn named_cells(
    text: &[u8],
    end: usize,
    arguments: Arguments,
) -> Vec<(&'static [u8], Range<usize>)> {
    let reach = &text[..text.len().min(end + REACH)];
    let all = match arguments {
        Arguments::Words => words(reach, end),
        Arguments::Quoted => quoted(reach, end),
    };
    let is_address =
        |place: &Range<usize>| text[place.clone()].iter().any(|byte| matches!(byte, b':' | b'.'));
    let after = all.iter().take(2).rposition(is_address).map_or(0, |address| address + 1);
    match all.get(after..) {
        Some([id, secret, ..]) => {
            vec![(&b"access_key_id"[..], id.clone()), (&b"secret_key"[..], secret.clone())]
        }
        _ => Vec::new(),
    }
}

/// The words of a command line that are no options.
fn words(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    while found.len() < ARGUMENTS_MAX {
        at += text[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b'|' | b'&');
        let length = text[at..].iter().position(ends).unwrap_or(text.len() - at);
        let word = &text[at..at + length];
        if word.is_empty() {
            break;
        }
        let quotes =
            usize::from(length > 1 && matches!(word, [b'"', .., b'"'] | [b'\'', .., b'\'']));
        if !word.starts_with(b"-") {
            found.push(at + quotes..at + length - quotes);
        }
        at += length;
    }
    found
}

/// The arguments of a call up to the first that is no text in quotes.
fn quoted(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    while found.len() < ARGUMENTS_MAX {
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let Some(quote @ (b'"' | b'\'')) = text.get(at).copied() else { break };
        let Some(length) = memchr::memchr2(quote, b'\n', &text[at + 1..]) else { break };
        let end = at + 1 + length;
        if text[end] != quote {
            break;
        }
        found.push(at + 1..end);
        at = end + 1;
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if text.get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str, client: &str, arguments: Arguments) -> Vec<String> {
        let end = text.find(client).unwrap() + client.len();
        let cells = named_cells(text.as_bytes(), end, arguments).into_iter();
        cells.map(|(_, place)| text[place].to_owned()).collect()
    }

    #[test]
    fn the_pair_stands_behind_what_names_the_store() {
        for (text, client, arguments) in [
            (
                "mc alias set a https://s3.acme.cn id9 key9 --api S3v4",
                "alias set",
                Arguments::Words,
            ),
            ("b2 authorize-account 'id9' key9\n", "rize-account", Arguments::Words),
            ("Minio(\n  'h:9000',\n  'id9',\n  'key9', secure=False)", "inio(", Arguments::Quoted),
            ("q = Auth(\"id9\", \"key9\")", "Auth(", Arguments::Quoted),
        ] {
            assert_eq!(pair(text, client, arguments), ["id9", "key9"], "{text}");
        }
        assert!(
            pair("mc alias set a https://b.cn\nnext line", "alias set", Arguments::Words)
                .is_empty()
        );
        assert!(pair("Auth(user, \"x\")", "Auth(", Arguments::Quoted).is_empty());
    }
}
