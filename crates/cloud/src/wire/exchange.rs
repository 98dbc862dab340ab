//! One call and its tries: signed anew each time, repeated where that is safe and useful, bounded in
//! number and time.

use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use claviger_dial::{DialError, Guard, read_body};
use jiff::{SignedDuration, Timestamp};
use reqwest::Response;

use super::pace::Pace;
use super::{Answer, Outgoing, refusal};
use crate::CloudError;
use crate::sign::parse_http_date;

/// Tries of one call, the first included.
const TRIES_MAX: u32 = 5;
/// Pause behind the first try; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// Longest pause, also where the service asks for a longer one: the job behind the call can come back.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// A page of 1,000 names of 1,024 bytes, each byte encoded, with what stands around them.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A refusal is a page of words.
const REFUSAL_BYTES_MAX: usize = 256 * 1024;

/// How the body of a successful answer is read.
#[derive(Clone)]
pub(crate) enum Reading {
    /// All of it.
    Whole,
    /// The bytes that the request asked for by `Range`, also from a service that sends all.
    Range(Range<u64>),
}

/// What a call is.
#[derive(Clone)]
pub(crate) struct Call {
    /// With its service: `oss:PutObjectAcl`.
    pub(crate) name: &'static str,
    /// Whether doing it twice is doing it once.
    pub(crate) repeatable: bool,
    /// How its answer is read.
    pub(crate) reading: Reading,
}

impl Call {
    /// A call that may be repeated, with an answer of a page.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, repeatable: true, reading: Reading::Whole }
    }
}

/// The way to one provider. What it learns of the server's clock holds for all calls behind.
#[derive(Debug)]
pub(crate) struct Exchange {
    guard: Guard,
    skew_seconds: AtomicI64,
    pace: Pace,
}

/// A try that failed, with what helps to decide about the next.
struct Failure {
    error: CloudError,
    server_time: Option<Timestamp>,
    pause: Option<Duration>,
    surely_not_done: bool,
}

impl Exchange {
    pub(crate) fn new(guard: &Guard) -> Self {
        Self { guard: guard.clone(), skew_seconds: AtomicI64::new(0), pace: Pace::default() }
    }

    /// Runs a call. `build` makes and signs the request for a time; it is asked again for each try,
    /// because nonces and dates are used once.
    pub(crate) async fn run(
        &self,
        call: &Call,
        build: impl Fn(Timestamp) -> Result<Outgoing, CloudError> + Send + Sync,
    ) -> Result<Answer, CloudError> {
        let mut clock_learned = false;
        let mut tries = 0;
        loop {
            let wait = self.pace.wait(Instant::now(), jitter());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let failure = match self.once(call, build(self.now())?).await {
                Ok(answer) => {
                    self.pace.answered();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if matches!(failure.error, CloudError::Throttled(_)) {
                self.pace.throttled(Instant::now(), failure.pause);
            }
            if matches!(failure.error, CloudError::ClockSkew(_)) && !clock_learned {
                clock_learned = true;
                if self.learn_clock(failure.server_time) {
                    continue;
                }
            }
            tries += 1;
            let safe = call.repeatable || failure.surely_not_done;
            if tries >= TRIES_MAX || !safe || !failure.error.is_retryable() {
                return Err(failure.error);
            }
            tokio::time::sleep(pause(tries, failure.pause)).await;
        }
    }

    /// The server's time as far as it is known.
    fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew_seconds.load(Ordering::Relaxed));
        let now = Timestamp::now();
        now.checked_add(skew).unwrap_or(now)
    }

    fn learn_clock(&self, server_time: Option<Timestamp>) -> bool {
        let Some(server_time) = server_time else { return false };
        let skew = server_time.as_second() - Timestamp::now().as_second();
        self.skew_seconds.store(skew, Ordering::Relaxed);
        true
    }

    async fn once(&self, call: &Call, outgoing: Outgoing) -> Result<Answer, Failure> {
        let mut request = self.guard.http().request(outgoing.method, outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let sent = self.guard.send(request.body(outgoing.body)).await;
        let response = sent.map_err(|error| unreachable(call.name, error))?;
        if !response.status().is_success() {
            return self.refused(call, response).await;
        }
        let headers = response.headers().clone();
        let read = match &call.reading {
            Reading::Whole => read_body(response, BODY_BYTES_MAX).await,
            Reading::Range(range) => read_range(response, range).await,
        };
        match read {
            Ok(body) => Ok(Answer { headers, body }),
            Err(DialError::BodyTooLarge { bytes_max }) => Err(Failure {
                error: CloudError::Malformed {
                    call: call.name,
                    why: format!("it is larger than {bytes_max} bytes"),
                },
                server_time: None,
                pause: None,
                surely_not_done: false,
            }),
            Err(error) => Err(unreachable(call.name, error)),
        }
    }

    async fn refused(&self, call: &Call, response: Response) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // What the refusal says may be cut off or too long; its status and headers still count.
        let body = read_body(response, REFUSAL_BYTES_MAX).await.unwrap_or_default();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if status == 416 && matches!(call.reading, Reading::Range(_)) {
            // Nothing stands in the asked range: the object is empty or ends before it.
            return Ok(Answer { headers, body: Vec::new() });
        }
        let seconds = header("retry-after").and_then(|text| text.parse().ok());
        let milliseconds = header("x-acs-retry-after").and_then(|text| text.parse().ok());
        Err(Failure {
            error: refusal::classify(refusal::read(call.name, status, &headers, &body)),
            server_time: header("date").and_then(parse_http_date),
            pause: seconds.map(Duration::from_secs).or(milliseconds.map(Duration::from_millis)),
            surely_not_done: status < 500,
        })
    }
}

fn unreachable(call: &'static str, source: DialError) -> Failure {
    let surely_not_done = match &source {
        DialError::Send { source, .. } => source.is_connect(),
        DialError::ReadBody(_) => false,
        _ => true,
    };
    let error = match source {
        DialError::Forbidden(_) | DialError::NoAddress { .. } | DialError::Build(_) => {
            CloudError::AddressRefused { call, source }
        }
        source => CloudError::Unreachable { call, host: host_of(&source), source },
    };
    Failure { error, server_time: None, pause: None, surely_not_done }
}

fn host_of(error: &DialError) -> String {
    match error {
        DialError::Send { host, .. } | DialError::Resolve { host, .. } => host.clone(),
        _ => "the service".to_owned(),
    }
}

/// Exponential, with jitter over its upper half, so that many workers do not come back together.
fn pause(tries: u32, asked: Option<Duration>) -> Duration {
    let full = PAUSE_FIRST * 2_u32.pow(tries.saturating_sub(1).min(16));
    full.mul_f64(0.5 + jitter() / 2.0).max(asked.unwrap_or_default()).min(PAUSE_MAX)
}

/// Between 0 and 1.
fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

/// Reads the asked bytes and not one more. A service that does not know ranges answers 200 with all;
/// what stands before is then dropped as it comes.
async fn read_range(mut response: Response, range: &Range<u64>) -> Result<Vec<u8>, DialError> {
    let length = range.end.saturating_sub(range.start);
    let mut skip = if response.status().as_u16() == 206 { 0 } else { range.start };
    let mut body = Vec::new();
    while (body.len() as u64) < length {
        let cut = |error: reqwest::Error| DialError::ReadBody(error.without_url());
        let Some(chunk) = response.chunk().await.map_err(cut)? else { break };
        let from = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= from as u64;
        let missing = usize::try_from(length - body.len() as u64).unwrap_or(usize::MAX);
        let rest = &chunk[from..];
        body.extend_from_slice(&rest[..rest.len().min(missing)]);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_and_is_bounded() {
        for _ in 0..100 {
            assert!(pause(1, None) >= PAUSE_FIRST / 2 && pause(1, None) <= PAUSE_FIRST);
            assert!(pause(4, None) >= PAUSE_FIRST * 4 && pause(4, None) <= PAUSE_FIRST * 8);
            assert!(pause(1, Some(Duration::from_secs(2))) == Duration::from_secs(2));
            assert!(pause(1, Some(Duration::from_secs(3600))) == PAUSE_MAX);
            assert!(pause(30, None) <= PAUSE_MAX);
        }
    }
}
