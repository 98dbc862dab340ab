//! What the client of OSS and RAM does with good and bad answers.

use claviger_cloud::sign::{acs3, http_date, oss_v4, parse_basic};
use claviger_cloud::{BucketRef, CloudError, Listed, LogTarget, PolicyOwner, connect};
use claviger_dial::{Guard, GuardSettings};
use claviger_model::{
    AccessKeyId, Acl, CloudKeyStatus, GivenPair, Provider, PublicAccessBlock, Secret,
};
use jiff::{SignedDuration, Timestamp};

use crate::script::{ID, SECRET, Script, answer, ok, open, refusal, settings};

const NO_BUCKETS: &str = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";

fn bucket() -> BucketRef {
    BucketRef { name: "b".to_owned(), region: "cn-hangzhou".to_owned(), endpoint: None }
}

fn id() -> AccessKeyId {
    AccessKeyId::parse("LTAI5tLeaked0000000001").unwrap()
}

#[tokio::test]
async fn a_throttled_call_is_tried_again_until_it_is_answered() {
    let script = Script::start(vec![
        refusal(503, "SlowDown"),
        answer(429, "", ""),
        refusal(500, "InternalError"),
        ok(NO_BUCKETS),
    ])
    .await;
    assert_eq!(script.cloud(Provider::Aliyun).list_buckets().await.unwrap(), []);
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test]
async fn tries_are_bounded() {
    let script = Script::start(vec![refusal(503, "SlowDown")]).await;
    let error = script.cloud(Provider::Aliyun).list_buckets().await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("throttled", true));
    assert_eq!(script.seen().len(), 5);
}

#[tokio::test]
async fn what_will_not_get_better_is_not_tried_again() {
    for (answer, code, hint) in [
        (refusal(403, "AccessDenied"), "denied", "allow `oss:ListBuckets`"),
        (refusal(403, "InvalidAccessKeyId"), "credential_refused", "enter the pair again"),
        (refusal(403, "SignatureDoesNotMatch"), "credential_refused", "the secret"),
        (refusal(403, "SecurityTokenExpired"), "token_expired", "new token"),
        (refusal(404, "NoSuchBucket"), "not_found", "synchronize"),
        (ok("<html>welcome to the gateway"), "malformed", "endpoint"),
    ] {
        let script = Script::start(vec![answer]).await;
        let error = script.cloud(Provider::Aliyun).list_buckets().await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.hint().contains(hint), "{}", error.hint());
        assert!(!error.is_retryable());
        assert_eq!(script.seen().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_by_the_servers() {
    let server_time = Timestamp::now() + SignedDuration::from_hours(2);
    let skewed = answer(
        403,
        &format!("date: {}\r\n", http_date(server_time)),
        "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    );
    let script = Script::start(vec![skewed.clone(), ok(NO_BUCKETS)]).await;
    let cloud = script.cloud(Provider::Aliyun);
    cloud.list_buckets().await.unwrap();
    cloud.list_buckets().await.unwrap();
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    for corrected in &seen[1..] {
        let signed_at = parse_basic(corrected.header("x-oss-date").unwrap()).unwrap();
        assert!((signed_at.as_second() - server_time.as_second()).abs() < 60);
    }

    let hopeless = Script::start(vec![skewed]).await;
    let error = hopeless.cloud(Provider::Aliyun).list_buckets().await.unwrap_err();
    assert_eq!((error.code(), hopeless.seen().len()), ("clock_skew", 2));
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint = format!("http://127.0.0.1:{port}");
    let cloud = open(&settings(Provider::Aliyun, &endpoint, None)).unwrap();
    let error = cloud.list_buckets().await.unwrap_err();
    assert_eq!(error.code(), "unreachable");
    assert!(error.hint().contains(&port.to_string()), "{}", error.hint());
}

#[tokio::test]
async fn a_private_address_is_refused_unless_its_network_is_allowed() {
    let script = Script::start(vec![ok(NO_BUCKETS)]).await;
    let guard = Guard::new(GuardSettings::default()).unwrap();
    let cloud = connect(settings(Provider::Aliyun, &script.endpoint(), None), &guard).unwrap();
    let error = cloud.list_buckets().await.unwrap_err();
    assert_eq!(error.code(), "address_refused");
    assert!(error.hint().contains("allow_networks"), "{}", error.hint());
    assert_eq!(script.seen().len(), 0);
}

#[tokio::test]
async fn a_key_is_not_made_twice_when_the_answer_is_lost() {
    let script = Script::start(vec![refusal(500, "InternalError")]).await;
    let error = script.cloud(Provider::Aliyun).create_key("alice").await.unwrap_err();
    assert_eq!((error.code(), script.seen().len()), ("unavailable", 1));

    let made = r#"{"AccessKey":{"AccessKeyId":"LTAI5tNew","AccessKeySecret":"s"}}"#;
    let throttled = answer(400, "", r#"{"Code":"Throttling.User","Message":"slow"}"#);
    let script = Script::start(vec![throttled, ok(made)]).await;
    let (id, secret) = script.cloud(Provider::Aliyun).create_key("alice").await.unwrap();
    assert_eq!((id.as_str(), secret.reveal()), ("LTAI5tNew", "s"));
    let nonces: Vec<_> = script
        .seen()
        .iter()
        .map(|seen| seen.header("x-acs-signature-nonce").unwrap().to_owned())
        .collect();
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn a_pair_that_is_handed_to_kms_stands_in_the_body_and_never_in_the_address() {
    let script = Script::start(vec![ok("{}")]).await;
    let secret = "madeUp+Secret/0000000001";
    let pair = GivenPair { access_key_id: id(), secret: Secret::new(secret.to_owned()) };
    script.cloud(Provider::Aliyun).host_secret("alice", &[pair], "v1").await.unwrap();
    let seen = script.seen().swap_remove(0);
    assert!(!seen.target.contains("madeUp") && seen.target.contains("RAMCredentials"));
    let body = String::from_utf8(seen.body.clone()).unwrap();
    assert!(body.starts_with("SecretData=") && body.contains("madeUp%2BSecret%2F0000000001"));
    let parts = seen.parts();
    let claim = acs3::Presented::parse(&parts).unwrap().unwrap();
    assert!(claim.matches(&parts, &Secret::new(SECRET.to_owned())));
}

#[tokio::test]
async fn every_request_to_the_store_verifies_whatever_the_name() {
    let script = Script::start(vec![ok("")]).await;
    let token = Some("made-up-token==");
    let cloud = open(&settings(Provider::Aliyun, &script.endpoint(), token)).unwrap();
    let secret = Secret::new(SECRET.to_owned());
    let long = "é".repeat(512);
    let names = ["a b+c%2F?d#e", "../up", "a/../b", "/x//", "\"'<b>\n", "日本語", long.as_str()];
    for name in names {
        cloud.put_object(&bucket(), name, b"hello".to_vec(), Some(Acl::Private)).await.unwrap();
        cloud
            .set_acl(Listed { bucket: &bucket(), object: Some(name) }, Acl::PublicRead)
            .await
            .unwrap();
        cloud.delete_object(&bucket(), name).await.unwrap();
    }
    let seen = script.seen();
    assert_eq!(seen.len(), names.len() * 3);
    for (request, name) in seen.iter().zip(names.iter().flat_map(|name| [name; 3])) {
        let parts = request.parts();
        assert_eq!(parts.path, format!("/b/{name}"));
        let claim = oss_v4::Presented::parse(&parts).unwrap().unwrap();
        assert_eq!((claim.access_key_id.as_str(), claim.region.as_str()), (ID, "cn-hangzhou"));
        assert_eq!(claim.security_token.as_deref(), token);
        assert!(claim.matches(&parts, &secret), "{name}");
    }
    assert_eq!(seen[0].body, b"hello");
    for name in [".", ".."] {
        let error = cloud.delete_object(&bucket(), name).await.unwrap_err();
        assert_eq!(error.code(), "unaddressable");
    }
}

#[tokio::test]
async fn every_request_to_ram_verifies() {
    let script = Script::start(vec![ok("{}")]).await;
    let cloud = open(&settings(Provider::Aliyun, &script.endpoint(), Some("token"))).unwrap();
    cloud.create_user("alice & co").await.unwrap();
    cloud.set_key_status("alice", &id(), CloudKeyStatus::Inactive).await.unwrap();
    cloud.delete_key("alice", &id()).await.unwrap();
    cloud.create_policy("p", "{\"Version\":\"1\"}").await.unwrap();
    cloud.attach_policy("alice", PolicyOwner::Account, "p").await.unwrap();
    cloud.detach_policy("alice", PolicyOwner::Account, "p").await.unwrap();
    cloud.delete_policy("p").await.unwrap();
    let seen = script.seen();
    for request in &seen {
        let parts = request.parts();
        let claim = acs3::Presented::parse(&parts).unwrap().unwrap();
        assert!(claim.matches(&parts, &Secret::new(SECRET.to_owned())));
        assert_eq!(claim.security_token.as_deref(), Some("token"));
        assert!(claim.signed_headers.iter().any(|name| name == "x-acs-action"));
        assert_eq!(
            (request.method.as_str(), request.header("x-acs-version")),
            ("POST", Some("2015-05-01"))
        );
    }
    assert_eq!(seen[1].header("x-acs-action"), Some("UpdateAccessKey"));
    assert_eq!(seen[1].query("Status").as_deref(), Some("Inactive"));
    assert_eq!(seen[1].query("UserAccessKeyId").as_deref(), Some(id().as_str()));
}

#[tokio::test]
async fn a_bucket_that_lives_elsewhere_is_called_there_once() {
    let elsewhere = Script::start(vec![ok("")]).await;
    let moved = answer(
        403,
        "",
        &format!(
            "<Error><Code>AccessDenied</Code><Message>must be addressed using the specified \
             endpoint</Message><Endpoint>127.0.0.1:{}</Endpoint></Error>",
            elsewhere.port
        ),
    );
    let script = Script::start(vec![moved]).await;
    script.cloud(Provider::Aliyun).delete_object(&bucket(), "o").await.unwrap();
    assert_eq!((script.seen().len(), elsewhere.seen().len()), (1, 1));
}

#[tokio::test]
async fn buckets_are_listed_to_the_end() {
    let page = |name: &str, more: &str| {
        ok(&format!(
            "<?xml version=\"1.0\"?><ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets>\
             <Bucket><CreationDate>2026-01-02T03:04:05.000Z</CreationDate>\
             <ExtranetEndpoint>oss-cn-shanghai.aliyuncs.com</ExtranetEndpoint>\
             <Location>oss-cn-shanghai</Location><Name>{name}</Name></Bucket></Buckets>{more}\
             </ListAllMyBucketsResult>"
        ))
    };
    let script = Script::start(vec![
        page("one", "<IsTruncated>true</IsTruncated><NextMarker>one</NextMarker>"),
        page("two", "<IsTruncated>false</IsTruncated>"),
    ])
    .await;
    let buckets = script.cloud(Provider::Aliyun).list_buckets().await.unwrap();
    let names: Vec<_> = buckets.iter().map(|bucket| bucket.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(buckets[0].region, "cn-shanghai");
    assert_eq!(buckets[0].endpoint.as_deref(), Some("oss-cn-shanghai.aliyuncs.com"));
    assert!(buckets[0].created_at.is_some());
    assert_eq!(script.seen()[1].query("marker").as_deref(), Some("one"));
}

#[tokio::test]
async fn a_page_of_objects_is_decoded_and_names_the_next() {
    let script = Script::start(vec![ok(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
         <NextContinuationToken>a%2Bb%3D</NextContinuationToken>\
         <Contents><Key>a%20b%2Bc%0A%3Cd%3E</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
         <ETag>\"AB\"</ETag><Type>Normal</Type><Size>7</Size></Contents>\
         <Contents><Key>e+f</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
         <ETag>\"CD\"</ETag><Size>0</Size></Contents></ListBucketResult>",
    )])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    let page = cloud.list_objects(&bucket(), "dir/", Some("x"), None, 5000).await.unwrap();
    assert_eq!((page.objects[0].name.as_str(), page.objects[0].bytes), ("a b+c\n<d>", 7));
    assert_eq!((page.objects[1].name.as_str(), page.objects[0].etag.as_str()), ("e+f", "AB"));
    assert_eq!(page.next.as_deref(), Some("a+b="));
    cloud.list_objects(&bucket(), "", Some("x"), page.next.as_deref(), 10).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen[0].query("prefix").as_deref(), Some("dir/"));
    assert_eq!(seen[0].query("start-after").as_deref(), Some("x"));
    assert_eq!(seen[0].query("max-keys").as_deref(), Some("1000"));
    assert_eq!(seen[1].query("continuation-token").as_deref(), Some("a+b="));
    assert_eq!(seen[1].query("start-after"), None);
}

#[tokio::test]
async fn a_page_of_a_folder_tells_the_folders_in_it_decoded() {
    let script = Script::start(vec![ok(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
         <Contents><Key>p/a%20b</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
         <ETag>\"AB\"</ETag><Size>7</Size></Contents>\
         <CommonPrefixes><Prefix>p/c%2B/</Prefix></CommonPrefixes>\
         <CommonPrefixes><Prefix>p/2026/</Prefix></CommonPrefixes></ListBucketResult>",
    )])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    let page = cloud.list_folder(&bucket(), "p/", Some("p/a"), None, 1000).await.unwrap();
    assert_eq!(page.objects[0].name, "p/a b");
    assert_eq!((page.folders, page.next), (vec!["p/c+/".to_owned(), "p/2026/".to_owned()], None));
    let seen = script.seen();
    assert_eq!(seen[0].query("delimiter").as_deref(), Some("/"));
    assert_eq!(seen[0].query("start-after").as_deref(), Some("p/a"));
}

#[tokio::test]
async fn the_asked_bytes_are_read_from_any_kind_of_answer() {
    let script = Script::start(vec![
        answer(206, "", "2345"),
        ok("0123456789"),
        answer(416, "", "<Error><Code>InvalidRange</Code></Error>"),
        answer(206, "", "9"),
    ])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    assert_eq!(cloud.read_object(&bucket(), "o", 2..6).await.unwrap(), b"2345");
    assert_eq!(cloud.read_object(&bucket(), "o", 2..6).await.unwrap(), b"2345");
    assert_eq!(cloud.read_object(&bucket(), "o", 0..6).await.unwrap(), b"");
    assert_eq!(cloud.read_object(&bucket(), "o", 9..100).await.unwrap(), b"9");
    assert_eq!(cloud.read_object(&bucket(), "o", 9..9).await.unwrap(), b"");
    let seen = script.seen();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0].header("range"), Some("bytes=2-5"));
}

#[tokio::test]
async fn a_look_tells_gone_from_refused() {
    let large = "last-modified: Fri, 02 Jan 2026 03:04:05 GMT\r\netag: \"X\"\r\n\
                 content-length: 99999999999\r\n";
    // <Error><Code>InvalidAccessKeyId</Code></Error>, as OSS answers to HEAD.
    let hidden = "x-oss-err: PEVycm9yPjxDb2RlPkludmFsaWRBY2Nlc3NLZXlJZDwvQ29kZT48L0Vycm9yPg==\r\n";
    let script = Script::start(vec![
        answer(200, large, ""),
        answer(404, "", ""),
        answer(403, hidden, ""),
        answer(403, "", ""),
    ])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    let info = cloud.head_object(&bucket(), "o").await.unwrap().unwrap();
    assert_eq!((info.bytes, info.etag.as_str()), (99_999_999_999, "X"));
    assert_eq!(cloud.head_object(&bucket(), "o").await.unwrap(), None);
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(cloud.head_object(&bucket(), "o").await.unwrap_err().code());
    }
    assert_eq!(codes, ["credential_refused", "denied"]);
}

#[tokio::test]
async fn a_denied_detail_stays_unknown_and_a_refused_credential_does_not() {
    let script = Script::start(vec![refusal(403, "AccessDenied")]).await;
    let details = script.cloud(Provider::Aliyun).bucket_details(&bucket()).await.unwrap();
    assert_eq!(details, claviger_cloud::BucketDetails::default());

    let script = Script::start(vec![refusal(403, "InvalidAccessKeyId")]).await;
    let details = script.cloud(Provider::Aliyun).bucket_details(&bucket()).await;
    assert!(matches!(details, Err(CloudError::CredentialRefused(_))), "{details:?}");
}

#[tokio::test]
async fn the_details_of_a_bucket_are_read() {
    // One answer that holds all four: each call reads its own part.
    let script = Script::start(vec![ok(
        "<All><AccessControlList><Grant>public-read</Grant></AccessControlList>\
         <BlockPublicAccess>True</BlockPublicAccess>\
         <LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>p/</TargetPrefix>\
         </LoggingEnabled><Storage>1600</Storage><ObjectCount>230</ObjectCount></All>",
    )])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    let details = cloud.bucket_details(&bucket()).await.unwrap();
    assert_eq!(details.acl, Some(Acl::PublicRead));
    assert_eq!(details.public_access_blocked, Some(true));
    let target = LogTarget { bucket: "logs".to_owned(), prefix: "p/".to_owned() };
    assert_eq!(details.log_target, Some(target.clone()));
    assert_eq!((details.object_count, details.bytes), (Some(230), Some(1600)));
    assert_eq!(cloud.object_acl(&bucket(), "o").await.unwrap(), Acl::PublicRead);

    cloud.set_bucket_logging(&bucket(), Some(&target)).await.unwrap();
    cloud
        .set_public_access_block(Some(&bucket()), Some(PublicAccessBlock::all(true)))
        .await
        .unwrap();
    let seen = script.seen();
    let bodies: Vec<_> =
        seen[5..].iter().map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect();
    assert!(bodies[0].contains("<TargetBucket>logs</TargetBucket>"), "{}", bodies[0]);
    assert!(bodies[1].contains("<BlockPublicAccess>true</BlockPublicAccess>"), "{}", bodies[1]);
}

#[tokio::test]
async fn the_keys_of_all_users_are_listed() {
    let users = |name: &str, more: &str| {
        ok(&format!(r#"{{"RequestId":"R","Users":{{"User":[{{"UserName":"{name}"}}]}}{more}}}"#))
    };
    let keys = r#"{"AccessKeys":{"AccessKey":[
        {"AccessKeyId":"LTAI5tLeaked0000000001","Status":"Inactive","CreateDate":"2026-01-02T03:04:05Z"},
        {"AccessKeyId":"LTAI5tOther0000000001","Status":"Active"}]}}"#;
    let gone = answer(404, "", r#"{"Code":"EntityNotExist.User","Message":"gone"}"#);
    let script = Script::start(vec![
        users("alice", r#","IsTruncated":true,"Marker":"m""#),
        users("bob", r#","IsTruncated":false"#),
        ok(keys),
        gone.clone(),
        ok(keys),
        ok(keys),
        gone,
    ])
    .await;
    let cloud = script.cloud(Provider::Aliyun);
    let found = cloud.list_keys().await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].access_key_id, id());
    assert_eq!(found[0].status, CloudKeyStatus::Inactive);
    assert!(found[0].created_at.is_some() && found[1].created_at.is_none());
    assert_eq!(script.seen()[1].query("Marker").as_deref(), Some("m"));

    let status = cloud.key_status("alice", &id()).await.unwrap();
    assert_eq!(status, Some(CloudKeyStatus::Inactive));
    let other = AccessKeyId::parse("LTAI5tUnknown").unwrap();
    assert_eq!(cloud.key_status("alice", &other).await.unwrap(), None);
    assert_eq!(cloud.key_status("alice", &id()).await.unwrap(), None);
}

#[tokio::test]
async fn a_policy_that_is_there_gets_a_new_version() {
    let exists = answer(409, "", r#"{"Code":"EntityAlreadyExists.Policy","Message":"m"}"#);
    let attached = answer(409, "", r#"{"Code":"EntityAlreadyExists.User.Policy"}"#);
    let gone = answer(404, "", r#"{"Code":"EntityNotExist.Policy"}"#);
    let script = Script::start(vec![exists, ok("{}"), attached, gone]).await;
    let cloud = script.cloud(Provider::Aliyun);
    cloud.create_policy("p", "{}").await.unwrap();
    cloud.attach_policy("alice", PolicyOwner::Account, "p").await.unwrap();
    cloud.detach_policy("alice", PolicyOwner::Account, "p").await.unwrap();
    cloud.delete_policy("p").await.unwrap();
    let seen = script.seen();
    assert_eq!(seen[1].header("x-acs-action"), Some("CreatePolicyVersion"));
    assert_eq!(seen[1].query("SetAsDefault").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_policy_with_old_versions_is_deleted_with_them() {
    let conflict = answer(409, "", r#"{"Code":"DeleteConflict.Policy.Version"}"#);
    let versions = r#"{"PolicyVersions":{"PolicyVersion":[
        {"VersionId":"v2","IsDefaultVersion":true},{"VersionId":"v1","IsDefaultVersion":false}]}}"#;
    let script = Script::start(vec![conflict, ok(versions), ok("{}")]).await;
    script.cloud(Provider::Aliyun).delete_policy("p").await.unwrap();
    let seen = script.seen();
    let actions: Vec<_> = seen.iter().map(|seen| seen.header("x-acs-action").unwrap()).collect();
    let expected = ["DeletePolicy", "ListPolicyVersions", "DeletePolicyVersion", "DeletePolicy"];
    assert_eq!(actions, expected);
    assert_eq!(seen[2].query("VersionId").as_deref(), Some("v1"));
}

#[test]
fn a_connection_without_credentials_or_with_a_bad_endpoint_is_not_made() {
    let mut without = settings(Provider::Aliyun, "http://127.0.0.1:1", None);
    without.credentials = None;
    for settings in [without, settings(Provider::Aliyun, "ftp://x", None)] {
        let Err(error) = open(&settings) else { panic!("{settings:?}") };
        assert_eq!(error.code(), "settings_invalid");
    }
}
