//! How much of what is there is found, and how much of what is found is there: on a labelled set made from a
//! seed, beside other scanners, and on installed packages, where hardly anything is.
//!
//! The set is drawn from the shapes that providers publish and the files that tools write, not from our own
//! rules. Every scanner sees the same files and is judged by the same labels.

mod background;
mod case;
mod credential;
mod form;
mod judge;
mod known;
mod negative;
mod provider;
mod special;
mod store;
mod tool;

use std::path::Path;

use case::{Case, Truth};
use form::{FORMS, Given, fill};
use judge::{BINS, Score, Share, judge};
use provider::PROVIDERS;
use tool::Found;
pub(super) use tool::{Tool, install};

use super::random::Random;
use super::report::{Role, Row, Section};
use super::scan::column;
use super::{Args, Bench};
use crate::say;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let cases = drawn(args.seed())?;
    let folder = bench.folder.join("accuracy");
    case::write_all(&folder, &cases)?;
    let peers = tool::install(&bench.folder);
    let mut scores = Vec::new();
    for tool in Tool::ALL {
        if tool != Tool::Claviger && peers.is_err() {
            continue;
        }
        say(&format!("xtask: {} reads {} cases …", tool.name(), cases.len()));
        match tool.run(bench, &folder) {
            Ok(found) => scores.push((tool, judge(&cases, &numbered(&folder, found)))),
            Err(error) => say(&format!("xtask: {} does not take part: {error:#}", tool.name())),
        }
    }
    for (tool, score) in &scores {
        let remarks = bench.folder.join(format!("accuracy-{}.txt", tool.name()));
        std::fs::write(remarks, score.remarks.join("\n"))?;
    }
    whole(&cases, &scores, args.seed()).print(args.format)?;
    by_class(&scores).print(args.format)?;
    if let Some((_, ours)) = scores.first() {
        reliability(ours).print(args.format)?;
    }
    background::run(bench)?.print(args.format)?;
    Ok(())
}

/// Every case of a seed.
fn drawn(seed: u64) -> anyhow::Result<Vec<Case>> {
    let mut random = Random::new(seed.wrapping_mul(0x9E37_79B9) ^ 0xACC);
    let mut cases = Vec::new();
    for form in &FORMS {
        // Nothing in a call without names tells an id that begins like any other word.
        let told = |known: &&provider::Provider| known.has_prefix || form.0 != "python positional";
        for provider in PROVIDERS.iter().filter(told) {
            let (id, secret) = provider.draw(&mut random);
            let truths = vec![Truth::pair(&id, &secret)];
            let text = fill(form, &Given { provider, id, secret });
            cases.push(Case::new(
                &format!("pair: {}", form.0),
                provider.name,
                form.1,
                text,
                truths,
            ));
        }
    }
    cases.extend(known::cases(&mut random));
    cases.extend(special::cases(&mut random)?);
    cases.extend(credential::cases(&mut random));
    cases.extend(negative::cases(&mut random));
    cases.extend(store::cases(&mut random));
    Ok(cases)
}

/// Findings with the numbers of their cases: the name of the folder below the set's.
fn numbered(folder: &Path, found: Vec<Found>) -> Vec<(usize, Found)> {
    let number = |finding: &Found| {
        let (_, below) = finding.file.split_once(&*folder.to_string_lossy())?;
        let below = below.trim_start_matches(['/', '.']);
        below.split('/').next()?.parse().ok()
    };
    found.into_iter().filter_map(|finding| Some((number(&finding)?, finding))).collect()
}

fn role(tool: Tool) -> Role {
    if tool == Tool::Claviger { Role::Ours } else { Role::Peer }
}

fn whole(cases: &[Case], scores: &[(Tool, Score)], seed: u64) -> Section {
    let rows = scores.iter().map(|(tool, score)| Row {
        name: tool.name().to_owned(),
        role: role(*tool),
        figures: [score.ids, score.secrets, score.pairs, score.precise, score.quiet]
            .map(Share::value)
            .to_vec(),
    });
    let empty = cases.iter().filter(|case| case.truths.is_empty()).count();
    Section {
        bench: "accuracy",
        title: format!("{} cases with credentials, {empty} without", cases.len() - empty),
        columns: vec![
            column("recall_ids", "ids", 3),
            column("recall_secrets", "secrets", 3),
            column("recall_pairs", "pairs", 3),
            column("precision", "precision", 3),
            column("quiet", "quiet", 3),
        ],
        rows: rows.collect(),
        notes: vec![
            format!(
                "seed {seed}; ids, secrets, pairs: share found; precision: share of findings that are true"
            ),
            "quiet: share of cases without a credential that stayed without a finding".to_owned(),
            "what was missed and what was wrong: `target/bench/accuracy-<scanner>.txt`".to_owned(),
        ],
    }
}

/// Each class: what our scanner found of it and how precisely, and what each peer found.
fn by_class(scores: &[(Tool, Score)]) -> Section {
    let classes = scores.iter().flat_map(|(_, score)| score.classes.keys());
    let classes: std::collections::BTreeSet<&String> = classes.collect();
    let rows = classes.into_iter().map(|class| {
        let of = |tool: Tool| {
            let score = scores.iter().find(|(known, _)| *known == tool);
            score.and_then(|(_, score)| score.classes.get(class).copied()).unwrap_or_default()
        };
        let ours = of(Tool::Claviger);
        let mut figures = vec![ours.0.value(), ours.1.value()];
        figures.extend(Tool::ALL[1..].iter().map(|tool| of(*tool).0.value()));
        Row { name: class.clone(), role: Role::Ours, figures }
    });
    Section {
        bench: "accuracy",
        title: "by class: share found, pairs as pairs".to_owned(),
        columns: vec![
            column("claviger", "claviger", 2),
            column("claviger_precision", "precision", 2),
            column("kingfisher", "kingfisher", 2),
            column("gitleaks", "gitleaks", 2),
            column("detect_secrets", "detect-secrets", 2),
            column("credsweeper", "credsweeper", 2),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// Whether what is said to be so sure is so often true.
fn reliability(score: &Score) -> Section {
    let rows = BINS.iter().enumerate().map(|(bin, low)| {
        let (share, said) = score.bins[bin];
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 findings")]
        let count = share.all as f64;
        let high = BINS.get(bin + 1).copied().unwrap_or(1.0);
        Row {
            name: format!("{low:.1} to {high:.1}"),
            role: Role::Ours,
            figures: vec![Some(count), (count > 0.0).then(|| said / count), share.value()],
        }
    });
    Section {
        bench: "accuracy",
        title: "how sure claviger says it is, and how often it is right".to_owned(),
        columns: vec![
            column("findings", "findings", 0),
            column("said", "said", 2),
            column("true", "true", 2),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
