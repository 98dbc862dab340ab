//! The access key id that stands beside a secret which does not tell it: the account of a storage key, the root user
//! of a store. Such ids look like any other word; their names and those of their secrets give them away.

use std::ops::Range;

use claviger_model::AccessKeyId;
use serde::Deserialize;

use super::account::{block, named_setting};
use super::shape::Shape;
use crate::decode::base64;

/// How far before a secret the id may stand within the name of its setting.
const NAME_REACH: usize = 128;

/// The ids of a rule as they are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdText {
    names: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    shape: String,
}

/// What the id of a secret looks like and where it stands.
#[derive(Debug, Clone)]
pub(super) struct IdBeside {
    /// What the name of its setting ends with, in lower case, letters and digits only.
    names: Vec<String>,
    /// What stands before it where it is a part of the secret's own name.
    after: Vec<String>,
    shape: Shape,
    /// What the name of the secret ends with, where what comes before that is also the id's: `MINIO_ROOT_USER` is
    /// not of `MYSQL_ROOT_PASSWORD`. Empty where ids and secrets are named in other ways.
    secrets: Vec<String>,
}

impl IdBeside {
    /// What is written, compiled.
    ///
    /// # Errors
    /// The shape is none.
    pub(super) fn compile(written: &IdText, secrets: &[String]) -> Result<Self, String> {
        let (names, after) = (written.names.clone(), written.after.clone());
        let shape = Shape::parse(&written.shape)?;
        Ok(Self { names, after, shape, secrets: secrets.to_vec() })
    }

    /// The id of the secret at a place: in its own name, else in the nearest setting of the same block.
    pub(super) fn read(&self, text: &[u8], secret: Range<usize>) -> Option<AccessKeyId> {
        let id = self.in_name(&text[secret.start.saturating_sub(NAME_REACH)..secret.start]);
        id.or_else(|| self.in_settings(text, secret))
    }

    fn in_name(&self, before: &[u8]) -> Option<AccessKeyId> {
        self.after.iter().find_map(|word| {
            let start = memchr::memmem::rfind(before, word.as_bytes())? + word.len();
            let ends = |byte: &u8| !byte.is_ascii_alphanumeric();
            let length = before[start..].iter().position(ends)?;
            self.id(std::str::from_utf8(&before[start..start + length]).ok()?)
        })
    }

    fn in_settings(&self, text: &[u8], secret: Range<usize>) -> Option<AccessKeyId> {
        let (from, to) = block(text, secret.start, secret.end);
        let stem = self.stem_of_secret(text, from..to, secret.start);
        let mut nearest: Option<(usize, AccessKeyId)> = None;
        let mut at = from;
        for setting in text[from..to].split(|byte| b"\n;&,{}".contains(byte)) {
            let place = at;
            at += setting.len() + 1;
            let setting = String::from_utf8_lossy(setting);
            let Some((name, value)) = named_setting(first_argument(&setting)) else { continue };
            let distance = place.abs_diff(secret.start);
            let nearer = nearest.as_ref().is_none_or(|(known, _)| distance < *known);
            let of_id = self.names.iter().find_map(|known| name.strip_suffix(known.as_str()));
            if nearer && of_id.is_some_and(|of_id| are_of_one(&stem, of_id)) {
                let id = self.id(&unpadded(&setting, &value).unwrap_or(value));
                nearest = id.map(|id| (distance, id)).or(nearest);
            }
        }
        nearest.map(|(_, id)| id)
    }

    /// What the name of the secret begins with; nothing where it has no such name.
    fn stem_of_secret(&self, text: &[u8], block: Range<usize>, secret: usize) -> String {
        let line = &text[block.start..secret];
        let line =
            &line[line.iter().rposition(|b| b"\n;&,{}".contains(b)).map_or(0, |at| at + 1)..];
        let setting = String::from_utf8_lossy(line) + "value";
        let Some((name, _)) = named_setting(first_argument(&setting)) else {
            return String::new();
        };
        let stem = self.secrets.iter().find_map(|known| name.strip_suffix(known.as_str()));
        stem.unwrap_or_default().to_owned()
    }

    fn id(&self, value: &str) -> Option<AccessKeyId> {
        let whole = self.shape.end(value.as_bytes(), 0) == Some(value.len());
        AccessKeyId::parse(value).ok().filter(|_| whole)
    }
}

/// Whether two names that begin so are of one thing, as far as they say.
fn are_of_one(a: &str, b: &str) -> bool {
    a.ends_with(b) || b.ends_with(a)
}

/// Of `fs = S3FileSystem(key="…"` the argument; any other setting as it is.
fn first_argument(setting: &str) -> &str {
    let call = setting.rsplit_once(['(', '[']).map(|(_, argument)| argument);
    call.filter(|argument| argument.contains(['=', ':'])).unwrap_or(setting)
}

/// What a padded value stands for: too short to be told from a word, it is base64 by its padding alone.
fn unpadded(setting: &str, value: &str) -> Option<String> {
    let padded = setting.trim_end_matches(['"', '\'', ' ', '\r']).ends_with('=');
    String::from_utf8(base64(value.as_bytes()).filter(|_| padded)?).ok()
}
