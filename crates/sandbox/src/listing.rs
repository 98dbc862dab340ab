//! One page of a bucket's objects: prefix, delimiter, start and limit, as OSS and S3 define them alike.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::call::Call;
use crate::refusal::Refusal;
use crate::world::Object;

/// Most entries a page may have.
const PAGE_MAX: usize = 1000;
/// What `encoding-type=url` leaves as it is, beside letters and digits; `/` is encoded, clients decode it.
const URL_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What to list.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    /// Only keys that begin so.
    pub(crate) prefix: &'a str,
    /// Keys that hold this after the prefix are folded into one entry; empty for none.
    pub(crate) delimiter: &'a str,
    /// Only keys behind this one; empty for all.
    pub(crate) after: &'a str,
    /// Most entries.
    pub(crate) limit: usize,
}

/// A page.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page<'a> {
    /// Objects in the order of their keys' bytes.
    pub(crate) objects: Vec<(&'a str, &'a Object)>,
    /// Folded prefixes in order.
    pub(crate) prefixes: Vec<String>,
    /// Where the next page begins (`after`); `None` on the last one.
    pub(crate) next: Option<String>,
}

impl Page<'_> {
    /// Entries of both kinds.
    pub(crate) fn len(&self) -> usize {
        self.objects.len() + self.prefixes.len()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

/// Lists a page. A folded prefix counts as one entry and stands for all keys that begin with it.
pub(crate) fn page<'a>(objects: &'a BTreeMap<String, Object>, query: &Query<'_>) -> Page<'a> {
    let mut page = Page::default();
    if query.limit == 0 {
        return page;
    }
    let mut last = String::new();
    let start = if query.after < query.prefix {
        Bound::Included(query.prefix)
    } else {
        Bound::Excluded(query.after)
    };
    let keys = objects
        .range::<str, _>((start, Bound::Unbounded))
        .skip_while(|(key, _)| !key.starts_with(query.prefix) && key.as_str() < query.prefix)
        .take_while(|(key, _)| key.starts_with(query.prefix));
    for (key, object) in keys {
        let folded = folded(key, query.prefix, query.delimiter);
        if let Some(prefix) = &folded {
            // A page that began behind a folded prefix must not show it again.
            if page.prefixes.last() == Some(prefix) || query.after == prefix.as_str() {
                continue;
            }
        }
        if page.len() == query.limit {
            page.next = Some(last);
            return page;
        }
        match folded {
            Some(prefix) => {
                last.clone_from(&prefix);
                page.prefixes.push(prefix);
            }
            None => {
                last.clone_from(key);
                page.objects.push((key, object));
            }
        }
    }
    page
}

/// What a key is folded into: up to the delimiter that comes first behind the prefix.
pub(crate) fn folded(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.get(prefix.len()..)?;
    let end = rest.find(delimiter)? + delimiter.len();
    Some(key[..prefix.len() + end].to_owned())
}

/// The page size a request asks for, at most [`PAGE_MAX`].
///
/// # Errors
/// It is no number, or larger than the service allows.
pub(crate) fn limit(call: &Call, default: usize) -> Result<usize, Refusal> {
    let Some(text) = call.query("max-keys").filter(|text| !text.is_empty()) else {
        return Ok(default);
    };
    match text.parse::<usize>() {
        Ok(limit) => Ok(limit.min(PAGE_MAX)),
        Err(_) => Err(Refusal::argument("max-keys", text, "Argument max-keys is not valid.")),
    }
}

/// A continuation token: opaque to clients, any key survives it.
pub(crate) fn token(after: &str) -> String {
    URL_SAFE_NO_PAD.encode(after)
}

/// The key in a continuation token.
///
/// # Errors
/// The token is none of ours.
pub(crate) fn from_token(token: &str) -> Result<String, Refusal> {
    URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(
        || {
            let message = "The continuation token provided is incorrect.";
            Refusal::argument("continuation-token", token, message)
        },
    )
}

/// Whether the request wants keys percent-encoded.
///
/// # Errors
/// It wants an encoding that does not exist.
pub(crate) fn encodes(call: &Call) -> Result<bool, Refusal> {
    match call.query("encoding-type") {
        None | Some("") => Ok(false),
        Some("url") => Ok(true),
        Some(other) => {
            let message = "Invalid Encoding Method specified in Request.";
            Err(Refusal::argument("encoding-type", other, message))
        }
    }
}

/// A key as `encoding-type=url` shows it.
pub(crate) fn encode(key: &str) -> String {
    utf8_percent_encode(key, URL_KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::body::Bytes;
    use claviger_model::Acl;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::{Query, from_token, page, token};
    use crate::content::Content;
    use crate::world::Object;

    fn objects(keys: &[&str]) -> BTreeMap<String, Object> {
        let object = Content::of(Bytes::new()).into_object(
            BTreeMap::new(),
            Acl::Default,
            Timestamp::UNIX_EPOCH,
        );
        keys.iter().map(|key| ((*key).to_owned(), object.clone())).collect()
    }

    fn walk(keys: &[&str], prefix: &str, delimiter: &str, limit: usize) -> Vec<String> {
        let objects = objects(keys);
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let query = Query { prefix, delimiter, after: &after, limit };
            let page = page(&objects, &query);
            assert!(page.len() <= limit);
            seen.extend(page.objects.iter().map(|(key, _)| (*key).to_owned()));
            seen.extend(page.prefixes.iter().cloned());
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    }

    #[test]
    fn pages_of_any_size_show_every_entry_once() {
        let keys = ["a", "b/1", "b/2", "b/c/3", "b0", "c", "c/1", "猫/1"];
        for limit in 1..10 {
            assert_eq!(walk(&keys, "", "", limit), keys, "{limit}");
            let mut folded = walk(&keys, "", "/", limit);
            folded.sort();
            assert_eq!(folded, ["a", "b/", "b0", "c", "c/", "猫/"], "{limit}");
            let mut below = walk(&keys, "b/", "/", limit);
            below.sort();
            assert_eq!(below, ["b/1", "b/2", "b/c/"], "{limit}");
        }
    }

    proptest! {
        #[test]
        fn no_page_size_loses_or_repeats_an_entry(
            keys in prop::collection::btree_set("[ab/猫]{1,5}", 0..30),
            prefix in "[ab/]{0,2}",
            limit in 1_usize..8,
        ) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            for delimiter in ["", "/", "a"] {
                let mut seen = walk(&keys, &prefix, delimiter, limit);
                seen.sort();
                let mut expected: Vec<String> = keys
                    .iter()
                    .filter_map(|key| key.strip_prefix(prefix.as_str()))
                    .map(|rest| match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
                        Some(at) => format!("{prefix}{}", &rest[..at + delimiter.len()]),
                        None => format!("{prefix}{rest}"),
                    })
                    .collect();
                expected.sort();
                expected.dedup();
                prop_assert_eq!(seen, expected);
            }
        }
    }

    #[test]
    fn a_start_before_the_prefix_loses_nothing() {
        let objects = objects(&["b1", "b2"]);
        let query = Query { prefix: "b", delimiter: "", after: "a", limit: 10 };
        assert_eq!(page(&objects, &query).objects.len(), 2);
        let query = Query { prefix: "b", delimiter: "", after: "b1", limit: 10 };
        assert_eq!(page(&objects, &query).objects.len(), 1);
        let query = Query { prefix: "b", delimiter: "", after: "c", limit: 10 };
        assert_eq!(page(&objects, &query).objects.len(), 0);
    }

    #[test]
    fn a_token_keeps_any_key() {
        for key in ["", "a b", "猫\n\"/.."] {
            assert_eq!(from_token(&token(key)).unwrap(), key);
        }
        assert!(from_token("§").is_err());
    }
}
