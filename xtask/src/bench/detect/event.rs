//! One request, as small as it can be kept: millions of them lie in memory.

use super::world::World;
use super::world::network::Source;
use super::world::operation::Call;

/// Stands for "none" in numbers of buckets, objects and keys.
pub(super) const NONE: u32 = u32::MAX;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Denied,
    Missing,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Seconds since the log began.
    pub(super) at: u32,
    pub(super) key: u32,
    pub(super) source: Source,
    pub(super) agent: u32,
    pub(super) call: Call,
    pub(super) outcome: Outcome,
    pub(super) bucket: u32,
    pub(super) object: u32,
    pub(super) bytes_out: u64,
    pub(super) bytes_in: u64,
    /// The key that it made.
    pub(super) made: u32,
    /// The attack that it belongs to, from 1; 0 for everyday traffic.
    pub(super) attack: u16,
}

/// Who acts: with which key, from where, with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hand {
    pub(super) key: u32,
    pub(super) source: Source,
    pub(super) agent: u32,
    pub(super) attack: u16,
}

impl Hand {
    /// A request that succeeds. Its bytes are those of the object, or what such an answer has.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a log of weeks has seconds below 2^32, and a negative one becomes 0"
    )]
    pub(super) fn call(
        self,
        world: &World,
        at: f64,
        call: Call,
        bucket: u32,
        object: u32,
    ) -> Event {
        let size = || if object == NONE { 0 } else { world.bucket(bucket).size(object) };
        let (bytes_out, bytes_in) = match call {
            Call::Get => (size(), 0),
            Call::Put => (0, size()),
            Call::UploadPart => (0, size().min(8 << 20)),
            Call::List => (260 + 310 * u64::from(world.bucket(bucket).objects.min(1000)), 0),
            Call::Head | Call::Delete | Call::HeadBucket | Call::PutObjectAcl => (0, 0),
            _ => (300 + u64::from(at.to_bits() as u8) * 3, 0),
        };
        Event {
            at: at as u32,
            key: self.key,
            source: self.source,
            agent: self.agent,
            call,
            outcome: Outcome::Done,
            bucket,
            object,
            bytes_out,
            bytes_in,
            made: NONE,
            attack: self.attack,
        }
    }
}

impl Event {
    /// The same, refused.
    pub(super) fn denied(self) -> Self {
        Self { outcome: Outcome::Denied, bytes_out: 234, bytes_in: 0, made: NONE, ..self }
    }

    /// The same, of something that is not there.
    pub(super) fn missing(self) -> Self {
        Self { outcome: Outcome::Missing, bytes_out: 210, bytes_in: 0, ..self }
    }
}
