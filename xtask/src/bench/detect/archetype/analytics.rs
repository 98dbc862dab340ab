//! Queries over a data lake: hundreds of parts at once, with sizes and numbers that have no mean to speak of.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::Tool;
use crate::bench::detect::world::network::Source;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "analytics", share: 40, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let is_aws = life.cloud() == Cloud::Aws;
    let machine = life.world.teams[life.team].machine;
    life.equip(if is_aws { Tool::Hadoop } else { Tool::OssHadoop }, machine);
    // Serverless engines call as a service, in the name of the key.
    let machines = if is_aws && life.random.chance(0.3) {
        vec![Source::Service("athena.amazonaws.com")]
    } else {
        life.machines(8)
    };
    let queries = life.random.lognormal(3.0, 0.7);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let encrypted = life.random.chance(0.3);
    let schedule = life.random.between(0.0, 24.0);
    for day in 0..life.days() {
        life.take_version(day);
        let mut starts = life.moments(day, queries, shape);
        starts.push((f64::from(day) * 24.0 + schedule) * 3600.0);
        for start in starts {
            let bucket = life.any_bucket();
            life.ask(start, Call::List, bucket);
            if encrypted {
                life.ask(start, Call::Decrypt, NONE);
                life.ask(start + 2.0, Call::DataKey, NONE);
            }
            // Pareto: most queries read a few parts, some read a table.
            let parts = (4.0 * life.random.fraction().powf(-0.9)).min(1500.0);
            let count = life.random.poisson(parts).min(life.objects(bucket));
            let first = life.random.whole(0, life.objects(bucket) - count);
            let mut at = start + 1.0;
            for object in first..first + count {
                life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
                life.call(at, Call::Get, bucket, object);
                at += life.random.pause(0.1);
            }
        }
    }
}
