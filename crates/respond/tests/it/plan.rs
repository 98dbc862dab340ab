//! The plan to disable a key.

use claviger_model::{
    AccessKeyId, Acl, Action, BucketPlace, ConnectionId, KeyStatus, KeyUsage, Language, Plan,
    PlanId, Provider, RiskEvent, StepKind, UserKey,
};
use claviger_respond::plan::{
    DraftInput, bucket_deny_document, deny_document, draft, drafted, good_addresses,
};
use claviger_respond::what_if::judge;

use crate::{access, at, now, risk_event, source, three_sources, usage};

fn plan(event: &RiskEvent, user: &str, provider: Provider, usage: &KeyUsage) -> Plan {
    disable(&input(event, user, provider, usage), Language::English)
}

/// The steps of a key, none for an event without one.
fn disable(input: &DraftInput<'_>, language: Language) -> Plan {
    let kinds = input.event.access_key_id.iter().map(|key| StepKind::DisableKey(of(input, key)));
    draft(input, Action::Disable, kinds.collect(), language)
}

fn of(input: &DraftInput<'_>, key: &AccessKeyId) -> UserKey {
    UserKey { access_key_id: key.clone(), user_name: input.user_name.to_owned() }
}

fn input<'a>(
    event: &'a RiskEvent,
    user_name: &'a str,
    provider: Provider,
    usage: &'a KeyUsage,
) -> DraftInput<'a> {
    DraftInput {
        plan_id: PlanId::derived(&["test"]),
        event,
        user_name,
        siblings: &[],
        provider,
        connection_id: ConnectionId::derived(&["practice"]),
        usage,
        what_if: None,
        drafted_by: "ada",
        now: now(),
    }
}

#[test]
fn a_plan_tells_the_call_the_change_the_undo_and_what_breaks() {
    let event = risk_event();
    let used = usage("exampledir/userdata.csv", three_sources());
    let input = input(&event, "billing-export", Provider::Aliyun, &used);
    insta::assert_json_snapshot!("plan_en", disable(&input, Language::English));
    insta::assert_json_snapshot!("plan_zh", disable(&input, Language::Chinese));
}

#[test]
fn the_command_is_that_of_the_providers_own_tool() {
    let used = KeyUsage::default();
    let command =
        |user, provider| plan(&risk_event(), user, provider, &used).steps[0].command.clone();
    assert_eq!(
        command("billing-export", Provider::Aws),
        "aws iam update-access-key --user-name billing-export \
         --access-key-id LTAI5tExampleKeyOfTestx7Q --status Inactive"
    );
    assert_eq!(
        command("o'brien $(id)", Provider::Aliyun),
        "aliyun ram UpdateAccessKey --UserName 'o'\\''brien $(id)' \
         --UserAccessKeyId LTAI5tExampleKeyOfTestx7Q --Status Inactive"
    );
}

#[cfg(unix)]
#[test]
fn a_shell_reads_hostile_names_as_one_word() {
    for user in
        ["a b", "o'brien", "$(id) `id` \"x\" \\", "~/x;y|z&", "line\nbreak", "*?[a]", "用户"]
    {
        let used = KeyUsage::default();
        let plan = plan(&risk_event(), user, Provider::Aws, &used);
        let script = plan.steps[0].command.replacen("aws", "printf '%s\\0'", 1);
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let words: Vec<_> = output.stdout.split(|byte| *byte == 0).collect();
        assert_eq!(words[3], user.as_bytes());
        assert_eq!(words.len(), 9);
    }
}

#[test]
fn what_breaks_is_said_with_numbers_and_what_is_not_known_is_said_too() {
    let old = usage("a", vec![source("192.0.2.10", true, "2026-03-01T00:00:00Z")]);
    let none = usage("a", vec![source("203.0.113.7", false, "2026-03-31T14:02:11Z")]);
    let refused_only = {
        let mut refused = source("192.0.2.10", true, "2026-03-31T14:00:00Z");
        refused.allowed = 0;
        usage("a", vec![refused])
    };
    let partial = KeyUsage { partial: true, ..KeyUsage::default() };
    let breaks = |used: &KeyUsage| plan(&risk_event(), "u", Provider::Aliyun, used).breaks;
    assert_eq!(
        breaks(&old),
        ["not used in the last 7 days by the 1 source known from before the leak; \
          last good use 30 days ago (192.0.2.10)"]
    );
    assert_eq!(
        breaks(&none),
        [
            "no use before the leak is on record",
            "stops 1 source not seen before the leak: 203.0.113.7"
        ]
    );
    assert_eq!(breaks(&refused_only), ["no use before the leak is on record"]);
    assert_eq!(
        breaks(&partial),
        [
            "no use before the leak is on record",
            "the history holds more than was read: these numbers are the least"
        ]
    );
}

#[test]
fn a_key_that_is_closed_already_is_said_to_be() {
    let mut event = risk_event();
    event.key_state.status = KeyStatus::Inactive;
    let breaks = plan(&event, "u", Provider::Aliyun, &KeyUsage::default()).breaks;
    assert_eq!(
        breaks[0],
        "the key is Inactive already (checked 2026-03-31T14:02:08Z): disabling it changes nothing"
    );
}

#[test]
fn an_event_without_a_key_has_a_plan_without_steps() {
    let mut event = risk_event();
    event.access_key_id = None;
    event.subject = "a database at db.example.com".to_owned();
    let plan = plan(&event, "u", Provider::Aliyun, &KeyUsage::default());
    assert!(plan.steps.is_empty());
    assert_eq!(plan.breaks.len(), 1);
}

/// One step of every kind.
fn every_kind(key: &UserKey, provider: Provider) -> Vec<StepKind> {
    let bucket = || BucketPlace {
        name: "examplebucket".to_owned(),
        region: "cn-hangzhou".to_owned(),
        endpoint: None,
    };
    let user_name = || key.user_name.clone();
    let addresses = vec!["203.0.113.7".to_owned(), "10.0.0.0/8".to_owned()];
    vec![
        StepKind::DisableKey(key.clone()),
        StepKind::EnableKey(key.clone()),
        StepKind::DeleteKey(key.clone()),
        StepKind::RestrictKey { key: key.clone(), addresses: addresses.clone(), whole: None },
        StepKind::SetUserPolicy {
            user_name: user_name(),
            policy_name: "claviger-deny".to_owned(),
            document: deny_document(Provider::Aws, &[], &["examplebucket/a/".to_owned()]),
        },
        StepKind::DenyInBucket {
            bucket: bucket(),
            document: bucket_deny_document(provider, ("examplebucket", "2714"), &addresses, &[]),
            whole: r#"{"Version":"1","Statement":[]}"#.to_owned(),
        },
        StepKind::SetBucketAcl { bucket: bucket(), acl: Acl::Private },
        StepKind::BlockPublicAccess { bucket: Some(bucket()) },
        StepKind::BlockPublicAccess { bucket: None },
        StepKind::SetObjectAcl {
            bucket: bucket(),
            object: "a b.txt".to_owned(),
            acl: Acl::Private,
        },
        StepKind::DeleteObject {
            bucket: bucket(),
            object: "a b.txt".to_owned(),
            versions: vec!["v1".to_owned(), "v2".to_owned()],
        },
        StepKind::CreateKey { user_name: user_name(), in_place_of: None, whole: None },
        StepKind::HandOver { user_name: user_name() },
        StepKind::AwaitQuiet { access_key_id: key.access_key_id.clone(), quiet_seconds: 86_400 },
        StepKind::AwaitTime { seconds: 604_800 },
        StepKind::RotateSecret {
            secret_name: format!("acs/ram/user/{}", key.user_name),
            version_id: "pln-1".to_owned(),
            access_key_id: key.access_key_id.clone(),
        },
        StepKind::AwaitDeleted(key.clone()),
        StepKind::HostSecret {
            user_name: user_name(),
            sealed: "sealed".to_owned(),
            version_id: "pln-1".to_owned(),
        },
    ]
}

#[test]
fn every_step_says_what_it_does_and_how_it_is_taken_back_in_each_language() {
    let event = risk_event();
    let used = usage("exampledir/userdata.csv", three_sources());
    for (name, provider, language) in [
        ("steps_aliyun_en", Provider::Aliyun, Language::English),
        ("steps_aliyun_zh", Provider::Aliyun, Language::Chinese),
        ("steps_aws_en", Provider::Aws, Language::English),
    ] {
        let input = input(&event, "billing-export", provider, &used);
        let key = of(&input, event.access_key_id.as_ref().unwrap());
        let plan = draft(&input, Action::Disable, every_kind(&key, provider), language);
        let mut text = String::new();
        for step in plan.steps {
            let undo = step.undo.unwrap_or_else(|| "—".to_owned());
            let terraform = step.terraform.unwrap_or_else(|| "—".to_owned());
            for line in [&step.title, &step.changes, &undo, &step.call, &step.command, &terraform] {
                text.push_str(line.trim_end());
                text.push('\n');
            }
            assert!(!text.contains('{') || !text.contains("plan."), "{text}");
            text.push('\n');
        }
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn a_rotation_says_whom_it_does_not_stop_at_once() {
    let event = risk_event();
    let used = usage("exampledir/userdata.csv", three_sources());
    let input = input(&event, "billing-export", Provider::Aliyun, &used);
    let key = of(&input, event.access_key_id.as_ref().unwrap());
    let rotate = StepKind::RotateSecret {
        secret_name: "acs/ram/user/billing-export".to_owned(),
        version_id: "pln-1".to_owned(),
        access_key_id: key.access_key_id.clone(),
    };
    let said = |kinds: Vec<StepKind>| {
        let plan = draft(&input, Action::RotateManaged, kinds, Language::English);
        plan.breaks.iter().any(|line| line.contains("restrict or disable it first"))
    };
    assert!(said(vec![rotate.clone()]));
    assert!(!said(vec![StepKind::DisableKey(key.clone()), rotate]));
}

#[test]
fn a_restriction_is_judged_on_the_recorded_past_before_it_is_made() {
    let event = risk_event();
    let used = usage("exampledir/userdata.csv", three_sources());
    let siblings = [AccessKeyId::parse("LTAI5tExampleKeyOfSibling").unwrap()];
    let input = DraftInput {
        siblings: &siblings,
        ..input(&event, "billing-export", Provider::Aliyun, &used)
    };
    let key = of(&input, event.access_key_id.as_ref().unwrap());
    let past = [
        access("192.0.2.10", "2026-03-30T13:00:00Z", "data/a.csv", 200, 1),
        access("192.0.2.11", "2026-03-30T13:00:00Z", "data/a.csv", 200, 2),
        access("203.0.113.7", "2026-03-31T14:01:00Z", "data/a.csv", 200, 3),
    ];
    let breaks = |action: Action, kind: StepKind| {
        let policy = drafted(Provider::Aliyun, &kind).unwrap();
        let judged = judge(&policy, &past, Some(at("2026-03-31T13:50:00Z")), false);
        let input = DraftInput { what_if: Some(&judged), ..input.clone() };
        draft(&input, action, vec![kind], Language::English).breaks
    };
    let restrict = |addresses: Vec<String>| {
        let kind = StepKind::RestrictKey { key: key.clone(), addresses, whole: None };
        breaks(Action::RestrictNetwork, kind)
    };
    let deny = |addresses: Vec<String>| {
        let kind = StepKind::SetUserPolicy {
            user_name: "billing-export".to_owned(),
            policy_name: "claviger-deny".to_owned(),
            document: deny_document(Provider::Aliyun, &addresses, &[]),
        };
        breaks(Action::DenyPolicy, kind)
    };
    let good = good_addresses(&used);
    insta::assert_json_snapshot!(
        "restrictions",
        [restrict(good.clone()), restrict(vec!["198.18.0.1".to_owned()]), deny(good)]
    );
}
