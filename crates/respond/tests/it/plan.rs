//! The plan to disable a key.

use claviger_model::{
    ConnectionId, KeyStatus, KeyUsage, Language, Plan, PlanId, Provider, RiskEvent,
};
use claviger_respond::plan::{DisableInput, disable, disable_in};

use crate::{now, risk_event, source, three_sources, usage};

fn plan(event: &RiskEvent, user: &str, provider: Provider, usage: &KeyUsage) -> Plan {
    disable(&input(event, user, provider, usage))
}

fn input<'a>(
    event: &'a RiskEvent,
    user_name: &'a str,
    provider: Provider,
    usage: &'a KeyUsage,
) -> DisableInput<'a> {
    DisableInput {
        plan_id: PlanId::derived(&["test"]),
        event,
        user_name,
        provider,
        connection_id: ConnectionId::derived(&["practice"]),
        usage,
        drafted_by: "ada",
        now: now(),
    }
}

#[test]
fn a_plan_tells_the_call_the_change_the_undo_and_what_breaks() {
    let event = risk_event();
    let used = usage("exampledir/userdata.csv", three_sources());
    let input = input(&event, "billing-export", Provider::Aliyun, &used);
    insta::assert_json_snapshot!("plan_en", disable(&input));
    insta::assert_json_snapshot!("plan_zh", disable_in(&input, Language::Chinese));
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
