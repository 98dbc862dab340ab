//! Laws of policies, alerts, deliveries and plans.

use claviger_model::{
    Action, ConnectionId, DeliveryState, Level, Plan, PlanId, PlanState, RiskEventId, RiskPolicy,
    RiskType, Step, StepKind, StepState,
};
use claviger_store::{Store, alerts, deliveries, plans, policies};

use crate::sample::{alert, at, delivery, key};

pub(crate) async fn an_untouched_policy_is_the_default(store: Store) {
    let mut c = store.write().await.unwrap();
    let defaults: Vec<_> = RiskType::ALL.into_iter().map(RiskPolicy::default_of).collect();
    assert_eq!(policies::list(&mut c).await.unwrap(), defaults);
    let mut policy = policies::get(&mut c, RiskType::SharedAccount).await.unwrap();
    assert_eq!(policy, RiskPolicy::default_of(RiskType::SharedAccount));
    for (level, enabled) in [(Level::High, false), (Level::Medium, true)] {
        policy.level = level;
        policy.enabled = enabled;
        policies::set(&mut c, &policy).await.unwrap();
        assert_eq!(policies::get(&mut c, RiskType::SharedAccount).await.unwrap(), policy);
    }
    let changed = policies::list(&mut c).await.unwrap();
    let types: Vec<_> = changed.iter().map(|policy| policy.risk_type).collect();
    assert_eq!(types, RiskType::ALL);
    assert!(changed.contains(&policy));
}

pub(crate) async fn an_alert_keeps_its_sealed_password(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut mail = alert("mail");
    alerts::insert(&mut c, &mail, Some("sealed-1")).await.unwrap();
    alerts::insert(&mut c, &alert("another"), None).await.unwrap();
    assert_eq!(alerts::get(&mut c, &mail.id).await.unwrap(), Some(mail.clone()));
    mail.enabled = false;
    mail.risk_types.clear();
    mail.name = "Mail <night>".to_owned();
    alerts::update(&mut c, &mail, None).await.unwrap();
    assert_eq!(alerts::sealed(&mut c, &mail.id).await.unwrap().as_deref(), Some("sealed-1"));
    alerts::update(&mut c, &mail, Some("sealed-2")).await.unwrap();
    assert_eq!(alerts::sealed(&mut c, &mail.id).await.unwrap().as_deref(), Some("sealed-2"));
    assert_eq!(alerts::list(&mut c).await.unwrap(), [mail.clone(), alert("another")]);
    alerts::remove(&mut c, &mail.id).await.unwrap();
    assert_eq!(alerts::get(&mut c, &mail.id).await.unwrap(), None);
    assert_eq!(alerts::sealed(&mut c, &mail.id).await.unwrap(), None);
}

pub(crate) async fn a_message_is_put_in_the_outbox_once(store: Store) {
    let mut c = store.write().await.unwrap();
    let first = delivery("first use", at(1));
    assert!(deliveries::insert(&mut c, &first).await.unwrap());
    assert!(!deliveries::insert(&mut c, &first).await.unwrap());
    let mut test = delivery("test", at(2));
    test.risk_event_id = None;
    assert!(deliveries::insert(&mut c, &test).await.unwrap());
    assert_eq!(deliveries::get(&mut c, &first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(deliveries::list(&mut c, None, 10).await.unwrap(), [test, first.clone()]);
    let event = first.risk_event_id.clone().unwrap();
    assert_eq!(deliveries::list(&mut c, Some(&event), 10).await.unwrap(), [first]);
    assert_eq!(deliveries::counts(&mut c).await.unwrap(), (0, 0, 0), "nobody is configured");
    let mail = alert("mail");
    alerts::insert(&mut c, &mail, None).await.unwrap();
    assert_eq!(deliveries::counts(&mut c).await.unwrap(), (2, 0, 0));
    alerts::remove(&mut c, &mail.id).await.unwrap();
    assert_eq!(deliveries::counts(&mut c).await.unwrap(), (0, 0, 0), "they wait for nothing");
}

pub(crate) async fn a_delivered_message_stays_delivered(store: Store) {
    let mut c = store.write().await.unwrap();
    alerts::insert(&mut c, &alert("mail"), None).await.unwrap();
    let mut mail = delivery("first use", at(1));
    deliveries::insert(&mut c, &mail).await.unwrap();
    deliveries::set_retrying(&mut c, &mail.id, "connection refused").await.unwrap();
    mail.state = DeliveryState::Retrying;
    mail.attempts = 1;
    mail.last_error = Some("connection refused".to_owned());
    assert_eq!(deliveries::get(&mut c, &mail.id).await.unwrap(), Some(mail.clone()));
    assert_eq!(deliveries::counts(&mut c).await.unwrap(), (0, 0, 1));

    deliveries::set_delivered(&mut c, &mail.id, at(5)).await.unwrap();
    deliveries::set_delivered(&mut c, &mail.id, at(6)).await.unwrap();
    deliveries::set_retrying(&mut c, &mail.id, "too late").await.unwrap();
    mail.state = DeliveryState::Delivered;
    mail.attempts = 2;
    mail.last_error = None;
    mail.delivered_at = Some(at(5));
    assert_eq!(deliveries::get(&mut c, &mail.id).await.unwrap(), Some(mail));
    assert_eq!(deliveries::counts(&mut c).await.unwrap(), (0, 1, 0));
}

pub(crate) async fn a_plan_reads_back_as_it_was_kept(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut plan = plan("one", 1);
    let newer = self::plan("two", 2);
    plans::insert(&mut c, &plan).await.unwrap();
    plans::insert(&mut c, &newer).await.unwrap();
    assert_eq!(plans::get(&mut c, &plan.id).await.unwrap(), Some(plan.clone()));
    plan.state = PlanState::Done;
    plan.confirmed_by = Some("anna".to_owned());
    plan.confirmed_at = Some(at(3));
    plan.ended_at = Some(at(4));
    plan.steps[0].state = StepState::Verified { proof: "403".to_owned(), at: at(4) };
    plans::update(&mut c, &plan).await.unwrap();
    assert_eq!(plans::of_event(&mut c, &plan.risk_event_id).await.unwrap(), [newer, plan]);
}

fn plan(name: &str, seconds: i64) -> Plan {
    Plan {
        id: PlanId::derived(&[name]),
        risk_event_id: RiskEventId::derived(&["event"]),
        connection_id: ConnectionId::derived(&["main"]),
        action: Action::Disable,
        steps: vec![Step {
            kind: StepKind::DisableKey {
                access_key_id: key("LTAI01"),
                user_name: "leaky".to_owned(),
            },
            title: "Disable the key".to_owned(),
            call: "ram:UpdateAccessKey".to_owned(),
            changes: "every request with it is refused".to_owned(),
            command: "aliyun ram UpdateAccessKey --Status Inactive".to_owned(),
            undo: Some("enable it again".to_owned()),
            state: StepState::Waiting,
        }],
        breaks: vec!["2 sources used it in the last 7 days".to_owned()],
        drafted_by: "anna".to_owned(),
        confirmed_by: None,
        state: PlanState::Drafted,
        drafted_at: at(seconds),
        confirmed_at: None,
        ended_at: None,
    }
}
