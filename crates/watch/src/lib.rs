//! Log bytes become access events, and access events become alarms.
//!
//! An engine of floor 2: pure, no input or output, no clock, no panic on any input. Whoever calls
//! it brings the bytes, the leaks and the times. [`parse`] reads a log in one of the formats of
//! `format/`; [`Detector`] keeps a fixed-size profile of each key (`profile`), asks every signal of
//! `sensor/` how much more likely an event is if a stranger holds the key, and lets `judge` decide.
//!
//! It does not know risk events, policies or clouds, and never stores a line: what could not be
//! read is handed back as a [`Reject`] with its place, so that nothing is dropped silently.

mod amounts;
mod client;
mod dedup;
mod detector;
mod dial;
mod episode;
mod event_ids;
mod format;
mod grants;
mod habit;
mod inventory;
mod judge;
mod key_use;
mod leaks;
mod live;
mod lockstep;
mod operation;
mod place;
mod preview;
mod profile;
mod report;
mod rhythm;
mod sensor;
mod sharing;
mod sketch;
mod source;
mod tenant;
mod timeline;
mod trail;
mod traits;
mod unpack;
mod usual;
mod watched;
mod words;

pub use dedup::sort_and_dedup;
pub use detector::{ALARMS_PER_DAY, Detector, Settings, line_of};
pub use dial::Dial;
pub use format::{
    EventView, LogFormat, Minted, Parsed, Parser, Reject, Tally, UnknownLogFormat, detect, parse,
    parse_each, reject_all,
};
pub use grants::{GrantView, Granted, Grants, principal, principal_of};
pub use inventory::{name_account, name_accounts, name_keys};
pub use key_use::Use;
pub use live::{InvalidSnapshot, InvalidTenant, Judged, Standing, TenantNews, alarm_id};
pub use lockstep::{KeyNews, LiveState, Overtaken, Turn};
pub use place::{Country, PLACE_FILE_BYTES_MAX, Place, PlaceError, PlaceFile, PlaceSource, Places};
pub use preview::{Preview, Raised, RaisedAlarm};
pub use sensor::{UnknownSensor, sensors};
pub use sharing::{Clients, Holder, Sharing, sharing};
pub use source::source_address;
pub use timeline::Timeline;
pub use unpack::{Blocks, UnpackError, read_log, unpack};
