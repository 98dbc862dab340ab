//! Ids that were seen in one text, and what became of them: those whose surroundings touch form a cluster, which
//! `pair` solves as a whole.

use std::collections::{BTreeMap, HashMap, HashSet};

use claviger_model::FindingKind;

use super::Discovery;
use crate::pair::{Cluster, IdSeen, Outcome, Surroundings};
use crate::rule::Rules;

/// A cluster with more ids than this is solved before it ends, to bound memory.
const CLUSTER_MAX: usize = 64;

/// What was seen at one place of a text.
pub(super) enum Sighting {
    /// An id, with what stands around it as far as that was not seen with the id before.
    Id(IdSeen, Surroundings),
    /// What only looks like one.
    FalseAlarm(Discovery),
}

/// The ids of one text.
pub(super) struct Clusters {
    cluster: Cluster,
    /// Ids without a secret so far, with how often each stands in the text.
    lone: HashMap<String, (Discovery, u64)>,
    /// Ids that have a secret somewhere in the text.
    paired: HashSet<String>,
    found: Vec<Discovery>,
    taken: Taken,
    /// Ids that were noted as false alarms.
    suppressed: HashSet<String>,
    limit: u64,
    suppressed_max: u64,
    dropped: u64,
}

impl Clusters {
    /// None yet; `limit` discoveries and `suppressed` false alarms are kept.
    pub(super) fn new(limit: u64, suppressed: u64) -> Self {
        Self {
            cluster: Cluster::default(),
            lone: HashMap::new(),
            paired: HashSet::new(),
            found: Vec::new(),
            taken: Taken::default(),
            suppressed: HashSet::new(),
            limit,
            suppressed_max: suppressed,
            dropped: 0,
        }
    }

    /// Takes what was seen next.
    pub(super) fn take(&mut self, sighting: Sighting, rules: &Rules) {
        let (id, near) = match sighting {
            Sighting::Id(id, near) => (id, near),
            Sighting::FalseAlarm(alarm) => return self.suppress(alarm),
        };
        if self.cluster.ends_before(id.site.start) {
            let outcomes = self.cluster.solve(rules);
            self.keep(outcomes, rules);
        }
        self.cluster.add(id, near);
        if self.cluster.len() > CLUSTER_MAX {
            let outcomes = self.cluster.solve_first_half(rules);
            self.keep(outcomes, rules);
        }
    }

    /// Notes a false alarm, each id once.
    fn suppress(&mut self, alarm: Discovery) {
        let name = alarm.access_key_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let room = (self.suppressed.len() as u64) < self.suppressed_max;
        if room && self.suppressed.insert(name) {
            self.found.push(alarm);
        }
    }

    /// Keeps what a solved cluster says.
    fn keep(&mut self, outcomes: Vec<Outcome>, rules: &Rules) {
        for outcome in outcomes {
            let rule = rules.rule(outcome.id.rule);
            let name = outcome.id.id.to_string();
            let is_pair = outcome.secret.is_some();
            self.taken
                .values
                .extend(outcome.secret.iter().map(|secret| secret.reveal().to_owned()));
            self.taken.spans.extend(outcome.secret_span);
            let allowed = outcome.id.site.allowed;
            if allowed.is_some() && self.suppressed_max == 0 {
                continue;
            }
            let discovery = Discovery {
                kind: FindingKind::AccessKeyPair,
                rule: rule.name.clone(),
                provider: rule.provider,
                access_key_id: Some(outcome.id.id),
                secret: outcome.secret,
                account: None,
                sample: None,
                count: 1,
                confidence: outcome.confidence,
                why: outcome.why,
                place: outcome.id.site.place,
                suppressed: allowed.map(|mark| format!("allowed by the comment `{mark}`")),
            };
            if is_pair {
                self.lone.remove(&name);
                self.paired.insert(name);
                self.push(discovery);
            } else if !self.paired.contains(&name) {
                self.keep_lone(name, discovery);
            }
        }
    }

    fn keep_lone(&mut self, name: String, discovery: Discovery) {
        if let Some((_, times)) = self.lone.get_mut(&name) {
            *times += 1;
        } else if (self.lone.len() as u64) < self.limit {
            self.lone.insert(name, (discovery, 1));
        } else {
            self.dropped += 1;
        }
    }

    fn push(&mut self, discovery: Discovery) {
        if (self.found.len() as u64) < self.limit {
            self.found.push(discovery);
        } else {
            self.dropped += 1;
        }
    }

    /// Ends the text. An id that stands alone at one place and with its secret at another is reported
    /// with its secret only; one that never has a secret is reported once.
    pub(super) fn finish(mut self, rules: &Rules) -> KeysFound {
        let outcomes = self.cluster.solve(rules);
        self.keep(outcomes, rules);
        for (_, (mut discovery, times)) in std::mem::take(&mut self.lone) {
            if times > 1 {
                discovery.why.push(format!("stands here {times} times"));
            }
            self.found.push(discovery);
        }
        self.taken.values.extend(self.paired);
        KeysFound { discoveries: self.found, dropped: self.dropped, taken: self.taken }
    }
}

/// What the hunt in one text gave.
pub(crate) struct KeysFound {
    pub(crate) discoveries: Vec<Discovery>,
    /// How many more there were than the limit.
    pub(crate) dropped: u64,
    pub(crate) taken: Taken,
}

/// What belongs to access key pairs, so that no other rule need report it.
#[derive(Default)]
pub(crate) struct Taken {
    /// Ids that have a secret, and secrets.
    pub(crate) values: HashSet<String>,
    /// Where secrets stand in the text: first byte, and one past the last.
    pub(crate) spans: BTreeMap<u64, u64>,
}
