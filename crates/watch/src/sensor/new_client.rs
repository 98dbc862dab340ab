//! `new_client`: the key is used with a tool it was never used with, or another version of it.
//!
//! A version that other keys took up, too, is a deployment.

use super::{Family, Sensor, Sight};
use crate::client::Client;
use crate::profile::Trait;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_client", family: Family::Tool, weigh, words: sentence };

/// How likely a stranger comes with another tool, with another version of the owner's, and with
/// just the owner's.
const OTHER_TOOL: f64 = 0.65;
const OTHER_VERSION: f64 = 0.25;
const SAME: f64 = 0.15;

/// Strongest evidence in nats.
const TOOL_MAX: f64 = 5.5;
const VERSION_MAX: f64 = 2.0;

fn weigh(sight: &Sight<'_>) -> f64 {
    let Some(client) = sight.traits.client else { return 0.0 };
    let blank = sight.profile.days == 0
        || sight.profile.known(Trait::Tool, sight.leaked.unwrap_or(u16::MAX)) == 0;
    if blank {
        let tools = sight.others(Trait::Tool, client.tool);
        return if tools.count == 0 { 0.7 } else { 0.0 };
    }
    if let Some(age) = sight.newness(Trait::Tool) {
        let nats = (OTHER_TOOL / sight.chance_of_new_here(Trait::Tool)).ln().clamp(0.0, TOOL_MAX);
        return age * nats;
    }
    let whole = sight.others(Trait::Client, client.whole);
    if let Some(age) = sight.newness(Trait::Client) {
        if whole.count >= 2 {
            return -0.3;
        }
        let nats = (OTHER_VERSION / sight.chance_of_new_here(Trait::Client)).ln();
        return age * nats.clamp(-0.5, VERSION_MAX);
    }
    // What many use tells less of the owner.
    let common = 0.1 * f64::from(whole.count);
    (SAME + common).ln().max(-1.5)
}

fn sentence(sight: &Sight<'_>) -> String {
    let name = Client::name(sight.event.user_agent.as_deref());
    if sight.newness(Trait::Tool).is_some() {
        let chance = 100.0 * sight.chance_of_new_here(Trait::Tool);
        let habit = sight.habit(Trait::Tool, "tool", "tools");
        format!(
            "the client {name} is a tool new to the key; {habit}, and a new one on {chance:.1} % of its days"
        )
    } else if sight.newness(Trait::Client).is_some() {
        let others = sight.traits.client.map(|client| sight.others(Trait::Client, client.whole));
        if others.is_some_and(|others| others.count >= 2) {
            return format!("{name} is new to the key, and to other keys too: a deployment");
        }
        format!("{name} is another version or system of a tool the key is used with")
    } else {
        format!("the client {name} is the one the key is always used with")
    }
}
