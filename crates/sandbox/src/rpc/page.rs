//! One page of a list: `MaxItems` and `Marker`, as RAM and IMS have them alike.

use serde_json::{Value, json};

use super::answer::Fault;
use super::asked::Asked;

/// Entries a page has unless the request says otherwise (RAM documentation, "ListUsers").
const PAGE_DEFAULT: u64 = 100;

/// Most entries a page may have.
const PAGE_MAX: u64 = 1000;

/// Lists a page: `names` in order give the marker, `show` the entry; the page stands in
/// `outer.inner[]`, with `IsTruncated` and, where there is more, `Marker`.
///
/// # Errors
/// `MaxItems` is no number from 1 to 1000.
pub(crate) fn page<'a, T: 'a>(
    asked: &Asked,
    (outer, inner): (&str, &str),
    entries: impl Iterator<Item = (&'a str, T)>,
    show: impl Fn(T) -> Value,
) -> Result<Value, Fault> {
    let most = asked.number("MaxItems", 1..=PAGE_MAX, PAGE_DEFAULT)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let marker = asked.get("Marker").unwrap_or_default();
    let mut rest = entries.filter(|(name, _)| *name > marker);
    let mut last = "";
    let shown: Vec<Value> = rest
        .by_ref()
        .take(most)
        .map(|(name, entry)| {
            last = name;
            show(entry)
        })
        .collect();
    let truncated = rest.next().is_some();
    let mut answer = json!({ outer: { inner: shown }, "IsTruncated": truncated });
    if let Some(fields) = answer.as_object_mut().filter(|_| truncated) {
        fields.insert("Marker".to_owned(), Value::String(last.to_owned()));
    }
    Ok(answer)
}
