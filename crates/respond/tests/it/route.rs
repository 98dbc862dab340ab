//! Who is told, and what is told once.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertKind, AlertMethod, KeyStatus, Language, Level,
    RiskType,
};
use claviger_respond::route::{Turns, occasion, recipients};

use crate::{access, now, risk_event};

fn configuration(name: &str, level_min: Level, risk_types: &[RiskType]) -> AlertConfiguration {
    AlertConfiguration {
        id: AlertConfigurationId::derived(&[name]),
        name: name.to_owned(),
        enabled: true,
        method: AlertMethod::Email {
            host: "mail.example.com".to_owned(),
            port: 587,
            security: "starttls".to_owned(),
            username: None,
            from: "claviger@example.com".to_owned(),
            to: vec!["oncall@example.com".to_owned()],
        },
        risk_types: risk_types.to_vec(),
        level_min,
        language: Language::English,
        rules: claviger_model::AlertRules::default(),
        created_at: now(),
    }
}

#[test]
fn who_asked_for_the_type_and_level_is_told_and_nobody_else() {
    let configurations = [
        configuration("all", Level::Low, &[]),
        configuration("high only", Level::High, &[]),
        configuration("leaks", Level::Low, &[RiskType::AccessKeyPairLeak]),
        configuration("access", Level::Low, &[RiskType::AbnormalAccess]),
        AlertConfiguration { enabled: false, ..configuration("off", Level::Low, &[]) },
    ];
    let told = |risk_type, level| -> Vec<&str> {
        let ids = recipients(&configurations, risk_type, level, &[]);
        let named = configurations.iter().filter(|one| ids.contains(&one.id));
        named.map(|one| one.name.as_str()).collect()
    };
    assert_eq!(told(RiskType::AccessKeyPairLeak, Level::High), ["all", "high only", "leaks"]);
    assert_eq!(told(RiskType::AccessKeyPairLeak, Level::Medium), ["all", "leaks"]);
    assert_eq!(told(RiskType::AbnormalAccess, Level::Low), ["all", "access"]);
}

#[test]
fn a_leak_is_told_once_an_event() {
    let event = risk_event();
    let first = occasion(AlertKind::LeakFound, &event, &Turns::default(), None);
    let later = access("203.0.113.7", "2026-03-31T14:02:11Z", "a", 200, 1);
    assert!(first.is_some());
    assert_eq!(first, occasion(AlertKind::LeakFound, &event, &Turns::default(), Some(&later)));
}

#[test]
fn a_leak_is_told_once_more_each_time_its_event_is_opened_again() {
    let event = risk_event();
    let at = |seconds| Turns {
        reopened_at: Some(now() + jiff::SignedDuration::from_secs(seconds)),
        ..Turns::default()
    };
    let of = |turns: &Turns| occasion(AlertKind::LeakFound, &event, turns, None);
    assert_eq!(of(&at(1)), of(&at(1)));
    assert_ne!(of(&at(1)), of(&at(2)));
    assert_ne!(of(&at(1)), of(&Turns::default()));
}

#[test]
fn use_is_told_again_only_if_it_came_after_the_event_was_opened_again() {
    let event = risk_event();
    let of = |time: &str, turns: &Turns| {
        let access = access("203.0.113.7", time, "a", 200, 1);
        occasion(AlertKind::LeakedKeyUsed, &event, turns, Some(&access))
    };
    let reopened_at = "2026-03-31T14:02:11Z".parse().ok();
    let again = Turns { reopened_at, ..Turns::default() };
    let before = of("2026-03-31T14:02:10Z", &Turns::default());
    assert_eq!(of("2026-03-31T14:02:10Z", &again), before);
    assert_ne!(of("2026-03-31T14:02:11Z", &again), before);
    assert_eq!(of("2026-03-31T14:02:11Z", &again), of("2026-03-31T14:02:40Z", &again));
}

#[test]
fn use_that_a_late_log_tells_is_no_use_after_the_closing() {
    let mut event = risk_event();
    event.key_state.status = KeyStatus::Inactive;
    let turns = Turns { key_closed_at: "2026-03-31T14:02:11.7Z".parse().ok(), ..Turns::default() };
    let of = |time: &str| {
        let access = access("203.0.113.7", time, "a", 200, 1);
        occasion(AlertKind::LeakedKeyUsed, &event, &turns, Some(&access)).unwrap()
    };
    assert_eq!(of("2026-03-31T14:02:11Z"), of("2026-03-31T10:00:00Z"));
    assert_ne!(of("2026-03-31T14:02:12Z"), of("2026-03-31T10:00:00Z"));
}

#[test]
fn use_is_told_once_a_source_group() {
    let event = risk_event();
    let of = |source: &str, number| {
        let access = access(source, "2026-03-31T14:02:11Z", "a", 200, number);
        occasion(AlertKind::LeakedKeyUsed, &event, &Turns::default(), Some(&access)).unwrap()
    };
    assert_eq!(of("203.0.113.7", 1), of("203.0.113.99", 2));
    assert_ne!(of("203.0.113.7", 1), of("203.0.114.7", 2));
    assert_eq!(of("2001:db8:7:1::5", 1), of("2001:db8:7:2::9", 2));
    assert_ne!(of("2001:db8:7::5", 1), of("2001:db8:8::5", 2));
    assert_eq!(occasion(AlertKind::LeakedKeyUsed, &event, &Turns::default(), None), None);
}

#[test]
fn use_although_the_key_is_closed_is_told_again_and_refused_use_is_not() {
    let mut event = risk_event();
    let of = |event: &_, status| {
        let access = access("203.0.113.7", "2026-03-31T14:02:11Z", "a", status, 1);
        occasion(AlertKind::LeakedKeyUsed, event, &Turns::default(), Some(&access))
    };
    let before = of(&event, 200);
    event.key_state.status = KeyStatus::Inactive;
    assert_eq!(of(&event, 403), before);
    assert_ne!(of(&event, 200), before);
}

#[test]
fn an_alarm_is_told_once_its_time_and_a_test_never_by_an_event() {
    let event = risk_event();
    let of = |time: &str, number| {
        let access = access("203.0.113.7", time, "a", 200, number);
        occasion(AlertKind::Alarm, &event, &Turns::default(), Some(&access)).unwrap()
    };
    assert_eq!(of("2026-03-31T14:02:11Z", 1), of("2026-03-31T14:02:11Z", 2));
    assert_ne!(of("2026-03-31T14:02:11Z", 1), of("2026-03-31T14:02:12Z", 1));
    assert_eq!(occasion(AlertKind::Test, &event, &Turns::default(), None), None);
}
