//! Envelopes as clouds send them.

use claviger_feed::envelope::{Confirmation, ObjectNotice, Unwrapped, unwrap};
use proptest::prelude::*;
use serde_json::json;

fn lines(body: &serde_json::Value) -> String {
    String::from_utf8(unwrap(body.to_string().as_bytes()).lines.into_owned()).unwrap()
}

fn notices(body: &serde_json::Value) -> Vec<(String, String)> {
    let unwrapped = unwrap(body.to_string().as_bytes()).notices;
    unwrapped.into_iter().map(|ObjectNotice { bucket, object }| (bucket, object)).collect()
}

fn pair(bucket: &str, object: &str) -> (String, String) {
    (bucket.to_owned(), object.to_owned())
}

#[test]
fn what_bears_no_envelope_comes_back_as_it_is() {
    for body in [
        "1.2.3.4 - - [03/Jan/2021:14:59:49 +0800] \"GET / HTTP/1.1\" 200\n",
        "{\"Records\":[{\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\"}]}",
        "{\"eventSource\":\"s3.amazonaws.com\"}\n{\"eventSource\":\"s3.amazonaws.com\"}\n",
        "{\"TopicArn\": broken",
    ] {
        assert_eq!(*unwrap(body.as_bytes()).lines, *body.as_bytes());
    }
    for nothing in ["", " \n", "{}", "[]"] {
        assert_eq!(unwrap(nothing.as_bytes()), Unwrapped::default());
    }
}

#[test]
fn a_line_comes_out_of_sns_in_sqs() {
    let sns = json!({ "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:x:1:t",
        "Message": "a line of a log" });
    let sqs = json!({ "Records": [{ "messageId": "2", "body": sns.to_string(),
        "eventSource": "aws:sqs" }] });
    assert_eq!(lines(&sqs), "a line of a log\n");
    let answered = json!({ "Messages": [{ "Body": sns.to_string() }, { "Body": "another" }] });
    assert_eq!(lines(&answered), "a line of a log\nanother\n");
}

#[test]
fn an_event_comes_out_of_eventbridge_and_cloudevents() {
    let detail = json!({ "eventName": "GetObject", "eventSource": "s3.amazonaws.com" });
    let event = json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.s3", "detail": detail });
    assert_eq!(lines(&event), format!("{detail}\n"));
    assert_eq!(lines(&json!([event, event])), format!("{detail}\n{detail}\n"));
    let cloud = json!({ "specversion": "1.0", "type": "actiontrail:ApiCall", "data": detail });
    assert_eq!(lines(&cloud), format!("{detail}\n"));
    let batch = json!({ "messageType": "DATA_MESSAGE", "logEvents": [{ "message": "one" }] });
    assert_eq!(lines(&batch), "one\n");
}

#[test]
fn a_notice_names_bucket_and_object() {
    let s3 = json!({ "Records": [{ "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": { "bucket": { "name": "logs" }, "object": { "key": "a+b%2Fc.gz" } } }] });
    assert_eq!(notices(&s3), [pair("logs", "a b/c.gz")]);
    let oss = json!({ "events": [{ "eventSource": "acs:oss", "eventName": "ObjectCreated:PutObject",
        "oss": { "bucket": { "name": "logs" }, "object": { "key": "a+b" } } }] });
    assert_eq!(notices(&oss), [pair("logs", "a+b")]);
    for kind in ["Object Created", "Object Deleted", "Object Restore Completed"] {
        let bridge = json!({ "detail-type": kind, "source": "aws.s3",
            "detail": { "bucket": { "name": "logs" }, "object": { "key": "a b" } } });
        assert_eq!(notices(&bridge), [pair("logs", "a b")]);
    }
    let trail = json!({ "s3Bucket": "trail", "s3ObjectKey": ["AWSLogs/1.json.gz", "2"] });
    assert_eq!(notices(&trail), [pair("trail", "AWSLogs/1.json.gz"), pair("trail", "2")]);
    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs" });
    assert_eq!(unwrap(test.to_string().as_bytes()), Unwrapped::default());
}

#[test]
fn an_address_to_open_is_handed_over_and_no_line() {
    let body = json!({ "Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:x:1:t",
        "SubscribeURL": "https://sns.x.amazonaws.com/?Action=ConfirmSubscription" });
    let text = body.to_string();
    let unwrapped = unwrap(text.as_bytes());
    let address = "https://sns.x.amazonaws.com/?Action=ConfirmSubscription".to_owned();
    let topic = "arn:aws:sns:x:1:t".to_owned();
    assert_eq!(unwrapped.confirmations, [Confirmation { topic, address }]);
    assert!(unwrapped.lines.is_empty());
}

#[test]
fn envelopes_without_end_are_opened_so_far_and_no_further() {
    let mut body = "a line".to_owned();
    for _ in 0..12 {
        body = json!({ "Type": "Notification", "TopicArn": "t", "Message": body }).to_string();
    }
    let unwrapped = unwrap(body.as_bytes());
    assert_eq!(unwrapped.lines.iter().filter(|byte| **byte == b'\n').count(), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(unwrap(&bytes));
        drop(unwrap(&[b"{\"TopicArn\":\"t\",\"Type\":\"Notification\",\"Message\":", &bytes[..]].concat()));
    }
}
