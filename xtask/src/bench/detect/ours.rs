//! The detector under test: the release binary over the files of a scene.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::judge::Alarm;
use super::scene::{Files, Scene};
use super::world::START;

/// What it is to do.
pub(super) struct Setting<'a> {
    /// The dial.
    pub(super) alarms_a_day: f64,
    /// A sensor that is left out.
    pub(super) without: Option<&'a str>,
}

/// One alarm as it is printed.
pub(super) struct Line {
    pub(super) time: Timestamp,
    pub(super) access_key_id: String,
    pub(super) score: f64,
    pub(super) sources: Vec<String>,
}

/// Runs it over logs.
pub(super) fn replay<'a>(
    claviger: &str,
    setting: &Setting<'_>,
    leaks: Option<&Path>,
    logs: impl Iterator<Item = &'a Path>,
) -> anyhow::Result<Vec<Line>> {
    let mut command = Command::new(claviger);
    command.args(["replay", "--format", "jsonl", "--alarms-per-day"]);
    command.arg(setting.alarms_a_day.to_string());
    if let Some(leaks) = leaks {
        command.arg("--leaks").arg(leaks);
    }
    if let Some(sensor) = setting.without {
        command.args(["--without", sensor]);
    }
    command.args(logs).stdin(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().with_context(|| format!("cannot start {claviger}"))?;
    // 1: alarms; 4: none, but something was unreadable.
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("`claviger replay`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let said = String::from_utf8(output.stdout)?;
    said.lines().map(line).collect()
}

fn line(text: &str) -> anyhow::Result<Line> {
    let value: Value = serde_json::from_str(text)?;
    let texts = |name: &str| {
        let list = value[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>()
    };
    Ok(Line {
        time: value["time"].as_str().unwrap_or_default().parse()?,
        access_key_id: value["access_key_id"].as_str().unwrap_or_default().to_owned(),
        score: value["score"].as_f64().unwrap_or(0.0),
        sources: texts("sources"),
    })
}

/// The sensors that can be left out; none where the binary knows no such thing.
pub(super) fn sensors(claviger: &str) -> Vec<String> {
    let help = Command::new(claviger).args(["replay", "--without", "?", "."]).output();
    let Ok(output) = help else { return Vec::new() };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let Some((_, list)) = said.split_once("the sensors are ") else { return Vec::new() };
    // Every other piece stands between backticks.
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Its alarms over a scene. One tells of an attack if an event of the attack raised it, or if it names a source of
/// the thief's.
pub(super) fn alarms(
    claviger: &str,
    scene: &Scene,
    files: &Files,
    setting: &Setting<'_>,
) -> anyhow::Result<Vec<Alarm>> {
    let logs = files.logs.iter().map(std::path::PathBuf::as_path);
    let lines = replay(claviger, setting, Some(&files.leaks), logs)?;
    let numbers: HashMap<&str, u32> = scene
        .world
        .keys
        .iter()
        .zip(0_u32..)
        .map(|(key, number)| (key.id.as_str(), number))
        .collect();
    let mut seconds: HashMap<(u32, u32), u16> = HashMap::new();
    let mut sources: HashMap<(u32, String), (u32, u16)> = HashMap::new();
    for event in scene.events.iter().filter(|event| event.attack > 0) {
        seconds.insert((event.key, event.at), event.attack);
        let source = (event.key, event.source.to_string());
        sources.entry(source).or_insert((event.at, event.attack));
    }
    let owners = owners(scene, &sources);
    let alarm = |line: &Line| {
        let key = *numbers.get(line.access_key_id.as_str())?;
        let at = u32::try_from(line.time.as_second() - START).ok()?;
        let by_event = seconds.get(&(key, at)).copied();
        let by_source = line.sources.iter().find_map(|source| {
            let place = (key, source.clone());
            let (first, attack) = sources.get(&place)?;
            (*first <= at && !owners.contains(&place)).then_some(*attack)
        });
        let attack = by_event.or(by_source).unwrap_or(0);
        Some(Alarm { at, key, score: line.score, attack })
    };
    let mut alarms: Vec<Alarm> = lines.iter().filter_map(alarm).collect();
    alarms.sort_by_key(|alarm| alarm.at);
    Ok(alarms)
}

/// Sources of thieves that are their victims' own as well: they tell nothing.
fn owners(
    scene: &Scene,
    sources: &HashMap<(u32, String), (u32, u16)>,
) -> std::collections::HashSet<(u32, String)> {
    let keys: std::collections::HashSet<u32> = sources.keys().map(|(key, _)| *key).collect();
    scene
        .events
        .iter()
        .filter(|event| event.attack == 0 && keys.contains(&event.key))
        .map(|event| (event.key, event.source.to_string()))
        .filter(|place| sources.contains_key(place))
        .collect()
}
