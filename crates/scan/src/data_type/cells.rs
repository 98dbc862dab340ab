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

    /// The column that an offset of the text stands in; `None` where its cell is taken for good: the last one may go on,
    /// and turn out to be something else.
    #[inline]
    pub(super) fn unsettled(&self, at: u64, cursor: &mut usize) -> Option<usize> {
        let (column, is_taken) = self.at(at, cursor);
        (!is_taken || *cursor + 1 == self.0.len()).then_some(column)
    }
}
