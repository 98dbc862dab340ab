//! The scanner, and one scan of one object.

use claviger_model::FingerprintKey;

use crate::content::Content;
use crate::rule::Rules;
use crate::share::{Cut, Shared};
use crate::walk::Walk;
use crate::{Limits, Report, RuleError};

/// Everything passes on in blocks of this size, cut at multiples of it, so that nothing below can
/// depend on how the caller cut the bytes. Fits into the second-level cache.
pub(crate) const BLOCK: usize = 64 * 1024;

/// The compiled rules and the key under which found secrets are fingerprinted. Shared freely between
/// threads.
#[derive(Debug)]
pub struct Scanner {
    pub(crate) rules: Rules,
    pub(crate) key: FingerprintKey,
    /// Whether data types are looked for beside credentials.
    pub(crate) data_types: bool,
}

impl Scanner {
    /// The scanner with the rules that come with Claviger.
    #[must_use]
    pub fn builtin(key: FingerprintKey) -> Self {
        Self { rules: Rules::builtin(), key, data_types: true }
    }

    /// The scanner with the rules that come with Claviger and those about credentials in `rules`, in the
    /// notation of `crates/scan/rules`: a rule with a known name takes its place, and `disabled` lists
    /// names of rules to switch off.
    ///
    /// # Errors
    /// The rules cannot be read, or contradict themselves.
    pub fn with_rules(key: FingerprintKey, rules: &str) -> Result<Self, RuleError> {
        Ok(Self { rules: Rules::with(&[rules])?, key, data_types: true })
    }

    /// The same scanner that looks for key pairs and other credentials alone, which is several times faster.
    #[must_use]
    pub fn without_data_types(self) -> Self {
        Self { data_types: false, ..self }
    }

    /// Starts a scan. `uri` is the path or address that findings carry; a suffix such as `.gz` gives
    /// the name of what is inside, else it is not looked at.
    #[must_use]
    pub fn open(&self, uri: &str, limits: Limits) -> Scan<'_> {
        Scan {
            block: Vec::new(),
            root: Content::new(),
            walk: Walk::new(self, uri.to_owned(), limits),
            cut: None,
            shared: Shared::default(),
        }
    }
}

/// One scan under way. Dropping it unfinished is harmless.
pub struct Scan<'s> {
    /// What came after the last whole block.
    pub(crate) block: Vec<u8>,
    pub(crate) root: Content,
    pub(crate) walk: Walk<'s>,
    /// Where the next share begins, if the last bytes were shared out.
    pub(crate) cut: Option<Cut>,
    pub(crate) shared: Shared,
}

impl Scan<'_> {
    /// Takes the next bytes, as many as the caller has.
    pub fn feed(&mut self, block: &[u8]) {
        self.cut = None;
        self.walk.add_bytes(block.len());
        let mut rest = block;
        if !self.block.is_empty() {
            let (head, tail) = rest.split_at(rest.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(head);
            rest = tail;
            if self.block.len() < BLOCK {
                return;
            }
            self.root.feed(&self.block, &mut self.walk);
            self.block.clear();
        }
        let (blocks, rest) = rest.split_at(rest.len() / BLOCK * BLOCK);
        self.root.feed_blocks(blocks, BLOCK, &mut self.walk);
        self.block.extend_from_slice(rest);
    }

    /// Takes the last bytes and ends the scan, as [`Self::feed`] and [`Self::finish`] do; what is small and comes
    /// whole is read where it lies.
    #[must_use]
    pub fn finish_with(mut self, last: &[u8]) -> Report {
        if !self.block.is_empty() {
            self.feed(last);
            return self.finish();
        }
        self.walk.add_bytes(last.len());
        let (blocks, rest) = last.split_at(last.len() / BLOCK * BLOCK);
        self.root.feed_blocks(blocks, BLOCK, &mut self.walk);
        self.root.feed(rest, &mut self.walk);
        self.finish()
    }

    /// Ends the scan: nothing more comes.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.root.feed(&self.block, &mut self.walk);
        self.root.finish(&mut self.walk);
        self.walk.into_report()
    }
}
