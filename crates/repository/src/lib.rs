//! Repositories of source code: their whole history, each file once, with the commit that brought it.
//!
//! Floor 2: hides git. Objects are read here, without the `git` program: a repository that is scanned must not be
//! able to make it run something. Only a history that lies elsewhere is fetched by it, told to ask nothing, to run
//! nothing of the other side's and to follow no redirection.
//!
//! Absent on purpose: any knowledge of a secret, of a database or of a page. How deltas are applied is handed in,
//! because the engine that knows it is a neighbour.

mod address;
mod again;
mod commit;
mod error;
mod fetch;
mod history;
mod mirror;
mod names;
mod object;
mod pack;
mod program;
mod reach;
mod repository;
mod store;
mod tree;

pub use address::Address;
pub use commit::Commit;
pub use error::RepositoryError;
pub use fetch::{Fetched, Login};
pub use history::{History, Piece};
pub use mirror::Mirror;
pub use object::ObjectId;
pub use repository::{ApplyDelta, Repository, is_repository};
