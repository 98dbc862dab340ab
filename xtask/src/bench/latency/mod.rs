//! From the thief's request to the mail, and from a person's yes to the thief's refusal: practice cloud,
//! service and mail receiver as processes, many leaked keys, each used once at a moment of its own.

pub(super) mod http;
mod log_watch;
mod mailbox;
pub(super) mod practice;
pub(super) mod service;
mod sign;
mod stored;

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::json;

use super::random::Random;
use super::report::{Role, Row, Section};
use super::scan::column;
use super::statistics::Spread;
use super::{Args, Bench};
use crate::say;
use log_watch::LogWatch;
use mailbox::{Mail, Mailbox};
use practice::PracticeCloud;
use service::{Service, Settings, text};
use sign::Key;

const BUCKET: &str = "orders";
const LOG_BUCKET: &str = "orders-logs";
const DATA: &str = "exports/customers.csv";

/// Uses of leaked keys, each of another key, unless told otherwise.
const USES: usize = 200;

/// Mean pause between two uses; the pauses are exponential, so that uses come at any moment of the
/// cloud's and the service's own rhythm, alone and in crowds.
const PAUSE_MEAN_MS: f64 = 250.0;

/// Longest wait for the last mails.
const MAIL_PATIENCE: Duration = Duration::from_secs(60);

/// Users whose keys are disabled without the service: what the cloud itself needs for it.
const DIRECT: usize = 30;

/// The pause between two tries of the thief after the confirmation.
const TRY_EVERY: Duration = Duration::from_millis(5);

/// Longest wait for a refusal.
const TRIES_MAX: usize = 12_000;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    stored::run(bench, args)?;
    to_the_person(bench, args, args.uses.unwrap_or(USES))
}

/// From so many uses to their mails, and from the plans' confirmations to the refusals.
pub(super) fn to_the_person(bench: &Bench, args: &Args, count: usize) -> anyhow::Result<()> {
    let cloud = PracticeCloud::start(&bench.claviger, &bench.folder)?;
    say(&format!("xtask: making {count} users, each with a leaked key …"));
    let keys = furnish(&cloud, count)?;
    let direct = (0..DIRECT).map(|number| cloud.make_user(&format!("direct-{number}")));
    let direct = direct.collect::<anyhow::Result<Vec<Key>>>()?;
    let settings = Settings { log_poll_ms: args.log_poll_ms, ..Settings::default() };
    let service = Service::start(&bench.claviger, &bench.folder, settings)?;
    service.watch(&cloud, BUCKET)?;
    let events: HashMap<String, String> = service.leaks(keys.len())?.into_iter().collect();
    let mailbox = Mailbox::start()?;
    service.tell(&mailbox)?;
    let poll = args.log_poll_ms.map_or("its default".to_owned(), |ms| format!("{ms} ms"));
    let uses = uses(&cloud, &mailbox, &keys, args.seed())?;
    to_mail(&uses, keys.len(), &poll)?.print(args.format)?;
    let stops = stops(&cloud, &service, &keys, &events)?;
    let direct = direct_stops(&cloud, &direct)?;
    to_refusal(&stops, &direct).print(args.format)?;
    Ok(())
}

/// Buckets, users, keys, and the keys left in files of their own.
fn furnish(cloud: &PracticeCloud, count: usize) -> anyhow::Result<Vec<Key>> {
    cloud.make_bucket(BUCKET)?;
    cloud.make_bucket(LOG_BUCKET)?;
    cloud.log_to(BUCKET, LOG_BUCKET, "log/")?;
    cloud.put(BUCKET, DATA, b"full_name,phone\nWang Wei,13567890123\nLi Na,13678901234\n")?;
    let mut keys = Vec::new();
    for number in 0..count {
        let key = cloud.make_user(&format!("service-{number:04}"))?;
        let leak = format!("AccessKeyId: {}\nAccessKeySecret: {}\n", key.id, key.secret);
        cloud.put(BUCKET, &format!("deploy/{number:04}.txt"), leak.as_bytes())?;
        keys.push(key);
    }
    Ok(keys)
}

/// What became of one use.
struct Use {
    /// The request was answered.
    answered_at: Timestamp,
    /// The log told of it.
    logged_at: Option<Timestamp>,
    /// The service had read the log, as the mail tells.
    read_at: Option<Timestamp>,
    /// The mail was whole.
    mail_at: Timestamp,
}

/// Uses each key once and waits for the mails. A use without a mail is missing in the result.
fn uses(
    cloud: &PracticeCloud,
    mailbox: &Mailbox,
    keys: &[Key],
    seed: u64,
) -> anyhow::Result<(Vec<Use>, Vec<f64>)> {
    say(&format!("xtask: {} uses, one every {PAUSE_MEAN_MS} ms …", keys.len()));
    let watch = LogWatch::default();
    let answered = std::thread::scope(|scope| {
        let looking = scope.spawn(|| watch.run(cloud, LOG_BUCKET));
        let answered = use_all(cloud, keys, seed);
        if answered.is_ok() {
            mailbox.wait_for(keys.len(), MAIL_PATIENCE);
        }
        watch.end();
        match looking.join() {
            Ok(looked) => looked?,
            Err(_) => bail!("the look at the log bucket broke off"),
        }
        answered
    })?;
    let mails = mailbox.mails();
    let mail_of = |key: &Key| {
        let of_key = |mail: &&Mail| mail.text.contains(&format!("AccessKey ID: {}", key.id));
        mails.iter().filter(of_key).min_by_key(|mail| mail.received_at)
    };
    let uses = keys.iter().zip(answered).filter_map(|(key, answered_at)| {
        let mail = mail_of(key)?;
        let read_at = read_at(&mail.text);
        let logged_at = watch.told_of(&key.id);
        Some(Use { answered_at, logged_at, read_at, mail_at: mail.received_at })
    });
    Ok((uses.collect(), watch.intervals_ms()))
}

fn use_all(cloud: &PracticeCloud, keys: &[Key], seed: u64) -> anyhow::Result<Vec<Timestamp>> {
    let mut random = Random::new(seed);
    let mut answered = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let pause_ms = -random.fraction().ln() * PAUSE_MEAN_MS;
        sleep(Duration::from_secs_f64(pause_ms / 1000.0));
        let source = format!("198.51.{}.7", number % 256);
        download(cloud, key, &source)?.success("the thief's download")?;
        answered.push(Timestamp::now());
    }
    Ok(answered)
}

fn download(cloud: &PracticeCloud, key: &Key, source: &str) -> anyhow::Result<http::Answer> {
    cloud.oss(key, "GET", &format!("/{BUCKET}/{DATA}"), b"", source)
}

/// When the service had read the log: the mail's delivery chain adds its steps to the event's time.
fn read_at(mail: &str) -> Option<Timestamp> {
    let (_, chain) = mail.split_once("Delivery chain: event ")?;
    let event: Timestamp = chain.split_whitespace().next()?.parse().ok()?;
    let step = |name: &str| -> Option<i64> {
        let (_, rest) = chain.split_once(name)?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let total = step("delivered ")? + step("read ")?;
    event.checked_add(jiff::SignedDuration::from_millis(total)).ok()
}

/// Disables each key by a plan. Milliseconds from the confirmation to the thief's first refusal.
fn stops(
    cloud: &PracticeCloud,
    service: &Service,
    keys: &[Key],
    events: &HashMap<String, String>,
) -> anyhow::Result<Vec<f64>> {
    say(&format!("xtask: {} keys are disabled by plans …", keys.len()));
    let mut stops = Vec::new();
    for key in keys {
        let event = events.get(&key.id).context("a key has no risk event")?;
        let path = format!("/api/v1/events/{event}/plans");
        let plan = service.call("POST", &path, &json!({ "action": "disable" }))?;
        let confirm = format!("/api/v1/plans/{}/confirm", text(&plan, "id")?);
        let confirmed_at = Timestamp::now();
        service.call("POST", &confirm, &json!({}))?;
        stops.push(ms(confirmed_at, refused_at(cloud, key)?));
    }
    Ok(stops)
}

/// Disables keys by the cloud's own call. Milliseconds from the call to the first refusal.
fn direct_stops(cloud: &PracticeCloud, keys: &[Key]) -> anyhow::Result<Vec<f64>> {
    let mut stops = Vec::new();
    for key in keys {
        let called_at = Timestamp::now();
        let call =
            [("UserName", key.user.as_str()), ("UserAccessKeyId", &key.id), ("Status", "Inactive")];
        cloud.ram("UpdateAccessKey", &call)?;
        stops.push(ms(called_at, refused_at(cloud, key)?));
    }
    Ok(stops)
}

/// Tries until refused.
fn refused_at(cloud: &PracticeCloud, key: &Key) -> anyhow::Result<Timestamp> {
    for _ in 0..TRIES_MAX {
        if download(cloud, key, "198.51.100.7")?.status == 403 {
            return Ok(Timestamp::now());
        }
        sleep(TRY_EVERY);
    }
    bail!("the thief was never refused")
}

fn ms(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() * 1000.0
}

fn to_mail(
    (uses, intervals): &(Vec<Use>, Vec<f64>),
    asked: usize,
    poll: &str,
) -> anyhow::Result<Section> {
    if uses.is_empty() {
        bail!("not one of {asked} uses led to a mail");
    }
    let whole = uses.iter().map(|one| ms(one.answered_at, one.mail_at));
    let cloud = uses.iter().filter_map(|one| Some(ms(one.answered_at, one.logged_at?)));
    let ours = uses.iter().filter_map(|one| Some(ms(one.logged_at?, one.mail_at)));
    let reading = uses.iter().filter_map(|one| Some(ms(one.logged_at?, one.read_at?)));
    let telling = uses.iter().filter_map(|one| Some(ms(one.read_at?, one.mail_at)));
    let rows = vec![
        row(Role::Ours, "request answered → mail arrived", Spread::of(whole)),
        row(Role::Limit, "  of it: request → its line in the log bucket", Spread::of(cloud)),
        row(Role::Ours, "  of it: line in the log bucket → mail", Spread::of(ours)),
        row(Role::Ours, "    of it: line in the log bucket → read", Spread::of(reading)),
        row(Role::Ours, "    of it: read → mail", Spread::of(telling)),
        row(Role::Limit, "one log file → the next", Spread::of(intervals.iter().copied())),
    ];
    Ok(Section {
        bench: "latency",
        title: format!("request → mail, {} mails of {asked} uses, each of another key", uses.len()),
        columns: columns(),
        rows,
        notes: vec![
            format!("the service looks at the log bucket as often as it is told: {poll}"),
            "the practice cloud writes its log every second; a real one every hour or so".to_owned(),
            "when a line is in the bucket is seen by a look every 10 ms: that step is so much too long"
                .to_owned(),
        ],
    })
}

fn to_refusal(stops: &[f64], direct: &[f64]) -> Section {
    Section {
        bench: "latency",
        title: "confirm → refused, the thief trying every 5 ms".to_owned(),
        columns: columns(),
        rows: vec![
            row(Role::Ours, "plan confirmed → refused", Spread::of(stops.iter().copied())),
            row(
                Role::Limit,
                "UpdateAccessKey called → refused",
                Spread::of(direct.iter().copied()),
            ),
        ],
        notes: vec![
            "the plan asks for the key's state before and after, and keeps the answer".to_owned(),
        ],
    }
}

fn columns() -> Vec<super::report::Column> {
    vec![
        column("count", "n", 0),
        column("min_ms", "min ms", 0),
        column("p50_ms", "p50", 0),
        column("p90_ms", "p90", 0),
        column("p99_ms", "p99", 0),
        column("max_ms", "max", 0),
    ]
}

fn row(role: Role, name: &str, spread: Spread) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let count = spread.count() as f64;
    let figures = vec![
        Some(count),
        spread.min(),
        spread.percentile(50.0),
        spread.percentile(90.0),
        spread.percentile(99.0),
        spread.max(),
    ];
    Row { name: name.to_owned(), role, figures }
}

#[cfg(test)]
mod tests {
    use super::read_at;

    #[test]
    fn the_mail_tells_when_the_log_was_read() {
        let mail = "Delivery chain: event 2026-03-31T14:02:11Z (the log tells whole seconds) → \
                    delivered +900 ms → read +500 ms → alarm +12 ms, 1412 ms in all\n";
        let expected = "2026-03-31T14:02:12.4Z".parse().unwrap();
        assert_eq!(read_at(mail), Some(expected));
        assert_eq!(read_at("no chain"), None);
    }
}
