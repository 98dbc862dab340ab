//! Ids and secrets that stand in different files of one folder, or different entries of one archive: as
//! `access_key_id` and `secret_access_key` that a secret store mounts, or an export with a file for each.
//!
//! Only what leaves no choice is paired: in one folder, one id of a kind without a secret and one value that
//! fits it; or, where there are several, those whose files say the same owner (`prod-id`, `prod-secret`).

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::{Finding, FindingKind, FoundSecret, Location, Secret};

use crate::pair::Label;
use crate::{Report, Scanner};

/// Rules that find what is named as a secret and no more is known of.
const NAMED: [&str; 2] = ["generic_secret", "generic_api_key"];
/// How sure a pair over two files is: as sure as one far apart in one file.
const CONFIDENCE: f64 = 0.75;

/// Files with parts of keys in one folder from which on nothing is believed but the names of files: what stands
/// in one of many files belongs to none of them more than to another.
const FILES_MAX: usize = 8;

/// All that a file holds, where that may be the secret of an id beside it.
#[derive(Debug, Clone)]
pub struct Lone {
    /// The value.
    pub value: Secret,
    /// Where it stands.
    pub location: Location,
}

/// What may be a secret, and where it comes from.
struct Spare {
    value: Secret,
    location: Location,
}

/// An id without a secret, by its report and its place among the findings.
struct Id {
    report: usize,
    finding: usize,
}

/// Whether a report has a part of a pair whose other part may stand in a neighbouring file.
#[must_use]
pub fn wants_neighbours(report: &Report, scanner: &Scanner) -> bool {
    !report.lone.is_empty() || report.findings.iter().any(|f| is_lone(f) || is_spare(f, scanner))
}

fn is_lone(finding: &Finding) -> bool {
    finding.kind == FindingKind::AccessKeyPair && finding.secret.is_none()
}

fn is_spare(finding: &Finding, scanner: &Scanner) -> bool {
    let value = finding.secret.as_ref().map(|secret| secret.value.reveal());
    finding.kind == FindingKind::Credential
        && NAMED.contains(&finding.rule.as_str())
        && value.is_some_and(|value| !scanner.rules.secret_fits(value.as_bytes(), true).is_empty())
}

/// Pairs ids with secrets over the files of each folder among these reports, and over the entries of each
/// folder in an archive. The addresses in the reports must be those of the files.
pub fn pair_neighbours(reports: &mut [&mut Report], scanner: &Scanner) {
    let mut folders: BTreeMap<String, (Vec<Id>, Vec<Spare>)> = BTreeMap::new();
    for (number, report) in reports.iter().enumerate() {
        for (place, finding) in report.findings.iter().enumerate() {
            let folder = folders.entry(folder_of(&finding.location)).or_default();
            if is_lone(finding) {
                folder.0.push(Id { report: number, finding: place });
            } else if is_spare(finding, scanner)
                && let Some(secret) = &finding.secret
            {
                let (value, location) = (secret.value.clone(), finding.location.clone());
                folder.1.push(Spare { value, location });
            }
        }
        for lone in &report.lone {
            let (value, location) = (lone.value.clone(), lone.location.clone());
            folders.entry(folder_of(&location)).or_default().1.push(Spare { value, location });
        }
    }
    for (ids, spares) in folders.into_values() {
        let mut taken = BTreeSet::new();
        for id in &ids {
            let Some(spare) = secret_of(id, &ids, &spares, reports, scanner) else { continue };
            taken.insert(spare.value.reveal().to_owned());
            put(&mut reports[id.report].findings[id.finding], spare, scanner);
        }
        let spare = |finding: &Finding| {
            let value = finding.secret.as_ref().map(|secret| secret.value.reveal());
            is_spare(finding, scanner) && value.is_some_and(|value| taken.contains(value))
        };
        for report in reports.iter_mut().filter(|_| !taken.is_empty()) {
            report.findings.retain(|finding| !spare(finding));
        }
    }
}

/// The only secret that an id may have.
fn secret_of<'s>(
    id: &Id,
    ids: &[Id],
    spares: &'s [Spare],
    reports: &[&mut Report],
    scanner: &Scanner,
) -> Option<&'s Spare> {
    let finding_of = |id: &Id| &reports[id.report].findings[id.finding];
    let own = finding_of(id);
    let rule = scanner.rules.index_of(&own.rule)?;
    let fitting: Vec<&Spare> = spares
        .iter()
        .filter(|spare| {
            scanner.rules.secret_fits(spare.value.reveal().as_bytes(), true).contains(&rule)
        })
        .filter(|spare| file_of(&spare.location) != file_of(&own.location))
        .collect();
    let rivals = |of: &dyn Fn(&Location) -> bool| {
        let same = ids.iter().map(finding_of).filter(|other| other.rule == own.rule);
        same.filter(|other| of(&other.location))
            .map(|other| &other.access_key_id)
            .collect::<BTreeSet<_>>()
    };
    let only = |spares: &[&'s Spare]| {
        let values: BTreeSet<&str> = spares.iter().map(|spare| spare.value.reveal()).collect();
        (values.len() == 1).then(|| spares.first().copied())?
    };
    let places = ids.iter().map(|id| &finding_of(id).location);
    let files: BTreeSet<_> =
        places.chain(spares.iter().map(|spare| &spare.location)).map(file_of).collect();
    if files.len() <= FILES_MAX && rivals(&|_| true).len() == 1 {
        return only(&fitting);
    }
    let owner = owner_of(&own.location)?;
    let same = |location: &Location| owner_of(location).as_ref() == Some(&owner);
    let of_owner: Vec<&Spare> = fitting.into_iter().filter(|spare| same(&spare.location)).collect();
    if rivals(&same).len() == 1 { only(&of_owner) } else { None }
}

fn put(finding: &mut Finding, spare: &Spare, scanner: &Scanner) {
    let value = spare.value.clone();
    finding.secret = Some(FoundSecret {
        fingerprint: scanner.key.fingerprint(&value),
        masked: value.masked(),
        value,
    });
    finding.confidence = finding.confidence.max(CONFIDENCE);
    finding.why.retain(|why| why != crate::pair::NO_SECRET);
    let name = name_of(&spare.location);
    finding.why.insert(0, format!("its secret stands beside it in `{name}`"));
}

/// A file or an entry.
fn file_of(location: &Location) -> (&str, &[String]) {
    (&location.uri, &location.path)
}

/// The name of a file or an entry, without its folders.
fn name_of(location: &Location) -> &str {
    let whole = location.path.last().unwrap_or(&location.uri);
    whole.rsplit(['/', '\\']).next().unwrap_or(whole)
}

/// The folder of a file, or of an entry in its archive.
fn folder_of(location: &Location) -> String {
    let whole = [std::slice::from_ref(&location.uri), &location.path].concat().join("!/");
    let end = whole.len() - name_of(location).len();
    whole.get(..end).unwrap_or_default().to_owned()
}

/// Whose a file is by its name, beside what all such names say.
fn owner_of(location: &Location) -> Option<String> {
    let name = name_of(location);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Label::named(stem).owner()
}

#[cfg(test)]
mod tests {
    use claviger_model::FingerprintKey;

    use super::*;
    use crate::Limits;

    const ID: &str = "LTAI5t1GumF9ikeXfPX6xnYD";
    const OTHER: &str = "LTAI5tK9qW2mZ7rT4vB8nC3x";
    const SECRET: &str = "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE";
    const SECOND: &str = "k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U";

    /// What is found in files: their rules and, of pairs, secrets.
    fn found(files: &[(&str, String)]) -> Vec<(String, Option<String>)> {
        let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
        let mut reports: Vec<Report> = Vec::new();
        for (name, text) in files {
            let mut scan = scanner.open(name, Limits::default());
            scan.feed(text.as_bytes());
            reports.push(scan.finish());
        }
        assert!(reports.iter().any(|report| wants_neighbours(report, &scanner)));
        pair_neighbours(&mut reports.iter_mut().collect::<Vec<_>>(), &scanner);
        let findings = reports.into_iter().flat_map(|report| report.findings);
        findings
            .map(|f| (f.rule, f.secret.map(|secret| secret.value.reveal().to_owned())))
            .collect()
    }

    fn pair(secret: Option<&str>) -> (String, Option<String>) {
        ("aliyun_access_key".to_owned(), secret.map(str::to_owned))
    }

    #[test]
    fn an_id_and_a_secret_in_files_of_one_folder_are_a_pair() {
        let files =
            [("run/access-key-id", ID.to_owned()), ("run/access-key-secret", SECRET.to_owned())];
        assert_eq!(found(&files), [pair(Some(SECRET))]);
        let named = format!("accessKeySecret: {SECRET}\n");
        let files = [("run/a.yaml", format!("accessKeyId: {ID}\n")), ("run/b.yaml", named)];
        assert_eq!(found(&files), [pair(Some(SECRET))]);
    }

    #[test]
    fn a_secret_of_another_folder_or_one_of_several_is_left_alone() {
        let files = [("a/id", ID.to_owned()), ("b/secret", SECRET.to_owned())];
        assert_eq!(found(&files), [pair(None)]);
        let files = [
            ("a/id", ID.to_owned()),
            ("a/secret", SECRET.to_owned()),
            ("a/secret2", SECOND.to_owned()),
        ];
        assert_eq!(found(&files), [pair(None)]);
    }

    #[test]
    fn in_a_folder_of_many_files_nothing_is_guessed() {
        let mut files = vec![("a/id".to_owned(), ID.to_owned())];
        files.extend((0..FILES_MAX).map(|n| (format!("a/{n}"), SECRET.to_owned())));
        let files: Vec<(&str, String)> =
            files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        assert!(found(&files).contains(&pair(None)));
        assert!(found(&files[..2]).contains(&pair(Some(SECRET))));
    }

    #[test]
    fn of_several_those_of_one_owner_belong_together() {
        let files = [
            ("a/prod_id", ID.to_owned()),
            ("a/prod_secret", SECRET.to_owned()),
            ("a/test_id", OTHER.to_owned()),
            ("a/test_secret", SECOND.to_owned()),
        ];
        assert_eq!(found(&files), [pair(Some(SECRET)), pair(Some(SECOND))]);
    }
}
