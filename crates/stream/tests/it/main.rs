//! What listeners may rely on.

use claviger_stream::{Live, Notice, Topic, Wake};

fn notice(subject: &str) -> Notice {
    Notice { subject: subject.to_owned() }
}

#[tokio::test]
async fn every_listener_of_a_topic_is_woken_and_no_other() {
    let live = Live::new();
    let mut first = live.subscribe(Topic::Jobs);
    let mut second = live.subscribe(Topic::Jobs);
    let mut other = live.subscribe(Topic::Changes);
    live.publish(Topic::Jobs, notice("scan_bucket"));
    live.publish(Topic::Changes, notice("evt_1"));
    assert_eq!(first.next().await, Some(Wake::Notice(notice("scan_bucket"))));
    assert_eq!(second.next().await, Some(Wake::Notice(notice("scan_bucket"))));
    assert_eq!(other.next().await, Some(Wake::Notice(notice("evt_1"))));
}

#[tokio::test]
async fn publishing_without_listeners_is_fine_and_wakes_nobody_later() {
    let live = Live::new();
    live.publish(Topic::Jobs, notice("early"));
    let mut receiver = live.subscribe(Topic::Jobs);
    live.publish(Topic::Jobs, notice("late"));
    assert_eq!(receiver.next().await, Some(Wake::Notice(notice("late"))));
}

#[tokio::test]
async fn a_slow_listener_is_told_that_it_lags_and_goes_on() {
    let live = Live::new();
    let mut receiver = live.subscribe(Topic::Changes);
    for number in 0..5_000 {
        live.publish(Topic::Changes, notice(&number.to_string()));
    }
    assert_eq!(receiver.next().await, Some(Wake::Lagged));
    let mut last = None;
    for _ in 0..1_024 {
        last = receiver.next().await;
    }
    assert_eq!(last, Some(Wake::Notice(notice("4999"))));
}

#[tokio::test]
async fn a_listener_learns_that_the_stream_is_gone() {
    let live = Live::new();
    let mut receiver = live.subscribe(Topic::Jobs);
    drop(live);
    assert_eq!(receiver.next().await, None);
}
