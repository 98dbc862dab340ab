//! The form of an alert configuration. What was entered stays on an error, but for the password, which is
//! never shown again.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertRules, Language, Level, RecipientGroup,
    RecipientGroupId, RecipientKind, RiskType,
};
use claviger_service::{Act, NewAlert, Service, ServiceError};
use maud::{Markup, html};
use serde::Deserialize;

use super::{methods, rules};

use crate::api::Problem;
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{address, role};
use crate::console::{Frame, Person, Refusal, Room};

const LEVELS: [(&str, &str); 3] = [("high", "High"), ("medium", "Medium"), ("low", "Low")];

const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("zh-CN", "简体中文")];

pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/alerts", post(add))
        .route("/alerts/new", get(create))
        .route("/alerts/{id}", get(edit).post(change))
}

/// What stands in the form's fields.
struct Draft {
    name: String,
    enabled: bool,
    /// The method's word.
    method: String,
    /// The method's own fields by name, as text.
    own: BTreeMap<&'static str, String>,
    to: String,
    groups: Vec<String>,
    risk_types: Vec<String>,
    level_min: String,
    language: String,
    rules: rules::Draft,
}

impl Draft {
    /// A form that nobody has touched.
    fn fresh(method: &str) -> Self {
        let own = [("port", "587"), ("security", "starttls")];
        let syslog = [("port", "6514"), ("security", "tls")];
        let own = if method == "syslog" { syslog } else { own };
        Self {
            name: String::new(),
            enabled: true,
            method: methods::known(method).to_owned(),
            own: own.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
            to: String::new(),
            groups: Vec::new(),
            risk_types: Vec::new(),
            level_min: "low".to_owned(),
            language: "en".to_owned(),
            rules: rules::Draft::of(&AlertRules::default()),
        }
    }

    fn of(configuration: &AlertConfiguration) -> Self {
        let rules = &configuration.rules;
        Self {
            name: configuration.name.clone(),
            enabled: configuration.enabled,
            method: configuration.method.word().to_owned(),
            own: methods::fields(&configuration.method),
            to: configuration.method.to().join("\n"),
            groups: rules.groups.iter().map(ToString::to_string).collect(),
            risk_types: configuration.risk_types.iter().map(|k| k.as_str().to_owned()).collect(),
            level_min: configuration.level_min.as_str().to_owned(),
            language: match configuration.language {
                Language::English => "en".to_owned(),
                Language::Chinese => "zh-CN".to_owned(),
            },
            rules: rules::Draft::of(rules),
        }
    }

    fn entered(fields: &Entered) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        Self {
            name: text("name"),
            enabled: fields.ticked("enabled"),
            method: methods::known(&text("method")).to_owned(),
            own: methods::FIELDS.into_iter().map(|name| (name, text(name))).collect(),
            to: fields.text("to").to_owned(),
            groups: fields.texts("groups").map(str::to_owned).collect(),
            risk_types: fields.texts("risk_types").map(str::to_owned).collect(),
            level_min: text("level_min"),
            language: text("language"),
            rules: rules::Draft::entered(fields),
        }
    }

    /// The configuration that is meant; `before` keeps what the form does not show.
    fn parse(
        &self,
        entered: &Entered,
        before: Option<&AlertConfiguration>,
    ) -> Result<NewAlert, Problem> {
        let mut risk_types = Vec::new();
        for word in &self.risk_types {
            risk_types.push(RiskType::from_word(word).ok_or_else(|| {
                Problem::field("risk_types", "There is no such risk type.", "Tick those below.")
            })?);
        }
        let level_min = Level::from_word(&self.level_min).ok_or_else(|| {
            Problem::field("level_min", "There is no such level.", "Choose one of the list.")
        })?;
        let language = match self.language.as_str() {
            "en" => Language::English,
            "zh-CN" => Language::Chinese,
            _ => {
                let hint = "Choose one of the list.";
                return Err(Problem::field("language", "There is no such language.", hint));
            }
        };
        let to = self.to.split(['\n', ',', ';']).map(str::trim).filter(|text| !text.is_empty());
        let mut rules = self.rules.parse(before.map(|one| &one.rules))?;
        rules.groups = self.groups.iter().cloned().map(RecipientGroupId::from).collect();
        Ok(NewAlert {
            name: self.name.clone(),
            enabled: self.enabled,
            method: methods::method(&self.method, &self.own, to.map(str::to_owned).collect())?,
            secret: entered.secret("secret"),
            url: entered.secret("url"),
            risk_types,
            level_min,
            language,
            rules,
        })
    }
}

/// The method that the form is for.
#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    method: String,
}

async fn create(
    State(service): State<Service>,
    person: Person,
    Query(chosen): Query<Chosen>,
) -> Result<Markup, Refusal> {
    let others = Others::read(&service).await?;
    Ok(page(&person, &others, None, &Draft::fresh(&chosen.method), None))
}

/// What a configuration may name.
struct Others {
    groups: Vec<RecipientGroup>,
    alerts: Vec<AlertConfiguration>,
}

impl Others {
    async fn read(service: &Service) -> Result<Self, Refusal> {
        Ok(Self { groups: service.recipient_groups().await?, alerts: service.alerts().await? })
    }
}

async fn edit(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Markup, Refusal> {
    let configuration = service.alert(&AlertConfigurationId::from(id)).await?;
    let draft = Draft::of(&configuration);
    let others = Others::read(&service).await?;
    Ok(page(&person, &others, Some(&configuration), &draft, None))
}

async fn add(
    State(service): State<Service>,
    person: Person,
    entered: Entered,
) -> Result<Response, Refusal> {
    let draft = Draft::entered(&entered);
    let saved = match draft.parse(&entered, None) {
        Ok(new) => service.add_alert(&person.actor, new).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let others = Others::read(&service).await?;
    Ok(answer(&person, &others, None, &draft, saved))
}

async fn change(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
    entered: Entered,
) -> Result<Response, Refusal> {
    let id = AlertConfigurationId::from(id);
    let before = service.alert(&id).await?;
    let draft = Draft::entered(&entered);
    let saved: Result<AlertConfiguration, Problem> = match draft.parse(&entered, Some(&before)) {
        Ok(new) => {
            let changed: Result<_, ServiceError> =
                service.change_alert(&person.actor, &id, new).await;
            changed.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    let others = Others::read(&service).await?;
    Ok(answer(&person, &others, Some(&before), &draft, saved))
}

/// On to the list, or back to the form with what was entered.
fn answer(
    person: &Person,
    others: &Others,
    before: Option<&AlertConfiguration>,
    draft: &Draft,
    saved: Result<AlertConfiguration, Problem>,
) -> Response {
    match saved {
        Ok(configuration) => {
            let id = configuration.id.as_str();
            Redirect::to(&address::with("/alerts", &[("done", "saved"), ("id", id)]))
                .into_response()
        }
        Err(problem) => {
            (problem.status(), page(person, others, before, draft, Some(&problem))).into_response()
        }
    }
}

fn page(
    person: &Person,
    others: &Others,
    before: Option<&AlertConfiguration>,
    draft: &Draft,
    problem: Option<&Problem>,
) -> Markup {
    let (title, action) = match before {
        None => ("Create Alert Configuration".to_owned(), "/alerts".to_owned()),
        Some(before) => {
            (format!("Alert configuration {}", before.name), format!("/alerts/{}", before.id))
        }
    };
    let place = before.map_or("Create", |before| before.name.as_str());
    let refused = role::missing(&person.actor, Act::SetAlert);
    let frame = Frame { room: Room::Alerts, place: Some(place), title: &title, live: &[] };
    let body = html! {
        (failure(problem))
        @if let Some(why) = &refused { p.notice { (why) "." } }
        @if before.is_none() { (methods::choice(&draft.method)) }
        form method="post" action=(action) {
            input type="hidden" name="method" value=(draft.method);
            fieldset.column disabled[refused.is_some()] {
                (Field { name: "name", label: "Name", effect: "To know it by, such as who is told." }
                    .input("text", &draft.name, true, problem))
                (methods::show(&draft.method, &draft.own, before.is_some(), problem))
                (recipients(draft, others, problem))
                (which(draft, problem))
                (draft.rules.show(problem))
                (rules::escalation(&draft.rules, &others.groups, &others.alerts, problem))
                (Field { name: "enabled", label: "Enabled", effect: "Where not, it tells nobody." }
                    .check("true", draft.enabled))
                div.acts {
                    button.main { @if before.is_some() { "Save" } @else { "Create" } }
                    a href="/alerts" { "Back without saving" }
                }
            }
        }
    };
    frame.around(person, &body)
}

fn recipients(draft: &Draft, others: &Others, problem: Option<&Problem>) -> Markup {
    let effect = match methods::reaches(&draft.method) {
        Some(RecipientKind::Mail) => {
            "Mail addresses, one a line. Each is sent a code, which must be \
            entered before alerts are sent there."
        }
        Some(RecipientKind::Phone) => {
            "Numbers such as +8613800000000, one a line. Each is told a code, \
            which must be entered before alerts are sent there."
        }
        None => "",
    };
    html! {
        @if !effect.is_empty() {
            h2 { "Recipients" }
            (Field { name: "to", label: "Recipients", effect }.area(&draft.to, false, problem))
            @if !others.groups.is_empty() {
                fieldset.field {
                    legend { "Groups" }
                    @for group in &others.groups {
                        (Field { name: "groups", label: &group.name, effect: "" }
                            .check(group.id.as_str(), draft.groups.iter().any(|id| id == group.id.as_str())))
                    }
                }
            }
        }
        (Field { name: "language", label: "Language", effect: "The language of the messages." }
            .select(&LANGUAGES, &draft.language, problem))
    }
}

/// Of what they are told.
fn which(draft: &Draft, problem: Option<&Problem>) -> Markup {
    let wrong = problem.filter(|problem| problem.at_field() == Some("risk_types"));
    html! {
        fieldset.field aria-describedby="risk_types-effect" {
            legend { "Risk types" }
            @for kind in RiskType::ALL {
                (Field { name: "risk_types", label: kind.title(), effect: "" }
                    .check(kind.as_str(), draft.risk_types.iter().any(|word| word == kind.as_str())))
            }
            p.effect #risk_types-effect {
                @if let Some(problem) = wrong { span.wrong { (problem.title()) } " " }
                "None ticked: all of them."
            }
        }
        (Field { name: "level_min", label: "Least level", effect: "Events of this level and above." }
            .select(&LEVELS, &draft.level_min, problem))
    }
}
