//! Bad days: the process is killed, the network is gone, the disk is full, the log is torn, and what
//! people and clouds send is hostile. Nothing is lost, nothing is told twice, and the API says what is
//! wrong with the way out.

mod causes;
pub(crate) mod client;
pub(crate) mod clock;
mod endless;
mod every_call;
mod full_disk;
mod half_kept;
mod handling;
mod history;
pub(crate) mod ingest;
mod inputs;
mod judgement;
mod logs;
mod mail;
mod names;
pub(crate) mod owner;
mod poison;
mod policy;
mod repository;
pub(crate) mod serve;
mod sigkill;
pub(crate) mod stage;
