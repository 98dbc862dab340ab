//! A drafted policy is judged on the requests of the past.

use claviger_model::{AccessEvent, Provider};
use claviger_respond::plan::{bucket_deny_document, deny_document};
use claviger_respond::policy::Policy;
use claviger_respond::what_if::{Drafted, LISTED_MAX, judge};

use crate::{access, at};

/// A workload from before the leak, a stranger who reads two objects and is refused a third.
fn past() -> Vec<AccessEvent> {
    vec![
        access("192.0.2.10", "2026-03-30T13:00:00Z", "data/a.csv", 200, 1),
        access("192.0.2.10", "2026-03-31T14:00:00Z", "data/a.csv", 200, 2),
        access("203.0.113.7", "2026-03-31T14:01:00Z", "data/a.csv", 200, 3),
        access("203.0.113.7", "2026-03-31T14:01:00Z", "data/a.csv", 200, 3),
        access("203.0.113.7", "2026-03-31T14:02:00Z", "other/b.csv", 200, 4),
        access("203.0.113.7", "2026-03-31T14:03:00Z", "data/c.csv", 403, 5),
    ]
}

fn drafted(document: &str, bucket: Option<&str>) -> Drafted {
    Drafted {
        policy: Policy::parse(document).unwrap(),
        provider: Provider::Aliyun,
        bucket: bucket.map(str::to_owned),
        is_alone: false,
    }
}

/// Stopped, passing, lost, kept, unknown.
fn counts(drafted: &Drafted, events: &[AccessEvent]) -> [u64; 5] {
    let told = judge(drafted, events, Some(at("2026-03-31T13:50:00Z")), false);
    [&told.stopped, &told.passing, &told.lost, &told.kept, &told.unknown].map(|one| one.count)
}

#[test]
fn requests_that_were_carried_out_are_stopped_lost_or_go_on_each_once() {
    let good = ["192.0.2.10".to_owned()];
    let data = ["examplebucket/data/".to_owned()];
    for (addresses, prefixes, expected) in [
        (&good[..], &[][..], [2, 0, 0, 2, 0]),
        (&[], &data[..], [1, 1, 2, 0, 0]),
        (&good[..], &data[..], [2, 0, 2, 0, 0]),
    ] {
        let document = deny_document(Provider::Aliyun, addresses, prefixes);
        assert_eq!(counts(&drafted(&document, None), &past()), expected, "{document}");
    }
}

#[test]
fn a_buckets_policy_is_judged_on_what_was_done_in_that_bucket() {
    let good = ["192.0.2.10".to_owned()];
    let document = bucket_deny_document(Provider::Aliyun, ("examplebucket", "2714"), &good, &[]);
    assert_eq!(counts(&drafted(&document, Some("examplebucket")), &past()), [2, 0, 0, 2, 0]);
    assert_eq!(counts(&drafted(&document, Some("elsewhere")), &past()), [0; 5]);
}

#[test]
fn a_request_from_a_private_network_is_stopped_unless_its_address_is_named() {
    let from = |address| vec![access(address, "2026-03-31T14:01:00Z", "a", 200, 1)];
    let policy = |addresses: &[&str]| {
        let addresses: Vec<String> = addresses.iter().map(|one| (*one).to_owned()).collect();
        let document =
            bucket_deny_document(Provider::Aliyun, ("examplebucket", "2714"), &addresses, &[]);
        drafted(&document, Some("examplebucket"))
    };
    let (both, public) = (policy(&["192.0.2.10", "10.0.0.4"]), policy(&["192.0.2.10"]));
    for (address, by_both, by_public) in
        [("10.0.0.4", 0, 1), ("10.0.0.5", 1, 1), ("192.0.2.10", 0, 0), ("192.0.2.11", 1, 1)]
    {
        assert_eq!(counts(&both, &from(address))[0], by_both, "{address}");
        assert_eq!(counts(&public, &from(address))[0], by_public, "{address}");
    }
}

#[test]
fn what_no_log_notes_is_not_guessed() {
    let document = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"oss:*","Resource":"*",
        "Condition":{"Bool":{"acs:SecureTransport":"false"}}}]}"#;
    assert_eq!(counts(&drafted(document, None), &past()), [0, 0, 0, 0, 4]);
}

#[test]
fn a_policy_that_is_to_stand_alone_stops_whatever_it_does_not_allow() {
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*",
        "Resource":"acs:oss:*:*:examplebucket/data/*"}]}"#;
    let added = drafted(document, None);
    assert_eq!(counts(&added, &past()), [0, 2, 0, 2, 0]);
    assert_eq!(counts(&Drafted { is_alone: true, ..added }, &past()), [1, 1, 0, 2, 0]);
}

#[test]
fn all_requests_are_counted_and_the_latest_are_listed_with_what_decides() {
    let time = "2026-03-31T14:01:00Z";
    let many = LISTED_MAX as u32 + 10;
    let events: Vec<AccessEvent> =
        (0..many).map(|number| access("203.0.113.7", time, "a", 200, number)).collect();
    let document = deny_document(Provider::Aliyun, &["192.0.2.10".to_owned()], &[]);
    let told = judge(&drafted(&document, None), &events, None, true);
    assert_eq!((told.stopped.count, told.stopped.listed.len()), (many.into(), LISTED_MAX));
    assert!(told.is_partial && told.stopped.listed[0].by.as_ref().unwrap().contains("NotIp"));
}
