//! What pages are made of: each part shows one kind of thing, the same way everywhere.

pub(super) mod acl;
pub(super) mod address;
pub(super) mod amount;
pub(super) mod badge;
pub(super) mod entered;
pub(super) mod form;
pub(super) mod health;
pub(super) mod key;
pub(super) mod moment;
pub(super) mod name;
pub(super) mod progress;
pub(super) mod role;
pub(super) mod state;
