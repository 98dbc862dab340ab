//! Events as the lines that the providers write.

mod actiontrail;
mod cloudtrail;
mod oss;

use std::fmt::Write;

use jiff::civil::{Date, date};

use super::event::{Event, NONE, Outcome};
use super::world::operation::Call;
use super::world::{Cloud, World};
use crate::bench::random::Random;

/// A form of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Log {
    Oss,
    ActionTrail,
    CloudTrail,
}

impl Log {
    pub(super) const ALL: [Self; 3] = [Self::Oss, Self::ActionTrail, Self::CloudTrail];

    /// The log that has an event.
    pub(super) fn of(world: &World, event: &Event) -> Self {
        match (world.key(event.key).cloud, event.call.is_storage()) {
            (Cloud::Aws, _) => Self::CloudTrail,
            (Cloud::Aliyun, true) => Self::Oss,
            (Cloud::Aliyun, false) => Self::ActionTrail,
        }
    }

    /// How its files are called.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Oss => "oss",
            Self::ActionTrail => "actiontrail",
            Self::CloudTrail => "cloudtrail",
        }
    }
}

/// Writes lines.
pub(super) struct Writer<'a> {
    world: &'a World,
    seed: u64,
    /// The days of the log and one more, in the two ways they are written.
    days: Vec<(String, String)>,
    line: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(world: &'a World, seed: u64) -> Self {
        let first: Date = date(2026, 2, 27);
        let days = first.series(jiff::Span::new().days(1)).take(world.days as usize + 3);
        let days = days.map(|day| (day.to_string(), day.strftime("%d/%b/%Y").to_string()));
        Self { world, seed, days: days.collect(), line: String::new() }
    }

    /// The line of an event, whose number among all of them makes its identifiers.
    pub(super) fn line(&mut self, number: usize, event: &Event) -> &str {
        self.line.clear();
        let id = self.id(number);
        let written = match Log::of(self.world, event) {
            Log::Oss => self.oss(event, id),
            Log::ActionTrail => self.actiontrail(event, id),
            Log::CloudTrail => self.cloudtrail(event, id),
        };
        debug_assert!(written.is_ok(), "writing to a text cannot fail");
        self.line.push('\n');
        &self.line
    }

    fn id(&self, number: usize) -> u128 {
        let mut random = Random::part(self.seed ^ 0x1D, number as u64);
        u128::from(random.next()) << 64 | u128::from(random.next())
    }

    /// `2026-03-01T12:00:00Z`.
    fn instant(&mut self, at: u32) -> std::fmt::Result {
        let (day, rest) = (at / 86_400, at % 86_400);
        let date = self.days.get(day as usize).map_or("", |(date, _)| date.as_str());
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(self.line, "{date}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// The user agent of a call: the command line names its command.
    fn agent(&mut self, event: &Event) -> std::fmt::Result {
        let agent = &self.world.agents[event.agent as usize];
        self.line.write_str(agent)?;
        if !agent.ends_with("command/") {
            return Ok(());
        }
        match event.call {
            Call::Get | Call::Put | Call::Copy => self.line.write_str("s3.cp"),
            Call::List | Call::ListBuckets => self.line.write_str("s3.ls"),
            Call::Delete => self.line.write_str("s3.rm"),
            call => self.line.write_str(&call.command()),
        }
    }
}

/// The account that everything belongs to, as each provider writes it.
const ALIYUN_ACCOUNT: &str = "1657183691453724";
const AWS_ACCOUNT: &str = "482915306721";

fn region(world: &World, event: &Event) -> &'static str {
    let key = world.key(event.key);
    let network = &super::world::network::NETWORKS[world.teams[key.team].region];
    match (key.cloud, network.country) {
        (Cloud::Aws, "US") => "us-east-1",
        (Cloud::Aws, "IE") => "eu-west-1",
        (Cloud::Aws, "DE") => "eu-central-1",
        (Cloud::Aws, _) => "ap-southeast-1",
        (Cloud::Aliyun, "SG") => "ap-southeast-1",
        (Cloud::Aliyun, "DE") => "eu-central-1",
        (Cloud::Aliyun, _) => "cn-hangzhou",
    }
}

/// Whether the event is about a bucket.
fn bucket(event: &Event) -> Option<u32> {
    (event.bucket != NONE).then_some(event.bucket)
}

fn was_done(event: &Event) -> bool {
    event.outcome == Outcome::Done
}
