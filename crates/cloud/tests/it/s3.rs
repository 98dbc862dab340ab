//! What the client of S3 and IAM does with answers that a store of one's own does not give.

use claviger_cloud::sign::sig_v4;
use claviger_cloud::{BucketRef, LogTarget};
use claviger_model::{Provider, PublicAccessBlock, Secret};

use crate::script::{SECRET, Script, answer, ok, open, refusal, settings};

fn bucket() -> BucketRef {
    BucketRef { name: "b".to_owned(), region: String::new(), endpoint: None }
}

#[tokio::test]
async fn a_bucket_in_another_region_is_signed_for_it() {
    let wrong = answer(301, "x-amz-bucket-region: eu-west-3\r\n", "");
    let script = Script::start(vec![wrong, ok("")]).await;
    script.cloud(Provider::Aws).delete_object(&bucket(), "o").await.unwrap();
    let regions: Vec<String> = script
        .seen()
        .iter()
        .map(|seen| {
            let claim = sig_v4::Presented::parse(&seen.parts()).unwrap().unwrap();
            assert!(claim.matches(&seen.parts(), &Secret::new(SECRET.to_owned())));
            claim.scope.region
        })
        .collect();
    assert_eq!(regions, ["cn-hangzhou", "eu-west-3"]);
}

#[tokio::test]
async fn what_a_store_lacks_stays_unknown() {
    let script = Script::start(vec![refusal(501, "NotImplemented")]).await;
    let cloud = script.cloud(Provider::S3);
    let details = cloud.bucket_details(&bucket()).await.unwrap();
    assert_eq!(details, claviger_cloud::BucketDetails::default());
    let error = cloud
        .set_public_access_block(Some(&bucket()), Some(PublicAccessBlock::all(true)))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "refused");
}

#[tokio::test]
async fn a_bucket_without_a_block_is_not_blocked() {
    let script = Script::start(vec![refusal(404, "NoSuchPublicAccessBlockConfiguration")]).await;
    // The other two parts are then not found, which is an error of its own.
    let error = script.cloud(Provider::S3).bucket_details(&bucket()).await.unwrap_err();
    assert_eq!(error.code(), "not_found");

    let all = "<All><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
               <BlockPublicPolicy>true</BlockPublicPolicy>\
               <RestrictPublicBuckets>false</RestrictPublicBuckets></All>";
    let script = Script::start(vec![ok(all)]).await;
    let details = script.cloud(Provider::S3).bucket_details(&bucket()).await.unwrap();
    assert_eq!(details.public_access_blocked, Some(false));
}

#[tokio::test]
async fn configuring_a_bucket_carries_the_hash_of_its_body() {
    let script = Script::start(vec![ok("")]).await;
    let cloud = script.cloud(Provider::Aws);
    cloud
        .set_public_access_block(Some(&bucket()), Some(PublicAccessBlock::all(true)))
        .await
        .unwrap();
    let target = LogTarget { bucket: "logs".to_owned(), prefix: "a&b/".to_owned() };
    cloud.set_bucket_logging(&bucket(), Some(&target)).await.unwrap();
    let seen = script.seen();
    assert!(seen.iter().all(|seen| seen.header("content-md5").is_some()));
    assert!(String::from_utf8_lossy(&seen[1].body).contains("a&amp;b/"));
}

#[tokio::test]
async fn a_store_without_an_accounts_endpoint_has_no_users() {
    let mut settings = settings(Provider::S3, "http://127.0.0.1:1", None);
    settings.accounts_endpoint = None;
    let error = open(&settings).unwrap().list_keys().await.unwrap_err();
    assert_eq!(error.code(), "not_supported");
}

#[tokio::test]
async fn an_expired_signature_of_iam_is_a_wrong_clock() {
    let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: \
                20260102T030405Z is now earlier than 20260102T040000Z</Message></Error>\
                </ErrorResponse>";
    let script = Script::start(vec![answer(403, "", body)]).await;
    let error = script.cloud(Provider::Aws).list_keys().await.unwrap_err();
    assert_eq!(error.code(), "clock_skew");
}
