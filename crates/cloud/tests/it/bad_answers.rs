//! What every client does alike where a provider answers that clocks differ, or that calls are too many.

use std::time::{Duration, Instant};

use claviger_cloud::CloudError;
use claviger_cloud::sign::{http_date, parse_basic};
use claviger_model::Provider;
use jiff::{SignedDuration, Timestamp};

use crate::script::{Script, Seen, answer, ok, refusal};

/// A service that is called, and how it says that the clock is wrong.
struct Service {
    provider: Provider,
    /// Whether keys are listed, else buckets.
    keys: bool,
    says: &'static str,
}

const SERVICES: [Service; 6] = [
    Service {
        provider: Provider::Aliyun,
        keys: false,
        says: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    },
    Service {
        provider: Provider::Aliyun,
        keys: true,
        says: r#"{"Code":"InvalidTimeStamp.Expired","Message":"m","RequestId":"R"}"#,
    },
    Service {
        provider: Provider::Aws,
        keys: false,
        says: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    },
    Service {
        provider: Provider::Aws,
        keys: true,
        says: "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: \
               20260102T030405Z is now earlier than 20260102T040000Z</Message></Error>\
               </ErrorResponse>",
    },
    Service {
        provider: Provider::S3,
        keys: false,
        says: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    },
    Service {
        provider: Provider::Minio,
        keys: true,
        says: r#"{"Code":"RequestTimeTooSkewed","Message":"m"}"#,
    },
];

async fn call(script: &Script, service: &Service) -> Result<(), CloudError> {
    let cloud = script.cloud(service.provider);
    match service.keys {
        true => cloud.list_keys().await.map(drop),
        false => cloud.list_buckets().await.map(drop),
    }
}

/// When a request says that it was signed.
fn signed_at(seen: &Seen) -> Timestamp {
    let basic = ["x-amz-date", "x-oss-date"].into_iter().find_map(|name| seen.header(name));
    match basic {
        Some(text) => parse_basic(text).unwrap(),
        None => seen.header("x-acs-date").unwrap().parse().unwrap(),
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_at_every_service() {
    for service in &SERVICES {
        for hours in [-3, 2] {
            let server_time = Timestamp::now() + SignedDuration::from_hours(hours);
            let date = format!("date: {}\r\n", http_date(server_time));
            let skewed = answer(403, &date, service.says);
            let script = Script::start(vec![skewed, refusal(403, "AccessDenied")]).await;
            let error = call(&script, service).await.unwrap_err();
            assert_eq!(error.code(), "denied", "{:?} {}", service.provider, service.keys);
            let seen = script.seen();
            let off = signed_at(&seen[1]).as_second() - server_time.as_second();
            assert!(seen.len() == 2 && off.abs() < 60, "{:?}: {off} s off", service.provider);
        }
    }
}

#[tokio::test]
async fn a_service_that_says_when_to_come_again_is_asked_then_and_not_before() {
    for (header, least) in [("retry-after: 1", 1000), ("x-acs-retry-after: 700", 700)] {
        for service in &SERVICES {
            let busy = answer(429, &format!("{header}\r\n"), "");
            let script = Script::start(vec![busy, refusal(403, "AccessDenied")]).await;
            let started = Instant::now();
            let error = call(&script, service).await.unwrap_err();
            assert_eq!((error.code(), script.seen().len()), ("denied", 2));
            assert!(started.elapsed() >= Duration::from_millis(least), "{:?}", service.provider);
        }
    }
}

#[tokio::test]
async fn a_call_beside_one_that_was_too_many_waits_with_it() {
    let none = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";
    let busy = answer(503, "retry-after: 1\r\n", "<Error><Code>SlowDown</Code></Error>");
    let script = Script::start(vec![busy, ok(none)]).await;
    let cloud = script.cloud(Provider::Aws);
    let started = Instant::now();
    let first = cloud.list_buckets();
    let second = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cloud.list_buckets().await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(script.seen().len(), 3, "the second was not sent to be refused, too");
}
