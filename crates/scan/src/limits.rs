//! What one scan may cost, whatever its input.

/// Bounds of one scan. What lies beyond a bound is reported as unread, never dropped silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers inside each other that are opened: 1 opens `a.zip` and no archive in it.
    pub depth: u32,
    /// Entries of archives that are read, over all containers of the scan.
    pub entries: u64,
    /// Bytes that containers may expand to, over all containers and levels of the scan. This is what
    /// a decompression bomb costs at most.
    pub expanded_bytes: u64,
    /// Bytes that containers may expand to for each byte that was fed, beyond the first 64 MiB: no honest
    /// data needs more than a thousand.
    pub expanded_ratio: u64,
    /// Steps that readers of containers may take (an entry, a page, an object, a record), over all
    /// containers of the scan: what circles and empty parts without number cost at most.
    pub steps: u64,
    /// Bytes of archives held in memory at a time, over all levels. An archive that must be seen
    /// whole (zip keeps its directory at its end) and is larger is read as raw bytes instead.
    pub archive_bytes: u64,
    /// Findings kept.
    pub findings: u64,
    /// False alarms kept with their reasons, for who asks for them.
    pub suppressed: u64,
}

impl Default for Limits {
    /// 8 levels, 100,000 entries, 8 GiB expanded and at most 2,000 times what was fed, 100 million steps,
    /// 256 MiB of archives in memory, 100,000 findings, no false alarms.
    fn default() -> Self {
        Self {
            depth: 8,
            entries: 100_000,
            expanded_bytes: 8 << 30,
            expanded_ratio: 2000,
            steps: 100_000_000,
            archive_bytes: 256 << 20,
            findings: 100_000,
            suppressed: 0,
        }
    }
}
