//! The company whose keys are watched: two clouds, teams with their buckets, lines and machines.

pub(super) mod bucket;
pub(super) mod client;
pub(super) mod network;
pub(super) mod operation;

use std::collections::HashMap;

use bucket::Bucket;
use client::{Machine, Tool};
use network::{Kind, NETWORKS, Network, Source};

use crate::bench::random::Random;

/// Seconds in a day.
pub(super) const DAY: f64 = 86_400.0;

/// When the log begins: Friday, 27 February 2026, 00:00 UTC.
pub(super) const START: i64 = 1_772_150_400;

/// A provider, and with it the form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cloud {
    Aliyun,
    Aws,
}

/// People and machines that work together.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) name: String,
    pub(super) cloud: Cloud,
    /// Numbers of its buckets.
    pub(super) buckets: Vec<u32>,
    /// The region that its machines stand in.
    pub(super) region: usize,
    /// Through which its machines reach the outside; all of them share it.
    pub(super) gateways: Vec<Source>,
    /// The number of its private network, where its machines call from inside the cloud.
    pub(super) subnet: u32,
    /// The line of its office, shared by everybody there.
    pub(super) office: Source,
    pub(super) country: &'static str,
    /// What its machines run.
    pub(super) tool: Tool,
    pub(super) machine: Machine,
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) cloud: Cloud,
    /// The user, or the session of a role.
    pub(super) account: String,
    pub(super) archetype: &'static str,
    pub(super) team: usize,
    /// The key that it was made with.
    pub(super) parent: Option<u32>,
}

/// A new version of a client that many keys take up on the same day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wave {
    pub(super) day: u32,
    pub(super) tool: Tool,
}

/// Everything there is.
#[derive(Debug)]
pub(super) struct World {
    pub(super) days: u32,
    pub(super) teams: Vec<Team>,
    pub(super) buckets: Vec<Bucket>,
    pub(super) keys: Vec<Key>,
    pub(super) agents: Vec<String>,
    pub(super) waves: Vec<Wave>,
    agent_numbers: HashMap<String, u32>,
}

/// A dozen keys a team.
const KEYS_A_TEAM: usize = 12;

impl World {
    /// The company of a seed, still without keys.
    pub(super) fn draw(seed: u64, keys: usize, days: u32) -> Self {
        let mut random = Random::part(seed, 1);
        let mut world = Self {
            days,
            teams: Vec::new(),
            buckets: Vec::new(),
            keys: Vec::new(),
            agents: Vec::new(),
            waves: Vec::new(),
            agent_numbers: HashMap::new(),
        };
        // Some offices are shared: several teams behind one address.
        let mut offices: Vec<(Source, &'static str)> = Vec::new();
        for number in 0..keys.div_ceil(KEYS_A_TEAM).max(4) {
            let team = world.draw_team(&mut random, number, &mut offices);
            world.teams.push(team);
        }
        for _ in 0..random.whole(2, 4) {
            let tools: [Tool; 6] = [
                Tool::Boto,
                Tool::AwsJavaTwo,
                Tool::AwsGo,
                Tool::OssPython,
                Tool::OssJava,
                Tool::OssGo,
            ];
            let tool = random.pick(&tools).unwrap_or(Tool::Boto);
            let day = random.whole(days / 4, days.saturating_sub(2));
            world.waves.push(Wave { day, tool });
        }
        world
    }

    fn draw_team(
        &mut self,
        random: &mut Random,
        number: usize,
        offices: &mut Vec<(Source, &'static str)>,
    ) -> Team {
        let cloud = if random.chance(0.55) { Cloud::Aliyun } else { Cloud::Aws };
        let words = ["orders", "crm", "search", "media", "risk", "billing", "growth", "iot", "ml"];
        let name = format!("{}{number}", random.word(&words));
        let first = self.buckets.len();
        for _ in 0..random.whole(3, 9) {
            self.buckets.push(Bucket::draw(random, &name));
        }
        let (region_kind, tools): (Kind, &[Tool]) = match cloud {
            Cloud::Aliyun => (Kind::Aliyun, &Tool::OF_ALIYUN),
            Cloud::Aws => (Kind::Aws, &Tool::OF_AWS),
        };
        let region = Network::draw(random, region_kind);
        let gateways = (0..random.whole(1, 3)).map(|_| NETWORKS[region].address(random)).collect();
        let (office, country) = match random.pick(offices) {
            Some(office) if random.chance(0.5) => office,
            _ => {
                let line = &NETWORKS[Network::draw(random, Kind::Business)];
                let office = (line.address(random), line.country);
                offices.push(office);
                office
            }
        };
        Team {
            name,
            cloud,
            buckets: (first..self.buckets.len()).filter_map(|n| u32::try_from(n).ok()).collect(),
            region,
            gateways,
            subnet: random.whole(0, 0xFFFF),
            office,
            country,
            tool: random.pick(tools).unwrap_or(Tool::Boto),
            machine: Machine::draw(random),
        }
    }

    /// Adds a key of a user and tells its number.
    pub(super) fn add_key(
        &mut self,
        random: &mut Random,
        team: usize,
        archetype: &'static str,
    ) -> u32 {
        let cloud = self.teams[team].cloud;
        let account =
            format!("{}-{archetype}-{:04x}", self.teams[team].name, random.next() & 0xFFFF);
        let id = match cloud {
            Cloud::Aliyun => format!("LTAI5t{}", random.text(LETTERS, 18)),
            Cloud::Aws => format!("AKIA{}", random.text(AWS_LETTERS, 16)),
        };
        self.push_key(Key { id, cloud, account, archetype, team, parent: None })
    }

    /// Adds the key of a role's session.
    pub(super) fn add_session(
        &mut self,
        random: &mut Random,
        team: usize,
        archetype: &'static str,
        parent: Option<u32>,
        role: &str,
    ) -> u32 {
        let cloud = self.teams[team].cloud;
        let id = match cloud {
            Cloud::Aliyun => format!("STS.NT{}", random.text(LETTERS, 22)),
            Cloud::Aws => format!("ASIA{}", random.text(AWS_LETTERS, 16)),
        };
        let account = format!("assumed-role/{role}");
        self.push_key(Key { id, cloud, account, archetype, team, parent })
    }

    fn push_key(&mut self, key: Key) -> u32 {
        self.keys.push(key);
        u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn key(&self, key: u32) -> &Key {
        &self.keys[key as usize]
    }

    pub(super) fn bucket(&self, bucket: u32) -> &Bucket {
        &self.buckets[bucket as usize]
    }

    /// The number of a user agent.
    pub(super) fn agent(&mut self, tool: Tool, machine: Machine, release: u32) -> u32 {
        let text = tool.agent(machine, release);
        if let Some(number) = self.agent_numbers.get(&text) {
            return *number;
        }
        let number = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        self.agents.push(text.clone());
        self.agent_numbers.insert(text, number);
        number
    }
}

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz123456789";
const AWS_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
