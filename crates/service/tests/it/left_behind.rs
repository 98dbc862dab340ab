//! What a look at an object alone would miss, with moto as the store: older versions that still hold a secret, and
//! objects that lie in an archive.

use claviger_model::{Ask, Asset, Authorization, EvidenceState, IntelligenceSource, WorkState};
use claviger_service::Actor;
use claviger_store::assets::AssetFilter;

use super::handling_aws::{BUCKET, LEAK, Leak, place};
use super::stage::until;

async fn asset(leak: &Leak) -> Asset {
    let all = leak.service.assets(&AssetFilter::default()).await.unwrap();
    all.into_iter().find(|asset| asset.bucket == BUCKET).unwrap()
}

/// Has the bucket looked through again.
async fn identify(leak: &Leak) {
    let id = asset(leak).await.id;
    leak.service.identify(&Actor::claviger(), &id).await.unwrap();
}

async fn until_evidence_is(leak: &Leak, state: EvidenceState) {
    until(&format!("the evidence is {state:?}"), async || {
        let details = leak.service.event_details(&leak.event.id).await.unwrap();
        details.evidence.iter().all(|one| one.state == state).then_some(())
    })
    .await;
}

async fn told(leak: &Leak) -> Vec<String> {
    let lines = leak.service.history_of_event(&leak.event.id).await.unwrap();
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_older_versions_is_not_disposed_of_before_each_of_them_is_deleted() {
    let Some(leak) = Leak::found().await else { return };
    let cloud = leak.moto.cloud();
    leak.moto.keep_versions(BUCKET);
    let with_key = cloud.read_object(&place(), LEAK, 0..1000).await.unwrap();
    let kept = [with_key.as_slice(), b"# kept\n"].concat();
    cloud.put_object(&place(), LEAK, kept, None).await.unwrap();
    cloud.put_object(&place(), LEAK, b"nothing to see\n".to_vec(), None).await.unwrap();
    identify(&leak).await;
    until_evidence_is(&leak, EvidenceState::Deleted).await;
    let lines = told(&leak).await;
    assert!(lines.iter().any(|line| line.contains("2 older versions still hold it")), "{lines:?}");
    let event = leak.service.risk_event(&leak.event.id).await.unwrap();
    assert!(!event.work_state.is_closed(), "{:?}", event.work_state);

    let ask = || Ask::DeleteFile { bucket: BUCKET.to_owned(), object: LEAK.to_owned() };
    let plan = leak.draft(ask()).await.unwrap();
    let changes = &plan.steps[0].changes;
    assert!(changes.contains("2 versions with the secret deleted for good"), "{changes}");
    leak.carry_out(ask()).await;
    until_evidence_is(&leak, EvidenceState::Disposed).await;
    let left = cloud.object_versions(&place(), LEAK).await.unwrap();
    assert_eq!(left.len(), 1, "the version without the secret stays: {left:?}");
    let event = leak.service.risk_event(&leak.event.id).await.unwrap();
    assert_eq!(event.work_state, WorkState::Disposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_marker_disposes_of_nothing() {
    let Some(leak) = Leak::found().await else { return };
    let cloud = leak.moto.cloud();
    leak.moto.keep_versions(BUCKET);
    cloud.delete_object(&place(), LEAK).await.unwrap();
    assert_eq!(cloud.head_object(&place(), LEAK).await.unwrap(), None);
    identify(&leak).await;
    until_evidence_is(&leak, EvidenceState::Deleted).await;
    leak.carry_out(Ask::DeleteFile { bucket: BUCKET.to_owned(), object: LEAK.to_owned() }).await;
    until_evidence_is(&leak, EvidenceState::Disposed).await;
    let left = cloud.object_versions(&place(), LEAK).await.unwrap();
    assert!(left.iter().all(|version| version.is_marker), "{left:?}");
}

/// Whether a second file of the archive is known to hold the key.
async fn is_found(leak: &Leak, object: &str) -> bool {
    let details = leak.service.event_details(&leak.event.id).await.unwrap();
    let mut found = details.evidence.iter().filter(|one| one.state == EvidenceState::Found);
    found.any(|one| {
        let private = one.source == IntelligenceSource::PrivatePlaintextStorage;
        private && one.object.as_deref() == Some(object)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_object_is_reported_and_read_once_it_is_restored() {
    let Some(leak) = Leak::found().await else { return };
    let cloud = leak.moto.cloud();
    let text = cloud.read_object(&place(), LEAK, 0..1000).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    let archived = format!("PUT /{BUCKET}/old/keys.txt");
    leak.moto.send(&archived, "x-amz-storage-class: GLACIER\r\n", &text);
    identify(&leak).await;
    let failure = until("the archive is reported", async || asset(&leak).await.failure).await;
    assert!(failure.contains("1 of 2 objects cannot be read"), "{failure}");
    assert!(failure.contains("is archived: restore it"), "{failure}");
    assert_eq!(asset(&leak).await.authorization, Authorization::Authorized, "the rest is read");
    let row = leak.service.object(&asset(&leak).await.id, "old/keys.txt").await.unwrap().unwrap();
    assert!(row.why.unwrap().contains("archived"));
    assert!(!is_found(&leak, "old/keys.txt").await);

    let body = "<RestoreRequest><Days>1</Days></RestoreRequest>";
    leak.moto.send(&format!("POST /{BUCKET}/old/keys.txt?restore"), "", body);
    until("it is read", async || is_found(&leak, "old/keys.txt").await.then_some(())).await;
    until("nothing is unread", async || asset(&leak).await.failure.is_none().then_some(())).await;
}
