//! Our signatures are those of the vendors' documents and of their official clients.

use claviger_model::Secret;
use claviger_sign::{
    Credentials, Parts, UNSIGNED_PAYLOAD, acs3, oss_v1, oss_v4, rpc_v1, sha256_hex, sig_v4,
};
use jiff::Timestamp;
use serde::Deserialize;

/// Requests as official clients sent them to a loopback listener; the keys are made up.
const CAPTURED: &str = include_str!("../../fixtures/captured.json");

#[derive(Deserialize)]
struct Captured {
    name: String,
    scheme: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    secret: String,
    signature: String,
}

fn captured() -> Vec<Captured> {
    serde_json::from_str(CAPTURED).unwrap()
}

fn parts(request: &Captured) -> Parts {
    Parts {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        payload_sha256: sha256_hex(request.body.as_bytes()),
    }
}

/// What a server makes of a request: whose key, the signature, and whether it holds under `secret`.
fn verdict(request: &Captured, parts: &Parts, secret: &Secret) -> (String, String, bool) {
    match request.scheme.as_str() {
        "oss_v1" => {
            let seen = oss_v1::Presented::parse(parts).unwrap().unwrap();
            let holds = seen.matches(parts, secret);
            (seen.access_key_id, seen.signature, holds)
        }
        "oss_v4" => {
            let seen = oss_v4::Presented::parse(parts).unwrap().unwrap();
            let holds = seen.matches(parts, secret);
            (seen.access_key_id, seen.signature, holds)
        }
        "acs3" => {
            let seen = acs3::Presented::parse(parts).unwrap().unwrap();
            let holds = seen.matches(parts, secret);
            (seen.access_key_id, seen.signature, holds)
        }
        "rpc_v1" => {
            let seen = rpc_v1::Presented::parse(parts, &request.form).unwrap().unwrap();
            let holds = seen.matches(secret);
            (seen.access_key_id, seen.signature, holds)
        }
        other => panic!("unknown scheme {other}"),
    }
}

#[test]
fn every_captured_request_of_an_official_client_verifies() {
    let requests = captured();
    assert!(requests.len() >= 33, "only {} requests", requests.len());
    for request in &requests {
        let (id, signature, holds) =
            verdict(request, &parts(request), &Secret::new(request.secret.clone()));
        assert_eq!(id, request.access_key_id, "{}", request.name);
        assert_eq!(signature, request.signature, "{}", request.name);
        assert!(holds, "{}", request.name);
    }
}

#[test]
fn a_request_signed_with_another_secret_does_not_verify() {
    for request in &captured() {
        let wrong = Secret::new(format!("{}x", request.secret));
        assert!(!verdict(request, &parts(request), &wrong).2, "{}", request.name);
    }
}

#[test]
fn a_request_changed_on_the_way_does_not_verify() {
    for request in &captured() {
        let secret = Secret::new(request.secret.clone());
        let mut changed = parts(request);
        changed.method = "DELETE".to_owned();
        assert!(!verdict(request, &changed, &secret).2, "{}: method", request.name);
        if request.scheme != "rpc_v1" {
            let mut changed = parts(request);
            changed.path.push('x');
            assert!(!verdict(request, &changed, &secret).2, "{}: path", request.name);
        }
        if request.scheme == "acs3" {
            let mut changed = parts(request);
            changed.payload_sha256 = sha256_hex(b"another body");
            assert!(!verdict(request, &changed, &secret).2, "{}: body", request.name);
        }
    }
}

#[test]
fn signing_again_gives_the_same_signature() {
    for request in &captured() {
        let credentials = credentials(&request.access_key_id, &request.secret);
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut again = parts(request);
        if again.header("authorization").is_none() {
            continue;
        }
        match request.scheme.as_str() {
            "oss_v1" => oss_v1::sign(&mut again, &credentials, now),
            "oss_v4" => oss_v4::sign(&mut again, &credentials, "cn-hangzhou", now),
            _ => continue,
        }
        assert!(
            again.header("authorization").unwrap().ends_with(&request.signature),
            "{}",
            request.name
        );
    }
}

#[test]
fn what_we_sign_verifies_in_every_scheme() {
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut with_token = credentials("STS.NU-made-up/1", "FakeSecret0000000000000000001");
    with_token.security_token = Some(Secret::new("made-up-token==".to_owned()));
    let secret = with_token.secret.clone();
    let hostile = || {
        let mut parts = Parts::new("GET", "/bucket/../a b\n'\"<%+é//x");
        parts.set_header("host", "127.0.0.1:1");
        parts.push_query("acl", "");
        parts.push_query("prefix", "ä +&=");
        parts
    };

    let mut parts = hostile();
    oss_v1::sign(&mut parts, &with_token, now);
    let seen = oss_v1::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.security_token.is_some());
    let mut parts = hostile();
    oss_v1::presign(&mut parts, &with_token, now);
    let seen = oss_v1::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.expires_at == Some(now));

    let mut parts = hostile();
    oss_v4::sign_with(&mut parts, &with_token, "cn-hangzhou", now, &["host".to_owned()]);
    let seen = oss_v4::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.additional_headers == ["host"]);
    parts.set_header("host", "elsewhere");
    assert!(!seen.matches(&parts, &secret));
    let mut parts = hostile();
    oss_v4::presign(&mut parts, &with_token, "cn-hangzhou", now, 60);
    let seen = oss_v4::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.expires_at.is_some());

    let mut parts = hostile();
    sig_v4::sign(&mut parts, &with_token, "us-east-1", "s3", now);
    let seen = sig_v4::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.security_token.is_some());
    let mut parts = hostile();
    sig_v4::presign(&mut parts, &with_token, "us-east-1", now, 60);
    let seen = sig_v4::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.expires_at.is_some());

    let mut parts = hostile();
    acs3::sign(&mut parts, &with_token, "nonce", now);
    let seen = acs3::Presented::parse(&parts).unwrap().unwrap();
    assert!(seen.matches(&parts, &secret) && seen.nonce == "nonce");

    let mut parts = hostile();
    let form = [("Password".to_owned(), "a&b".to_owned())];
    rpc_v1::sign(&mut parts, &form, &with_token, "nonce", now);
    assert!(rpc_v1::Presented::parse(&parts, &form).unwrap().unwrap().matches(&secret));
}

#[test]
fn a_signature_that_is_not_there_is_no_error_and_half_a_signature_is() {
    let none = Parts::new("GET", "/");
    assert_eq!(oss_v1::Presented::parse(&none), Ok(None));
    assert_eq!(oss_v4::Presented::parse(&none), Ok(None));
    assert_eq!(sig_v4::Presented::parse(&none), Ok(None));
    assert_eq!(acs3::Presented::parse(&none), Ok(None));
    assert_eq!(rpc_v1::Presented::parse(&none, &[]), Ok(None));
    let half = |authorization: &str| {
        let mut parts = Parts::new("GET", "/");
        parts.set_header("authorization", authorization);
        parts
    };
    assert!(oss_v1::Presented::parse(&half("OSS nothing")).is_err());
    assert!(oss_v4::Presented::parse(&half("OSS4-HMAC-SHA256 Credential=a/b")).is_err());
    assert!(sig_v4::Presented::parse(&half("AWS4-HMAC-SHA256 Credential=a")).is_err());
    assert!(acs3::Presented::parse(&half("ACS3-HMAC-SHA256 Credential=a")).is_err());
}

fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        security_token: None,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn signature_of(parts: &Parts) -> &str {
    parts.header("authorization").unwrap().rsplit_once("Signature=").unwrap().1
}

/// The request of the official client's own unit tests.
fn oss_v4_vector(content_type: &str) -> Parts {
    let mut parts = Parts::new("PUT", "/bucket/1234+-/123/1.txt");
    for (name, value) in
        [("x-oss-head1", "value"), ("abc", "value"), ("ZAbc", "value"), ("XYZ", "value")]
    {
        parts.set_header(name, value);
    }
    parts.set_header("content-type", content_type);
    for (name, value) in [
        ("param1", "value1"),
        ("+param1", "value3"),
        ("|param1", "value4"),
        ("+param2", ""),
        ("|param2", ""),
        ("param2", ""),
    ] {
        parts.push_query(name, value);
    }
    parts
}

#[test]
fn the_oss_v4_vectors_are_reproduced() {
    let key = credentials("ak", "sk");
    let mut parts = oss_v4_vector("text/plain");
    oss_v4::sign(&mut parts, &key, "cn-hangzhou", at(1_702_743_657));
    assert_eq!(
        oss_v4::canonical_request(&parts, &[]),
        "PUT\n/bucket/1234%2B-/123/1.txt\n%2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2\
         &param1=value1&param2\ncontent-type:text/plain\nx-oss-content-sha256:UNSIGNED-PAYLOAD\n\
         x-oss-date:20231216T162057Z\nx-oss-head1:value\n\n\nUNSIGNED-PAYLOAD"
    );
    assert_eq!(
        signature_of(&parts),
        "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"
    );

    let mut with_token = credentials("ak", "sk");
    with_token.security_token = Some(Secret::new("token".to_owned()));
    let mut parts = oss_v4_vector("text/plain");
    oss_v4::sign(&mut parts, &with_token, "cn-hangzhou", at(1_702_784_856));
    assert_eq!(
        signature_of(&parts),
        "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea"
    );

    let mut parts = oss_v4_vector("text/plain");
    let additional = ["zabc".to_owned(), "abc".to_owned()];
    oss_v4::sign_with(&mut parts, &key, "cn-hangzhou", at(1_702_747_512), &additional);
    assert_eq!(
        signature_of(&parts),
        "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f"
    );
    assert!(parts.header("authorization").unwrap().contains(",AdditionalHeaders=abc;zabc,"));

    let mut parts = oss_v4_vector("application/octet-stream");
    oss_v4::presign(&mut parts, &key, "cn-hangzhou", at(1_702_781_677), 599);
    assert_eq!(
        parts.query_value("x-oss-signature"),
        Some("a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe")
    );
}

#[test]
fn the_oss_v1_vectors_are_reproduced() {
    let secret = Secret::new("sk".to_owned());
    let date = "Wed, 28 Dec 2022 10:27:41 GMT";
    let mut parts = Parts::new("PUT", "/examplebucket/nelson");
    parts.set_header("content-md5", "eB5eJF1ptWaXm4bijSPyxw==");
    parts.set_header("content-type", "text/html");
    parts.set_header("x-oss-meta-author", "alice");
    parts.set_header("x-oss-meta-magic", "abracadabra");
    parts.set_header("x-oss-date", date);
    assert_eq!(
        oss_v1::signature(&secret, &oss_v1::string_to_sign(&parts, date)),
        "kSHKmLxlyEAKtZPkJhG9bZb5k7M="
    );
    parts.push_query("acl", "");
    assert_eq!(
        oss_v1::signature(&secret, &oss_v1::string_to_sign(&parts, date)),
        "/afkugFbmWDQ967j1vr6zygBLQk="
    );
}

#[test]
fn the_acs3_vectors_are_reproduced() {
    let mut parts = Parts::new("POST", "/");
    parts.push_query("RegionId", "cn-shanghai");
    parts.push_query("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd");
    parts.set_header("host", "ecs.cn-shanghai.aliyuncs.com");
    parts.set_header("x-acs-action", "RunInstances");
    parts.set_header("x-acs-version", "2014-05-26");
    let key = credentials("YourAccessKeyId", "YourAccessKeySecret");
    let now = claviger_sign::parse_extended("2023-10-26T10:22:32Z").unwrap();
    acs3::sign(&mut parts, &key, "3156853299f313e23d1673dc12e1703d", now);
    assert_eq!(
        parts.header("authorization"),
        Some(
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=\
             06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        )
    );

    let mut parts = Parts::new("GET", "/");
    parts.push_query("test", "ok");
    parts.push_query("empty", "");
    parts.headers.push(("x-acs-test".to_owned(), "http".to_owned()));
    parts.headers.push(("x-acs-test".to_owned(), "https".to_owned()));
    parts.payload_sha256 =
        "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23".to_owned();
    let text = acs3::string_to_sign(&parts, &["x-acs-test".to_owned()]);
    assert_eq!(
        acs3::signature(&Secret::new("secret".to_owned()), &text),
        "d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1"
    );
}

#[test]
fn the_rpc_v1_vectors_are_reproduced() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let parameters = pairs(&[
        ("AccessKeyId", "testid"),
        ("Action", "DescribeRegions"),
        ("Format", "XML"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("SignatureVersion", "1.0"),
        ("Timestamp", "2016-02-23T12:46:24Z"),
        ("Version", "2014-05-26"),
    ]);
    let text = rpc_v1::string_to_sign("GET", &parameters);
    let secret = Secret::new("testsecret".to_owned());
    assert_eq!(rpc_v1::signature(&secret, &text), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");

    let text = rpc_v1::string_to_sign("GET", &pairs(&[("query", "test"), ("body", "test")]));
    let secret = Secret::new("secret".to_owned());
    assert_eq!(rpc_v1::signature(&secret, &text), "XlUyV4sXjOuX5FnjUz9IF9tm5rU=");
}

#[test]
fn the_aws_vectors_are_reproduced() {
    let mut parts = Parts::new("GET", "/test.txt");
    parts.set_header("host", "examplebucket.s3.amazonaws.com");
    parts.set_header("range", "bytes=0-9");
    let key = credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let now = claviger_sign::parse_basic("20130524T000000Z").unwrap();
    sig_v4::sign(&mut parts, &key, "us-east-1", "s3", now);
    assert_eq!(
        signature_of(&parts),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );

    let mut parts = Parts::new("GET", "/");
    parts.push_query("Action", "ListUsers");
    parts.push_query("Version", "2010-05-08");
    parts.set_header("host", "iam.amazonaws.com");
    parts.set_header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let key = credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let now = claviger_sign::parse_basic("20150830T123600Z").unwrap();
    sig_v4::sign(&mut parts, &key, "us-east-1", "iam", now);
    assert_eq!(
        signature_of(&parts),
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    );
    assert_ne!(parts.payload_sha256, UNSIGNED_PAYLOAD);
}
