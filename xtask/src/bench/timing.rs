//! Times whole processes from outside: several runs of several contenders, in turn, so that a machine
//! that grows slower meanwhile is slower for all of them.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::report::Role;
use super::statistics::Spread;

/// How often a running process is asked for its memory: its peak only grows, so that the last answer
/// misses nothing but the last moments.
const MEMORY_EVERY: Duration = Duration::from_millis(10);

/// Clock ticks a second in `/proc` (`USER_HZ`, which Linux fixes for every program).
const TICKS_PER_SECOND: f64 = 100.0;

/// One command that takes part.
pub(crate) struct Contender {
    /// What it is called.
    pub(crate) name: String,
    /// What it is beside the others.
    pub(crate) role: Role,
    /// The program.
    pub(crate) program: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Exit codes that mean that it did its work.
    pub(crate) codes: &'static [i32],
}

impl Contender {
    /// A command that ends with 0.
    pub(crate) fn new(role: Role, name: &str, program: &str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (name, program) = (name.to_owned(), program.to_owned());
        Self { name, role, program, arguments, codes: &[0] }
    }

    /// A command for which other exit codes are as good.
    pub(crate) fn ending_with(mut self, codes: &'static [i32]) -> Self {
        self.codes = codes;
        self
    }
}

/// What several runs of a command took.
pub(crate) struct Timed {
    /// From start to end, in seconds.
    pub(crate) wall_s: Spread,
    /// Of all its threads and processes; empty where the system does not tell.
    pub(crate) cpu_s: Spread,
    /// Largest memory in MB; empty where the system does not tell.
    pub(crate) peak_mb: Spread,
    /// What the last run said on standard error.
    pub(crate) said: String,
}

struct Run {
    wall_s: f64,
    cpu_s: Option<f64>,
    peak_mb: Option<f64>,
}

/// Runs every contender so many times, in turn. What they print goes to files in `folder`: a closed or
/// null output would let some of them stop early.
pub(crate) fn race(
    contenders: &[Contender],
    runs: usize,
    folder: &Path,
) -> anyhow::Result<Vec<Timed>> {
    let mut all: Vec<Vec<Run>> = contenders.iter().map(|_| Vec::new()).collect();
    let mut said = vec![String::new(); contenders.len()];
    for _ in 0..runs.max(1) {
        for ((contender, runs), said) in contenders.iter().zip(&mut all).zip(&mut said) {
            let (run, words) = run_once(contender, folder)?;
            runs.push(run);
            *said = words;
        }
    }
    let timed = all.into_iter().zip(said).map(|(runs, said)| Timed {
        wall_s: Spread::of(runs.iter().map(|run| run.wall_s)),
        cpu_s: Spread::of(runs.iter().filter_map(|run| run.cpu_s)),
        peak_mb: Spread::of(runs.iter().filter_map(|run| run.peak_mb)),
        said,
    });
    Ok(timed.collect())
}

fn run_once(contender: &Contender, folder: &Path) -> anyhow::Result<(Run, String)> {
    let (out, error) = (folder.join("stdout"), folder.join("stderr"));
    let create = |path: &Path| {
        File::create(path).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut command = Command::new(&contender.program);
    command
        .args(&contender.arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(create(&out)?)
        .stderr(create(&error)?);
    let cpu_before = cpu_of_children();
    let started = Instant::now();
    let mut child =
        command.spawn().with_context(|| format!("cannot start `{}`", contender.program))?;
    let peak_kb = AtomicU64::new(0);
    let ended = AtomicBool::new(false);
    let (status, wall_s) = std::thread::scope(|scope| {
        let status_file = format!("/proc/{}/status", child.id());
        let (peak_kb, ended) = (&peak_kb, &ended);
        scope.spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                peak_kb.fetch_max(peak_kb_of(&status_file).unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(MEMORY_EVERY);
            }
        });
        let status = child.wait();
        let wall_s = started.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (status, wall_s)
    });
    let said = std::fs::read_to_string(&error).unwrap_or_default();
    let code = status?.code();
    if code.is_none_or(|code| !contender.codes.contains(&code)) {
        bail!("`{}` ended with {code:?}: {}", contender.name, said.trim());
    }
    let cpu_s = cpu_before.zip(cpu_of_children()).map(|(before, after)| after - before);
    #[expect(clippy::cast_precision_loss, reason = "kilobytes of memory are far below 2^52")]
    let peak_mb = Some(peak_kb.into_inner() as f64 / 1000.0).filter(|peak| *peak > 0.0);
    Ok((Run { wall_s, cpu_s, peak_mb }, said))
}

/// CPU seconds of all children that have ended, and theirs (proc(5): `cutime` and `cstime`).
pub(crate) fn cpu_of_children() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses that may hold anything; the third follows the last one.
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn peak_kb_of(status_file: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status_file).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Whether a program is installed.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
