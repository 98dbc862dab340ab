//! Made-up access events shaped as Alibaba OSS writes them: ten days, thousands of keys of which few are
//! busy, each with its own addresses, clients, buckets and objects.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

/// Keys that are used.
pub(crate) const KEYS: usize = 20_000;

/// The days that the events are spread over.
const DAYS: u64 = 10;

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

/// The moment after the last event.
pub(crate) fn end() -> Timestamp {
    let seconds = i64::try_from(START + DAYS * SECONDS_A_DAY).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// A key by how busy it is; those from [`KEYS`] on are never used.
pub(crate) fn key(rank: usize) -> AccessKeyId {
    let digits = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let mut random = Random(rank as u64);
    let text: String = (0..18).map(|_| char::from(*random.pick(digits))).collect();
    AccessKeyId::parse(&format!("LTAI5t{text}")).unwrap_or_else(|_| key(rank + 1))
}

/// Events in the order of time.
pub(crate) struct Sample {
    events: u64,
    next: u64,
    random: Random,
    keys: Vec<AccessKeyId>,
}

impl Sample {
    pub(crate) fn of(events: u64) -> Self {
        let keys = (0..KEYS).map(key).collect();
        Self { events, next: 0, random: Random(1), keys }
    }
}

impl Iterator for Sample {
    type Item = AccessEvent;

    fn next(&mut self) -> Option<AccessEvent> {
        if self.next == self.events {
            return None;
        }
        let second = START + self.next * DAYS * SECONDS_A_DAY / self.events;
        self.next += 1;
        // Few keys do most: the rank is the cube of an even number.
        let even = self.random.below(1 << 20);
        let busy = u128::from(even).pow(3) >> 40;
        let rank = usize::try_from((busy * KEYS as u128) >> 20).unwrap_or_default();
        Some(event(rank, self.keys.get(rank)?.clone(), second, &mut self.random))
    }
}

fn event(rank: usize, key: AccessKeyId, second: u64, random: &mut Random) -> AccessEvent {
    let mut own = Random((rank as u64) << 20);
    let bucket = format!("{}-{:02}", own.pick(&["orders", "billing", "media"]), own.below(40));
    let (agent, places) = (*own.pick(&AGENTS), 1 + own.below(3));
    let network = own.below(1 << 16);
    let source = format!("10.{}.{}.{}", network >> 8, network & 255, 1 + random.below(places));
    let number = random.below(400);
    let day = (second - START) / SECONDS_A_DAY;
    let object = format!("data/2026/03/{:02}/part-{number:05}.parquet", 1 + day);
    let size = 1_000 + Random(number).below(4 << 20);
    let (operation, out, taken) = match random.below(20) {
        0..14 => ("GetObject", Some(size), None),
        14..17 => ("PutObject", None, Some(size)),
        17..19 => ("HeadObject", None, None),
        _ => ("ListObjects", Some(2_000 + random.below(60_000)), None),
    };
    let is_refused = random.below(50) == 0;
    let request_id = format!("{second:08X}{:016X}", random.next());
    let object = Some(object).filter(|_| operation != "ListObjects");
    AccessEvent {
        time: i64::try_from(second)
            .ok()
            .and_then(|second| Timestamp::from_second(second).ok())
            .unwrap_or_default(),
        access_key_id: Some(key),
        account: Some(format!("2{:017}", rank % 37)),
        source_ip: Some(source),
        user_agent: Some(agent.to_owned()),
        operation: operation.to_owned(),
        bucket: Some(bucket),
        status: Some(if is_refused { 403 } else { 200 }),
        error: is_refused.then(|| "AccessDenied".to_owned()),
        bytes_out: out.filter(|_| !is_refused),
        bytes_in: taken,
        event_id: EventId::derived(&[
            "oss",
            &request_id,
            operation,
            object.as_deref().unwrap_or_default(),
        ]),
        object,
        request_id: Some(request_id),
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
