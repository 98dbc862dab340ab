//! Real logs with labels, where they are given: the Invictus set and the detonation logs of Stratus Red Team.
//!
//! Both are laboratory sets: hardly any key in them has a past, so that each is judged twice, with nothing known
//! and with the hostile keys known to have leaked an hour before.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::contest::DIALS;
use super::ours::{self, Line, Setting};
use crate::bench::report::{Role, Row, Section};
use crate::bench::scan::column;
use crate::bench::statistics::Spread;
use crate::say;

/// Variable that names the folder, where no argument does.
const VARIABLE: &str = "CLAVIGER_BENCH_LOGS";

/// What is hostile in a set.
struct Set {
    name: &'static str,
    log: PathBuf,
    /// Attacks: their hostile keys and when the first of them was used. Each is found by an alarm on any of them.
    attacks: BTreeMap<String, (HashSet<String>, Timestamp)>,
    /// Times of the events of each key.
    uses: BTreeMap<String, Vec<Timestamp>>,
}

/// The tables of the sets that are there.
pub(super) fn run(
    claviger: &str,
    data: Option<&Path>,
    folder: &Path,
) -> anyhow::Result<Vec<Section>> {
    let of_variable = std::env::var_os(VARIABLE).map(PathBuf::from);
    let Some(data) = data.map(Path::to_owned).or(of_variable) else {
        say(&format!("xtask: no real logs are judged: neither --data nor {VARIABLE} names them"));
        return Ok(Vec::new());
    };
    let mut sections = Vec::new();
    for read in [invictus, stratus] {
        match read(&data) {
            Ok(set) => sections.push(judge(claviger, &set, folder)?),
            Err(error) => say(&format!("xtask: a set is left out: {error:#}")),
        }
    }
    Ok(sections)
}

fn labels(folder: &Path) -> anyhow::Result<Value> {
    let path = folder.join("labels.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// When each key was used.
fn uses(log: &Path) -> anyhow::Result<BTreeMap<String, Vec<Timestamp>>> {
    let file =
        std::fs::File::open(log).with_context(|| format!("cannot open {}", log.display()))?;
    let mut uses: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for line in BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines() {
        let event: Value = serde_json::from_str(&line?)?;
        let time = event["eventTime"].as_str().unwrap_or_default();
        if let Some(key) = event["userIdentity"]["accessKeyId"].as_str() {
            uses.entry(key.to_owned()).or_default().push(time.parse()?);
        }
    }
    uses.values_mut().for_each(|times| times.sort_unstable());
    Ok(uses)
}

/// Every hostile key is an attack of its own.
fn invictus(data: &Path) -> anyhow::Result<Set> {
    let folder = data.join("cloudtrail-invictus");
    let labels = labels(&folder)?;
    let log = folder.join("events.jsonl.gz");
    let mut attacks = BTreeMap::new();
    for (key, label) in labels["keys"].as_object().into_iter().flatten() {
        if let Some(first) = label["first_malicious_event_time"].as_str() {
            attacks.insert(key.clone(), (HashSet::from([key.clone()]), first.parse()?));
        }
    }
    Ok(Set { name: "Invictus", uses: uses(&log)?, log, attacks })
}

/// Every technique is an attack, in an account of its own.
fn stratus(data: &Path) -> anyhow::Result<Set> {
    let folder = data.join("cloudtrail-stratus");
    let labels = labels(&folder)?;
    let log = folder.join("events.jsonl.gz");
    let mut attacks = BTreeMap::new();
    for (technique, label) in labels["techniques"].as_object().into_iter().flatten() {
        let keys = label["keys"].as_object().into_iter().flatten();
        let keys: HashSet<String> = keys.map(|(key, _)| key.clone()).collect();
        let first = label["first_event_time"].as_str().unwrap_or_default().parse()?;
        attacks.insert(technique.clone(), (keys, first));
    }
    Ok(Set { name: "Stratus Red Team", uses: uses(&log)?, log, attacks })
}

fn judge(claviger: &str, set: &Set, folder: &Path) -> anyhow::Result<Section> {
    let leaks = folder.join("known-leaks.jsonl");
    let hour = SignedDuration::from_hours(1);
    let told = set.attacks.values().flat_map(|(keys, first)| {
        let at = first.checked_sub(hour).unwrap_or(*first);
        keys.iter().map(move |key| {
            let leak = json!({ "access_key_id": key, "leaked_at": at, "source": "public" });
            format!("{leak}\n")
        })
    });
    std::fs::write(&leaks, told.collect::<String>())?;
    let mut rows = Vec::new();
    for (word, leaks) in [("no leak known", None), ("leak known", Some(leaks.as_path()))] {
        for alarms_a_day in DIALS {
            let setting = Setting { alarms_a_day, without: None };
            let lines =
                ours::replay(claviger, &setting, leaks, std::iter::once(set.log.as_path()))?;
            let name = format!("{word}, {alarms_a_day} alarms a day");
            rows.push(row(set, name, &lines));
        }
    }
    Ok(Section {
        bench: "detect",
        title: format!("real logs: {}, {} attacks", set.name, set.attacks.len()),
        columns: vec![
            column("found", "found", 0),
            column("events_median", "events", 0),
            column("minutes_median", "minutes", 1),
            column("minutes_max", "max", 1),
            column("false_alarms", "false", 0),
        ],
        rows,
        notes: Vec::new(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand events")]
fn row(set: &Set, name: String, lines: &[Line]) -> Row {
    let first = |keys: &HashSet<String>| {
        let of_it = lines.iter().filter(|line| keys.contains(&line.access_key_id));
        of_it.map(|line| line.time).min()
    };
    let found: Vec<(&HashSet<String>, Timestamp, Timestamp)> = set
        .attacks
        .values()
        .filter_map(|(keys, began)| Some((keys, *began, first(keys)?)))
        .collect();
    let events = |(keys, began, at): &(&HashSet<String>, Timestamp, Timestamp)| {
        let of_keys = keys.iter().filter_map(|key| set.uses.get(key)).flatten();
        of_keys.filter(|time| began <= *time && *time <= at).count() as f64
    };
    let events = Spread::of(found.iter().map(events));
    let minutes = Spread::of(
        found.iter().map(|(_, began, at)| at.duration_since(*began).as_secs_f64() / 60.0),
    );
    let hostile: HashSet<&String> = set.attacks.values().flat_map(|(keys, _)| keys).collect();
    let wrong = lines.iter().filter(|line| !hostile.contains(&line.access_key_id));
    Row {
        name,
        role: Role::Ours,
        figures: vec![
            Some(found.len() as f64),
            events.median(),
            minutes.median(),
            minutes.max(),
            Some(wrong.count() as f64),
        ],
    }
}
