//! Every format beside its fixtures: what is read, what is rejected, and that it is recognised.

use claviger_watch::{Granted, LogFormat, Parsed, detect, parse, sort_and_dedup};

use super::{fixture, key, read};

/// One line an event and a reject, so that a snapshot can be read by a person.
fn told(parsed: &Parsed) -> Vec<String> {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
    let events = parsed.events.iter().map(|event| {
        [
            event.time.to_string(),
            format!("key={}", or_dash(event.access_key_id.as_ref().map(|id| id.as_str()))),
            format!("account={}", or_dash(event.account.as_deref())),
            format!("ip={}", or_dash(event.source_ip.as_deref())),
            event.operation.clone(),
            format!("bucket={}", or_dash(event.bucket.as_deref())),
            format!("object={}", or_dash(event.object.as_deref())),
            format!("status={}", number(event.status.map(u64::from))),
            format!("error={}", or_dash(event.error.as_deref())),
            format!("out={} in={}", number(event.bytes_out), number(event.bytes_in)),
            format!("request={}", or_dash(event.request_id.as_deref())),
            format!("agent={}", or_dash(event.user_agent.as_deref())),
        ]
        .join(" ")
    });
    let rejects = parsed.rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.why));
    events.chain(rejects).collect()
}

fn check(format: LogFormat, name: &str) -> Parsed {
    let parsed = read(format, name);
    assert_eq!(detect(&fixture(name)), Some(format), "{name}");
    let name = name.replace(['/', '.'], "_");
    insta::assert_debug_snapshot!(name, told(&parsed));
    parsed
}

#[test]
fn sls_records_are_read() {
    let parsed = check(LogFormat::Sls, "sls/basic.jsonl");
    assert_eq!(sort_and_dedup(parsed.events).len(), 4, "a batch delete has many objects");
    check(LogFormat::Sls, "sls/recoverable_errors.jsonl");
}

#[test]
fn one_request_in_the_bucket_log_and_in_sls_is_one_event() {
    let mut events = read(LogFormat::Oss, "oss/basic.log").events;
    let bucket_log = events.len();
    events.extend(read(LogFormat::Sls, "sls/basic.jsonl").events.into_iter().take(1));
    assert_eq!(sort_and_dedup(events).len(), bucket_log);
}

#[test]
fn actiontrail_records_are_read_in_every_frame() {
    let parsed = check(LogFormat::ActionTrail, "actiontrail/basic.jsonl");
    let minted: Vec<(&str, &str)> = parsed
        .minted
        .iter()
        .map(|minted| (minted.parent.as_str(), minted.child.as_str()))
        .collect();
    assert_eq!(
        minted,
        [
            ("LTAI5tFAKEFAKEFAKE000001", "LTAI5tFAKEFAKEFAKE000077"),
            ("STS.NUfakeFAKEfakeFAKEfake01", "STS.NUfakeFAKEfakeFAKEfake77"),
        ]
    );
    let list = check(LogFormat::ActionTrail, "actiontrail/list.json");
    assert_eq!(list.events[..], parsed.events[..2]);
    check(LogFormat::ActionTrail, "actiontrail/recoverable_errors.jsonl");
}

#[test]
fn cloudtrail_through_eventbridge_is_read_with_the_keys_it_made() {
    let parsed = check(LogFormat::CloudTrail, "cloudtrail/eventbridge.jsonl");
    let children: Vec<_> = parsed.minted.iter().map(|minted| minted.child.clone()).collect();
    assert_eq!(children, [key("AKIAFAKEFAKEFAKE0077"), key("ASIAFAKEFAKEFAKE0077")]);
    assert_eq!(parsed.minted[0].event_id, parsed.events[0].event_id);
}

/// Who gave what to whom, a line each.
fn granted(parsed: &Parsed) -> Vec<String> {
    let through = |one: &Granted| one.through.as_deref().map(|what| format!(" through {what}"));
    let line = |one: &Granted| {
        format!("{} {} {}{}", one.by, one.operation, one.to, through(one).unwrap_or_default())
    };
    parsed.granted.iter().map(line).collect()
}

#[test]
fn rights_that_requests_gave_are_told_and_refused_ones_are_not() {
    let trail = read(LogFormat::CloudTrail, "cloudtrail/grants.jsonl");
    assert_eq!(
        granted(&trail),
        [
            "AKIAFAKEFAKEFAKE0001 AttachUserPolicy 111122223333:user/backup through \
             111122223333:policy/AdministratorAccess",
            "AKIAFAKEFAKEFAKE0001 PutUserPolicy 111122223333:user/backup",
            "AKIAFAKEFAKEFAKE0001 AddUserToGroup 111122223333:user/backup through \
             111122223333:group/admins",
            "AKIAFAKEFAKEFAKE0001 PutGroupPolicy 111122223333:group/admins",
            "AKIAFAKEFAKEFAKE0001 CreatePolicyVersion 111122223333:policy/own",
            "AKIAFAKEFAKEFAKE0001 UpdateAssumeRolePolicy 111122223333:role/reader",
        ]
    );
    let trail = read(LogFormat::ActionTrail, "actiontrail/grants.jsonl");
    assert_eq!(
        granted(&trail),
        [
            "LTAI5tFAKEFAKEFAKE000001 AttachPolicyToUser :user/backup through \
             :policy/AdministratorAccess",
            "LTAI5tFAKEFAKEFAKE000001 AddUserToGroup :user/backup through :group/admins",
            "LTAI5tFAKEFAKEFAKE000001 CreatePolicyVersion :policy/own",
            "LTAI5tFAKEFAKEFAKE000001 UpdateRole :role/reader",
        ]
    );
}

#[test]
fn a_cloudtrail_digest_is_skipped_and_counted_as_such() {
    let parsed = read(LogFormat::CloudTrail, "cloudtrail/digest.json");
    assert_eq!((parsed.lines, parsed.skipped), (0, 1));
    assert_eq!(detect(&fixture("cloudtrail/digest.json")), Some(LogFormat::CloudTrail));
}

#[test]
fn s3_access_lines_of_every_age_are_read() {
    let parsed = check(LogFormat::S3, "s3/basic.log");
    let all = parsed.events.len();
    assert_eq!(sort_and_dedup(parsed.events).len(), all, "a batch delete has one id and many keys");
    check(LogFormat::S3, "s3/recoverable_errors.log");
}

#[test]
fn s3_records_of_cloudwatch_logs_are_read_and_are_the_events_of_their_lines() {
    let parsed = check(LogFormat::S3, "s3/cloudwatch.jsonl");
    assert!(!serde_json::to_string(&parsed.events).unwrap().contains("fa4efa4e"));
    let mut events = read(LogFormat::S3, "s3/basic.log").events;
    let lines = events.len();
    events.extend(parsed.events);
    assert_eq!(
        sort_and_dedup(events).len(),
        lines + 1,
        "the line of a bucket is new, four are not"
    );
    check(LogFormat::S3, "s3/cloudwatch_errors.jsonl");
}

#[test]
fn minio_records_are_read_and_no_token_is_kept() {
    let parsed = check(LogFormat::MinIo, "minio/basic.jsonl");
    let kept = serde_json::to_string(&parsed.events).unwrap();
    for secret in ["Bearer", "eyJ", "bearer.session.token", "fa4efa4e"] {
        assert!(!kept.contains(secret), "{secret}");
    }
    check(LogFormat::MinIo, "minio/recoverable_errors.jsonl");
}

#[test]
fn ceph_records_are_read_however_they_follow_each_other() {
    let parsed = check(LogFormat::Ceph, "ceph/basic.jsonl");
    assert_eq!((parsed.events.len(), parsed.rejects.len()), (37, 0));
    let kept = serde_json::to_string(&parsed.events).unwrap();
    assert!(!kept.contains("X-Amz-Signature"));
    let framed = read(LogFormat::Ceph, "ceph/framing.txt");
    assert_eq!(framed.events, parsed.events[..6]);
    assert_eq!(detect(&fixture("ceph/framing.txt")), Some(LogFormat::Ceph));
    check(LogFormat::Ceph, "ceph/recoverable_errors.jsonl");
}

#[test]
fn seaweedfs_records_are_read_alone_and_in_their_messages() {
    let parsed = check(LogFormat::SeaweedFs, "seaweedfs/basic.jsonl");
    assert_eq!((parsed.events.len(), parsed.rejects.len()), (40, 0));
    let messages = read(LogFormat::SeaweedFs, "seaweedfs/messages.log");
    assert_eq!((messages.events.len(), messages.rejects.len()), (4, 1));
    assert_eq!(messages.events[..3], parsed.events[..3]);
    assert_eq!(messages.events[3], parsed.events[0]);
    assert_eq!(detect(&fixture("seaweedfs/messages.log")), Some(LogFormat::SeaweedFs));
    check(LogFormat::SeaweedFs, "seaweedfs/recoverable_errors.jsonl");
}

#[test]
fn google_audit_entries_are_read() {
    check(LogFormat::GcsAudit, "gcs_audit/basic.jsonl");
    check(LogFormat::GcsAudit, "gcs_audit/recoverable_errors.jsonl");
}

#[test]
fn google_usage_lines_are_read_by_the_names_of_their_columns() {
    let parsed = check(LogFormat::GcsUsage, "gcs_usage/basic.csv");
    let kept = serde_json::to_string(&parsed.events).unwrap();
    assert!(!kept.contains("Signature"));
    let text = String::from_utf8(fixture("gcs_usage/basic.csv")).unwrap();
    let bare = text.split_once('\n').unwrap().1;
    assert_eq!(parse(LogFormat::GcsUsage, bare.as_bytes()).events, parsed.events);
    assert_eq!(detect(bare.as_bytes()), Some(LogFormat::GcsUsage));
    check(LogFormat::GcsUsage, "gcs_usage/recoverable_errors.csv");
}

#[test]
fn azure_records_are_read_and_no_signature_is_kept() {
    check(LogFormat::Azure, "azure/basic.jsonl");
    let parsed = check(LogFormat::Azure, "azure/recoverable_errors.json");
    assert!(!serde_json::to_string(&parsed.events).unwrap().contains("c2lnbmF0"));
}

#[test]
fn tencent_lines_are_read_and_the_same_as_json() {
    let parsed = check(LogFormat::Cos, "cos/basic.log");
    let json = check(LogFormat::Cos, "cos/cls.jsonl");
    assert_eq!(json.events[..], parsed.events[..1]);
    check(LogFormat::Cos, "cos/recoverable_errors.log");
}

#[test]
fn huawei_lines_are_read_and_told_from_those_of_s3() {
    check(LogFormat::Obs, "obs/basic.log");
    check(LogFormat::Obs, "obs/recoverable_errors.log");
}

#[test]
fn ocsf_api_activity_is_read_and_other_classes_are_rejected() {
    check(LogFormat::Ocsf, "ocsf/basic.jsonl");
    check(LogFormat::Ocsf, "ocsf/recoverable_errors.jsonl");
}

#[test]
fn r2_events_are_read() {
    check(LogFormat::R2, "r2/basic.jsonl");
    check(LogFormat::R2, "r2/recoverable_errors.jsonl");
}

#[test]
fn scality_records_are_read_and_no_signature_is_kept() {
    let parsed = check(LogFormat::Scality, "scality/basic.jsonl");
    assert!(!serde_json::to_string(&parsed.events).unwrap().contains("fa4efa4e"));
    check(LogFormat::Scality, "scality/recoverable_errors.jsonl");
}

#[test]
fn storagegrid_messages_are_read_and_no_header_is_kept() {
    let parsed = check(LogFormat::StorageGrid, "storagegrid/basic.log");
    assert!(!serde_json::to_string(&parsed.events).unwrap().contains("fa4efa4e"));
    check(LogFormat::StorageGrid, "storagegrid/recoverable_errors.log");
}

#[test]
fn an_account_with_one_key_names_it_and_one_with_two_does_not() {
    let mut events = read(LogFormat::SeaweedFs, "seaweedfs/basic.jsonl").events;
    let only = vec![key("AKFAKEADMIN000000001")];
    let two = vec![key("AKFAKE1"), key("AKFAKE2")];
    let keys = [("admin".to_owned(), only.clone()), ("leaky".to_owned(), two)];
    claviger_watch::name_keys(&mut events, &keys.into_iter().collect());
    for event in events {
        let expected = (event.account.as_deref() == Some("admin")).then(|| only[0].clone());
        assert_eq!(event.access_key_id, expected);
    }
}
