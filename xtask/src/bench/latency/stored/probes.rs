//! Leaked keys whose use is looked for in the live stream.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::bench::latency::service::{Service, text, until};

/// The service has no more to say of the leaks when it was silent for so long.
const QUIET: Duration = Duration::from_secs(3);

/// Keys that are known to be leaked, each used once: a use raises an alarm at once.
pub(super) struct Probes {
    /// Key and risk event.
    keys: Vec<(String, String)>,
    next: AtomicU64,
    seen: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
}

impl Probes {
    pub(super) fn leak(service: &Service, count: u64) -> anyhow::Result<Self> {
        let mut lines = String::new();
        for number in 0..count {
            writeln!(lines, "{{\"access_key_id\":\"LTAI5tBenchLeak{number:09}\"}}")?;
        }
        service.post_text("/api/v1/intelligence", &lines)?;
        let mut keys = Vec::new();
        until("the leaks are known", || {
            let known = service.get("/api/v1/events?limit=1000")?;
            let all = known.as_array().context("no list")?;
            keys = all
                .iter()
                .map(|event| Ok((text(event, "access_key_id")?, text(event, "id")?)))
                .collect::<anyhow::Result<Vec<_>>>()?;
            Ok((keys.len() as u64 >= count).then_some(()))
        })?;
        let probes =
            Self { keys, next: AtomicU64::new(0), seen: Arc::new(Mutex::new(HashMap::new())) };
        probes.listen(service)?;
        probes.wait_for_quiet();
        Ok(probes)
    }

    /// Waits until what follows from the leaks themselves is told: what is told then follows from a use.
    fn wait_for_quiet(&self) {
        let told = || -> usize {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.values().map(Vec::len).sum()
        };
        let mut before = None;
        while before != Some(told()) {
            before = Some(told());
            std::thread::sleep(QUIET);
        }
    }

    /// Notes when each risk event is told to have changed, which is after the commit.
    pub(super) fn listen(&self, service: &Service) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(service.address())?;
        write!(
            stream,
            "GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
            service.token()
        )?;
        let seen = self.seen.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(subject) = line.strip_prefix("data: ") {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.entry(subject.to_owned()).or_default().push(Instant::now());
                }
            }
        });
        Ok(())
    }

    pub(super) fn take(&self) -> anyhow::Result<&(String, String)> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let next = usize::try_from(next)?;
        self.keys.get(next).context("there are no more leaked keys")
    }

    /// When an event was told after an instant; none: it was not until another.
    pub(super) fn wait(&self, event: &str, since: Instant, until: Instant) -> Option<Instant> {
        loop {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = seen.get(event).into_iter().flatten().find(|at| **at > since) {
                return Some(*at);
            }
            drop(seen);
            if Instant::now() > until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
