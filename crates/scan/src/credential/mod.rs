//! Credentials other than access key pairs: tokens, passwords, private keys, addresses with a password.
//!
//! One search for literals and one for long words give the places; at each the rules that fit are asked,
//! then what the value holds (`check`), then whether it stands in place of one (`judge`). What is dropped
//! as a false alarm is kept with its reason as far as a person asked for it.

mod account;
mod allow;
mod assignment;
mod beside;
mod check;
mod claim;
mod client;
mod command;
mod example;
pub(crate) mod grid;
mod hunt;
mod index;
pub(crate) mod insert;
mod judge;
mod kept;
mod named;
mod pem;
mod rule;
mod shape;
mod userinfo;
mod words;

pub(crate) use allow::comment;
pub(crate) use assignment::entity;
pub(crate) use example::{Failed, failed_examples, without_examples};
pub(crate) use hunt::CredentialHunt;
pub(crate) use index::CredentialRules;
pub(crate) use rule::{group_of, title_of};

#[cfg(test)]
mod tests;
