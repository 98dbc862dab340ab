//! Made-up access events shaped as Alibaba OSS writes them: thousands of keys of which few are busy, each with
//! its own addresses, clients, buckets and objects, a million events a day.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;
use twox_hash::XxHash3_128;

/// Keys that are used.
pub(crate) const KEYS: usize = 20_000;

/// Events of a day, while there are not too few days or too many.
const EVENTS_A_DAY: u64 = 1_000_000;

const SECONDS_A_DAY: u64 = 86_400;

/// 2026-03-01T00:00:00Z.
const START: u64 = 1_772_323_200;

const AGENTS: [&str; 8] = [
    "aliyun-sdk-go/3.0.2 (Linux/5.10.134-16.al8.x86_64/x86_64;go1.21.4)",
    "aliyun-sdk-java/3.17.4(Linux/5.10.134/amd64;17.0.9)",
    "aliyun-sdk-python/2.18.4(Linux/4.19.91/x86_64;3.10.12)",
    "ossutil/1.7.18 (Linux; x86_64)",
    "aliyun-sdk-nodejs/6.18.1 Node.js 18.19.0 on Linux 64-bit",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "aliyun-sdk-dotnet/2.13.0(windows 10/10.0.17763.0/x86;4.0.30319)",
    "curl/8.5.0",
];

/// The days that so many events are spread over.
fn days(events: u64) -> u64 {
    (events / EVENTS_A_DAY).clamp(10, 90)
}

/// A moment after the last event, however many there are.
pub(crate) fn end() -> Timestamp {
    time(START + 91 * SECONDS_A_DAY)
}

fn time(second: u64) -> Timestamp {
    let second = i64::try_from(second).ok();
    second.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or_default()
}

/// A key by how busy it is; those from [`KEYS`] on are never used.
pub(crate) fn key(rank: usize) -> AccessKeyId {
    let digits = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let mut random = Random(rank as u64);
    let text: String = (0..18).map(|_| char::from(*random.pick(digits))).collect();
    AccessKeyId::parse(&format!("LTAI5t{text}")).unwrap_or_else(|_| key(rank + 1))
}

/// What is the same in all events of a key.
struct Habits {
    key: AccessKeyId,
    account: String,
    user_agent: &'static str,
    bucket: String,
    network: String,
    addresses: u64,
}

impl Habits {
    fn of(rank: usize) -> Self {
        let mut own = Random((rank as u64) << 20);
        let bucket = format!("{}-{:02}", own.pick(&["orders", "billing", "media"]), own.below(40));
        let (user_agent, addresses) = (*own.pick(&AGENTS), 1 + own.below(3));
        let network = own.below(1 << 16);
        Self {
            key: key(rank),
            account: format!("2{:017}", rank % 37),
            user_agent,
            bucket,
            network: format!("10.{}.{}.", network >> 8, network & 255),
            addresses,
        }
    }
}

/// Events in the order of time. Each is written over the one before, lest the making of it outweigh what is
/// measured.
pub(crate) struct Sample {
    events: u64,
    next: u64,
    random: Random,
    habits: Vec<Habits>,
}

impl Sample {
    pub(crate) fn of(events: u64) -> Self {
        let habits = (0..KEYS).map(Habits::of).collect();
        Self { events, next: 0, random: Random(1), habits }
    }

    /// Puts the next event in the place of another; `false` when there is none.
    pub(crate) fn next_into(&mut self, event: &mut AccessEvent) -> bool {
        if self.next == self.events {
            return false;
        }
        let second = START + self.next * days(self.events) * SECONDS_A_DAY / self.events;
        self.next += 1;
        // Few keys do most: the rank is the cube of an even number.
        let even = self.random.below(1 << 20);
        let busy = u128::from(even).pow(3) >> 40;
        let rank = usize::try_from((busy * KEYS as u128) >> 20).unwrap_or_default();
        write(event, &self.habits[rank], second, &mut self.random);
        true
    }
}

/// An event to write over.
pub(crate) fn blank() -> AccessEvent {
    AccessEvent {
        time: Timestamp::UNIX_EPOCH,
        access_key_id: None,
        account: None,
        source_ip: None,
        user_agent: None,
        operation: String::new(),
        bucket: None,
        object: None,
        status: None,
        error: None,
        bytes_out: None,
        bytes_in: None,
        request_id: None,
        event_id: EventId(String::new()),
    }
}

fn write(event: &mut AccessEvent, habits: &Habits, second: u64, random: &mut Random) {
    let number = random.below(400);
    let size = 1_000 + Random(number).below(4 << 20);
    let (operation, out, taken) = match random.below(20) {
        0..14 => ("GetObject", Some(size), None),
        14..17 => ("PutObject", None, Some(size)),
        17..19 => ("HeadObject", None, None),
        _ => ("ListObjects", Some(2_000 + random.below(60_000)), None),
    };
    let is_refused = random.below(50) == 0;
    event.time = time(second);
    event.access_key_id = Some(habits.key.clone());
    anew(&mut event.account, &habits.account);
    put_digits(anew(&mut event.source_ip, &habits.network), 1 + random.below(habits.addresses), 1);
    anew(&mut event.user_agent, habits.user_agent);
    anew(&mut event.bucket, &habits.bucket);
    operation.clone_into(&mut event.operation);
    event.status = Some(if is_refused { 403 } else { 200 });
    event.error = is_refused.then(|| "AccessDenied".to_owned());
    event.bytes_out = out.filter(|_| !is_refused);
    event.bytes_in = taken;
    event.object = event.object.take().filter(|_| operation != "ListObjects");
    if operation != "ListObjects" {
        let object = anew(&mut event.object, "data/2026/day-");
        put_digits(object, 1 + (second - START) / SECONDS_A_DAY, 2);
        object.push_str("/part-");
        put_digits(object, number, 5);
        object.push_str(".parquet");
    }
    let request_id = anew(&mut event.request_id, "");
    put_hex(request_id, second, 8);
    put_hex(request_id, random.next(), 16);
    let object = event.object.as_deref().unwrap_or_default();
    name(&mut event.event_id.0, &["oss", request_id, operation, object]);
}

/// Names a request as `claviger-watch` does.
fn name(id: &mut String, parts: &[&str]) {
    let mut bytes = Vec::with_capacity(128);
    for part in parts {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let hash = XxHash3_128::oneshot(&bytes);
    id.clear();
    for byte in hash.to_be_bytes() {
        for half in [byte >> 4, byte & 15] {
            id.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
    }
}

/// Begins a text anew, in the room that it has.
fn anew<'a>(text: &'a mut Option<String>, beginning: &str) -> &'a mut String {
    let text = text.get_or_insert_default();
    text.clear();
    text.push_str(beginning);
    text
}

fn put_digits(text: &mut String, number: u64, digits: u32) {
    let digits = digits.max(number.checked_ilog10().unwrap_or_default() + 1);
    for place in (0..digits).rev() {
        let digit = u8::try_from(number / 10_u64.pow(place) % 10).unwrap_or_default();
        text.push(char::from(b'0' + digit));
    }
}

fn put_hex(text: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = b"0123456789ABCDEF"[usize::try_from(number >> (place * 4) & 15).unwrap_or(0)];
        text.push(char::from(digit));
    }
}

/// Numbers that are the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(bound)) >> 64).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.below(of.len() as u64);
        &of[usize::try_from(place).unwrap_or_default()]
    }
}
