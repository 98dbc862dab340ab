//! `granted_by_suspect`: a key that a stranger seemed to use gave rights to this key's user or role.

use super::{Family, Sensor, Sight};
use crate::profile::Trait;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "granted_by_suspect", family: Family::Leak, weigh, words: sentence };

/// Evidence in nats, on top of the prior of such a key.
const FOR: f64 = 3.0;

/// Of strange sources alone: what the owner does from her own is hers, whoever widened her rights. And the
/// less the oftener she comes from somewhere new: of a fleet of machines most strange ones are hers.
fn weigh(sight: &Sight<'_>) -> f64 {
    if sight.granted_by.is_none() {
        return 0.0;
    }
    FOR * (1.0 - sight.chance_of_new(Trait::Prefix))
}

fn sentence(sight: &Sight<'_>) -> String {
    let Some(grant) = sight.granted_by else { return String::new() };
    let age = sight.traits.second.saturating_sub(grant.at);
    format!(
        "{} was given rights ({}) {} before by {}, which a stranger seemed to use then",
        words::quoted(grant.to.trim_start_matches(':')),
        words::quoted(&grant.operation),
        words::span(u64::from(age)),
        grant.by,
    )
}
