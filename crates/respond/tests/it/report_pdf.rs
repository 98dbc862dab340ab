//! A report as PDF, judged by programs that others wrote: `pdftotext` of Poppler and `qpdf`. Where one is not
//! installed its test is skipped, loudly, unless `CLAVIGER_TEST_REQUIRE_PARTS=1`.

use std::path::Path;
use std::process::{Command, Stdio};

use claviger_model::{IntelligenceSource, Sensitivity};
use claviger_respond::report::{ReportInput, ReportLine, pdf};

use crate::{evidence, now, risk_event, three_sources, usage};

/// A name in Chinese, one that is longer than a line, and one in a script that no reader has a collection for.
const NAME: &str = "客户资料/身份证.csv";
const LONG: &str = "人力资源部二〇二六年度薪酬调整方案及全体员工银行账户信息汇总表（内部资料，请勿外传）——经财务部、法务部、\
                    信息安全部三方会签后归档，保存期限为十年，期满后由档案管理员统一销毁并登记在册.xlsx";
const OTHER: &str = "고객/α.txt";

/// The report with these names in title, evidence, tables and timeline.
fn report() -> Vec<u8> {
    let mut event = risk_event();
    event.account = Some("数据平台".to_owned());
    event.judgement = vec![LONG.to_owned()];
    let found: Vec<_> = [NAME, LONG, OTHER]
        .map(|name| evidence(name, IntelligenceSource::PrivatePlaintextStorage))
        .into();
    let mut usage = usage(NAME, three_sources());
    usage.buckets[0].sensitivity = Sensitivity::S3;
    let lines = [ReportLine {
        at: now(),
        kind: "note".to_owned(),
        text: "已通知客户 Acme 公司，等待回复。".to_owned(),
        actor: Some("王小明".to_owned()),
    }];
    pdf(&ReportInput {
        event: &event,
        evidence: &found,
        usage: &usage,
        lines: &lines,
        plans: &[],
        link: None,
        now: now(),
    })
}

#[expect(clippy::print_stderr, reason = "a judge that does not sit must be seen")]
fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    // Poppler knows collections of characters by a package of their own.
    let collections = Path::new("/usr/share/poppler/cMap/Adobe-GB1");
    if status.is_ok() && (program == "qpdf" || collections.exists()) {
        return true;
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    let hint = "`apt-get install poppler-utils poppler-data qpdf`";
    assert!(!required, "`{program}` is not installed: {hint}");
    eprintln!("SKIPPED: `{program}` is not installed, and judges nothing");
    false
}

/// What a program says of the report; `None` where it is not installed.
fn told(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    if !is_there(program) {
        return None;
    }
    std::fs::write(folder.join("report.pdf"), report()).unwrap();
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    let (told, warned) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {warned}");
    assert_eq!(warned, "", "{program}");
    Some(told.into_owned())
}

#[test]
fn chinese_names_are_read_back_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-enc", "UTF-8", "-raw", "report.pdf", "-"];
    let Some(told) = told("pdftotext", &arguments, folder.path()) else { return };
    let whole: String = told.split_whitespace().collect();
    for text in [NAME, LONG, "数据平台", "已通知客户Acme公司，等待回复。", "王小明"]
    {
        let text: String = text.split_whitespace().collect();
        assert!(whole.contains(&text), "{text}: {told}");
    }
    assert!(!whole.contains("\\u{5ba2}"), "no ideograph is spelled: {told}");
    // What no collection has is written out, and what one has is not.
    assert!(whole.contains("\\u{ace0}\\u{ac1d}/α.txt"), "{told}");
}

#[test]
fn the_file_is_whole_as_others_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(told) = told("qpdf", &["--check", "report.pdf"], folder.path()) else { return };
    assert!(told.contains("No syntax or stream encoding errors found"), "{told}");
}

#[test]
fn each_ideograph_is_drawn_and_takes_the_room_of_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-enc", "UTF-8", "-bbox", "report.pdf", "-"];
    let Some(told) = told("pdftotext", &arguments, folder.path()) else { return };
    // A word that is a cell of the timeline: three ideographs of 8 points.
    let word = told.lines().find(|line| line.contains(">王小明<")).unwrap();
    let number = |name: &str| -> f64 {
        let (_, rest) = word.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let width = number("xMax") - number("xMin");
    assert!((width - 24.0).abs() < 0.1, "{word}");
    // Nothing reaches over the right margin.
    let words = told.lines().filter(|line| line.contains("<word"));
    for line in words {
        let (_, rest) = line.split_once("xMax=\"").unwrap();
        let end: f64 = rest.split_once('"').unwrap().0.parse().unwrap();
        assert!(end <= 595.0 - 47.0, "{line}");
    }
}
