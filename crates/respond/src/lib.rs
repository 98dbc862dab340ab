//! What follows from what was found and seen: life cycle, alerts, plans.
//!
//! An engine: pure functions of values. It does no IO, reads no clock (time is an argument), knows no
//! cloud, channel or database, and never panics. What people read comes from one message catalogue
//! (`messages/`), English and 简体中文.

pub mod allowlist;
pub mod capacity;
mod catalogue;
pub mod dispatch;
pub mod escalate;
pub mod exposure;
pub mod hours;
pub mod life_cycle;
pub mod notice;
pub mod plan;
pub mod policy;
pub mod raise;
pub mod report;
pub mod retry;
pub mod route;
pub mod self_driving;
mod text;
pub mod usage;
pub mod what_if;
