//! Makes of what was found and seen what a person handles: findings become evidence, access events
//! become use, and both become one risk event a key, its timeline and its messages.

pub(crate) mod access;
mod alarms;
pub(crate) mod alert;
pub(crate) mod changed_objects;
pub(crate) mod code;
pub(crate) mod contradiction;
pub(crate) mod evidence;
pub(crate) mod exposure;
mod handed_out;
pub(crate) mod history_state;
pub(crate) mod intake;
pub(crate) mod judge;
pub(crate) mod log_file;
pub(crate) mod neighbours;
pub(crate) mod object;
pub(crate) mod outbox;
pub(crate) mod readers;
pub(crate) mod readings;
pub(crate) mod repository;
pub(crate) mod rewritten;
pub(crate) mod risk_event;
pub(crate) mod unread;
pub(crate) mod usage;
mod use_lines;
pub(crate) mod versions;
