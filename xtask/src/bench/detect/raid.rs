//! What a thief has and does: the ground on which kinds of attacks stand.

use std::collections::HashMap;

use super::attack::{Kind, Leak, QUIET_DAYS};
use super::event::{Event, Hand, NONE};
use super::world::client::{Machine, Tool};
use super::world::network::{Kind as Line, NETWORKS, Network, Source};
use super::world::operation::Call;
use super::world::{Cloud, DAY, World};
use crate::bench::random::Random;

/// A key that could be stolen, and what is seen of its owner.
#[derive(Debug, Clone)]
pub(super) struct Victim {
    pub(super) key: u32,
    /// Where it is used from, with what, and on which buckets: one of each use of a sample.
    pub(super) sources: Vec<Source>,
    pub(super) agents: Vec<u32>,
    pub(super) buckets: Vec<u32>,
    /// First and last use, and all of a sample in between.
    uses: Vec<u32>,
}

/// How much of a key's use a thief or a judge of victims looks at.
const SAMPLE: usize = 400;

impl Victim {
    /// Every key with some past.
    pub(super) fn all(world: &World, events: &[Event]) -> Vec<Self> {
        let mut by_key: HashMap<u32, Vec<&Event>> = HashMap::new();
        for event in events {
            by_key.entry(event.key).or_default().push(event);
        }
        let mut keys: Vec<_> = by_key.into_iter().filter(|(_, uses)| uses.len() >= 8).collect();
        keys.sort_by_key(|(key, _)| *key);
        let is_lasting = |key: u32| {
            !world.key(key).id.starts_with("ASIA") && !world.key(key).id.starts_with("STS")
        };
        keys.into_iter()
            .filter(|(key, _)| is_lasting(*key))
            .map(|(key, mut uses)| {
                uses.sort_by_key(|event| event.at);
                let step = uses.len().div_ceil(SAMPLE);
                let sample: Vec<&&Event> = uses.iter().step_by(step).collect();
                Self {
                    key,
                    sources: sample.iter().map(|event| event.source).collect(),
                    agents: sample.iter().map(|event| event.agent).collect(),
                    buckets: sample
                        .iter()
                        .map(|event| event.bucket)
                        .filter(|b| *b != NONE)
                        .collect(),
                    uses: sample.iter().map(|event| event.at).collect(),
                }
            })
            .collect()
    }

    /// Longest silence before an instant.
    fn silence_before(&self, at: f64) -> f64 {
        let last = self.uses.iter().rev().find(|used| f64::from(**used) < at);
        last.map_or(0.0, |last| at - f64::from(*last))
    }

    fn was_used_before(&self, at: f64) -> bool {
        self.uses.first().is_some_and(|first| f64::from(*first) + 3.0 * DAY < at)
    }
}

/// Takes a victim for a kind out of all of them, and when it begins. Archetypes have the same chance each,
/// however many keys they have.
pub(super) fn choose(
    world: &World,
    kind: &Kind,
    victims: &mut Vec<Victim>,
    mut random: Random,
) -> Option<(Victim, f64, Random)> {
    let last = world.days.saturating_sub(1).max(QUIET_DAYS + 1);
    for _ in 0..400 {
        let archetype = world.key(victims.get(random.index(victims.len()))?.key).archetype;
        let fits_kind = kind.victims.is_empty() || kind.victims.contains(&archetype);
        // What is common is stolen more often, but not only.
        let rare = victims.iter().filter(|v| world.key(v.key).archetype == archetype).count();
        if !fits_kind || random.chance(1.0 - 1.0 / (1.0 + 0.02 * rare as f64)) {
            continue;
        }
        let of_it: Vec<usize> = (0..victims.len())
            .filter(|place| world.key(victims[*place].key).archetype == archetype)
            .collect();
        let place = random.pick(&of_it)?;
        let start = random.between(f64::from(QUIET_DAYS), f64::from(last)) * DAY;
        let asleep = victims[place].silence_before(start) > 6.0 * DAY;
        let needs_sleep = kind.name == "sleeper wakes";
        if victims[place].was_used_before(start) && (!needs_sleep || asleep) {
            return Some((victims.swap_remove(place), start, random));
        }
    }
    None
}

/// One attack as it goes on.
pub(super) struct Raid<'a> {
    pub(super) world: &'a mut World,
    pub(super) random: Random,
    pub(super) victim: Victim,
    /// The thief: the stolen key, a line and a client of his own.
    pub(super) hand: Hand,
    /// When it began, in seconds since the log did.
    pub(super) start: f64,
    pub(super) now: f64,
    pub(super) events: Vec<Event>,
    pub(super) leak: Option<Leak>,
    pub(super) keys: Vec<u32>,
    pub(super) team: usize,
}

impl<'a> Raid<'a> {
    pub(super) fn begin(
        world: &'a mut World,
        mut random: Random,
        victim: Victim,
        start: f64,
        number: u16,
    ) -> Self {
        let team = world.key(victim.key).team;
        let lines = [
            Line::Hosting,
            Line::Hosting,
            Line::Hosting,
            Line::Home,
            Line::Aws,
            Line::Aliyun,
            Line::Mobile,
        ];
        let line = random.pick(&lines).unwrap_or(Line::Hosting);
        let source = NETWORKS[Network::draw(&mut random, line)].address(&mut random);
        let hand = Hand { key: victim.key, source, agent: 0, attack: number };
        let keys = vec![victim.key];
        let mut raid = Self {
            world,
            random,
            hand,
            start,
            now: start,
            events: Vec::new(),
            leak: None,
            keys,
            team,
            victim,
        };
        raid.equip();
        raid
    }

    /// A client of the thief's own.
    pub(super) fn equip(&mut self) {
        let tools: &[Tool] = match self.world.teams[self.team].cloud {
            Cloud::Aws => &[
                Tool::AwsCli,
                Tool::AwsCli,
                Tool::Boto,
                Tool::S3Browser,
                Tool::Rclone,
                Tool::AwsGo,
            ],
            Cloud::Aliyun => {
                &[Tool::OssUtil, Tool::OssUtil, Tool::OssPython, Tool::OssBrowser, Tool::Rclone]
            }
        };
        let tool = self.random.pick(tools).unwrap_or(Tool::Curl);
        let machine = Machine::draw(&mut self.random);
        let release = self.random.whole(0, 14);
        self.hand.agent = self.world.agent(tool, machine, release);
    }

    /// The key is known to have leaked, some time before the thief begins.
    pub(super) fn leak(&mut self) {
        let source = self.random.word(&[
            "public",
            "code_host",
            "private_plaintext",
            "threat_feed",
            "code_host",
        ]);
        // Keys on code hosts are tried within minutes; what lies in a bucket may lie there for weeks.
        let median = match source {
            "code_host" => 900.0,
            "private_plaintext" => 6.0 * DAY,
            _ => 8_000.0,
        };
        let delay = self.random.lognormal(median, 1.5);
        let at = (self.start - delay).max(0.0);
        self.leak = Some(Leak { key: self.victim.key, at, source });
    }

    /// A line for another act.
    pub(super) fn line(&mut self, kind: Line) -> Source {
        NETWORKS[Network::draw(&mut self.random, kind)].address(&mut self.random)
    }

    /// A bucket: mostly one of the victim's team, whether or not the owner uses it.
    pub(super) fn bucket(&mut self) -> u32 {
        let own = self.random.pick(&self.victim.buckets);
        let team = self.random.pick(&self.world.teams[self.team].buckets).unwrap_or(0);
        if self.random.chance(0.4) { own.unwrap_or(team) } else { team }
    }

    pub(super) fn objects(&self, bucket: u32) -> u32 {
        self.world.bucket(bucket).objects
    }

    pub(super) fn wait(&mut self, mean: f64) {
        self.now += self.random.pause(mean);
    }

    pub(super) fn call(&mut self, call: Call, bucket: u32, object: u32) {
        let event = self.hand.call(self.world, self.now, call, bucket, object);
        self.events.push(event);
    }

    pub(super) fn ask(&mut self, call: Call, bucket: u32) {
        self.call(call, bucket, NONE);
    }

    pub(super) fn denied(&mut self, call: Call, bucket: u32) {
        let event = self.hand.call(self.world, self.now, call, bucket, NONE).denied();
        self.events.push(event);
    }

    /// Who am I, and what is there: how nearly every thief begins.
    pub(super) fn look_around(&mut self) {
        if self.random.chance(0.8) {
            self.ask(Call::Identity, NONE);
            self.wait(4.0);
        }
        if self.random.chance(0.2) {
            self.denied(Call::ListBuckets, NONE);
        } else {
            self.ask(Call::ListBuckets, NONE);
        }
        self.wait(15.0);
    }

    /// Lists a bucket and reads objects of it one after the other.
    pub(super) fn download(&mut self, bucket: u32, count: u32, pause: f64) {
        let objects = self.objects(bucket);
        for _ in 0..(count / 1000 + 1).min(objects / 1000 + 1) {
            self.ask(Call::List, bucket);
            self.wait(1.0);
        }
        let count = count.min(objects);
        let first = self.random.whole(0, objects - count);
        for object in first..first + count {
            self.call(Call::Get, bucket, object);
            self.wait(pause);
        }
    }

    /// A key made with the stolen one, or a session of a role.
    pub(super) fn make_key(&mut self, call: Call, name: &str) -> u32 {
        let (team, parent) = (self.team, Some(self.hand.key));
        let made = if call == Call::AssumeRole {
            self.world.add_session(&mut self.random, team, "made by a thief", parent, name)
        } else {
            let key = self.world.add_key(&mut self.random, team, "made by a thief");
            let made = &mut self.world.keys[key as usize];
            (made.parent, made.account) = (parent, name.to_owned());
            key
        };
        let mut event = self.hand.call(self.world, self.now, call, NONE, NONE);
        event.made = made;
        self.events.push(event);
        self.keys.push(made);
        made
    }
}
