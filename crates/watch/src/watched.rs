//! One key under watch: its profile, the evidence of its two groups of sources, its open stretches.

mod context;

use claviger_model::{AccessEvent, AccessKeyId, Alarm};
use serde::{Deserialize, Serialize};

use crate::episode::Episode;
use crate::habit::{Learned, Standing};
use crate::judge::{self, Evidence, Heard};
use crate::leaks::Exposure;
use crate::profile::{Group, Profile, Standings, Trait};
use crate::report;
use crate::sensor::{FAMILIES, Sight, ransom, waking};
use crate::tenant::{News, seen};
use crate::traits::{DAY, Traits, day, second};
use crate::usual::{Usual, Weighed, While};

pub(crate) use context::Context;

/// A sentence is kept from so much evidence on, in nats.
const WORTH_WORDS: f64 = 0.5;

/// A stretch is followed from so far below the threshold on, in nats.
const SUSPECT_BELOW: f64 = 5.0;

/// What looks like a stranger, so far below the threshold, does not teach what is normal.
const TEACHES_BELOW: f64 = 1.5;

/// A score without a second family is no more than this for the dial.
const ALONE: f32 = -4.0;

/// What is told of a group of sources that did something noteworthy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// The sentence of each family's strongest evidence.
    pub(crate) notes: [String; FAMILIES],
    /// The suspect events.
    pub(crate) episode: Option<Episode>,
    last: u32,
}

/// Everything about one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watched {
    pub(crate) profile: Profile,
    evidence: [Evidence; 2],
    stretches: [Option<Box<Stretch>>; 2],
    /// When the log was first watched: what was not seen since then did not happen.
    pub(crate) watched_since: u32,
    /// Highest score of the running day, if it was scored.
    peak: Option<f32>,
    #[serde(skip)]
    usual: Usual,
    #[serde(skip)]
    weighed: Weighed,
}

impl Watched {
    /// A key never seen.
    pub(crate) fn new(watched_since: u32) -> Self {
        Self {
            profile: Profile::default(),
            evidence: [Evidence::default(); 2],
            stretches: [None, None],
            watched_since,
            peak: None,
            usual: Usual::default(),
            weighed: Weighed::default(),
        }
    }

    /// The key that takes this one's place.
    pub(crate) fn heir(&self) -> Self {
        Self { profile: self.profile.heir(), ..Self::new(self.watched_since) }
    }

    /// Bytes that the open stretches take in memory, about.
    pub(crate) fn stretch_bytes(&self) -> usize {
        let open = self.stretches.iter().flatten();
        let notes = |one: &Stretch| one.notes.iter().map(String::capacity).sum::<usize>();
        let ids = |one: &Stretch| one.episode.as_ref().map_or(0, Episode::bytes);
        open.map(|one| size_of::<Stretch>() + notes(one) + ids(one)).sum()
    }

    /// Second of the last use.
    pub(crate) fn last_seen(&self) -> u32 {
        self.profile.rhythm.last
    }

    /// Whether a group has raised an alarm that is not over.
    fn is_alarmed(&self, group: Group, second: u32) -> bool {
        let stretch = self.stretches[group.index()].as_ref();
        let episode = stretch.and_then(|stretch| stretch.episode.as_ref());
        episode.is_some_and(|episode| episode.was_told() && !episode.is_over(second))
    }

    /// Begins a day of use, and closes the one before it.
    fn begin_day(&mut self, traits: &Traits, news: &mut Vec<News>) {
        let closed = self.profile.close_day(traits.day);
        let peak = self.peak.take().filter(|_| closed.is_some()).map(f64::from);
        news.push(News::Used { on: traits.day, closed, peak });
    }

    /// Judges an event of the key and takes it in.
    pub(crate) fn judge(
        &mut self,
        event: &AccessEvent,
        traits: &Traits,
        context: &Context<'_>,
        news: &mut Vec<News>,
    ) -> Option<Alarm> {
        if traits.day > self.profile.today {
            self.begin_day(traits, news);
        }
        let is_usual = self.is_usual(traits, context);
        if is_usual {
            self.count(traits, Group::Familiar, false, true);
            if !self.profile.amounts.is_beyond(Group::Familiar.index()) {
                if self.profile.learn_ways(traits) {
                    self.weighed.forget();
                }
                return None;
            }
        }
        let ends_habits = context.exposure.filter(|exposure| !exposure.leaves_habits());
        let leaked = ends_habits.map(|exposure| day(second(exposure.since)));
        let standings = self.profile.standings(traits, context.places, leaked);
        let group = Profile::group(traits, &standings);
        let is_new = !matches!(standings[Trait::Operation as usize], Some(Standing::Known { .. }));
        let trusted = self.teaches(traits, group, context);
        if !is_usual {
            self.count(traits, group, is_new, trusted);
        }
        let alarm = if self.is_calm(traits, &standings, group, context) {
            None
        } else {
            let alarm = self.weigh(event, traits, &standings, (group, leaked), context, news);
            let now = self.now(traits, context);
            self.weighed.add(group, traits, now);
            alarm
        };
        if trusted {
            self.learn(traits, &standings, group, context, news);
        }
        alarm
    }

    /// Counts what an event took.
    fn count(&mut self, traits: &Traits, group: Group, is_new: bool, trusted: bool) {
        if self.profile.count(traits, group, is_new, trusted) {
            self.weighed.forget();
        }
    }

    /// Remembers an event that is taken for the owner's.
    fn learn(
        &mut self,
        traits: &Traits,
        standings: &Standings,
        group: Group,
        context: &Context<'_>,
        news: &mut Vec<News>,
    ) {
        if standings.contains(&Some(Standing::New)) {
            self.profile.mark_new(standings);
            tell_sightings(traits, standings, short_key(context.id), news);
        }
        let learned = self.profile.learn(traits, context.places);
        if learned.changed {
            self.usual.forget();
        }
        if learned != Learned::default() {
            self.weighed.forget();
        }
        if group == Group::Familiar && context.is_unsuspected() && is_known(standings) {
            self.usual.add(traits);
        }
    }

    /// What the evidence hangs on beside the key itself.
    fn now(&self, traits: &Traits, context: &Context<'_>) -> While {
        let is_granted = context.granted_by(Group::Foreign, traits.second).is_some();
        While {
            hour: traits.second / 3_600 * 2 + u32::from(is_granted),
            tenant: context.tenant.changes(),
            since: self.evidence.map(|evidence| evidence.running_since(traits.second)),
        }
    }

    /// Whether the same was weighed and nothing that a sensor reads has changed since. A leak does
    /// all the time: it grows old.
    fn is_weighed(&self, traits: &Traits, group: Group, context: &Context<'_>) -> bool {
        let now = self.now(traits, context);
        now.since[group.index()] != 0
            && context.is_unsuspected()
            && self.weighed.holds(group, traits, now)
            && !self.profile.amounts.is_beyond(group.index())
            && !self.profile.is_apart(traits)
            && !waking::speaks(&self.profile, traits)
            && !ransom::speaks(&self.profile, group, traits)
    }

    /// Whether the same was done today and nothing but an amount could speak.
    fn is_usual(&self, traits: &Traits, context: &Context<'_>) -> bool {
        let at = Group::Familiar.index();
        self.usual.holds(traits)
            && context.is_unsuspected()
            && self.stretches[at].is_none()
            && self.evidence[at].is_settled(traits.second)
    }

    /// Whether the group's events are taken for the owner's.
    fn teaches(&self, traits: &Traits, group: Group, context: &Context<'_>) -> bool {
        if self.is_alarmed(group, traits.second) {
            return false;
        }
        if group == Group::Familiar {
            return true;
        }
        let ends_habits = |exposure: Exposure| !exposure.leaves_habits();
        if context.exposure.is_some_and(ends_habits)
            || context.tainted_by.is_some()
            || context.granted_by(group, traits.second).is_some()
            || context.inherited.is_some()
        {
            return false;
        }
        let evidence = self.evidence[group.index()].total(traits.second);
        judge::start(context.exposure, false, None, traits.second) + evidence
            < context.threshold(group, traits.second) - TEACHES_BELOW
    }

    /// Whether nothing could speak that has not spoken today.
    fn is_calm(
        &self,
        traits: &Traits,
        standings: &Standings,
        group: Group,
        context: &Context<'_>,
    ) -> bool {
        let at = group.index();
        group == Group::Familiar
            && context.is_unsuspected()
            && self.stretches[at].is_none()
            && self.evidence[at].is_settled(traits.second)
            && is_known(standings)
            && !self.profile.amounts.is_beyond(at)
    }

    fn weigh(
        &mut self,
        event: &AccessEvent,
        traits: &Traits,
        standings: &Standings,
        (group, leaked): (Group, Option<u16>),
        context: &Context<'_>,
        news: &mut Vec<News>,
    ) -> Option<Alarm> {
        let is_weighed = self.is_weighed(traits, group, context);
        let cutoff = context.exposure.map_or(traits.second, |exposure| second(exposure.since));
        let watched = cutoff.saturating_sub(self.watched_since);
        let sight = Sight {
            event,
            traits,
            standings,
            profile: &self.profile,
            tenant: context.tenant,
            asked_of: context.asked_of,
            places: context.places,
            group,
            key: short_key(context.id),
            exposure: context.exposure,
            leaked,
            watched_days: f64::from(watched) / f64::from(DAY),
            read_at: context.read_at,
            tainted_by: context.tainted_by,
            granted_by: context.granted_by(group, traits.second),
            inherited: context.inherited,
        };
        let heard = (!is_weighed).then(|| judge::weigh(&sight, context.asked));
        let evidence = &mut self.evidence[group.index()];
        let stretch = &mut self.stretches[group.index()];
        if let Some(heard) = &heard {
            let grew = evidence.hear(traits.second, heard);
            note(stretch, &sight, heard, grew);
        }
        let total = evidence.total(traits.second);
        let score = judge::prior(&sight) + total;
        #[expect(clippy::cast_possible_truncation, reason = "a score needs few digits")]
        let short_score = score as f32;
        if group == Group::Foreign && traits.hands_on() {
            let (key, second) = (sight.key, traits.second);
            news.push(News::Made { key, second, score: short_score });
        }
        let exposed = context.suspects(group, traits.second);
        let is_raid = self.profile.days == 0 && evidence.changes_much(traits.second);
        let enough = exposed || is_raid || evidence.speaking(traits.second) >= 2;
        // What was told on an earlier day is no other night's alarm.
        let today = traits.second - traits.second % DAY;
        let episode = stretch.as_ref().and_then(|stretch| stretch.episode.as_ref());
        let is_told = episode.is_some_and(|episode| episode.was_told_before(today));
        if !exposed && !is_told {
            let scored = if enough { short_score } else { short_score.min(ALONE) };
            self.peak = Some(self.peak.map_or(scored, |peak| peak.max(scored)));
        }
        let threshold = context.threshold(group, traits.second);
        let followed = score >= threshold - SUSPECT_BELOW || (exposed && group == Group::Foreign);
        let stretch = follow(stretch, &sight, followed)?;
        let episode = stretch.episode.as_mut()?;
        if score < threshold || !enough || !episode.is_news(traits.second, score, exposed, group) {
            return None;
        }
        episode.tell(traits.second, score, exposed);
        let (began, told) = (second(episode.began), traits.second);
        news.push(News::Alarmed { key: sight.key, group, began, told });
        let heard = heard.unwrap_or_else(|| judge::weigh(&sight, context.asked));
        report::alarm(&sight, score, evidence, stretch, &heard)
    }
}

/// Whether the key knew every value for some days.
fn is_known(standings: &Standings) -> bool {
    let is_new = |standing: &Option<Standing>| {
        matches!(standing, Some(Standing::New | Standing::Fresh { .. }))
    };
    !standings.iter().any(is_new)
}

/// Keeps the sentences of what grew.
fn note(
    stretch: &mut Option<Box<Stretch>>,
    sight: &Sight<'_>,
    heard: &Heard,
    grew: [bool; FAMILIES],
) {
    for (place, said) in heard.iter().enumerate() {
        let Some((_, sensor)) = said.filter(|(nats, _)| grew[place] && *nats >= WORTH_WORDS) else {
            continue;
        };
        let stretch = stretch.get_or_insert_default();
        stretch.notes[place] = (sensor.words)(sight);
        stretch.last = sight.traits.second;
    }
}

/// Lets the episode of a suspect stretch grow, and ends one that is over.
fn follow<'a>(
    stretch: &'a mut Option<Box<Stretch>>,
    sight: &Sight<'_>,
    followed: bool,
) -> Option<&'a mut Stretch> {
    let now = sight.traits.second;
    if let Some(open) = stretch {
        let ends = |episode: &Episode| episode.is_over(now) || (!followed && !episode.was_told());
        open.episode = open.episode.take().filter(|episode| !ends(episode));
        let is_idle = open.episode.is_none() && now.saturating_sub(open.last) >= DAY;
        if !followed && is_idle {
            *stretch = None;
        }
    }
    if !followed && stretch.as_ref().is_none_or(|open| open.episode.is_none()) {
        return None;
    }
    let open = stretch.get_or_insert_default();
    open.last = now;
    let episode = open.episode.get_or_insert_with(|| Episode::begin(sight.event));
    episode.take(sight.event, sight.traits);
    Some(open)
}

/// Tells the tenant what the key does for the first time.
fn tell_sightings(traits: &Traits, standings: &Standings, key: u32, news: &mut Vec<News>) {
    let mut tell = |of: Trait, value: u64| {
        if standings[of as usize] == Some(Standing::New) {
            news.push(seen(of, value, key, traits.second));
        }
    };
    tell(Trait::Address, traits.source.address);
    tell(Trait::Prefix, traits.source.prefix);
    if let Some(client) = traits.client {
        tell(Trait::Tool, client.tool);
        tell(Trait::Client, client.whole);
    }
    tell(Trait::Operation, traits.operation.name);
}

/// A key, as the tenant knows it.
pub(crate) fn short_key(id: &AccessKeyId) -> u32 {
    u32::try_from(crate::sketch::hash(id.as_str().as_bytes()) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_key_takes_little_more_than_its_profile() {
        assert!(size_of::<Watched>() <= 1_100, "{} bytes", size_of::<Watched>());
    }
}
