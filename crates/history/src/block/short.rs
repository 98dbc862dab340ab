//! Blocks without the event ids that follow from the rest of their rows: half of what an event takes that
//! nothing compresses. `recipe | block`; the recipe is empty where no id follows from anything.

use super::texts::Texts;
use super::texts_builder::{TextsBuilder, Values};
use super::{Block, BlockBuilder};
use crate::derived::{Recipe, Recipes};
use crate::moment::Moment;
use crate::row::{Row, Text};
use crate::wire::{Reader, put_text};

/// The place of ids among the columns of text.
const IDS: usize = Text::EventId as usize;

impl BlockBuilder {
    /// Appends the block of the rows so far, shortened.
    pub(crate) fn encode_short(&self, recipes: &mut Recipes, out: &mut Vec<u8>) {
        recipes.begin_key();
        let mut recipe: Option<String> = None;
        let mut kept = TextsBuilder::new(Text::EventId);
        for number in 0..self.rows {
            let row = self.row(number);
            let found = recipes.find(&row);
            // The first that fits is the block's.
            if recipe.is_none() {
                recipe = found.map(str::to_owned);
            }
            let follows = found.is_some() && found == recipe.as_deref();
            kept.push(row.text(Text::EventId).filter(|_| !follows));
        }
        put_text(out, recipe.as_deref().unwrap_or_default().as_bytes());
        let is_short = recipe.is_some();
        self.encode_with(if is_short { &kept } else { &self.texts[IDS] }, out);
    }

    fn row(&self, number: usize) -> Row<'_> {
        let micros = self.micros.value(number) ^ (1 << 63);
        let nanos = u16::try_from(self.nanos.value(number)).unwrap_or_default();
        Row {
            time: Moment { micros: micros.cast_signed(), nanos },
            texts: std::array::from_fn(|column| self.texts.get(column)?.get(number)),
            numbers: [None; 3],
        }
    }
}

impl Block {
    /// Takes the bytes of a shortened block; `None` if they are none such.
    pub(crate) fn parse_short(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let recipe = std::str::from_utf8(reader.text()?).ok()?;
        let mut block = Self::parse(bytes.get(reader.position()..)?.to_vec())?;
        if !recipe.is_empty() {
            block.fill_ids(&Recipe::parse(recipe)?);
        }
        Some(block)
    }

    /// Gives every row its id.
    fn fill_ids(&mut self, recipe: &Recipe) {
        let (mut ids, mut room) = (Values::default(), Vec::new());
        for number in 0..self.rows {
            match self.text(Text::EventId, number) {
                Some(id) => ids.push(id),
                None => ids.push(&recipe.id(&self.row(number), &mut room)),
            }
        }
        self.texts[IDS] = Texts::append(&ids, &mut self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"5FF16B65F05BC932307A3C3C";

    fn row<'a>(id: &'a [u8], object: &'a [u8]) -> Row<'a> {
        let mut texts = [None; 10];
        texts[Text::AccessKeyId as usize] = Some(&b"LTAI5tExample"[..]);
        texts[Text::RequestId as usize] = Some(REQUEST);
        texts[Text::Operation as usize] = Some(b"GetObject");
        texts[Text::Object as usize] = Some(object);
        texts[Text::EventId as usize] = Some(id);
        Row { time: Moment { micros: 7, nanos: 0 }, texts, numbers: [Some(200), None, Some(9)] }
    }

    fn again(rows: &[Row<'_>]) -> (Block, usize) {
        let mut builder = BlockBuilder::default();
        rows.iter().for_each(|row| builder.push(row));
        let mut bytes = Vec::new();
        builder.encode_short(&mut Recipes::new(), &mut bytes);
        (Block::parse_short(&bytes).unwrap(), bytes.len())
    }

    fn derived(object: &[u8]) -> Vec<u8> {
        let recipe = Recipe::parse("oss request_id operation object").unwrap();
        recipe.id(&row(b"", object), &mut Vec::new()).to_vec()
    }

    #[test]
    fn ids_that_follow_are_not_kept_and_come_back() {
        let objects: Vec<String> = (0..500).map(|number| format!("part-{number}")).collect();
        let ids: Vec<Vec<u8>> = objects.iter().map(|object| derived(object.as_bytes())).collect();
        let own = ids.iter().zip(&objects);
        let rows: Vec<Row<'_>> = own.map(|(id, object)| row(id, object.as_bytes())).collect();
        let next = ids.iter().skip(1).zip(&objects);
        let others: Vec<Row<'_>> = next.map(|(id, object)| row(id, object.as_bytes())).collect();
        let ((short, length), (_, whole)) = (again(&rows), again(&others));
        assert!(whole > length + 10 * rows.len(), "{length} of {whole} bytes");
        for (number, row) in rows.iter().enumerate() {
            assert_eq!(short.row(number).texts, row.texts);
        }
    }

    #[test]
    fn ids_of_any_kind_stand_beside_those_that_follow() {
        let (first, last) = (derived(b"a"), derived(b"z"));
        let uuid = b"f5a1c1a0-51c5-4c5c-8f43-c6f4d9b5a3b1";
        for rows in [
            vec![
                row(&first, b"a"),
                row(uuid, b"b"),
                row(&first, b"c"),
                row(b"", b"d"),
                row(&last, b"z"),
            ],
            vec![row(uuid, b"b"), row(b"1", b"c")],
            vec![row(uuid, b"b"), row(&last, b"z")],
            vec![row(&last, b"z")],
        ] {
            let (block, _) = again(&rows);
            for (number, row) in rows.iter().enumerate() {
                assert_eq!(block.row(number).texts, row.texts);
                assert_eq!(block.place(number), row.place());
            }
        }
    }
}
