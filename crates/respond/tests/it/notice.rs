//! What messages say.

use claviger_model::{
    AccessEvent, AlertKind, AlertNotice, Evidence, IntelligenceSource, KeyStatus, KeyUsage,
    Language, Level, PlanId, Response, ResponseRule, ResponseState, RiskEvent, RiskType,
};
use claviger_respond::notice::{
    CapacityNotice, NoticeInput, compose, compose_capacity, compose_response, compose_test,
};
use proptest::prelude::*;

use crate::{access, at, evidence, now, risk_event, source, three_sources, usage};

const OBJECT: &str = "exampledir/userdata.csv";

/// All that a message is made of, owned.
struct Case {
    kind: AlertKind,
    event: RiskEvent,
    evidence: Vec<Evidence>,
    usage: Option<KeyUsage>,
    latest: Option<AccessEvent>,
    link: Option<String>,
}

impl Case {
    fn used() -> Self {
        Self {
            kind: AlertKind::LeakedKeyUsed,
            event: risk_event(),
            evidence: vec![
                evidence("test.txt", IntelligenceSource::PrivatePlaintextStorage),
                evidence("old.txt", IntelligenceSource::PrivatePlaintextStorage),
            ],
            usage: Some(usage(OBJECT, three_sources())),
            latest: Some(access("203.0.113.7", "2026-03-31T14:02:11Z", OBJECT, 200, 1)),
            link: Some("https://claviger.example.com/events/evt_1".to_owned()),
        }
    }

    fn leaked() -> Self {
        let mut case = Self::used();
        case.kind = AlertKind::LeakFound;
        case.latest = None;
        case.usage = Some(KeyUsage::default());
        case.event.judgement.clear();
        case
    }

    fn compose(&self, language: Language) -> AlertNotice {
        compose(&NoticeInput {
            kind: self.kind,
            event: &self.event,
            evidence: &self.evidence,
            usage: self.usage.as_ref(),
            latest: self.latest.as_ref(),
            delivered_at: self.latest.as_ref().map(|_| at("2026-03-31T14:02:11.9Z")),
            read_at: self.latest.as_ref().map(|_| at("2026-03-31T14:02:12.4Z")),
            now: now(),
            link: self.link.clone(),
            language,
        })
    }
}

fn in_words(notice: &AlertNotice) -> String {
    let mut text = format!("{}\n\n", notice.subject);
    for line in &notice.lead {
        text.push_str(&format!("{line}\n"));
    }
    text.push('\n');
    for fact in &notice.facts {
        text.push_str(&format!("{}: {}\n", fact.label, fact.value));
    }
    text.push_str(&format!("\n{}\n", notice.link.as_deref().unwrap_or("no link")));
    text
}

#[test]
fn use_of_a_leaked_key_in_both_languages() {
    insta::assert_snapshot!("used_en", in_words(&Case::used().compose(Language::English)));
    insta::assert_snapshot!("used_zh", in_words(&Case::used().compose(Language::Chinese)));
}

#[test]
fn a_found_leak_in_both_languages() {
    insta::assert_snapshot!("leak_en", in_words(&Case::leaked().compose(Language::English)));
    insta::assert_snapshot!("leak_zh", in_words(&Case::leaked().compose(Language::Chinese)));
}

#[test]
fn abnormal_access_of_a_key_nobody_knows_in_both_languages() {
    let mut case = Case::used();
    case.kind = AlertKind::Alarm;
    case.event.risk_type = RiskType::AbnormalAccess;
    case.event.account = None;
    case.event.key_state.status = KeyStatus::Unknown;
    case.event.key_state.proof = "no connection's account lists this key".to_owned();
    case.event.sources.clear();
    case.evidence.clear();
    case.usage = None;
    case.link = None;
    insta::assert_snapshot!("alarm_en", in_words(&case.compose(Language::English)));
    insta::assert_snapshot!("alarm_zh", in_words(&case.compose(Language::Chinese)));
}

#[test]
fn the_test_button_in_both_languages() {
    let link = Some("https://claviger.example.com/alerts".to_owned());
    let english = compose_test("On call", Language::English, now(), link.clone());
    let chinese = compose_test("值班", Language::Chinese, now(), link);
    insta::assert_snapshot!("test_en", in_words(&english));
    insta::assert_snapshot!("test_zh", in_words(&chinese));
}

/// What people are told before a rule acts, one subject an action and the message of the first in full.
fn announced(language: Language) -> String {
    let event = risk_event();
    let of = |action| {
        let rule = ResponseRule {
            id: "leaks".to_owned(),
            name: "public leaks".to_owned(),
            enabled: true,
            action,
            risk_types: Vec::new(),
            level_min: Level::High,
            sources: Vec::new(),
            assets: Vec::new(),
            only_used: false,
            hours: None,
            grace_seconds: 900,
            made_by: "mei".to_owned(),
            made_at: now(),
        };
        let response = Response {
            id: "rsp_1".to_owned(),
            rule_id: rule.id.clone(),
            risk_event_id: event.id.clone(),
            plan_id: PlanId::from("pln_1".to_owned()),
            state: ResponseState::Waiting,
            runs_at: at("2026-03-31T14:20:00Z"),
            note: None,
        };
        let veto = Some("https://claviger.example.com/veto/made-up");
        let link = Some("https://claviger.example.com/events/evt_1".to_owned());
        compose_response(language, (&event, &rule, &response), veto, link)
    };
    let subjects = ResponseRule::ACTIONS.map(|action| of(action).subject).join("\n");
    format!("{}\n{subjects}\n", in_words(&of(ResponseRule::ACTIONS[0])))
}

#[test]
fn what_a_rule_is_about_to_do_is_told_in_both_languages() {
    insta::assert_snapshot!("announced_en", announced(Language::English));
    insta::assert_snapshot!("announced_zh", announced(Language::Chinese));
}

#[test]
fn a_capacity_is_told_with_its_forecast_in_both_languages() {
    let near = CapacityNotice {
        kind: "protection",
        used: 850 << 30,
        limit: 1000 << 30,
        threshold: 80,
        per_day: Some(3.5 * f64::from(1 << 30)),
        full_at: Some(at("2026-05-12T08:30:00Z")),
        at_limit: "authorizing",
    };
    let (kind, used, threshold) = ("log_storage", 1000 << 30, 100);
    let full = CapacityNotice { kind, used, threshold, at_limit: "forgetting", ..near };
    let stopped = CapacityNotice { at_limit: "recording", ..full };
    let unknown = CapacityNotice { per_day: None, full_at: None, ..near };
    let shrinks = CapacityNotice { per_day: Some(-5.0), full_at: None, ..near };
    let all = |language| {
        let link = Some("https://claviger.example.com/settings#capacity".to_owned());
        let of = |notice: &CapacityNotice<'_>| {
            in_words(&compose_capacity(language, notice, link.clone()))
        };
        [&near, &full, &stopped, &unknown, &shrinks].map(of).join("\n")
    };
    insta::assert_snapshot!("capacity_en", all(Language::English));
    insta::assert_snapshot!("capacity_zh", all(Language::Chinese));
}

#[test]
fn a_refused_use_and_a_closed_key_are_told_as_such() {
    let mut case = Case::used();
    case.latest = Some(access("203.0.113.7", "2026-03-31T14:02:11Z", OBJECT, 403, 1));
    case.event.key_state.status = KeyStatus::Inactive;
    let notice = case.compose(Language::English);
    assert_eq!(
        notice.subject,
        "High: leaked key LTAI5t…x7Q of billing-export was tried from 203.0.113.7 and refused"
    );
    assert_eq!(
        notice.lead[4],
        "The key is Inactive: there is nothing to stop. Look at what it touched."
    );
}

#[test]
fn many_sources_and_objects_are_counted_and_not_all_listed() {
    let mut case = Case::used();
    let sources: Vec<_> = (0..200)
        .map(|n| source(&format!("203.0.113.{n}"), false, "2026-03-31T14:02:11Z"))
        .collect();
    let mut used = usage(OBJECT, sources);
    let object = used.buckets[0].objects[0].clone();
    used.buckets[0].objects = vec![object; 500];
    case.usage = Some(used);
    let notice = case.compose(Language::English);
    let lines = |label: &str| notice.facts.iter().filter(|fact| fact.label == label).count();
    assert_eq!((lines("Source addresses"), lines("Objects")), (21, 21));
    assert!(notice.lead[2].ends_with("203.0.113.2 and 197 more."), "{}", notice.lead[2]);
    let last = notice.facts.iter().rfind(|fact| fact.label == "Objects").unwrap();
    assert_eq!(last.value, "… and 480 more on the event's page");
}

#[test]
fn the_longest_object_name_arrives_whole_in_the_facts() {
    let name = "数据/<b>\"'&;\\".repeat(70);
    assert!(name.len() > 1_000);
    let mut case = Case::used();
    case.usage = Some(usage(&name, three_sources()));
    for language in [Language::English, Language::Chinese] {
        let notice = case.compose(language);
        assert!(notice.facts.iter().any(|fact| fact.value.contains(&name)));
        assert!(notice.lead.iter().all(|line| line.chars().count() < 500));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn hostile_names_break_no_line_and_nothing_is_left_open(
        name in "\\PC{0,40}|(?s).{0,200}",
        kind in prop::sample::select(AlertKind::ALL.to_vec()),
        chinese in any::<bool>(),
        with_usage in any::<bool>(),
    ) {
        let mut case = Case::used();
        case.kind = kind;
        case.event.account = Some(name.clone());
        case.event.key_state.proof.clone_from(&name);
        case.event.judgement = vec![name.clone()];
        case.evidence = vec![evidence(&name, IntelligenceSource::Github)];
        case.usage = with_usage.then(|| usage(&name, vec![source(&name, false, "2026-03-31T14:02:11Z")]));
        case.latest = Some(access(&name, "2026-03-31T14:02:11Z", &name, 200, 1));
        let language = if chinese { Language::Chinese } else { Language::English };
        let notice = case.compose(language);
        prop_assert!(notice.lead.len() <= 5);
        let lines = notice.lead.iter().chain([&notice.subject]);
        let facts = notice.facts.iter().flat_map(|fact| [&fact.label, &fact.value]);
        for line in lines.chain(facts) {
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            prop_assert!(!line.contains(['\u{2028}', '\u{2029}', '\u{202e}']), "{line:?}");
        }
        prop_assert!(notice.subject.len() < 900);
    }
}

#[test]
fn no_secret_is_told_not_even_masked() {
    for language in [Language::English, Language::Chinese] {
        let text = in_words(&Case::used().compose(language));
        assert!(!text.contains("Fa…01"));
        assert!(!text.contains('{'), "an unfilled value: {text}");
    }
}
