//! The logs that are measured: real lines, repeated with other times, other request ids and other keys,
//! so that no line is the repeat of another and a detector has many keys to know.
//!
//! Without `--data`, the lines of OSS come from the practice cloud, which writes the real format about
//! real requests, and those of CloudTrail from the fixtures of the log reader.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::{Compression, write::GzEncoder};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::latency::practice::PracticeCloud;
use super::limit::files_below;
use super::random::Random;
use super::{Args, Bench, logs};

/// Fixtures with recorded CloudTrail events and S3 server access lines, in this repository.
const FIXTURES: &str = "crates/watch/fixtures/cloudtrail";
const S3_FIXTURES: &str = "crates/watch/fixtures/s3/basic.log";

/// Size of each log unless the arguments say otherwise: slow peers read it, too.
const MEGABYTES: u64 = 64;

/// Records in a file of CloudTrail, about what a busy account's hold.
const RECORDS_A_FILE: usize = 2_000;

/// Requests made to the practice cloud for lines to repeat.
const REQUESTS: usize = 600;

/// Each repeat of the lines is this much later than the one before: the logs tell of many days.
const STEP: SignedDuration = SignedDuration::from_mins(97);

/// Repeats with the same keys: so many different sets of keys there are.
const KEY_SETS: usize = 40;

const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
const HEX: &[u8] = b"0123456789abcdef";

/// A log on disk.
#[derive(Debug, Clone)]
pub(super) struct Log {
    /// What it is.
    pub(super) name: &'static str,
    /// Where its lines come from.
    pub(super) origin: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Its lines.
    pub(super) lines: u64,
    /// Its bytes.
    pub(super) bytes: u64,
    /// Whether its lines are JSON.
    pub(super) is_json: bool,
    /// Whether it is a folder of gzip files, each one JSON text.
    pub(super) is_packed: bool,
}

/// Writes the logs, each of about so many megabytes as the arguments ask for.
pub(super) fn write(bench: &Bench, args: &Args) -> anyhow::Result<Vec<Log>> {
    let from_data = args.data.clone();
    let given = args.data.as_deref().map(lines_below).transpose()?.unwrap_or_default();
    let from = args.data.as_ref().map(|data| data.display().to_string());
    let (trails, texts): (Vec<String>, Vec<String>) =
        given.into_iter().partition(|line| line.starts_with('{'));
    let texts: Vec<String> = texts.into_iter().filter(|line| oss_parts(line).is_some()).collect();
    let (texts, texts_from) = match from.clone().filter(|_| !texts.is_empty()) {
        Some(from) => (texts, from),
        None => (practice_lines(bench)?, "the practice cloud".to_owned()),
    };
    let trails = events(&trails);
    let (trails, trails_from) = match from.filter(|_| !trails.is_empty()) {
        Some(from) => (trails, from),
        None => (events(&lines_below(Path::new(FIXTURES))?), FIXTURES.to_owned()),
    };
    if trails.is_empty() || texts.is_empty() {
        bail!("there are no log lines to repeat\nhint: run it in the root of the repository");
    }
    let oss = repeat(args, &bench.folder.join("oss.log"), &texts, |line, turn, random| {
        oss_again(line, turn, random)
    })?;
    let trail =
        repeat(args, &bench.folder.join("cloudtrail.jsonl"), &trails, |event, turn, random| {
            Some(trail_again(event, turn, random))
        })?;
    let s3_from = from_data.as_deref().unwrap_or(Path::new(S3_FIXTURES));
    let mut requests = lines_below(s3_from)?;
    requests.retain(|line| s3_parts(line).is_some());
    let s3 = repeat(args, &bench.folder.join("s3.log"), &requests, |line, turn, random| {
        s3_again(line, turn, random)
    })?;
    let packed = bench.folder.join("cloudtrail");
    let packed_bytes = pack(&trail.0, &packed)?;
    let log = |name, origin: String, (path, lines): (PathBuf, u64), is_json| {
        let bytes = logs::size(&path)?;
        Ok::<_, anyhow::Error>(Log { name, origin, path, lines, bytes, is_json, is_packed: false })
    };
    let oss_from = format!("{} of {texts_from}", texts.len());
    let s3_from = format!("{} of {}", requests.len(), s3_from.display());
    let trail_from = format!("{} of {trails_from}", trails.len());
    let trail = log("CloudTrail, a record a line", trail_from.clone(), trail, true)?;
    let packed = Log {
        name: "CloudTrail, gzip files as they are delivered",
        origin: format!("{trail_from}, {:.0} MB packed", packed_bytes as f64 / 1e6),
        path: packed,
        is_packed: true,
        ..trail.clone()
    };
    let oss = log("OSS access log", oss_from, oss, false)?;
    let mut logs = vec![oss, trail, packed];
    if !requests.is_empty() {
        logs.insert(1, log("S3 server access log", s3_from, s3, false)?);
    }
    Ok(logs)
}

/// Packs lines of CloudTrail into files as they are delivered. Returns how large they are.
fn pack(lines: &Path, folder: &Path) -> anyhow::Result<u64> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let text = std::fs::read_to_string(lines)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut bytes = 0;
    for (records, number) in lines.chunks(RECORDS_A_FILE).zip(0..) {
        let path = folder.join(format!("{number:06}.json.gz"));
        let mut file = GzEncoder::new(File::create(&path)?, Compression::default());
        write!(file, "{{\"Records\":[{}]}}", records.join(","))?;
        file.finish()?;
        bytes += logs::size(&path)?;
    }
    Ok(bytes)
}

/// Repeats lines until the file is large enough. Returns the file and how many lines it has.
fn repeat<T>(
    args: &Args,
    path: &Path,
    lines: &[T],
    again: impl Fn(&T, usize, &mut Random) -> Option<String>,
) -> anyhow::Result<(PathBuf, u64)> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    let mut random = Random::new(args.seed());
    let (mut bytes, mut count) = (0, 0);
    for turn in 0.. {
        for line in lines {
            let Some(line) = again(line, turn, &mut random) else { continue };
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")?;
            bytes += line.len() as u64 + 1;
            count += 1;
        }
        if count == 0 || bytes >= args.megabytes.unwrap_or(MEGABYTES) * 1_000_000 {
            break;
        }
    }
    out.flush()?;
    Ok((path.to_owned(), count))
}

/// The lines of every file below a folder, unpacked. A file that is no text is passed by.
fn lines_below(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    files_below(path, &mut files)?;
    let mut lines = Vec::new();
    for file in files {
        let mut text = String::new();
        let packed = file.extension().is_some_and(|ending| ending == "gz");
        let opened =
            File::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
        let read = if packed {
            flate2::read::MultiGzDecoder::new(opened).read_to_string(&mut text)
        } else {
            (&opened).read_to_string(&mut text)
        };
        if read.is_ok() {
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}

/// The CloudTrail events among lines of JSON: what has a time and an id.
fn events(lines: &[String]) -> Vec<Value> {
    let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|event| event["eventTime"].is_string() && event["eventID"].is_string()).collect()
}

/// A CloudTrail event once more.
fn trail_again(event: &Value, turn: usize, random: &mut Random) -> String {
    let mut event = event.clone();
    let later = event["eventTime"]
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
        .and_then(|time| time.checked_add(step(turn)).ok());
    if let Some(time) = later {
        event["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    }
    for id in ["eventID", "requestID"] {
        let lengths = [8, 4, 4, 4, 12];
        let parts: Vec<String> = lengths.map(|length| random.text(HEX, length)).to_vec();
        event[id] = parts.join("-").into();
    }
    if let Some(key) = event["userIdentity"]["accessKeyId"].as_str() {
        let other = other_key(key, turn);
        event["userIdentity"]["accessKeyId"] = other.into();
    }
    event.to_string()
}

/// A line of the OSS log in its parts: before the time, the time, up to the request id, the id, the rest.
fn oss_parts(line: &str) -> Option<[&str; 5]> {
    let (before, rest) = line.split_once('[')?;
    let (time, rest) = rest.split_once(']')?;
    let is_id = |text: &str| text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut place = 0;
    for piece in rest.split('"') {
        if is_id(piece) {
            let end = place + piece.len();
            return Some([before, time, rest.get(..place)?, piece, rest.get(end..)?]);
        }
        place += piece.len() + 1;
    }
    None
}

/// A line of the OSS log once more.
fn oss_again(line: &str, turn: usize, random: &mut Random) -> Option<String> {
    const FORM: &str = "%d/%b/%Y:%H:%M:%S";
    let [before, time, between, _, rest] = oss_parts(line)?;
    let (clock, zone) = time.split_once(' ')?;
    let later = DateTime::strptime(FORM, clock).ok()?.checked_add(step(turn)).ok()?;
    let id = random.text(UPPER_HEX, 24);
    let rest = match rest.find("\"LTAI") {
        Some(place) => {
            let (head, tail) = rest.split_at(place + 1);
            let (key, tail) = tail.split_once('"')?;
            format!("{head}{}\"{tail}", other_key(key, turn))
        }
        None => rest.to_owned(),
    };
    Some(format!("{before}[{} {zone}]{between}{id}{rest}", later.strftime(FORM)))
}

/// A line of the S3 server access log: up to the time, the time, up to the request id, the id, the rest.
fn s3_parts(line: &str) -> Option<[&str; 5]> {
    let (before, rest) = line.split_once('[')?;
    let (time, rest) = rest.split_once("] ")?;
    let ends = rest.match_indices(' ').map(|(place, _)| place);
    let ends: Vec<usize> = ends.take(3).collect();
    let [_, start, end] = *ends else { return None };
    let is_id = |id: &&str| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let id = rest.get(start + 1..end).filter(is_id)?;
    Some([before, time, rest.get(..=start)?, id, rest.get(end..)?])
}

/// A line of the S3 server access log once more.
fn s3_again(line: &str, turn: usize, random: &mut Random) -> Option<String> {
    const FORM: &str = "%d/%b/%Y:%H:%M:%S";
    let [before, time, between, _, rest] = s3_parts(line)?;
    let (clock, zone) = time.split_once(' ')?;
    let later = DateTime::strptime(FORM, clock).ok()?.checked_add(step(turn)).ok()?;
    let id = random.text(UPPER_HEX, 16);
    Some(format!("{before}[{} {zone}] {between}{id}{rest}", later.strftime(FORM)))
}

fn step(turn: usize) -> SignedDuration {
    STEP.saturating_mul(i32::try_from(turn).unwrap_or(i32::MAX))
}

/// The same key of another set: its last two characters say which.
fn other_key(key: &str, turn: usize) -> String {
    let set = turn % KEY_SETS;
    let digits = b"ABCDEFGHJKLMNPQRSTUVWXYZ234567";
    let last = [set / digits.len(), set % digits.len()].map(|place| char::from(digits[place]));
    match key.len().checked_sub(2).and_then(|end| key.get(..end)) {
        Some(head) if set > 0 => head.chars().chain(last).collect(),
        _ => key.to_owned(),
    }
}

/// Lines that the practice cloud writes about real requests of several users from several places.
fn practice_lines(bench: &Bench) -> anyhow::Result<Vec<String>> {
    let cloud = PracticeCloud::start(&bench.claviger, &bench.folder)?;
    let owner = cloud.owner();
    cloud.make_bucket("orders")?;
    cloud.make_bucket("orders-logs")?;
    cloud.log_to("orders", "orders-logs", "log/")?;
    let mut keys = vec![owner.clone()];
    for number in 0..8 {
        keys.push(cloud.make_user(&format!("service-{number}"))?);
    }
    let mut random = Random::new(1);
    for number in 0..REQUESTS {
        let key = keys.get(number % keys.len()).unwrap_or(owner);
        let object = format!("/orders/day-{}/invoice {}.json", random.below(30), random.below(40));
        let source = format!("203.0.113.{}", random.below(40));
        match random.below(10) {
            0 | 1 => drop(cloud.oss(owner, "PUT", &object, b"{\"total\":1}", &source)?),
            2 => drop(cloud.oss(key, "HEAD", &object, b"", &source)?),
            3 => drop(cloud.oss(key, "GET", "/orders/", b"", &source)?),
            _ => drop(cloud.oss(key, "GET", &object, b"", &source)?),
        }
    }
    let lines = cloud.log_lines("orders-logs", REQUESTS)?;
    Ok(lines.into_iter().filter(|line| oss_parts(line).is_some()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "192.0.2.7 - - [03/Jan/2021:14:59:49 +0800] \"GET /b/a HTTP/1.1\" 200 9 1 \
        \"-\" \"curl \"x\"\" \"127.0.0.1:9000\" \"5FF16B65F05BC932307A3C3C\" \"true\" \"-\" \
        \"LTAI5tMadeUpKeyId0000001\" \"acs:oss:x\"";

    #[test]
    fn a_line_comes_again_later_with_another_id_and_another_key() {
        let again = oss_again(LINE, 1, &mut Random::new(1)).unwrap();
        assert!(again.contains("[03/Jan/2021:16:36:49 +0800]"), "{again}");
        assert!(!again.contains("5FF16B65F05BC932307A3C3C"), "{again}");
        assert!(again.contains("\"LTAI5tMadeUpKeyId00000AB\""), "{again}");
        assert_eq!(again.len(), LINE.len());
    }

    #[test]
    fn the_first_turn_keeps_the_key() {
        let first = oss_again(LINE, 0, &mut Random::new(1)).unwrap();
        assert!(first.contains("LTAI5tMadeUpKeyId0000001") && first.contains("14:59:49"));
    }

    #[test]
    fn an_s3_line_comes_again_later_with_another_id() {
        let line = "79a5 b [06/Feb/2026:00:00:38 +0000] 192.0.2.3 - 3E57427F3EFA4E02 REST.GET x";
        let again = s3_again(line, 1, &mut Random::new(1)).unwrap();
        assert!(again.starts_with("79a5 b [06/Feb/2026:01:37:38 +0000] 192.0.2.3 - "), "{again}");
        assert!(again.ends_with(" REST.GET x") && !again.contains("3E57427F3EFA4E02"), "{again}");
        assert_eq!(again.len(), line.len());
    }

    #[test]
    fn an_event_comes_again_with_other_ids() {
        let event = serde_json::json!({ "eventTime": "2026-01-02T03:04:05Z", "eventID": "x",
            "userIdentity": { "accessKeyId": "AKIAQNZGKIQY56JQ7WML" } });
        let again: Value =
            serde_json::from_str(&trail_again(&event, 2, &mut Random::new(1))).unwrap();
        assert_eq!(again["eventTime"], "2026-01-02T06:18:05Z");
        assert_eq!(again["userIdentity"]["accessKeyId"], "AKIAQNZGKIQY56JQ7WAC");
        assert_ne!(again["eventID"], "x");
    }
}
