//! Who gets in, who does not, and in which words.

use claviger_cloud::sign::{oss_v1, oss_v4};
use jiff::{SignedDuration, Timestamp};

use crate::client::{Answer, Ask, Practice, credentials};

const BUCKET: &str = "guarded";

async fn practice() -> Practice {
    let practice = Practice::start().await;
    practice.done(Ask::new("PUT", BUCKET, "")).await;
    practice.done(Ask::new("PUT", BUCKET, "a/b.txt").body(b"hello")).await;
    practice
}

fn get<'a>() -> Ask<'a> {
    Ask::new("GET", BUCKET, "a/b.txt")
}

fn refused(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.element("Code").unwrap(), answer.element("EC").unwrap_or_default())
}

fn words(status: u16, code: &str, ec: &str) -> (u16, String, String) {
    (status, code.to_owned(), ec.to_owned())
}

#[tokio::test]
async fn a_disabled_key_is_refused_by_the_next_request_and_works_when_enabled_again() {
    let practice = practice().await;
    let reader = practice.user("reader", "AliyunOSSReadOnlyAccess").await;
    let key = [("UserName", "reader"), ("UserAccessKeyId", reader.access_key_id.as_str())];
    assert_eq!(practice.oss(&reader, get()).await.status, 200);
    practice.ram("UpdateAccessKey", &[key[0], key[1], ("Status", "Inactive")]).await;
    let answer = practice.oss(&reader, get()).await;
    assert_eq!(refused(&answer), words(403, "InvalidAccessKeyId", "0002-00000903"));
    assert_eq!(
        answer.element("Message").unwrap(),
        "The OSS Access Key Id you provided is disabled."
    );
    practice.ram("UpdateAccessKey", &[key[0], key[1], ("Status", "Active")]).await;
    assert_eq!(practice.oss(&reader, get()).await.status, 200);
    practice.ram("DeleteAccessKey", &key).await;
    let answer = practice.oss(&reader, get()).await;
    assert_eq!(refused(&answer), words(403, "InvalidAccessKeyId", "0002-00000902"));
}

#[tokio::test]
async fn a_request_of_another_time_is_refused() {
    let practice = practice().await;
    for minutes in [-16, 16] {
        let at = Timestamp::now() + SignedDuration::from_mins(minutes);
        let answer = practice.oss_at(&practice.root, get(), at).await;
        assert_eq!(answer.element("Code").unwrap(), "RequestTimeTooSkewed");
    }
    let at = Timestamp::now() - SignedDuration::from_mins(14);
    assert_eq!(practice.oss_at(&practice.root, get(), at).await.status, 200);
}

#[tokio::test]
async fn a_wrong_secret_learns_what_was_to_be_signed() {
    let practice = practice().await;
    let wrong = credentials(&practice.root.access_key_id, "wrong");
    let answer = practice.oss(&wrong, get()).await;
    assert_eq!(refused(&answer), words(403, "SignatureDoesNotMatch", "0002-00000040"));
    assert!(answer.element("StringToSign").unwrap().starts_with("OSS4-HMAC-SHA256"));
    assert_eq!(answer.header("x-oss-ec"), Some("0002-00000040"));
}

#[tokio::test]
async fn a_refused_head_carries_its_document_in_a_header() {
    let practice = practice().await;
    let answer = practice.done(Ask::new("HEAD", BUCKET, "a/b.txt")).await;
    assert_eq!((answer.header("content-length"), answer.body.len()), (Some("5"), 0));
    let answer = practice.oss(&practice.root, Ask::new("HEAD", BUCKET, "none")).await;
    assert_eq!((answer.status, answer.body.len()), (404, 0));
    assert!(answer.header("x-oss-err").is_some());
}

#[tokio::test]
async fn a_user_may_do_what_the_policy_says_and_no_more() {
    let practice = practice().await;
    let policy = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"oss:Get*","Resource":"acs:oss:*:*:guarded/a/*"},
        {"Effect":"Deny","Action":"*","Resource":"*",
         "Condition":{"NotIpAddress":{"acs:SourceIp":["203.0.113.0/24"]}}}]}"#;
    let create = [("PolicyName", "narrow"), ("PolicyDocument", policy)];
    practice.ram("CreatePolicy", &create).await;
    let user = practice.user("narrow", "narrow").await;
    let near = |ask: Ask<'static>| ask.header("x-sandbox-source-ip", "203.0.113.5");
    assert_eq!(practice.oss(&user, near(get())).await.status, 200);
    assert_eq!(practice.oss(&user, get()).await.status, 403, "from elsewhere");
    for ask in [
        Ask::new("PUT", BUCKET, "a/b.txt"),
        Ask::new("DELETE", BUCKET, "a/b.txt"),
        Ask::new("GET", BUCKET, "other"),
        Ask::new("GET", BUCKET, ""),
        Ask::new("GET", "", ""),
    ] {
        let answer = practice.oss(&user, near(ask)).await;
        assert_eq!(refused(&answer), words(403, "AccessDenied", "0003-00000001"));
    }
}

#[tokio::test]
async fn what_is_public_closes_with_the_bucket_and_with_the_account() {
    let practice = practice().await;
    let acl = Ask::new("PUT", BUCKET, "a/b.txt").query("acl", "");
    practice.done(acl.header("x-oss-object-acl", "public-read")).await;
    let block = b"<PublicAccessBlockConfiguration><BlockPublicAccess>True</BlockPublicAccess>\
                  </PublicAccessBlockConfiguration>";
    for bucket in [BUCKET, ""] {
        assert_eq!(practice.anonymous(get()).await.status, 200);
        let switch = |method| Ask::new(method, bucket, "").query("publicAccessBlock", "");
        practice.done(switch("PUT").body(block)).await;
        assert_eq!(practice.anonymous(get()).await.status, 403);
        let answer = practice.done(switch("GET")).await;
        assert_eq!(answer.element("BlockPublicAccess").unwrap(), "true");
        practice.done(switch("DELETE")).await;
    }
    assert_eq!(practice.anonymous(get()).await.status, 200);
}

#[tokio::test]
async fn a_signed_address_opens_until_it_expires() {
    let practice = practice().await;
    let sign_v1 = |until| {
        let mut parts = get().parts();
        oss_v1::presign(&mut parts, &practice.root, until);
        parts
    };
    let sign_v4 = |at| {
        let mut parts = get().parts();
        oss_v4::presign(&mut parts, &practice.root, practice.sandbox.region(), at, 60);
        parts
    };
    let minute = SignedDuration::from_mins(2);
    let now = Timestamp::now();
    for (parts, status) in [
        (sign_v1(now + minute), 200),
        (sign_v1(now - minute), 403),
        (sign_v4(now), 200),
        (sign_v4(now - minute), 403),
    ] {
        let answer = practice.oss_unsigned(&get(), &parts).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test]
async fn both_styles_of_address_reach_the_same_object() {
    let practice = practice().await;
    let mut parts = get().parts();
    parts.set_header("host", "guarded.localhost");
    oss_v4::sign(&mut parts, &practice.root, practice.sandbox.region(), Timestamp::now());
    let endpoint = &practice.sandbox.endpoints().oss;
    let answer = crate::client::send(endpoint, "GET", "/a/b.txt", &parts, b"").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
}

#[tokio::test]
async fn what_is_not_here_is_refused_by_name_and_changes_nothing() {
    let practice = practice().await;
    let answer =
        practice.oss(&practice.root, Ask::new("PUT", "fresh", "").query("lifecycle", "")).await;
    assert_eq!(answer.element("Code").unwrap(), "NotImplemented");
    let answer = practice.oss(&practice.root, Ask::new("GET", "fresh", "")).await;
    assert_eq!(refused(&answer), words(404, "NoSuchBucket", "0015-00000101"));
}
