//! Says of a key that a file surely does not hold it: a split-block Bloom filter.
//!
//! The shape is the one of Parquet (Putze, Sanders, Singler: Cache-, hash- and space-efficient Bloom
//! filters, 2007, as the Parquet format specifies it): one block of 256 bits a key, eight bits in it. Ten
//! bits a key give about one false yes in a hundred; twelve, one in two hundred.

use sha2::{Digest, Sha256};

const BITS_PER_KEY: usize = 12;
const BLOCK_BYTES: usize = 32;

/// One odd multiplier a word of a block (Parquet format, BloomFilter.md).
const SALTS: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// 64 bits that stand for a key: its SHA-256 begins with them, so that nobody makes keys that collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyHash(u64);

impl KeyHash {
    pub(crate) fn of(key: &[u8]) -> Self {
        let digest = Sha256::digest(key);
        let mut first = [0; 8];
        first.iter_mut().zip(digest).for_each(|(byte, hashed)| *byte = hashed);
        Self(u64::from_le_bytes(first))
    }

    /// The word masks of its bits.
    fn masks(self) -> [u32; 8] {
        let low = u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or_default();
        SALTS.map(|salt| 1 << (low.wrapping_mul(salt) >> 27))
    }

    /// Which of so many blocks holds it.
    fn block(self, blocks: usize) -> usize {
        let product = u128::from(self.0 >> 32) * blocks as u128;
        usize::try_from(product >> 32).unwrap_or_default()
    }
}

/// The filter of a file.
#[derive(Debug)]
pub(crate) struct Bloom {
    bits: Vec<u8>,
}

impl Bloom {
    pub(crate) fn of(keys: &[KeyHash]) -> Self {
        let blocks = (keys.len() * BITS_PER_KEY).div_ceil(BLOCK_BYTES * 8).max(1);
        let mut bits = vec![0; blocks * BLOCK_BYTES];
        for key in keys {
            let start = key.block(blocks) * BLOCK_BYTES;
            let words =
                bits.iter_mut().skip(start).zip(key.masks().into_iter().flat_map(u32::to_le_bytes));
            words.for_each(|(byte, mask)| *byte |= mask);
        }
        Self { bits }
    }

    /// The bits as a file holds them.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    pub(crate) fn from_bytes(bits: &[u8]) -> Option<Self> {
        let is_whole = !bits.is_empty() && bits.len().is_multiple_of(BLOCK_BYTES);
        is_whole.then(|| Self { bits: bits.to_vec() })
    }

    /// Whether the file may hold the key; `false` is certain.
    pub(crate) fn may_hold(&self, key: KeyHash) -> bool {
        let start = key.block(self.bits.len() / BLOCK_BYTES) * BLOCK_BYTES;
        let block = self.bits.get(start..start + BLOCK_BYTES).unwrap_or_default();
        let masks = key.masks().into_iter().flat_map(u32::to_le_bytes);
        block.iter().zip(masks).all(|(byte, mask)| byte & mask == mask)
    }
}
