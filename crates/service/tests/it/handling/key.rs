//! Plans about the key itself: disabled, enabled, deleted; and nobody else's.

use claviger_model::{Ask, CloudKeyStatus, KeyStatus, PlanState, WorkState};

use super::{Leak, opens, with_a_file};
use crate::stage::{USER, until};

/// Another user of the same account.
const SIBLING: &str = "somebody-else";

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_opens_nothing_and_opens_again_once_taken_back() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    // A first use that is told of after the key was disabled opens the event again.
    let used = async || (leak.stage.event_now(&leak.event.id).await.uses > 0).then_some(());
    until("the use is on record", used).await;
    let plan = leak.carry_out(Ask::Disable).await;
    assert!(!leak.opens().await);
    assert_eq!(leak.stage.event_now(&leak.event.id).await.work_state, WorkState::Disposed);
    leak.take_back(&plan).await;
    assert!(leak.opens().await);
    let event = leak.stage.event_now(&leak.event.id).await;
    assert_eq!(event.work_state, WorkState::Acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enabled_key_opens_again_and_is_what_it_was_once_taken_back() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    leak.carry_out(Ask::Disable).await;
    let plan = leak.carry_out(Ask::Enable).await;
    assert!(leak.opens().await);
    leak.take_back(&plan).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Inactive));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_key_is_restored_from_the_recycle_bin_with_the_status_it_had() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let plan = leak.carry_out(Ask::Delete).await;
    assert_eq!(leak.status().await, None);
    let event = leak.stage.event_now(&leak.event.id).await;
    assert_eq!(event.key_state.status, KeyStatus::Deleted);
    leak.take_back(&plan).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Active));
    assert!(leak.opens().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_action_on_a_key_touches_a_sibling_or_another_user() {
    let leak = Leak::found().await;
    with_a_file(&leak).await;
    let owner = leak.stage.owner();
    let sibling = owner.create_key(USER).await.unwrap();
    owner.create_user(SIBLING).await.unwrap();
    let stranger = owner.create_key(SIBLING).await.unwrap();
    let addresses = || vec!["203.0.113.7".to_owned()];
    for ask in
        [Ask::RestrictNetwork { addresses: addresses() }, Ask::Disable, Ask::Enable, Ask::Delete]
    {
        leak.carry_out(ask).await;
        for (user, key) in [(USER, &sibling.0), (SIBLING, &stranger.0)] {
            let status = owner.key_status(user, key).await.unwrap();
            assert_eq!(status, Some(CloudKeyStatus::Active));
            assert_eq!(owner.key_restriction(user, key).await.unwrap(), None);
        }
        assert!(opens(&leak.stage, &sibling).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_at_once_one_wins_and_the_other_is_told_who() {
    let leak = Leak::found().await;
    let (one, other) = (leak.draft(Ask::Disable).await, leak.draft(Ask::Disable).await);
    let Leak { stage, .. } = &leak;
    let (service, actor) = (&stage.service, &stage.actor);
    let first = service.confirm_plan(actor, &one.id, None);
    let same = service.confirm_plan(actor, &one.id, None);
    let (first, same) = tokio::join!(first, same);
    assert_eq!(first.is_ok() as u8 + same.is_ok() as u8, 1);
    let told = first.and(same).unwrap_err().to_string();
    assert!(told.contains("confirmed by claviger"), "{told}");
    leak.in_state(&one.id, PlanState::Done).await;
    // The other plan is stale by now, and harmless: it finds done what it would do.
    leak.confirm(&other).await;
    leak.in_state(&other.id, PlanState::Done).await;
    assert_eq!(leak.status().await, Some(CloudKeyStatus::Inactive));
}
