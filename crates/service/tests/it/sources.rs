//! How log buckets are read as sources: late files, the daily audit, and what is told of both.

use std::time::Duration;

use claviger_store::GapKind;

use super::stage::{BUCKET, LOG_BUCKET, Stage, bucket, until};

/// A line of the log of the bucket; made up.
fn line(request: &str) -> String {
    format!(
        "192.0.2.7 - - [03/Jan/2021:14:59:49 +0800] \"GET /{BUCKET}/a HTTP/1.1\" 200 10 1 \"-\" \
         \"made up\" \"h\" \"{request}\" \"true\" \"-\" \"GetObject\" \"{BUCKET}\" \"a\" 10 1 \"-\" \
         100 \"1\" - \"-\" \"standard\" \"-\" \"-\" \"LTAI5tMadeUpKeyId0000001\" \"-\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_every_listing_missed_is_found_by_the_audit() {
    let stage = Stage::set().await;
    let key = stage.keeper(&["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"]).await;
    stage.connect(key).await;
    let asset = stage.authorize().await;
    let view = async || {
        let all = stage.service.sources().await.unwrap();
        all.into_iter().find(|view| view.id == asset.id.as_str()).unwrap()
    };
    let first = until("the log is read and compared", async || {
        let view = view().await;
        let read = view.progress.as_ref().is_some_and(|progress| progress.lines > 0);
        view.audit.clone().filter(|_| read && view.state() == "reading")
    })
    .await;
    assert_eq!(first.missed, 0);
    // Five days late by its name: further back than any listing looks.
    let stamp = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(120);
    let name = format!("oss-log/{BUCKET}{}-late", stamp.strftime("%Y-%m-%d-%H-%M-%S"));
    let content = line("latefile").into_bytes();
    stage.owner().put_object(&bucket(LOG_BUCKET), &name, content, None).await.unwrap();
    let second = until("the audit comes again", async || {
        let audit = view().await.audit?;
        (audit.missed > 0).then_some(audit)
    })
    .await;
    assert!(second.listed > first.listed);
    let totals = stage.service.log_totals(&asset.id).await.unwrap();
    assert_eq!(totals.lines, totals.events + totals.rejected);
    tokio::time::sleep(Duration::from_millis(100)).await;
    // It came moments ago, so nobody was blind for long; a stretch under a minute is no gap.
    assert!(view().await.gaps.iter().all(|gap| gap.kind == GapKind::Blind));
}
