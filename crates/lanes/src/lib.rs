//! What each byte of a text is, 64 bytes at a time: the one pass that a scan makes over everything.
//!
//! Beside floor 2, below `scan` alone. It knows no rule and no format: it tells classes of bytes
//! ([`Sheet`]), where one of some literals may begin ([`Needles`], [`Heads`]) and which one does ([`Literals`]), the places
//! of bits one after another ([`Places`]), and which words may be written text ([`sift_written`]). Everything dearer is
//! done by others at the places that it names.
//!
//! Three ways to the same answer, chosen when the program runs: AVX-512 with VBMI, AVX2, and plain Rust
//! that the compiler makes vectors of. A test holds all to the plainest one. This crate alone has `unsafe`
//! code, in `path`: entering a way that the processor is known to have, the loads and stores of the first two, and
//! asking for memory ahead.

mod bits;
mod heads;
mod literals;
mod marks;
mod masks;
mod needles;
mod path;
mod places;
mod sheet;
mod written;

pub use bits::Bits;
pub use heads::Heads;
pub use literals::Literals;
pub use marks::Marks;
pub use needles::Needles;
pub use path::Path;
pub use places::Places;
pub use sheet::Sheet;
pub use written::{Beginnings, sift_written};
