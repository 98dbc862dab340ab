//! The figures as tables.

use std::collections::{BTreeMap, BTreeSet};

use super::attack::Attack;
use super::contest::{Contest, DIALS, Method};
use super::judge::{Tally, Verdict, tallies};
use crate::bench::report::{Role, Row, Section};
use crate::bench::scan::column;

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 attacks")]
fn number(count: usize) -> f64 {
    count as f64
}

fn whole(scenes: &[(Vec<Attack>, Verdict)]) -> Tally {
    tallies(scenes, |_| "").remove("").unwrap_or_default()
}

/// Every method at one number of alarms a day.
pub(super) fn methods(contest: &Contest, dial: usize, of: &str) -> Section {
    let rows = contest.methods.iter().map(|method| {
        let scenes = &method.verdicts[dial];
        let all = whole(scenes);
        let by_leak = tallies(scenes, |attack| if attack.is_leaked { "leaked" } else { "not" });
        let found = |word: &str| {
            by_leak.get(word).map(|tally| number(tally.found.len()) / number(tally.attacks))
        };
        let (events, minutes) =
            (all.spread(|found| Some(found.events)), all.spread(|found| Some(found.minutes)));
        let share = all.spread(|found| found.share);
        Row {
            name: method.name.clone(),
            role: method.role,
            figures: vec![
                Some(number(all.found.len())),
                found("leaked"),
                found("not"),
                events.median(),
                minutes.median(),
                share.median().map(|share| share * 100.0),
                share.percentile(90.0).map(|share| share * 100.0),
                Some(method.false_a_day(dial)),
                Some(method.quiet_a_day(dial)),
            ],
        }
    });
    let rows: Vec<Row> = rows.collect();
    let attacks = contest.methods.first().map_or(0, |method| whole(&method.verdicts[dial]).attacks);
    Section {
        bench: "detect",
        title: format!("{} alarms a day, {of}, {attacks} attacks", DIALS[dial]),
        columns: vec![
            column("found", "found", 0),
            column("found_leaked", "leaked", 2),
            column("found_not_leaked", "not leaked", 2),
            column("events_median", "events", 0),
            column("minutes_median", "minutes", 1),
            column("bytes_percent_median", "% of bytes", 2),
            column("bytes_percent_p90", "p90", 1),
            column("false_alarms_a_day", "false/day", 2),
            column("false_alarms_a_day_first_week", "1st week", 1),
        ],
        rows,
        notes: vec![
            "found: attacks with a true alarm; leaked, not leaked: share found of those whose key was known \
             to have leaked, and of the others"
                .to_owned(),
            "events, minutes, % of bytes: of the attack until its first true alarm, medians of those found"
                .to_owned(),
            "peers with a score have the best threshold for so many false alarms a day, chosen with the \
             answers at hand; rules that say yes or no stand as they are; ours has its own dial"
                .to_owned(),
        ],
    }
}

/// Each kind of attack: ours, and the best of the others that keep to as many false alarms.
pub(super) fn kinds(contest: &Contest, dial: usize, of: &str) -> Section {
    let Some(ours) = contest.methods.first() else {
        return Section {
            bench: "detect",
            title: String::new(),
            columns: vec![],
            rows: vec![],
            notes: vec![],
        };
    };
    let of_ours = tallies(&ours.verdicts[dial], |attack| attack.kind);
    let limit = DIALS[dial].max(ours.false_a_day(dial)) * 1.01;
    let fits = |method: &&Method| method.role == Role::Peer && method.false_a_day(dial) <= limit;
    let peers: Vec<(&str, BTreeMap<&str, Tally>)> = contest
        .methods
        .iter()
        .filter(fits)
        .map(|method| (method.name.as_str(), tallies(&method.verdicts[dial], |a| a.kind)))
        .collect();
    let mut notes = Vec::new();
    let rows = of_ours.iter().map(|(kind, ours)| {
        let best = peers
            .iter()
            .filter_map(|(name, kinds)| Some((kinds.get(kind)?.found.len(), *name)))
            .max_by_key(|(found, _)| *found);
        let is_better = best.is_some_and(|(found, _)| found > ours.found.len());
        if let Some((found, name)) = best.filter(|_| is_better) {
            notes.push(format!("◀ {kind}: {name} finds {found}"));
        }
        let events = ours.spread(|found| Some(found.events));
        let minutes = ours.spread(|found| Some(found.minutes));
        let share = ours.spread(|found| found.share);
        Row {
            name: format!("{kind}{}", if is_better { " ◀" } else { "" }),
            role: Role::Ours,
            figures: vec![
                Some(number(ours.attacks)),
                Some(number(ours.found.len())),
                events.median(),
                events.max(),
                minutes.median(),
                minutes.max(),
                share.median().map(|share| share * 100.0),
                share.max().map(|share| share * 100.0),
                best.map(|(found, _)| number(found)),
            ],
        }
    });
    let rows: Vec<Row> = rows.collect();
    notes.push("◀: some peer within so many false alarms a day finds more of that kind".to_owned());
    Section {
        bench: "detect",
        title: format!("by kind of attack, {} alarms a day, {of}", DIALS[dial]),
        columns: vec![
            column("attacks", "of", 0),
            column("found", "found", 0),
            column("events_median", "events", 0),
            column("events_max", "max", 0),
            column("minutes_median", "minutes", 1),
            column("minutes_max", "max", 0),
            column("bytes_percent_median", "% of bytes", 2),
            column("bytes_percent_max", "max", 1),
            column("best_peer_found", "best peer", 0),
        ],
        rows,
        notes,
    }
}

/// Whom false alarms of ours told of.
pub(super) fn archetypes(contest: &Contest, days: f64, of: &str) -> Option<Section> {
    let ours = contest.methods.first()?;
    let names: BTreeSet<&str> = ours.disturbed.iter().flatten().copied().collect();
    let days = days * number(contest.seeds.len().max(1));
    let rows = names.into_iter().map(|name| Row {
        name: name.to_owned(),
        role: Role::Ours,
        figures: ours
            .disturbed
            .iter()
            .map(|keys| Some(number(keys.iter().filter(|key| **key == name).count()) / days))
            .collect(),
    });
    Some(Section {
        bench: "detect",
        title: format!("false alarms a day by archetype, {of}"),
        columns: vec![
            column("at_1", "at 1 a day", 2),
            column("at_5", "at 5", 2),
            column("at_20", "at 20", 2),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    })
}

/// What each sensor is worth: the detector without it.
pub(super) fn ablation(contest: &Contest, of: &str) -> Option<Section> {
    let ours = contest.methods.first().filter(|_| !contest.without.is_empty())?;
    let row = |method: &Method, name: String| {
        let all = whole(&method.verdicts[0]);
        Row {
            name,
            role: Role::Ours,
            figures: vec![
                Some(number(all.found.len())),
                all.spread(|found| found.share).median().map(|share| share * 100.0),
                all.spread(|found| Some(found.minutes)).median(),
                Some(method.false_a_day(0)),
            ],
        }
    };
    let mut rows = vec![row(ours, "with all sensors".to_owned())];
    rows.extend(
        contest.without.iter().map(|method| row(method, format!("without {}", method.name))),
    );
    Some(Section {
        bench: "detect",
        title: format!("what a sensor is worth, {} alarms a day, {of}", DIALS[0]),
        columns: vec![
            column("found", "found", 0),
            column("bytes_percent_median", "% of bytes", 2),
            column("minutes_median", "minutes", 1),
            column("false_alarms_a_day", "false/day", 2),
        ],
        rows,
        notes: Vec::new(),
    })
}

/// Whether what is said to be so sure is so often true, at the loosest dial.
pub(super) fn calibration(contest: &Contest, of: &str) -> Option<Section> {
    const BINS: [f64; 8] = [0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0];
    let ours = contest.methods.first()?;
    let scores: Vec<(f64, bool)> = ours
        .verdicts
        .last()?
        .iter()
        .flat_map(|(_, verdict)| verdict.scores.iter())
        .map(|(score, is_true)| (1.0 / (1.0 + (-score).exp()), *is_true))
        .collect();
    let rows = BINS.windows(2).map(|bin| {
        let inside = |(said, _): &&(f64, bool)| {
            (bin[0] <= *said && *said < bin[1]) || (bin[1] >= 1.0 && *said >= 1.0)
        };
        let alarms: Vec<&(f64, bool)> = scores.iter().filter(inside).collect();
        let count = number(alarms.len());
        let said = alarms.iter().map(|(said, _)| said).sum::<f64>() / count;
        let right = number(alarms.iter().filter(|(_, is_true)| *is_true).count()) / count;
        let known = count > 0.0;
        Row {
            name: format!("{:.2} to {:.2}", bin[0], bin[1]),
            role: Role::Ours,
            figures: vec![Some(count), known.then_some(said), known.then_some(right)],
        }
    });
    Some(Section {
        bench: "detect",
        title: format!("how sure claviger says it is, and how often it is right, {of}"),
        columns: vec![
            column("alarms", "alarms", 0),
            column("said", "said", 2),
            column("true", "true", 2),
        ],
        rows: rows.collect(),
        notes: vec![format!(
            "alarms at {} a day, the first week with them; the simulation has far more thieves than life",
            DIALS[DIALS.len() - 1]
        )],
    })
}
