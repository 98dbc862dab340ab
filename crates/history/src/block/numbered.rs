//! Blocks whose different values are numbered over all of them, so that their rows are sorted and put into
//! other blocks by numbers alone.

use std::sync::Arc;

use hashbrown::HashMap;

use super::Block;
use crate::row::Text;

/// The number of each value, by its place in the column of its block; empty where each row has its own.
type Numbers = Vec<u32>;

/// Blocks with the numbers of their values.
#[derive(Debug)]
pub(crate) struct Numbered {
    blocks: Vec<(Arc<Block>, [Numbers; Text::ALL.len()])>,
}

impl Numbered {
    pub(crate) fn new(blocks: Vec<Arc<Block>>) -> Self {
        let mut columns: Vec<_> =
            Text::ALL.into_iter().map(|column| numbers_of(&blocks, column).into_iter()).collect();
        let mut next = || std::array::from_fn(|column| columns[column].next().unwrap_or_default());
        Self { blocks: blocks.into_iter().map(|block| (block, next())).collect() }
    }

    /// A block with the numbers of its values, and a row of it.
    pub(super) fn block(
        &self,
        block: u32,
        row: u16,
    ) -> Option<(&Block, &[Numbers; Text::ALL.len()], usize)> {
        let (block, numbers) = self.blocks.get(block as usize)?;
        Some((block, numbers, usize::from(row)))
    }

    /// The number of a row's key, which is in the order of keys; 0 where there is none.
    pub(crate) fn key_rank(&self, block: u32, row: u16) -> u32 {
        let rank = self.block(block, row).and_then(|(block, numbers, row)| {
            numbers[Text::AccessKeyId as usize].get(block.key_place(row)?)
        });
        rank.copied().unwrap_or_default()
    }

    /// The block that a row is in.
    pub(crate) fn get(&self, block: u32) -> Option<&Block> {
        self.blocks.get(block as usize).map(|(block, _)| &**block)
    }
}

/// The numbers of a column's values from 1 on, by block and place; keys have them in their order.
fn numbers_of(blocks: &[Arc<Block>], column: Text) -> Vec<Numbers> {
    let mut numbers: HashMap<&[u8], u32> = HashMap::new();
    let mut by_block: Vec<Numbers> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let number = |value| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX).saturating_add(1);
            *numbers.entry(value).or_insert(next)
        };
        by_block.push(block.different(column).map(number).collect());
    }
    if column == Text::AccessKeyId {
        let mut sorted: Vec<(&[u8], u32)> = numbers.into_iter().collect();
        sorted.sort_unstable();
        let mut ranks = vec![0; sorted.len() + 1];
        for ((_, number), rank) in sorted.into_iter().zip(1..) {
            ranks[number as usize] = rank;
        }
        let rank = |number: &mut u32| *number = ranks[*number as usize];
        by_block.iter_mut().flatten().for_each(rank);
    }
    by_block
}
