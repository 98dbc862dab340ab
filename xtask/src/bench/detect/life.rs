//! What a key's owner does, day by day: the ground on which archetypes stand.

use super::event::{Event, Hand, NONE};
use super::world::client::{Machine, Tool};
use super::world::network::{Kind, NETWORKS, Network, Source};
use super::world::operation::Call;
use super::world::{Cloud, DAY, World};
use crate::bench::random::Random;

/// How requests spread over a day.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Around the clock.
    Flat,
    /// With people: a hill by day, less on weekends.
    Diurnal { peak_hour: f64 },
    /// In office hours of working days.
    Office { starts_hour: f64 },
}

/// One key and its owner.
pub(super) struct Life<'a> {
    pub(super) world: &'a mut World,
    pub(super) random: Random,
    pub(super) hand: Hand,
    pub(super) team: usize,
    pub(super) events: Vec<Event>,
    tool: Tool,
    machine: Machine,
    release: u32,
    /// Days on which a later version is taken up.
    upgrades: Vec<u32>,
}

impl<'a> Life<'a> {
    /// The life of a new key of a team.
    pub(super) fn begin(
        world: &'a mut World,
        mut random: Random,
        team: usize,
        archetype: &'static str,
    ) -> Self {
        let key = world.add_key(&mut random, team, archetype);
        let (tool, machine) = (world.teams[team].tool, world.teams[team].machine);
        let source = random.pick(&world.teams[team].gateways).unwrap_or(Source::V4(0));
        let hand = Hand { key, source, agent: 0, attack: 0 };
        let release = random.whole(0, 12);
        let mut life = Self {
            world,
            random,
            hand,
            team,
            events: Vec::new(),
            tool,
            machine,
            release,
            upgrades: Vec::new(),
        };
        life.equip(tool, machine);
        life
    }

    /// Takes another client, with the days on which it moves to a later version.
    pub(super) fn equip(&mut self, tool: Tool, machine: Machine) {
        (self.tool, self.machine) = (tool, machine);
        // A service is deployed anew every few weeks or so; waves reach most who have the tool.
        self.upgrades = (0..self.world.days).filter(|_| self.random.chance(0.03)).collect();
        for wave in self.world.waves.clone() {
            if wave.tool == tool && self.random.chance(0.7) {
                self.upgrades.push(wave.day);
            }
        }
        self.take_version(0);
    }

    /// A computer of a person, with a client of people.
    pub(super) fn equip_person(&mut self) {
        let machine = Machine::draw(&mut self.random);
        let tools: &[Tool] = match self.cloud() {
            Cloud::Aliyun => &[Tool::OssUtil, Tool::OssBrowser, Tool::OssPython, Tool::OssUtil],
            Cloud::Aws => &[Tool::AwsCli, Tool::AwsCli, Tool::Boto, Tool::Cyberduck],
        };
        let tool = self.random.pick(tools).unwrap_or(Tool::AwsCli);
        self.equip(tool, machine);
    }

    /// The client of a person of the team: always the same one, as of one colleague.
    pub(super) fn person_client(&mut self) -> u32 {
        let mut random = Random::part(self.team as u64, u64::from(self.hand.key));
        let tools: &[Tool] = match self.cloud() {
            Cloud::Aliyun => &[Tool::OssUtil, Tool::OssBrowser],
            Cloud::Aws => &[Tool::AwsCli, Tool::Cyberduck],
        };
        let tool = random.pick(tools).unwrap_or(Tool::AwsCli);
        self.world.agent(tool, Machine::draw(&mut random), 6)
    }

    /// Another client of machines.
    pub(super) fn other_client(&mut self) -> u32 {
        let tools: &[Tool] = match self.cloud() {
            Cloud::Aliyun => &Tool::OF_ALIYUN,
            Cloud::Aws => &Tool::OF_AWS,
        };
        let tool = self.random.pick(tools).unwrap_or(Tool::Boto);
        let machine = Machine::draw(&mut self.random);
        self.world.agent(tool, machine, 8)
    }

    /// The version of a day.
    pub(super) fn take_version(&mut self, day: u32) {
        let passed = self.upgrades.iter().filter(|upgrade| **upgrade <= day).count();
        let release = self.release + u32::try_from(passed).unwrap_or(0);
        self.hand.agent = self.world.agent(self.tool, self.machine, release);
    }

    pub(super) fn cloud(&self) -> Cloud {
        self.world.teams[self.team].cloud
    }

    pub(super) fn days(&self) -> u32 {
        self.world.days
    }

    /// A bucket of the team.
    pub(super) fn any_bucket(&mut self) -> u32 {
        self.random.pick(&self.world.teams[self.team].buckets).unwrap_or(0)
    }

    /// Several buckets of the team, each once.
    pub(super) fn some_buckets(&mut self, most: u32) -> Vec<u32> {
        let wanted = self.random.whole(1, most.max(1));
        let mut buckets: Vec<u32> = (0..wanted).map(|_| self.any_bucket()).collect();
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    /// How many objects a bucket has.
    pub(super) fn objects(&self, bucket: u32) -> u32 {
        self.world.bucket(bucket).objects
    }

    /// Makes a request that succeeds.
    pub(super) fn call(&mut self, at: f64, call: Call, bucket: u32, object: u32) {
        let event = self.hand.call(self.world, at, call, bucket, object);
        self.events.push(event);
    }

    /// Makes a request about no object.
    pub(super) fn ask(&mut self, at: f64, call: Call, bucket: u32) {
        self.call(at, call, bucket, NONE);
    }

    /// Makes a request that is refused.
    pub(super) fn denied(&mut self, at: f64, call: Call, bucket: u32, object: u32) {
        let event = self.hand.call(self.world, at, call, bucket, object).denied();
        self.events.push(event);
    }

    /// Reads objects one after the other. Tells when it ended.
    pub(super) fn read(&mut self, at: f64, bucket: u32, objects: &[u32], pause: f64) -> f64 {
        let mut now = at;
        for object in objects {
            self.call(now, Call::Get, bucket, *object);
            now += self.random.pause(pause);
        }
        now
    }

    /// Moments of a day at which something happens, in order.
    pub(super) fn moments(&mut self, day: u32, mean: f64, shape: Shape) -> Vec<f64> {
        let is_weekend = matches!(weekday(day), 5 | 6);
        let mean = match shape {
            Shape::Flat => mean,
            Shape::Diurnal { .. } if is_weekend => mean * 0.6,
            Shape::Office { .. } if is_weekend => mean * 0.03,
            Shape::Diurnal { .. } | Shape::Office { .. } => mean,
        };
        let count = self.random.poisson(mean);
        let start = f64::from(day) * DAY;
        let mut moments: Vec<f64> = (0..count).map(|_| start + self.hour(shape) * 3600.0).collect();
        moments.sort_by(f64::total_cmp);
        moments
    }

    fn hour(&mut self, shape: Shape) -> f64 {
        match shape {
            Shape::Flat => self.random.fraction() * 24.0,
            Shape::Diurnal { peak_hour } if self.random.chance(0.8) => {
                (peak_hour + 3.5 * self.random.normal()).rem_euclid(24.0)
            }
            Shape::Diurnal { .. } => self.random.fraction() * 24.0,
            Shape::Office { starts_hour } => {
                (starts_hour + 9.0 * self.random.fraction() + self.random.normal().abs())
                    .rem_euclid(24.0)
            }
        }
    }

    /// When people of the team's country begin their day, in UTC.
    pub(super) fn starts_hour(&self) -> f64 {
        match self.world.teams[self.team].country {
            "CN" | "SG" => 1.0,
            "US" => 14.0,
            _ => 7.5,
        }
    }

    /// An address of a home or a telephone in the country of the team.
    pub(super) fn person_line(&mut self, kind: Kind) -> Source {
        let country = self.world.teams[self.team].country;
        let network = Network::near(&mut self.random, kind, country);
        NETWORKS[network].address(&mut self.random)
    }

    /// An address out of a network.
    pub(super) fn line(&mut self, kind: Kind) -> Source {
        let network = Network::draw(&mut self.random, kind);
        NETWORKS[network].address(&mut self.random)
    }

    /// Addresses of machines of the team: its gateways, or private ones.
    pub(super) fn machines(&mut self, most: u32) -> Vec<Source> {
        if self.random.chance(0.5) {
            return self.world.teams[self.team].gateways.clone();
        }
        let subnet = self.world.teams[self.team].subnet;
        let count = self.random.whole(1, most);
        (0..count).map(|_| Source::private(&mut self.random, subnet)).collect()
    }

    /// A machine that takes the place of another: private ones beside it, public ones anywhere in the region.
    pub(super) fn replaced(&mut self, machine: Source) -> Source {
        match machine {
            Source::V4(address) if address >> 24 != 10 => {
                let region = self.world.teams[self.team].region;
                NETWORKS[region].address(&mut self.random)
            }
            _ => machine.neighbour(&mut self.random),
        }
    }
}

/// Monday is 0.
pub(super) fn weekday(day: u32) -> u32 {
    (day + 4) % 7
}
