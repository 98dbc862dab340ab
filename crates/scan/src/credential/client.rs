//! The id and the secret that clients of object storage take in order, without a name (`mc alias set play
//! https://… ID SECRET`, `b2 authorize-account ID KEY`, `Minio("host", "ID", "SECRET")`, `Auth("ID", "SECRET")`), or as
//! `key` and `secret`, which say nothing elsewhere: `S3FileSystem(key="ID", secret="SECRET")`.

use std::ops::Range;

/// How far behind the name of a client its arguments may end.
const REACH: usize = 400;
/// The same where they have names, with which others come that say much.
const NAMED_REACH: usize = 800;
/// Arguments looked at: what stands before the pair is a name and an address.
const ARGUMENTS_MAX: usize = 4;

/// How a client takes its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    /// Words of a command line.
    Words,
    /// Texts in quotes, with commas between them.
    Quoted,
    /// Texts in quotes, named `key` and `secret`.
    Named,
}

/// An argument: where its name stands, and where its value does.
pub(super) type Named = (Range<usize>, Range<usize>);

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
        Arguments::Named => return Vec::new(),
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

/// The `key` and the `secret` among the arguments behind the name of a client that ends at `end`: neither without
/// the other, and neither twice.
pub(super) fn named_arguments(text: &[u8], end: usize, arguments: Arguments) -> Option<[Named; 2]> {
    if arguments != Arguments::Named {
        return None;
    }
    let reach = &text[..text.len().min(end + NAMED_REACH)];
    let all = named(reach, end);
    let only = |name: &[u8]| {
        let mut fitting = all.iter().filter(|(place, _)| &reach[place.clone()] == name);
        fitting.next().filter(|_| fitting.next().is_none()).cloned()
    };
    Some([only(b"key")?, only(b"secret")?])
}

/// The arguments of a call that have a name and a text in quotes, to the bracket that ends it.
fn named(text: &[u8], start: usize) -> Vec<Named> {
    // The quote behind `"storage_options"` opens nothing.
    let closes = matches!(text[..start], [.., b'A'..=b'Z' | b'a'..=b'z'])
        && matches!(text[start..], [b'"' | b'\'', ..]);
    let (mut found, mut depth, mut at) = (Vec::new(), 0_u32, start + usize::from(closes));
    // What stands before a sign that gives a value, and that sign.
    let (mut name, mut is_given) = (None::<Range<usize>>, false);
    while let Some(byte) = text.get(at).copied() {
        let from = at;
        match byte {
            b'"' | b'\'' => {
                let rest = &text[at + 1..];
                let Some(length) = memchr::memchr2(byte, b'\n', rest) else { break };
                if rest[length] != byte {
                    break;
                }
                let place = at + 1..at + 1 + length;
                at = place.end + 1;
                match name.take().filter(|_| is_given) {
                    Some(name) => found.push((name, place)),
                    None => name = Some(place),
                }
                is_given = false;
                continue;
            }
            b'=' | b':' | b'>' => is_given = name.is_some(),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            byte if byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte) => {
                let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.$".contains(byte);
                at += text[at..].iter().take_while(|byte| in_word(byte)).count();
                (name, is_given) = (Some(from..at), false);
                continue;
            }
            _ => {
                (name, is_given) = (None, false);
                depth += u32::from(b"([{".contains(&byte));
                if b")]}".contains(&byte) {
                    match depth.checked_sub(1) {
                        Some(outer) => depth = outer,
                        None => return found,
                    }
                }
                // One call ends, or one setting: another is none of its.
                if byte == b';' {
                    return found;
                }
            }
        }
        at += 1;
    }
    found
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

    fn named_pair(text: &str, client: &str, arguments: Arguments) -> Option<[String; 2]> {
        let end = text.find(client).unwrap() + client.len();
        let named = named_arguments(text.as_bytes(), end, arguments)?;
        Some(named.map(|(_, place)| text[place].to_owned()))
    }

    #[test]
    fn key_and_secret_are_those_of_the_call() {
        for text in [
            "FileSystem(key=\"id9\", secret=\"key9\")",
            "FileSystem(\n    anon=False,\n    secret='key9',\n    client_kwargs={\"endpoint_url\": \"http://a:9\"},\n    key='id9',\n)",
            "\"FileSystem\": {\"key\": \"id9\", \"secret\": \"key9\"}",
            "FileSystem(['version' => 'latest', 'credentials' => ['key' => 'id9', 'secret' => 'key9']])",
        ] {
            let found = named_pair(text, "FileSystem", Arguments::Named);
            assert_eq!(found, Some(["id9", "key9"].map(str::to_owned)), "{text}");
        }
        for text in [
            "FileSystem(key=\"id9\")\nsecret = \"key9\"",
            "FileSystem(key=name, secret=\"key9\")",
            "FileSystem(key=\"id9\", secret=\"key9\", secret=\"key8\")",
            "FileSystem(cache_key=\"id9\", secret=\"key9\")",
            "FileSystem(key=\"id9\"); f(secret=\"key9\")",
        ] {
            assert_eq!(named_pair(text, "FileSystem(", Arguments::Named), None, "{text}");
        }
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
