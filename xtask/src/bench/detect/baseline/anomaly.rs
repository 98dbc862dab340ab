//! Isolation Forest (scikit-learn) and half-space trees (river) over the hours of keys.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::Baseline;
use super::feature::{self, WIDTH};
use crate::bench::detect::attack::QUIET_DAYS;
use crate::bench::detect::judge::Alarm;
use crate::bench::detect::scene::Scene;

/// What does the arithmetic.
const PROGRAM: &str = include_str!("anomaly.py");

/// From PyPI, each at the version that was compared.
const PACKAGES: [&str; 2] = ["scikit-learn==1.9.1", "river==0.26.1"];

/// Names, in the order of the columns that the program writes.
const NAMES: [&str; 2] = ["Isolation Forest, hourly", "HS-Trees, hourly"];

fn python(folder: &Path) -> std::path::PathBuf {
    folder.join("venv/bin/python")
}

/// Whether what is needed can be run.
pub(in crate::bench::detect) fn is_there(folder: &Path) -> bool {
    let mut command = Command::new(python(folder));
    command.args(["-c", "import sklearn, river"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs it into a folder of its own.
pub(in crate::bench::detect) fn install(folder: &Path) -> anyhow::Result<()> {
    let venv = folder.join("venv");
    crate::parts::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    crate::parts::run(
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES),
    )
}

/// Both methods over a scene.
pub(super) fn all(scene: &Scene, folder: &Path) -> anyhow::Result<Vec<Baseline>> {
    let rows = feature::rows(scene);
    let mut bytes = Vec::with_capacity(rows.len() * (WIDTH + 1) * 4);
    for row in &rows {
        let is_first = f32::from(u8::from(row.until <= QUIET_DAYS * 86_400));
        bytes.extend(is_first.to_le_bytes());
        row.numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
    let (input, output) = (folder.join("hours.f32"), folder.join("scores.f32"));
    std::fs::File::create(&input)?.write_all(&bytes)?;
    let status = Command::new(python(folder))
        .args(["-c", PROGRAM])
        .args([&input, &output])
        .arg((WIDTH + 1).to_string())
        .stdin(Stdio::null())
        .status()
        .context("cannot start python")?;
    if !status.success() {
        bail!("the methods of anomaly detection broke off");
    }
    let scores = std::fs::read(&output)?;
    let column = |place: usize| {
        let scores = scores.chunks_exact(8).map(move |row| {
            let number: [u8; 4] = row[place * 4..place * 4 + 4].try_into().unwrap_or_default();
            f64::from(f32::from_le_bytes(number))
        });
        let alarms = rows.iter().zip(scores).map(|(row, score)| Alarm {
            at: row.until,
            key: row.key,
            score,
            attack: row.attack,
        });
        Baseline { name: NAMES[place], alarms: alarms.collect(), has_score: true }
    };
    Ok(vec![column(0), column(1)])
}
