//! Plans on MinIO, where a user is a key pair and has access keys beside it.

use claviger_model::{
    AccessKeyId, Action, ConnectionId, Language, Plan, PlanId, Provider, RiskEvent, StepKind,
    UserKey,
};
use claviger_respond::plan::{
    DraftInput, deny_document, draft, drafted, is_own_pair, own_policy_document,
};
use claviger_respond::what_if::judge;
use serde_json::{Value, json};

use crate::{access, at, now, risk_event, three_sources, usage};

fn drafted_plan(event: &RiskEvent, user: &str, action: Action, kind: StepKind) -> Plan {
    let used = usage("exampledir/userdata.csv", three_sources());
    let siblings = [AccessKeyId::parse("AKEXAMPLEKEYOFSIBLING").unwrap()];
    let input = DraftInput {
        plan_id: PlanId::derived(&["test"]),
        event,
        user_name: user,
        siblings: &siblings,
        provider: Provider::Minio,
        connection_id: ConnectionId::derived(&["practice"]),
        usage: &used,
        what_if: None,
        drafted_by: "ada",
        now: now(),
    };
    draft(&input, action, vec![kind], Language::English)
}

fn key(id: &str, user: &str) -> UserKey {
    UserKey { access_key_id: AccessKeyId::parse(id).unwrap(), user_name: user.to_owned() }
}

#[test]
fn the_pair_of_a_user_and_an_access_key_have_calls_of_their_own() {
    let (event, addresses) = (risk_event(), vec!["203.0.113.7".to_owned()]);
    let whole = Some(own_policy_document(None, &addresses));
    let mut text = String::new();
    for key in [key("ann", "ann"), key("AKEXAMPLEKEY", "ann")] {
        for (action, kind) in [
            (Action::Disable, StepKind::DisableKey(key.clone())),
            (Action::Enable, StepKind::EnableKey(key.clone())),
            (Action::Delete, StepKind::DeleteKey(key.clone())),
            (
                Action::RestrictNetwork,
                StepKind::RestrictKey {
                    key: key.clone(),
                    addresses: addresses.clone(),
                    whole: whole.clone(),
                },
            ),
            (
                Action::Rotate,
                StepKind::CreateKey {
                    user_name: "ann".to_owned(),
                    in_place_of: Some(key.access_key_id.clone()),
                    whole: whole.clone().filter(|_| !is_own_pair(&key)),
                },
            ),
            (
                Action::DenyPolicy,
                StepKind::SetUserPolicy {
                    user_name: "ann".to_owned(),
                    policy_name: "claviger-deny".to_owned(),
                    document: deny_document(Provider::Minio, &addresses, &["b/a/".to_owned()]),
                },
            ),
        ] {
            // A user has no policy of its own to restrict it by, and no second pair to rotate to.
            let is_refused = matches!(action, Action::RestrictNetwork | Action::Rotate);
            if is_own_pair(&key) && is_refused {
                continue;
            }
            let plan = drafted_plan(&event, "ann", action, kind);
            let step = &plan.steps[0];
            let stops = plan.breaks.iter().find(|line| line.contains("access keys stop"));
            for line in [&step.title, &step.changes, &step.call, &step.command] {
                text.push_str(&format!("{line}\n"));
            }
            text.push_str(&format!("{}\n\n", stops.map_or("—", String::as_str)));
            assert_eq!(step.undo.is_some(), action != Action::Delete, "{}", step.title);
        }
    }
    insta::assert_snapshot!("steps_minio_en", text);
}

#[test]
fn a_restriction_keeps_what_stood_and_replaces_only_an_older_one() {
    let statements = |document: &str| -> Vec<Value> {
        let document: Value = serde_json::from_str(document).unwrap();
        document["Statement"].as_array().unwrap().clone()
    };
    let (one, other) = (vec!["203.0.113.7".to_owned()], vec!["198.51.100.0/24".to_owned()]);
    let alone = statements(&own_policy_document(None, &one));
    assert!(alone.iter().all(|one| one["Effect"] == "Allow"), "{alone:?}");
    assert_eq!(alone[0]["Condition"], json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.7"] } }));
    // MinIO takes one service in a statement, and a resource for S3 alone.
    assert_eq!(alone[0]["Resource"], json!(["arn:aws:s3:::*"]));
    assert!(alone[1..].iter().all(|one| one.get("Resource").is_none()), "{alone:?}");

    let theirs = json!({ "Effect": "Allow", "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::b/*"] });
    let stood = json!({ "Version": "2012-10-17", "Statement": [theirs] }).to_string();
    let first = own_policy_document(Some(&stood), &one);
    let second = own_policy_document(Some(&first), &other);
    for (document, addresses) in [(&first, &one), (&second, &other)] {
        let all = statements(document);
        assert_eq!((all.len(), &all[0]), (4, &theirs), "{document}");
        let denied = json!({ "NotIpAddress": { "aws:SourceIp": addresses } });
        assert!(all[1..].iter().all(|one| one["Effect"] == "Deny" && one["Condition"] == denied));
    }
    let again = own_policy_document(Some(&own_policy_document(None, &one)), &other);
    assert_eq!(again, own_policy_document(None, &other));
}

#[test]
fn a_restriction_is_judged_on_the_recorded_past() {
    let past = [
        access("192.0.2.10", "2026-03-30T13:00:00Z", "data/a.csv", 200, 1),
        access("203.0.113.7", "2026-03-31T14:01:00Z", "data/a.csv", 200, 2),
    ];
    let addresses = vec!["192.0.2.10".to_owned()];
    let document = deny_document(Provider::Minio, &addresses, &[]);
    for kind in [
        StepKind::RestrictKey { key: key("AKEXAMPLEKEY", "ann"), addresses, whole: None },
        StepKind::SetUserPolicy {
            user_name: "ann".to_owned(),
            policy_name: "claviger-deny".to_owned(),
            document,
        },
    ] {
        let policy = drafted(Provider::Minio, &kind).unwrap();
        let judged = judge(&policy, &past, Some(at("2026-03-31T13:50:00Z")), false);
        assert_eq!((judged.stopped.count, judged.kept.count), (1, 1), "{judged:?}");
    }
}
