//! Whether one key has more than one holder: clients so far apart that no one pair of hands can be at both,
//! and yet at work at the same time, day after day.
//!
//! A client is a network with a tool. Two are apart where they share neither, nor a country as far as that is
//! known; at once is when the key goes from one to the other and back within minutes. One tool that moves
//! (a laptop, functions in a cloud) and many tools in one network (a machine) are one holder.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use claviger_model::AccessEvent;

use crate::client::Client;
use crate::place::Places;
use crate::sketch::{hash, join};
use crate::source::Source;

/// Uses from two clients within so many seconds of each other count as at once.
const AT_ONCE_SECONDS: i64 = 600;

/// Clients of one key that are told apart, the busiest; a key with more is used through something that
/// changes its name.
const CLIENTS_MAX: usize = 64;

/// Turns between two clients that may be chance.
const TURNS_MIN: usize = 3;

/// One holder of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Network: its number where that is known, else its addresses.
    pub network: String,
    /// Country, where that is known.
    pub country: Option<String>,
    /// Tool and system.
    pub tool: String,
    /// Requests.
    pub requests: u64,
    /// Days with requests.
    pub days: usize,
}

/// Who holds a key, as far as its use shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sharing {
    /// Holders who used it at once, the busiest first; empty where nothing shows that there are two.
    pub holders: Vec<Holder>,
    /// Days on which two of them did.
    pub days: usize,
    /// Times that the key went from one to another and back within minutes.
    pub turns: usize,
}

impl Sharing {
    /// The finding in sentences with numbers; empty where there is one holder.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        if self.holders.len() < 2 {
            return Vec::new();
        }
        let mut reasons = vec![format!(
            "{} holders used the key at once on {} days: {} times it went from one to another and back \
             within {} minutes; they share no network, no tool{}",
            self.holders.len(),
            self.days,
            self.turns,
            AT_ONCE_SECONDS / 60,
            match self.holders.iter().all(|holder| holder.country.is_some()) {
                true => " and no country",
                false => "",
            }
        )];
        reasons.extend(self.holders.iter().map(|holder| {
            let country = holder.country.as_ref().map(|country| format!(", {country}"));
            format!(
                "{} from {}{}: {} requests on {} days",
                holder.tool,
                holder.network,
                country.unwrap_or_default(),
                holder.requests,
                holder.days
            )
        }));
        reasons
    }
}

/// A network with a tool.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    network: String,
    country: Option<String>,
    tool: String,
}

impl Place {
    fn is_apart_from(&self, other: &Self) -> bool {
        let countries = self.country.as_ref().zip(other.country.as_ref());
        self.network != other.network
            && self.tool != other.tool
            && countries.is_none_or(|(own, other)| own != other)
    }
}

/// Network and tool of a request, where both are told.
fn client_of(event: &AccessEvent, places: &Places) -> Option<Place> {
    let source = Source::of(event.source_ip.as_deref());
    if !source.is_somewhere() {
        return None;
    }
    let tool = Client::tool_name(event.user_agent.as_deref())?;
    let place = source.ip.map(|ip| places.of(ip));
    let country = place.as_ref().and_then(|place| place.country.as_ref());
    let network = match place.as_ref().and_then(|place| place.asn) {
        Some(asn) => format!("AS{asn}"),
        None => source.prefix_name()?,
    };
    let country = country.map(|country| country.as_str().to_owned());
    Some(Place { network, country, tool })
}

/// Whether requests of a key are of two networks and two tools: only then is its whole past worth a look.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    networks: BTreeSet<u64>,
    tools: BTreeSet<u64>,
    /// Of the request before: mostly the next one is of the same.
    latest: Option<u64>,
}

impl Clients {
    /// And this request.
    pub fn note(&mut self, event: &AccessEvent) {
        if self.may_be_apart() {
            return;
        }
        let named = [event.source_ip.as_deref(), event.user_agent.as_deref()];
        let [address, agent] = named.map(|text| hash(text.unwrap_or_default().as_bytes()));
        let latest = self.latest.replace(join(address, agent));
        if latest == self.latest {
            return;
        }
        let source = Source::of(event.source_ip.as_deref());
        if source.is_somewhere() {
            self.networks.insert(source.prefix);
            self.tools.extend(Client::of(event.user_agent.as_deref()).map(|client| client.tool));
        }
    }

    /// Whether two of them may be two holders.
    #[must_use]
    pub fn may_be_apart(&self) -> bool {
        self.networks.len() > 1 && self.tools.len() > 1
    }
}

/// What one client did.
#[derive(Default)]
struct Seen {
    requests: u64,
    days: BTreeSet<i64>,
}

/// Who holds a key whose requests these are, in order of time.
#[must_use]
pub fn sharing(events: &[AccessEvent], places: &Places) -> Sharing {
    let mut names: HashMap<Place, usize> = HashMap::new();
    let mut seen: Vec<Seen> = Vec::new();
    let mut uses: Vec<(i64, usize)> = Vec::new();
    for event in events.iter().filter(|event| event.succeeded()) {
        let Some(client) = client_of(event, places) else { continue };
        let next = names.len();
        let id = *names.entry(client).or_insert(next);
        if id == seen.len() {
            seen.push(Seen::default());
        }
        let second = event.time.as_second();
        seen[id].requests += 1;
        seen[id].days.insert(second.div_euclid(86_400));
        uses.push((second, id));
    }
    let mut clients: Vec<(Place, usize)> = names.into_iter().collect();
    clients.sort_by_key(|(_, id)| (std::cmp::Reverse(seen[*id].requests), *id));
    clients.truncate(CLIENTS_MAX);
    let kept: HashMap<usize, usize> =
        clients.iter().enumerate().map(|(place, (_, id))| (*id, place)).collect();
    let uses = uses.iter().filter_map(|(at, id)| Some((*at, *kept.get(id)?)));
    let pairs = pairs(&clients, uses);
    let holders = holders(clients.len(), &pairs);
    let among = |pair: &(usize, usize)| holders.contains(&pair.0) && holders.contains(&pair.1);
    let of_holders = || pairs.iter().filter(|(pair, _)| among(pair));
    let days: BTreeSet<i64> =
        of_holders().flat_map(|(_, turns)| turns.iter().map(|at| at.div_euclid(86_400))).collect();
    let turns = of_holders().map(|(_, turns)| turns.len()).sum();
    let holder = |place: usize| {
        let (Place { network, country, tool }, id) = &clients[place];
        Holder {
            network: network.clone(),
            country: country.clone(),
            tool: tool.clone(),
            requests: seen[*id].requests,
            days: seen[*id].days.len(),
        }
    };
    Sharing { holders: holders.iter().copied().map(holder).collect(), days: days.len(), turns }
}

/// When the key went from one client to another that is apart, and back within minutes, for each two of
/// which that is no chance.
fn pairs(
    clients: &[(Place, usize)],
    uses: impl Iterator<Item = (i64, usize)>,
) -> BTreeMap<(usize, usize), Vec<i64>> {
    let apart = |a: usize, b: usize| clients[a].0.is_apart_from(&clients[b].0);
    let mut turns: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
    // The last use of each client, and when the key was last at another one after it.
    let mut last: HashMap<usize, i64> = HashMap::new();
    for (at, client) in uses {
        if let Some(before) = last.get(&client).copied()
            && at - before <= AT_ONCE_SECONDS
        {
            let between = last.iter().filter(|(other, seen)| {
                **other != client && **seen >= before && apart(client, **other)
            });
            for (other, _) in between {
                let pair = (client.min(*other), client.max(*other));
                turns.entry(pair).or_default().push(at);
            }
        }
        last.insert(client, at);
    }
    turns.retain(|_, turns| turns.len() >= TURNS_MIN);
    turns
}

/// The largest set of clients that is found of which each two used the key at once, beginning with the two
/// who did most often.
fn holders(clients: usize, pairs: &BTreeMap<(usize, usize), Vec<i64>>) -> Vec<usize> {
    let Some((a, b)) = pairs.iter().max_by_key(|(_, turns)| turns.len()).map(|(pair, _)| *pair)
    else {
        return Vec::new();
    };
    let mut set = vec![a, b];
    for one in 0..clients {
        let with = |other: &usize| pairs.contains_key(&(one.min(*other), one.max(*other)));
        if !set.contains(&one) && set.iter().all(with) {
            set.push(one);
        }
    }
    set.sort_unstable();
    set
}

#[cfg(test)]
mod tests {
    use claviger_model::{AccessKeyId, EventId};
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;
    const LAPTOP: (&str, &str) = ("203.0.113.7", "aws-cli/2.15.1 Python/3.11 Darwin/22");
    const SERVER: (&str, &str) = ("198.51.100.4", "Boto3/1.28.1 Python/3.11 Linux/5.10");
    const OFFICE: (&str, &str) = ("192.0.2.9", "ossutil/2.1 (Windows; x64)");

    fn uses(all: &[(i64, (&str, &str))]) -> Vec<AccessEvent> {
        let mut all = all.to_vec();
        all.sort_by_key(|(at, _)| *at);
        let event = |(number, (at, (ip, agent))): (usize, (i64, (&str, &str)))| AccessEvent {
            time: Timestamp::from_second(1_700_000_000 + at).unwrap(),
            access_key_id: Some(AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE01").unwrap()),
            account: None,
            source_ip: Some(ip.to_owned()),
            user_agent: Some(agent.to_owned()),
            operation: "GetObject".to_owned(),
            bucket: Some("b".to_owned()),
            object: None,
            status: Some(200),
            error: None,
            bytes_out: None,
            bytes_in: None,
            request_id: None,
            event_id: EventId(number.to_string()),
        };
        all.into_iter().enumerate().map(event).collect()
    }

    fn of(all: &[(i64, (&str, &str))]) -> Sharing {
        sharing(&uses(all), &Places::default())
    }

    /// Two clients that take turns each minute, for an hour of each day.
    fn in_turns(
        a: (&'static str, &'static str),
        b: (&'static str, &'static str),
        days: i64,
    ) -> Vec<(i64, (&'static str, &'static str))> {
        (0..days)
            .flat_map(|day| (0..60).map(move |minute| (day * DAY + minute * 60, minute)))
            .map(|(at, minute)| (at, if minute % 2 == 0 { a } else { b }))
            .collect()
    }

    #[test]
    fn clients_that_are_apart_and_work_at_once_are_holders() {
        let found = of(&in_turns(LAPTOP, SERVER, 3));
        assert_eq!((found.holders.len(), found.days), (2, 3));
        assert_eq!(found.turns, 3 * 58);
        let reasons = found.reasons().join("\n");
        assert!(reasons.contains("2 holders used the key at once on 3 days"), "{reasons}");
        assert!(reasons.contains("aws-cli on macOS from 203.0.113.0/24: 90 requests on 3 days"));
        let mut three = in_turns(LAPTOP, SERVER, 3);
        three.extend(in_turns(OFFICE, OFFICE, 3).into_iter().map(|(at, who)| (at + 20, who)));
        assert_eq!(of(&three).holders.len(), 3);
    }

    #[test]
    fn one_tool_that_moves_is_one_holder() {
        assert_eq!(of(&in_turns(LAPTOP, ("198.51.100.4", LAPTOP.1), 5)), Sharing::default());
    }

    #[test]
    fn many_tools_in_one_network_are_one_holder() {
        assert_eq!(of(&in_turns(LAPTOP, ("203.0.113.99", SERVER.1), 5)), Sharing::default());
    }

    #[test]
    fn clients_one_after_the_other_are_one_holder() {
        let mut all: Vec<_> = (0..60).map(|minute| (minute * 60, LAPTOP)).collect();
        all.extend((0..60).map(|minute| (2 * DAY + minute * 60, SERVER)));
        assert_eq!(of(&all), Sharing::default());
    }

    proptest! {
        #[test]
        fn a_holder_more_is_never_a_holder_less(
            at in prop::collection::vec((0_i64..5 * DAY, 0_usize..3), 0..200),
        ) {
            let who = [LAPTOP, SERVER, OFFICE];
            let all: Vec<_> = at.iter().map(|(at, one)| (*at, who[*one])).collect();
            let two: Vec<_> = all.iter().copied().filter(|(_, one)| *one != OFFICE).collect();
            let (all, two) = (of(&all), of(&two));
            prop_assert!(all.turns >= two.turns || all.holders.len() >= two.holders.len());
            prop_assert!(all.holders.len() != 1 && all.holders.len() <= 3);
            prop_assert_eq!(all.reasons().is_empty(), all.holders.is_empty());
        }
    }
}
