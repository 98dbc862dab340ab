//! The write-ahead log: what was appended and is in no sorted file yet.

pub(crate) mod file;
pub(crate) mod frame;

pub(crate) use self::file::WalFile;
pub(crate) use self::frame::Scan;
