//! What is known stays silent, wherever its line has moved; what is new does not.

use claviger_scan::{Baseline, Limits};

use crate::scan;

const TEXT: &str = "db_password = \"Wq7kd83jfA2x\"\naccessKeyId: LTAI5t1GumF9ikeXfPX6xnYD\n\
                    accessKeySecret: k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\n";

fn known(uri: &str, text: &str) -> Baseline {
    let mut baseline = Baseline::default();
    scan(uri, text.as_bytes(), Limits::default()).findings.iter().for_each(|f| baseline.add(f));
    baseline
}

#[test]
fn a_known_finding_stays_known_when_its_line_moves() {
    let baseline = Baseline::read(&known("a.yml", TEXT).write()).unwrap();
    let moved = format!("# a line\n\n# another\n{TEXT}");
    let mut report = scan("a.yml", moved.as_bytes(), Limits::default());
    let count = report.findings.len();
    baseline.suppress(&mut report);
    assert!(count >= 2 && report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.suppressed.len(), count);
    assert!(report.suppressed.iter().all(|known| known.reason.contains("baseline")));
}

#[test]
fn a_changed_secret_and_another_file_are_new() {
    let baseline = known("a.yml", TEXT);
    let changed = TEXT.replace("Wq7kd83jfA2x", "Zr5me94kgB3y");
    let mut report = scan("a.yml", changed.as_bytes(), Limits::default());
    baseline.suppress(&mut report);
    assert_eq!(report.findings.len(), 1);
    let mut report = scan("b.yml", TEXT.as_bytes(), Limits::default());
    let count = report.findings.len();
    baseline.suppress(&mut report);
    assert_eq!(report.findings.len(), count);
}

#[test]
fn a_baseline_holds_no_secret_and_names_the_line_that_it_cannot_read() {
    let written = known("a.yml", TEXT).write();
    assert!(
        !written.contains("Wq7kd83jfA2x") && !written.contains("k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE")
    );
    let error = Baseline::read(&format!("{written}no line\n")).unwrap_err();
    assert_eq!(error.line, written.lines().count() + 1);
    assert!(!error.hint().is_empty());
}
