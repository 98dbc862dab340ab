//! Laws of policies, alerts, deliveries and plans.

use claviger_model::{
    Action, ConnectionId, DeliveryState, EscalationId, Level, Plan, PlanId, PlanState, RiskEventId,
    RiskPolicy, RiskType, Step, StepKind, StepState, UserKey,
};
use claviger_store::{
    EscalationRow, Store, alerts, deliveries, escalations, plans, policies, recipients,
};

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
    assert_eq!(deliveries::list(&mut c, None, None, 10).await.unwrap(), [test, first.clone()]);
    let event = first.risk_event_id.clone().unwrap();
    assert_eq!(deliveries::list(&mut c, Some(&event), None, 10).await.unwrap(), [first]);
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

pub(crate) async fn a_dead_message_can_be_sent_again_and_a_delivered_one_cannot(store: Store) {
    let mut c = store.write().await.unwrap();
    let mail = delivery("first use", at(1));
    deliveries::insert(&mut c, &mail).await.unwrap();
    deliveries::set_dead(&mut c, &mail.id, "554 no").await.unwrap();
    let dead = Some(DeliveryState::Dead);
    assert_eq!(deliveries::list(&mut c, None, dead, 10).await.unwrap().len(), 1);
    assert!(deliveries::revive(&mut c, &mail.id, at(9)).await.unwrap());
    let again = deliveries::get(&mut c, &mail.id).await.unwrap().unwrap();
    assert_eq!((again.state, again.attempts), (DeliveryState::Waiting, 0));
    deliveries::set_delivered(&mut c, &mail.id, at(10)).await.unwrap();
    deliveries::set_dead(&mut c, &mail.id, "late").await.unwrap();
    assert!(!deliveries::revive(&mut c, &mail.id, at(11)).await.unwrap());
}

pub(crate) async fn a_collected_message_is_told_once(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut one = delivery("one", at(1));
    one.state = DeliveryState::Collected;
    deliveries::insert(&mut c, &one).await.unwrap();
    let leaving = deliveries::leaving(&mut c, &one.configuration_id, at(0)).await.unwrap();
    assert!(leaving.is_empty(), "it leaves with others");
    let collected = deliveries::collected(&mut c, &one.configuration_id, 10).await.unwrap();
    assert_eq!(collected, [one.clone()]);
    let digest = delivery("digest", at(2)).id;
    deliveries::set_summarized(&mut c, &one.id, &digest).await.unwrap();
    assert!(deliveries::collected(&mut c, &one.configuration_id, 10).await.unwrap().is_empty());
    let kept = deliveries::get(&mut c, &one.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.digest_id), (DeliveryState::Summarized, Some(digest)));
}

pub(crate) async fn failure_is_told_once_until_it_works_again(store: Store) {
    let mut c = store.write().await.unwrap();
    let mail = alert("mail");
    alerts::insert(&mut c, &mail, None).await.unwrap();
    alerts::set_failing(&mut c, &mail.id, at(1), "refused").await.unwrap();
    alerts::set_failing(&mut c, &mail.id, at(9), "gone").await.unwrap();
    let failing = alerts::failing(&mut c).await.unwrap();
    assert_eq!((failing[0].since, failing[0].why.as_str()), (at(1), "gone"));
    assert!(alerts::set_failure_told(&mut c, &mail.id, at(10)).await.unwrap());
    assert!(!alerts::set_failure_told(&mut c, &mail.id, at(11)).await.unwrap());
    alerts::set_working(&mut c, &mail.id).await.unwrap();
    assert!(alerts::failing(&mut c).await.unwrap().is_empty());
}

pub(crate) async fn an_event_is_followed_up_once_at_a_time(store: Store) {
    let mut c = store.write().await.unwrap();
    let row = |name: &str| EscalationRow {
        id: EscalationId::derived(&[name]),
        configuration_id: alert("mail").id,
        risk_event_id: RiskEventId::derived(&["event"]),
        delivery_id: delivery(name, at(1)).id,
        taken: 0,
        since: at(1),
        ended_at: None,
    };
    let mut first = row("first");
    assert!(escalations::begin(&mut c, &first).await.unwrap());
    assert!(!escalations::begin(&mut c, &row("second")).await.unwrap());
    first.taken = 2;
    first.ended_at = Some(at(5));
    escalations::update(&mut c, &first).await.unwrap();
    assert_eq!(escalations::get(&mut c, &first.id).await.unwrap(), Some(first));
    assert!(escalations::begin(&mut c, &row("second")).await.unwrap());
}

pub(crate) async fn an_address_is_kept_once_however_it_is_written(store: Store) {
    let mut c = store.write().await.unwrap();
    let mut ada = recipients::add(&mut c, "Ada <Ada@example.com>", at(1)).await.unwrap();
    assert_eq!(recipients::add(&mut c, "ada@example.com", at(2)).await.unwrap(), ada);
    ada.verified_at = Some(at(3));
    recipients::update(&mut c, &ada).await.unwrap();
    assert_eq!(recipients::get(&mut c, &ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(recipients::list(&mut c).await.unwrap(), [ada.clone()]);
    recipients::remove(&mut c, &ada.id).await.unwrap();
    assert!(recipients::list(&mut c).await.unwrap().is_empty());
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
            kind: StepKind::DisableKey(UserKey {
                access_key_id: key("LTAI01"),
                user_name: "leaky".to_owned(),
            }),
            title: "Disable the key".to_owned(),
            call: "ram:UpdateAccessKey".to_owned(),
            changes: "every request with it is refused".to_owned(),
            command: "aliyun ram UpdateAccessKey --Status Inactive".to_owned(),
            terraform: None,
            undo: Some("enable it again".to_owned()),
            kept: None,
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
