//! Policy management: the level and status of each risk type, with what a change does in words.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::{get, post};
use claviger_model::{
    Condition, Conditions, Hours, Level, ResponseRule, RiskPolicy, RiskType, Sensitivity,
};
use claviger_service::{Act, Service};
use claviger_store::risk_events::RiskCount;
use maud::{Markup, html};
use serde::Deserialize;

use super::dial;
use crate::api::Problem;
use crate::api::alert_body::clock;
use crate::console::part::entered::Entered;
use crate::console::part::{address, amount, role};
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/policy", get(show)).route("/policy/{risk_type}", post(set))
}

/// What the save before did, for the page that follows it.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    saved: String,
    #[serde(default)]
    changed: u64,
}

async fn show(
    State(service): State<Service>,
    person: Person,
    Query(saved): Query<Saved>,
) -> Result<Markup, Refusal> {
    let policies = service.policies().await?;
    let counts = service.risk_counts().await?;
    let rules = service.response_rules().await?;
    let refused = role::missing(&person.actor, Act::SetPolicy);
    let title = title(&policies);
    let frame = Frame { room: Room::Policy, place: None, title: &title, live: &["policies"] };
    let body = html! {
        (said(&saved, &policies))
        @if saved.saved == "dial" { (dial::said(&service.dial().await?)) }
        @if let Some(why) = &refused { p.notice { (why) "." } }
        div.cards {
            @for policy in &policies { (one(policy, &counts, refused.is_some())) }
        }
        (dial::section(&service, &person).await?)
        (responses(&rules))
    };
    Ok(frame.around(&person, &body))
}

async fn set(
    State(service): State<Service>,
    person: Person,
    Path(risk_type): Path<String>,
    entered: Entered,
) -> Result<Redirect, Refusal> {
    let risk_type = RiskType::from_word(&risk_type).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such risk type")
    })?;
    let level = Level::from_word(entered.text("level")).ok_or_else(|| {
        Problem::field("level", "There is no such level", "Choose High, Medium or Low.")
    })?;
    let enabled = match entered.text("status") {
        "enabled" => true,
        "disabled" => false,
        _ => {
            return Err(Problem::field(
                "status",
                "There is no such status",
                "Choose Enabled or Disabled.",
            )
            .into());
        }
    };
    let conditions = conditions(&entered, service.policy(risk_type).await?)?;
    let policy = RiskPolicy { risk_type, level, enabled, conditions };
    let changed = service.set_policy(&person.actor, policy).await?;
    let changed = changed.to_string();
    let page =
        address::with("/policy", &[("saved", risk_type.as_str()), ("changed", changed.as_str())]);
    Ok(Redirect::to(&page))
}

/// The conditions as they were entered; those that the type does not read stay as they are.
fn conditions(entered: &Entered, before: RiskPolicy) -> Result<Conditions, Problem> {
    let mut conditions = before.conditions;
    for condition in Condition::of(before.risk_type) {
        let name = condition.as_str();
        let text = entered.text(name);
        if text.is_empty() {
            continue;
        }
        let refused = || Problem::field(name, "That is no value for it", "Enter a whole number.");
        let number = || text.parse::<u8>().map_err(|_| refused());
        match condition {
            Condition::Confidence => conditions.confidence_min = number()?.min(100),
            Condition::Sensitivity => conditions.sensitivity_min = Sensitivity::from_word(text),
            Condition::Holders => conditions.holders_min = number()?,
            Condition::Days => conditions.days_min = number()?,
            Condition::Score => conditions.score_min = number()?,
        }
    }
    Ok(conditions)
}

/// The field of one condition.
fn condition(policy: &RiskPolicy, condition: Condition) -> Markup {
    let name = condition.as_str();
    let id = format!("{name}-{}", policy.risk_type.as_str());
    let number = match condition {
        Condition::Confidence => policy.conditions.confidence_min,
        Condition::Holders => policy.conditions.holders_min,
        Condition::Days => policy.conditions.days_min,
        Condition::Score => policy.conditions.score_min,
        Condition::Sensitivity => 0,
    };
    html! {
        div.field {
            label for=(id) { (condition.title()) }
            @if condition == Condition::Sensitivity {
                select id=(id) name=(name) {
                    @for level in Sensitivity::ALL.into_iter().skip(1) {
                        option value=(level.as_str())
                            selected[level == policy.conditions.sensitivity_min] { (level) }
                    }
                }
            } @else {
                input id=(id) type="number" name=(name) min="0" max="100" required value=(number);
            }
        }
    }
}

/// The answer to "what raises no alert?".
fn title(policies: &[RiskPolicy]) -> String {
    let silent: Vec<&RiskPolicy> = policies.iter().filter(|policy| !policy.enabled).collect();
    match silent.as_slice() {
        [] => "Every risk type is enabled".to_owned(),
        [one] => format!("{} is disabled and raises no alerts", one.risk_type.title()),
        many => format!(
            "{} of {} risk types are disabled and raise no alerts",
            many.len(),
            policies.len()
        ),
    }
}

/// What the save did, once it is done.
fn said(saved: &Saved, policies: &[RiskPolicy]) -> Markup {
    let policy = policies.iter().find(|policy| policy.risk_type.as_str() == saved.saved);
    html! {
        @if let Some(policy) = policy {
            div.notice.fine role="status" {
                p {
                    strong { (policy.risk_type.title()) " is saved" }
                    ": level " (policy.level.title()) ", "
                    @if policy.enabled { "enabled" } @else { "disabled" } ". "
                    @match saved.changed {
                        0 => "No existing event changed its level.",
                        1 => "1 existing event changed its level.",
                        many => { (amount::count(many)) " existing events changed their level." }
                    }
                }
            }
        }
    }
}

fn one(policy: &RiskPolicy, counts: &[RiskCount], refused: bool) -> Markup {
    let kind = policy.risk_type;
    let word = kind.as_str();
    let id = |field: &str| format!("{field}-{word}");
    html! {
        section aria-labelledby=(word) {
            h2 id=(word) { (kind.title()) }
            p { (meaning(kind)) }
            (events(kind, counts))
            form method="post" action=(format!("/policy/{word}")) {
                fieldset.column disabled[refused] {
                    div.field {
                        label for=(id("level")) { "Risk Event Level" }
                        select id=(id("level")) name="level" aria-describedby=(id("level-effect")) {
                            @for level in Level::ALL.into_iter().rev() {
                                option value=(level.as_str()) selected[level == policy.level] {
                                    (level.title())
                                }
                            }
                        }
                        p.effect id=(id("level-effect")) {
                            "Changing the level updates all existing events of that type."
                        }
                    }
                    fieldset.field aria-describedby=(id("status-effect")) {
                        legend { "Risk Event Status" }
                        (choice(&id("enabled"), "enabled", "Enabled", policy.enabled))
                        (choice(&id("disabled"), "disabled", "Disabled", !policy.enabled))
                        p.effect id=(id("status-effect")) {
                            "Disabling stops new alerts; existing events are not affected."
                        }
                    }
                    @for one in Condition::of(kind) { (condition(policy, *one)) }
                    button.main aria-label=(format!("Save {}", kind.title())) { "Save" }
                }
            }
        }
    }
}

/// What Claviger may do by itself: nothing, unless somebody wrote a rule down.
fn responses(rules: &[ResponseRule]) -> Markup {
    html! {
        section aria-labelledby="responses" {
            h2 #responses { "Response rules" }
            @if rules.is_empty() {
                p { "Claviger changes nothing by itself. A rule that runs a plan which can be taken back, after a \
                    grace period with a veto, is made by " code { "claviger rules set" } "." }
            }
            ul.rows { @for rule in rules { li {
                strong { (rule.name) } " · "
                @if rule.enabled { "on" } @else { "off" }
                " · " (rule.action.title()) " · level " (rule.level_min.title()) " and above · "
                @if let Some(hours) = &rule.hours { (times(hours)) " · " }
                (amount::counted(rule.grace_seconds.into(), "second", "seconds")) " to veto · by " (rule.made_by)
            } } }
        }
    }
}

/// Days and hours in one line.
fn times(hours: &Hours) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let name = |day: &u8| DAYS.get(usize::from(day.saturating_sub(1))).copied().unwrap_or_default();
    let days: Vec<&str> = hours.days.iter().map(name).collect();
    let (from, until) = (clock(hours.from_minute), clock(hours.until_minute));
    format!("{} {from}–{until} {}", days.join(" "), hours.zone)
}

fn choice(id: &str, word: &str, title: &str, chosen: bool) -> Markup {
    html! {
        label.check for=(id) {
            input id=(id) type="radio" name="status" value=(word) checked[chosen];
            (title)
        }
    }
}

/// How many events the policy rules, with the way to them.
fn events(kind: RiskType, counts: &[RiskCount]) -> Markup {
    let of_kind = || counts.iter().filter(|count| count.risk_type == kind);
    let all: u64 = of_kind().map(|count| count.count).sum();
    let open: u64 = of_kind().filter(|c| !c.work_state.is_closed()).map(|c| c.count).sum();
    html! {
        p.quiet {
            @if all == 0 { "No event so far." }
            @else {
                a href=(address::with("/events", &[("risk_type", kind.as_str())])) {
                    (amount::counted(all, "event", "events"))
                }
                ", " (amount::count(open)) " open."
            }
        }
    }
}

/// What an event of the type says.
fn meaning(kind: RiskType) -> &'static str {
    match kind {
        RiskType::AccessKeyPairLeak => "An AccessKey pair stands where it can be read.",
        RiskType::DatabaseAccountLeak => {
            "The password of a database account stands in storage, in an address or beside host and account."
        }
        RiskType::SharedAccount => {
            "One key is used at once by clients that share no network, no tool and no country."
        }
        RiskType::PublicStorageOfSensitiveInformation => {
            "Anybody may read sensitive data: by ACL, bucket policy and block public access together."
        }
        RiskType::AbnormalAccess => {
            "A key that is not known to be leaked is used unlike its owner."
        }
        RiskType::CustomIntelligence => {
            "Your own intelligence says that a key may be leaked, or is to be watched."
        }
    }
}
