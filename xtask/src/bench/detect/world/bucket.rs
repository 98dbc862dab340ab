//! Buckets, and what lies in them: how many objects, how they are named and how large they are.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes stay below 2^52, and none is negative"
)]

use crate::bench::random::Random;

/// What a bucket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench::detect) enum Use {
    Uploads,
    Logs,
    Lake,
    Backups,
    Exports,
    Static,
    State,
}

impl Use {
    const ALL: [Self; 7] = [
        Self::Uploads,
        Self::Logs,
        Self::Lake,
        Self::Backups,
        Self::Exports,
        Self::Static,
        Self::State,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Uploads => "uploads",
            Self::Logs => "logs",
            Self::Lake => "datalake",
            Self::Backups => "backup",
            Self::Exports => "exports",
            Self::Static => "assets",
            Self::State => "tfstate",
        }
    }

    /// Median size of an object, and how far sizes spread.
    fn size(self) -> (f64, f64) {
        match self {
            Self::Uploads => (180e3, 1.6),
            Self::Logs => (60e3, 1.2),
            Self::Lake => (8e6, 1.8),
            Self::Backups => (20e6, 2.0),
            Self::Exports => (1e6, 2.2),
            Self::Static => (25e3, 1.5),
            Self::State => (40e3, 0.8),
        }
    }
}

/// A bucket.
#[derive(Debug)]
pub(in crate::bench::detect) struct Bucket {
    pub(in crate::bench::detect) name: String,
    pub(in crate::bench::detect) of: Use,
    pub(in crate::bench::detect) objects: u32,
    salt: u64,
}

impl Bucket {
    /// A bucket of a team.
    pub(in crate::bench::detect) fn draw(random: &mut Random, team: &str) -> Self {
        let of = random.pick(&Use::ALL).unwrap_or(Use::Uploads);
        let stage = random.word(&["prod", "prod", "staging", "dev", "eu", "cn", "v2"]);
        let objects = match of {
            Use::State => random.count(30.0, 0.8),
            _ => random.count(6_000.0, 1.7).min(2_000_000),
        };
        let salt = random.next();
        Self {
            name: format!("{team}-{}-{stage}-{:03x}", of.word(), salt & 0xFFF),
            of,
            objects,
            salt,
        }
    }

    /// A stream that belongs to an object: its name and size are always the same.
    fn of_object(&self, object: u32) -> Random {
        Random::part(self.salt, u64::from(object))
    }

    /// How large an object is.
    pub(in crate::bench::detect) fn size(&self, object: u32) -> u64 {
        let (median, sigma) = self.of.size();
        let mut random = self.of_object(object);
        let body = random.lognormal(median, sigma);
        // A few objects are out of all proportion.
        let tail = if random.chance(0.01) { random.fraction().powf(-0.8) } else { 1.0 };
        (body * tail).clamp(1.0, 5e10) as u64
    }

    /// What an object is called.
    pub(in crate::bench::detect) fn object(&self, object: u32) -> String {
        let mut random = self.of_object(object ^ 0x8000_0000);
        let (day, hour) = (object / 24 % 28 + 1, object % 24);
        let month = object / 700 % 12 + 1;
        let id = random.next();
        match self.of {
            Use::Uploads => {
                let kind = random.word(&["jpg", "png", "pdf", "docx", "mp4"]);
                format!("users/{}/{:016x}.{kind}", object % 9973, id)
            }
            Use::Logs => {
                format!("app/2026/{month:02}/{day:02}/{hour:02}/part-{:08x}.log.gz", id as u32)
            }
            Use::Lake => format!(
                "warehouse/{}/dt=2026-{month:02}-{day:02}/part-{object:05}-{:08x}.c000.snappy.parquet",
                random.word(&["orders", "clicks", "users", "payments", "sessions"]),
                id as u32
            ),
            Use::Backups => format!("db/2026-{month:02}-{day:02}/dump-{object:06}.sql.gz"),
            Use::Exports => format!(
                "reports/2026/{month:02}/{}-{object:06}.{}",
                random.word(&["customers", "invoices", "revenue", "contacts"]),
                random.word(&["csv", "xlsx", "json"])
            ),
            Use::Static => format!(
                "static/{}/{:08x}.{}",
                random.word(&["js", "css", "img", "fonts"]),
                id as u32,
                random.word(&["js", "css", "webp", "woff2"])
            ),
            Use::State => {
                format!("env/{}/{object}/terraform.tfstate", random.word(&["prod", "stage"]))
            }
        }
    }
}
