//! Event ids that follow from the rest of their row: half of what an event would take, and not kept.
//!
//! Readers of logs derive the id of a request from its format's name and some of its fields. A *recipe*
//! tells which: a word, then the columns in order. The file has the recipe in place of the id; whoever reads
//! it computes the first 32 hexadecimal digits of the SHA-256 over all parts, each with its length before
//! it (8 bytes, the highest first), an absent one being empty. An id that no recipe gives is kept as it is:
//! a recipe that is missing here costs room, nothing else.

use sha2::{Digest, Sha256};

use crate::row::{Row, Text};

/// What the readers of `claviger-watch` do.
const RECIPES: [&str; 8] = [
    "oss request_id operation object",
    "s3 request_id bucket operation object",
    "obs request_id bucket operation object",
    "cos request_id operation object",
    "gcs-usage request_id operation object",
    "azure request_id time operation object",
    "seaweedfs request_id operation bucket object",
    "ceph request_id operation",
];

/// Digits of an id that is derived.
pub(super) const ID_BYTES: usize = 32;

/// Rows of a key that no recipe fits before only the likely one is tried.
const MISSES_MAX: usize = 8;

/// How an id is derived.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    text: String,
    word: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Time,
    Text(Text),
}

impl Recipe {
    /// Reads a recipe; `None` for what is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let word = words.next().filter(|word| !word.is_empty())?.to_owned();
        let part = |name| match name {
            "time" => Some(Part::Time),
            "request_id" => Some(Part::Text(Text::RequestId)),
            "operation" => Some(Part::Text(Text::Operation)),
            "bucket" => Some(Part::Text(Text::Bucket)),
            "object" => Some(Part::Text(Text::Object)),
            _ => None,
        };
        let parts = words.map(part).collect::<Option<_>>()?;
        Some(Self { text: text.to_owned(), word, parts })
    }

    /// The recipe as files have it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The id of a row.
    pub(super) fn id(&self, row: &Row<'_>) -> [u8; ID_BYTES] {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        add(self.word.as_bytes());
        for part in &self.parts {
            match part {
                Part::Time => add(row.time.timestamp().to_string().as_bytes()),
                Part::Text(column) => add(row.text(*column).unwrap_or_default()),
            }
        }
        let digit = |value: u8| value + if value > 9 { b'a' - 10 } else { b'0' };
        let mut id = [0; ID_BYTES];
        for (pair, byte) in id.as_chunks_mut::<2>().0.iter_mut().zip(hash.finalize()) {
            *pair = [digit(byte >> 4), digit(byte & 0x0f)];
        }
        id
    }
}

/// Finds the recipes of rows.
#[derive(Debug)]
pub(super) struct Recipes {
    all: Vec<Recipe>,
    /// The place of the one that fitted last.
    likely: usize,
    misses: usize,
}

impl Recipes {
    pub(super) fn new() -> Self {
        let all = RECIPES.into_iter().filter_map(Recipe::parse).collect();
        Self { all, likely: 0, misses: 0 }
    }

    /// Another key may come from another log.
    pub(super) fn begin_key(&mut self) {
        self.misses = 0;
    }

    /// The recipe that gives the id of a row.
    pub(super) fn find(&mut self, row: &Row<'_>) -> Option<&str> {
        let id = row.text(Text::EventId).filter(|id| id.len() == ID_BYTES)?;
        row.text(Text::RequestId)?;
        let fits = |recipe: &Recipe| recipe.id(row) == id;
        if !self.all.get(self.likely).is_some_and(fits) {
            let others = Some(&self.all).filter(|_| self.misses < MISSES_MAX);
            let found = others.and_then(|all| all.iter().position(fits));
            self.misses += usize::from(found.is_none());
            self.likely = found?;
        }
        self.all.get(self.likely).map(Recipe::text)
    }
}

#[cfg(test)]
mod tests {
    use claviger_model::EventId;

    use super::*;
    use crate::moment::Moment;

    #[test]
    fn a_recipe_gives_the_id_that_a_reader_of_logs_derives() {
        let time: jiff::Timestamp = "2026-03-01T02:03:04.5Z".parse().unwrap();
        for recipe in RECIPES.into_iter().filter_map(Recipe::parse) {
            let mut texts = [None; 10];
            texts[Text::RequestId as usize] = Some(&b"5C06A3B67B8B5A3DA422299D"[..]);
            texts[Text::Operation as usize] = Some(b"GetObject");
            texts[Text::Bucket as usize] = Some(b"orders");
            let mut row = Row { time: Moment::of(time), texts, numbers: [None; 3] };
            let told = time.to_string();
            let part = |name| match name {
                "time" => told.as_str(),
                "request_id" => "5C06A3B67B8B5A3DA422299D",
                "operation" => "GetObject",
                "bucket" => "orders",
                "object" => "",
                word => word,
            };
            let parts: Vec<&str> = recipe.text().split(' ').map(part).collect();
            let id = EventId::derived(&parts);
            row.texts[Text::EventId as usize] = Some(id.as_str().as_bytes());
            let mut recipes = Recipes::new();
            assert_eq!(recipes.find(&row), Some(recipe.text()));
            row.texts[Text::Operation as usize] = Some(b"PutObject");
            assert_eq!(recipes.find(&row), None);
        }
    }
}
