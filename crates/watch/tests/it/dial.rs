//! The dial: an event is judged by how it stood at its own time, and a preview by how it might stand.

use claviger_model::{AccessEvent, Alarm};
use claviger_watch::{Detector, Dial, Preview, Settings, sort_and_dedup};
use jiff::Timestamp;

use crate::event;

const DAY: i64 = 86_400;
const DAYS: i64 = 40;

/// Keys with their habits, and a stranger now and then, bold or shy.
fn company() -> Vec<AccessEvent> {
    let key = |number: i64| format!("LTAI5tFAKEFAKEFAKE{number:06}");
    let mut events = Vec::new();
    for day in 0..DAYS {
        for number in 0..6 {
            for turn in 0..4 {
                let second = day * DAY + turn * 9_000 + number * 700;
                let ip = format!("192.0.2.{number}");
                events.push(event(second, &key(number), &ip, &format!("o{turn}"), 2_000));
            }
        }
        if day % 5 == 4 {
            let (number, ip) = (day % 6, format!("203.0.113.{day}"));
            for turn in 0..(day % 3) * 40 + 1 {
                let second = day * DAY + 60_000 + turn;
                let mut one = event(second, &key(number), &ip, &format!("x{turn}"), 900_000);
                one.user_agent = Some(format!("rclone/{}", day % 2));
                events.push(one);
            }
        }
    }
    sort_and_dedup(events)
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + day * DAY).unwrap()
}

fn replayed(dial: &Dial) -> Vec<Alarm> {
    let mut detector = Detector::new(Settings::default());
    detector.set_dial(dial.clone());
    company().iter().filter_map(|event| detector.observe(event)).collect()
}

#[test]
fn turning_the_dial_changes_no_alarm_of_before_and_raises_more_after() {
    let (few, many) = (Dial::new(0.1), Dial::new(500.0));
    let mut turned = few.clone();
    turned.turn(at(20), 500.0);
    let before = |alarms: &[Alarm]| -> Vec<Alarm> {
        alarms.iter().filter(|alarm| alarm.time < at(20)).cloned().collect()
    };
    let (few, turned, many) = (replayed(&few), replayed(&turned), replayed(&many));
    assert_eq!(before(&few), before(&turned));
    assert!(turned.len() > few.len() && many.len() >= turned.len());
}

#[test]
fn a_preview_of_the_value_in_force_is_the_replay_and_each_value_is_judged_for_itself() {
    let dial = Dial::new(5.0);
    let detector = Detector::new(Settings { alarms_per_day: 1.0 });
    let mut preview = Preview::new(detector, dial.clone(), at(10), &[0.1, 5.0, 500.0]);
    company().iter().for_each(|event| preview.observe(event, false));
    let raised = preview.into_raised();
    let of = |dial: &Dial| -> Vec<(Timestamp, f64)> {
        let later = replayed(dial).into_iter().filter(|alarm| alarm.time >= at(10));
        later.map(|alarm| (alarm.time, alarm.score)).collect()
    };
    for one in &raised {
        let mut dial = dial.clone();
        dial.turn(at(10), one.alarms_per_day);
        let told: Vec<(Timestamp, f64)> =
            one.alarms.iter().map(|alarm| (alarm.time, alarm.score)).collect();
        assert_eq!(told, of(&dial), "{}", one.alarms_per_day);
        assert_eq!(one.count(), told.len() as u64);
    }
    assert!(raised[0].count() < raised[2].count());
    // An alarm that a lower value raises, too, is known by its access, whenever it is told.
    let known = |alarm| raised[2].alarms.iter().any(|other| other.tells_the_same(alarm));
    assert!(raised[1].alarms.iter().all(known));
}
