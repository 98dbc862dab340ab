//! The cells of the stretch of a text that is being judged: in which one a place stands.

/// Where a cell begins, whose it is, and what became of it.
pub(super) struct Cell {
    pub(super) start: u64,
    pub(super) column: usize,
    /// Whether it was counted as what its head says, or may still be.
    pub(super) is_taken: bool,
}

/// Cells of a stretch of the text, by their start.
#[derive(Default)]
pub(super) struct Cells(pub(super) Vec<Cell>);

impl Cells {
    /// The column that an offset of the text stands in, and whether its cell is taken. `cursor`: the cell of the
    /// offset asked about before, which was no later.
    #[inline]
    pub(super) fn at(&self, at: u64, cursor: &mut usize) -> (usize, bool) {
        while self.0.get(*cursor + 1).is_some_and(|next| next.start <= at) {
            *cursor += 1;
        }
        match self.0.get(*cursor) {
            Some(cell) if cell.start <= at => (cell.column, cell.is_taken),
            _ => (0, false),
        }
    }

    /// Calls `found` with the stretches of `from..to` that are in no cell taken for good, in order: the last one may go
    /// on, and turn out to be something else.
    pub(super) fn unsettled(&self, from: u64, to: u64, mut found: impl FnMut(u64, u64)) {
        let mut begin = from;
        let nexts = self.0.iter().skip(1);
        for (cell, next) in self.0.iter().zip(nexts).filter(|(cell, _)| cell.is_taken) {
            if begin < cell.start.min(to) {
                found(begin, cell.start.min(to));
            }
            begin = begin.max(next.start);
        }
        if begin < to {
            found(begin, to);
        }
    }
}
