//! Text of the kinds that lie in buckets: application logs, JSON lines and tables of people.

use super::{Counts, people};
use crate::bench::random::Random;

const HEX: &[u8] = b"0123456789abcdef";
const LEVELS: [&str; 5] = ["INFO", "INFO", "INFO", "WARN", "DEBUG"];
const TARGETS: [&str; 6] =
    ["http.access", "db.pool", "queue.worker", "cache", "billing.invoice", "auth.session"];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "curl/8.5.0",
    "okhttp/4.12.0",
    "aliyun-sdk-python/2.19.1(Linux/5.10.0/x86_64;3.11.2)",
];

/// One log line in this many tells whom a message went to.
const MAIL_ONE_IN: u64 = 50;

/// Fills text up to a size with lines of one kind.
pub(super) fn fill(
    text: &mut String,
    bytes: usize,
    random: &mut Random,
    counts: &mut Counts,
    line: fn(&mut String, &mut Random, &mut Counts),
) {
    while text.len() < bytes {
        line(text, random, counts);
    }
}

/// A line of an application's log.
pub(super) fn log_line(text: &mut String, random: &mut Random, counts: &mut Counts) {
    let at = clock(random);
    let (level, target) = (random.word(&LEVELS), random.word(&TARGETS));
    let request = random.text(HEX, 32);
    let line = match random.below(MAIL_ONE_IN) {
        0 => {
            *counts.entry("email").or_default() += 1;
            format!(
                "{at} INFO mail.sender message {request} accepted for {}\n",
                people::email(random)
            )
        }
        1..=20 => format!(
            "{at} {level} {target} GET /api/v2/orders/{}/items?page={}&size=50 {} {} bytes {}.{:03} ms \
             client=10.{}.{}.{} agent=\"{}\" trace={request}\n",
            random.below(1_000_000),
            random.below(40),
            random.pick(&[200, 200, 200, 304, 404, 500]).unwrap_or(200),
            random.below(100_000),
            random.below(900),
            random.below(1000),
            random.below(256),
            random.below(256),
            random.below(256),
            random.word(&AGENTS),
        ),
        21..=35 => format!(
            "{at} {level} {target} span={request} rows={} affected={} statement=\"UPDATE orders SET \
             state = $1, updated_at = $2 WHERE id = $3\" took={}us\n",
            random.below(500),
            random.below(500),
            random.below(90_000),
        ),
        _ => format!(
            "{at} {level} {target} job {request} finished on worker-{} after {} attempts; queue depth is {}\n",
            random.below(64),
            1 + random.below(4),
            random.below(5000),
        ),
    };
    text.push_str(&line);
}

/// A line of JSON, as event streams and exports have it; one in ten is about a person.
pub(super) fn json_line(text: &mut String, random: &mut Random, counts: &mut Counts) {
    let (at, id) = (clock(random), random.text(HEX, 32));
    let line = if random.below(10) == 0 {
        *counts.entry("email").or_default() += 1;
        *counts.entry("phone").or_default() += 1;
        format!(
            "{{\"event\":\"profile.updated\",\"id\":\"{id}\",\"at\":\"{at}\",\"user\":{{\"uid\":{},\
             \"email\":\"{}\",\"phone\":\"{}\",\"tags\":[\"vip\",\"beta\"]}},\"version\":{}}}\n",
            random.below(1_000_000),
            people::email(random),
            people::phone(random),
            random.below(90),
        )
    } else {
        format!(
            "{{\"event\":\"order.{}\",\"id\":\"{id}\",\"at\":\"{at}\",\"items\":[{{\"sku\":\"SKU-{}\",\
             \"quantity\":{},\"price\":{}.{:02}}}],\"warehouse\":\"hz-{}\",\"digest\":\"{}\"}}\n",
            random.word(&["created", "paid", "shipped", "returned"]),
            random.below(100_000),
            1 + random.below(9),
            random.below(2000),
            random.below(100),
            random.below(12),
            random.text(HEX, 64),
        )
    };
    text.push_str(&line);
}

/// A row of a table of people.
pub(super) fn person_row(text: &mut String, random: &mut Random, counts: &mut Counts) {
    for column in people::COLUMNS {
        *counts.entry(column).or_default() += 1;
    }
    text.push_str(&people::row(random));
}

fn clock(random: &mut Random) -> String {
    format!(
        "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        1 + random.below(12),
        1 + random.below(28),
        random.below(24),
        random.below(60),
        random.below(60),
        random.below(1000),
    )
}
