//! A filter of the list of risk events that somebody keeps under a name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{SavedViewId, UserId};

/// A filter of the list of risk events, kept under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Derived from owner and name.
    pub id: SavedViewId,
    /// Its name, one of each owner.
    pub name: String,
    /// Whose it is.
    pub owner_id: UserId,
    /// What they were called when they saved it.
    pub owner: String,
    /// Whether everybody sees it.
    pub shared: bool,
    /// The filter: the words of the list with their values.
    pub words: BTreeMap<String, String>,
    /// When it was saved last.
    pub saved_at: Timestamp,
}
