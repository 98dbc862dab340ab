//! Reports, read back by the scanner: what reads PDFs of others reads these.

use claviger_model::FingerprintKey;
use claviger_scan::{Limits, Scanner};
use claviger_service::ReportForm;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_report_as_pdf_is_read_by_who_reads_pdfs_and_names_the_key() {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSFullAccess", "AliyunRAMFullAccess"]).await;
    stage.connect(key).await;
    stage.authorize().await;
    let event = stage.event().await;
    let pdf = stage.service.report(&event.id, ReportForm::Pdf).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-1.5"));
    let scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
    let mut scan = scanner.open("report.pdf", Limits::default());
    scan.feed(&pdf);
    let report = scan.finish();
    assert!(report.unread.is_empty(), "{:?}", report.unread);
    let ids: Vec<_> = report.findings.iter().filter_map(|one| one.access_key_id.clone()).collect();
    assert!(ids.contains(&event.access_key_id.unwrap()), "{ids:?}");
    assert!(report.findings.iter().all(|one| one.secret.is_none()), "it holds no secret");
}
