//! Event ids that follow from the rest of their row: half of what an event would take, and not kept.
//!
//! Readers of logs derive the id of a request from its format's name and some of its fields. A *recipe*
//! tells which: a word, then the columns in order. The file has the recipe in place of the id; whoever reads
//! it computes the 32 hexadecimal digits of the XXH3-128 over all parts, each with its length before it (4
//! bytes, the highest first), an absent one being empty. An id that no recipe gives is kept as it is: a
//! recipe that is missing here costs room, nothing else.

use twox_hash::XxHash3_128;

use crate::row::{Row, Text};

/// What the readers of `claviger-watch` do.
const RECIPES: [&str; 11] = [
    "oss request_id operation object",
    "s3 request_id bucket operation object",
    "obs request_id bucket operation object",
    "cos request_id operation object",
    "r2 request_id operation object",
    "gcs-usage request_id operation object",
    "gcs-audit request_id time operation",
    "azure request_id time operation object",
    "scality request_id time operation object",
    "seaweedfs request_id operation bucket object",
    "ceph request_id operation",
];

/// Digits of an id that is derived.
pub(crate) const ID_BYTES: usize = 32;

/// Rows of a key that no recipe fits before only the likely one is tried.
const MISSES_MAX: usize = 8;

/// How an id is derived.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
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
    pub(crate) fn parse(text: &str) -> Option<Self> {
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
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The id of a row, computed in room that is used again.
    pub(crate) fn id(&self, row: &Row<'_>, room: &mut Vec<u8>) -> [u8; ID_BYTES] {
        room.clear();
        let mut add = |part: &[u8]| {
            put_length(room, part.len());
            room.extend_from_slice(part);
        };
        add(self.word.as_bytes());
        for part in &self.parts {
            match part {
                Part::Time => add(row.time.timestamp().to_string().as_bytes()),
                Part::Text(column) => add(row.text(*column).unwrap_or_default()),
            }
        }
        let digit = |value: u8| value + if value > 9 { b'a' - 10 } else { b'0' };
        let hash = XxHash3_128::oneshot(room).to_be_bytes();
        let mut id = [0; ID_BYTES];
        for (pair, byte) in id.as_chunks_mut::<2>().0.iter_mut().zip(hash) {
            *pair = [digit(byte >> 4), digit(byte & 0x0f)];
        }
        id
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Finds the recipes of rows.
#[derive(Debug)]
pub(crate) struct Recipes {
    all: Vec<Recipe>,
    /// The place of the one that fitted last.
    likely: usize,
    misses: usize,
    room: Vec<u8>,
}

impl Recipes {
    pub(crate) fn new() -> Self {
        let all = RECIPES.into_iter().filter_map(Recipe::parse).collect();
        Self { all, likely: 0, misses: 0, room: Vec::new() }
    }

    /// Another key may come from another log.
    pub(crate) fn begin_key(&mut self) {
        self.misses = 0;
    }

    /// The recipe that gives the id of a row.
    pub(crate) fn find(&mut self, row: &Row<'_>) -> Option<&str> {
        let id = row.text(Text::EventId).filter(|id| id.len() == ID_BYTES)?;
        row.text(Text::RequestId)?;
        let room = &mut self.room;
        let mut fits = |recipe: &Recipe| recipe.id(row, room) == id;
        if !self.all.get(self.likely).is_some_and(&mut fits) {
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
    use super::*;
    use crate::moment::Moment;

    fn row<'a>(operation: &'a [u8], id: &'a [u8]) -> Row<'a> {
        let mut texts = [None; 10];
        texts[Text::RequestId as usize] = Some(&b"5FF1"[..]);
        texts[Text::Operation as usize] = Some(operation);
        texts[Text::Object as usize] = Some(b"a");
        texts[Text::EventId as usize] = Some(id);
        Row { time: Moment::MIN, texts, numbers: [None; 3] }
    }

    #[test]
    fn a_recipe_gives_the_id_that_a_reader_of_logs_derives() {
        // The same as in the test of `claviger-watch`, which says that it is so for ever.
        let id = b"6bccd100cc0e97d6436161e59885677e";
        let mut recipes = Recipes::new();
        assert_eq!(recipes.find(&row(b"GetObject", id)), Some(RECIPES[0]));
        assert_eq!(recipes.find(&row(b"PutObject", id)), None);
        assert_eq!(recipes.find(&row(b"GetObject", &id[1..])), None);
    }

    #[test]
    fn every_recipe_is_found_and_one_that_is_none_is_not_read() {
        let mut recipes = Recipes::new();
        for text in RECIPES {
            recipes.begin_key();
            let recipe = Recipe::parse(text).unwrap();
            assert_eq!(recipe.text(), text);
            let id = recipe.id(&row(b"GetObject", b""), &mut Vec::new());
            assert_eq!(recipes.find(&row(b"GetObject", &id)), Some(text));
        }
        assert!(Recipe::parse("").is_none() && Recipe::parse("oss weather").is_none());
    }
}
