//! Plans about storage: files, lists, blocks.

use claviger_cloud::Listed;
use claviger_model::{Acl, Ask, EvidenceState, PlanState, PublicAccessBlock, WorkState};

use super::{LEAK, Leak};
use crate::stage::{BUCKET, bucket, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_versions_of_a_file_that_hold_the_key_are_deleted_and_the_event_is_disposed() {
    let leak = Leak::found().await;
    let plan = leak.draft(Ask::DeleteFile { bucket: BUCKET.to_owned(), object: LEAK.to_owned() });
    let plan = plan.await;
    let untyped = leak.stage.service.confirm_plan(&leak.stage.actor, &plan.id, None).await;
    assert!(untyped.unwrap_err().hint().unwrap().contains(leak.pair.0.as_str()));
    leak.confirm(&plan).await;
    leak.in_state(&plan.id, PlanState::Done).await;
    let owner = leak.stage.owner();
    assert_eq!(owner.head_object(&bucket(BUCKET), LEAK).await.unwrap(), None);
    until("the evidence is disposed of", async || {
        let details = leak.stage.service.event_details(&leak.event.id).await.unwrap();
        let gone = details.evidence.iter().all(|one| one.state == EvidenceState::Disposed);
        (gone && details.event.work_state == WorkState::Disposed).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_blocks_are_put_back_as_they_were() {
    let leak = Leak::found().await;
    let owner = leak.stage.owner();
    let place = bucket(BUCKET);
    let of_bucket = Listed { bucket: &place, object: None };
    let of_object = Listed { bucket: &place, object: Some(LEAK) };
    owner.set_acl(of_bucket, Acl::PublicRead).await.unwrap();
    let ask = Ask::BucketAcl { bucket: BUCKET.to_owned(), acl: Acl::Private };
    let list = leak.carry_out(ask).await;
    assert_eq!(owner.acl(of_bucket).await.unwrap(), Acl::Private);
    let (bucket, object) = (BUCKET.to_owned(), LEAK.to_owned());
    let file = leak.carry_out(Ask::ObjectAcl { bucket, object, acl: Acl::Private }).await;
    assert_eq!(owner.acl(of_object).await.unwrap(), Acl::Private);
    let block = leak.carry_out(Ask::BlockPublicAccess { bucket: BUCKET.to_owned() }).await;
    let account = leak.carry_out(Ask::BlockAccountPublicAccess).await;
    let closed = Some(PublicAccessBlock::all(true));
    assert_eq!(owner.public_access_block(Some(&place)).await.unwrap(), closed);
    assert_eq!(owner.public_access_block(None).await.unwrap(), closed);
    for plan in [account, block, file, list] {
        leak.take_back(&plan).await;
    }
    assert_eq!(owner.acl(of_bucket).await.unwrap(), Acl::PublicRead);
    assert_eq!(owner.acl(of_object).await.unwrap(), Acl::Default);
    let open = Some(PublicAccessBlock::all(false));
    assert_eq!(owner.public_access_block(Some(&place)).await.unwrap(), open);
    assert_eq!(owner.public_access_block(None).await.unwrap(), open);
}
