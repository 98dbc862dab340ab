//! The machine's clock is set back while the service runs: what repeats goes on, nothing is lost.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::client::{rows, until};
use super::owner::{DATA, event_of};
use super::serve::Serve;
use super::stage::Stage;

/// The library that shows a process another time, where it is installed (Debian `faketime`). Where it must
/// be, it is.
pub(crate) fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let mut files = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let library = files.find(|file| file.exists());
    if library.is_none() {
        assert!(std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_none(), "no faketime");
        #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
        {
            eprintln!("SKIPPED: the library is missing: install `faketime`");
        }
    }
    library
}

/// The service under a clock that is off by what a file says.
pub(crate) fn under(serve: Serve, library: &Path, offset: &Path) -> Serve {
    serve
        .with("LD_PRELOAD", library.to_str().unwrap())
        .with("FAKETIME_TIMESTAMP_FILE", offset.to_str().unwrap())
        .with("FAKETIME_NO_CACHE", "1")
        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

async fn uses(stage: &Stage, event: &str) -> u64 {
    let event: Value = stage.client.get(&format!("/api/v1/events/{event}")).await;
    event["event"]["uses"].as_u64().or(event["uses"].as_u64()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_back_stops_nothing() {
    let Some(library) = faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let offset = folder.path().join("offset");
    // Less than what clouds refuse for its signature, more than any patience.
    std::fs::write(&offset, "+600").unwrap();
    let stage = Stage::set_with(|serve| under(serve, &library, &offset)).await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 0);
    until("the use is seen", async || (uses(&stage, &event).await == 1).then_some(())).await;
    std::fs::write(&offset, "+0").unwrap();
    until("it is noticed", async || {
        stage.serve.said().contains("the clock went back").then_some(())
    })
    .await;
    assert_eq!(stage.owner.fetch(&thief, DATA).await.0, 0);
    until("the log is read on", async || (uses(&stage, &event).await == 2).then_some(())).await;
    let overview = stage.client.get("/api/v1/overview").await;
    assert_eq!(rows(&overview["conditions"]).count(), 0, "{overview}");
}
