//! What the package of a file says of it: the `package.json` of npm beside it.
//!
//! Data packages carry the day in their version: `2.3.2026061719`.

use jiff::civil::Date;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Json {
    version: Option<String>,
    license: Option<String>,
}

/// What is said of every file in the folder of a package.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    pub(super) date: Option<Date>,
    pub(super) licence: Option<String>,
}

impl Package {
    /// Reads a `package.json`. One that cannot be read says nothing.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<Json>(bytes) else { return Self::default() };
        let date = json.version.as_deref().and_then(|version| version.split('.').find_map(day));
        Self { date, licence: json.license }
    }
}

fn day(part: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", part.get(..8)?).ok().filter(|day| (2000..2100).contains(&day.year()))
}
