//! The one guarded way out: every address that a person or a cloud names is dialled through here.
//!
//! Clouds, mail servers, feeds and webhooks are addresses that somebody typed in or a server answered
//! with, so each could point back into the machine or network that Claviger runs in. Here a name is
//! resolved once, its addresses are judged, and the connection goes to exactly those; redirects and
//! the system's proxy are never followed; times and sizes have limits.
//!
//! A crate of its own, because cloud, notify and intel need the same guard and may not know each other.

mod body;
mod error;
mod guard;
mod network;
mod rules;

pub use body::read_body;
pub use error::{DialError, Forbidden, Why};
pub use guard::{Guard, GuardSettings};
pub use network::{InvalidNetwork, Network};
pub use reqwest;
