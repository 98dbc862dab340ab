//! The form of an alert configuration. What was entered stays on an error, but for the password, which is
//! never shown again.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertMethod, Language, Level, RiskType, Secret,
};
use claviger_service::{Act, NewAlert, Service, ServiceError};
use maud::{Markup, html};

use crate::api::Problem;
use crate::console::part::entered::Entered;
use crate::console::part::form::{Field, failure};
use crate::console::part::{address, role};
use crate::console::{Frame, Person, Refusal, Room};

const SECURITY: [(&str, &str); 3] = [
    ("starttls", "STARTTLS, mostly on port 587"),
    ("tls", "TLS from the start, mostly on port 465"),
    ("none", "None: readable on its way"),
];

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
    host: String,
    port: String,
    security: String,
    username: String,
    from: String,
    to: String,
    risk_types: Vec<String>,
    level_min: String,
    language: String,
}

impl Draft {
    /// A form that nobody has touched.
    fn fresh() -> Self {
        Self {
            name: String::new(),
            enabled: true,
            host: String::new(),
            port: "587".to_owned(),
            security: "starttls".to_owned(),
            username: String::new(),
            from: String::new(),
            to: String::new(),
            risk_types: Vec::new(),
            level_min: "low".to_owned(),
            language: "en".to_owned(),
        }
    }

    fn of(configuration: &AlertConfiguration) -> Self {
        let AlertMethod::Email { host, port, security, username, from, to } = &configuration.method;
        Self {
            name: configuration.name.clone(),
            enabled: configuration.enabled,
            host: host.clone(),
            port: port.to_string(),
            security: security.clone(),
            username: username.clone().unwrap_or_default(),
            from: from.clone(),
            to: to.join("\n"),
            risk_types: configuration.risk_types.iter().map(|k| k.as_str().to_owned()).collect(),
            level_min: configuration.level_min.as_str().to_owned(),
            language: match configuration.language {
                Language::English => "en".to_owned(),
                Language::Chinese => "zh-CN".to_owned(),
            },
        }
    }

    fn entered(fields: &Entered) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        Self {
            name: text("name"),
            enabled: fields.ticked("enabled"),
            host: text("host"),
            port: text("port"),
            security: text("security"),
            username: text("username"),
            from: text("from"),
            to: fields.text("to").to_owned(),
            risk_types: fields.texts("risk_types").map(str::to_owned).collect(),
            level_min: text("level_min"),
            language: text("language"),
        }
    }

    /// The configuration that is meant.
    fn parse(&self, password: Option<Secret>) -> Result<NewAlert, Problem> {
        let port = self.port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| {
            Problem::field("port", "The port is no number from 1 to 65535.", "Mostly it is 587.")
        })?;
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
        Ok(NewAlert {
            name: self.name.clone(),
            enabled: self.enabled,
            method: AlertMethod::Email {
                host: self.host.clone(),
                port,
                security: self.security.clone(),
                username: Some(self.username.clone()).filter(|name| !name.is_empty()),
                from: self.from.clone(),
                to: to.map(str::to_owned).collect(),
            },
            password,
            risk_types,
            level_min,
            language,
        })
    }
}

async fn create(person: Person) -> Markup {
    page(&person, None, &Draft::fresh(), None)
}

async fn edit(
    State(service): State<Service>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Markup, Refusal> {
    let configuration = service.alert(&AlertConfigurationId::from(id)).await?;
    let draft = Draft::of(&configuration);
    Ok(page(&person, Some(&configuration), &draft, None))
}

async fn add(State(service): State<Service>, person: Person, entered: Entered) -> Response {
    let draft = Draft::entered(&entered);
    let saved = match draft.parse(entered.secret("password")) {
        Ok(new) => service.add_alert(&person.actor, new).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    answer(&person, None, &draft, saved)
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
    let saved: Result<AlertConfiguration, Problem> = match draft.parse(entered.secret("password")) {
        Ok(new) => {
            let changed: Result<_, ServiceError> =
                service.change_alert(&person.actor, &id, new).await;
            changed.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    Ok(answer(&person, Some(&before), &draft, saved))
}

/// On to the list, or back to the form with what was entered.
fn answer(
    person: &Person,
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
            (problem.status(), page(person, before, draft, Some(&problem))).into_response()
        }
    }
}

fn page(
    person: &Person,
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
        form method="post" action=(action) {
            fieldset.column disabled[refused.is_some()] {
                (Field { name: "name", label: "Name", effect: "To know it by, such as who is told." }
                    .input("text", &draft.name, true, problem))
                (recipients(draft, problem))
                (which(draft, problem))
                (server(draft, before.is_some(), problem))
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

fn recipients(draft: &Draft, problem: Option<&Problem>) -> Markup {
    html! {
        (Field { name: "to", label: "Recipients", effect: "Mail addresses, one a line." }
            .area(&draft.to, true, problem))
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

fn server(draft: &Draft, stored: bool, problem: Option<&Problem>) -> Markup {
    let password = match (stored, problem) {
        (true, _) => "Leave it empty to keep the stored one. It is never shown.",
        (false, Some(_)) => "Enter it again: it is never shown.",
        (false, None) => "Kept encrypted, never shown.",
    };
    html! {
        h2 { "Mail server" }
        (Field { name: "host", label: "Server", effect: "Such as smtp.example.com. Private networks must be \
            allowed in the configuration." }.input("text", &draft.host, true, problem))
        (Field { name: "port", label: "Port", effect: "587 with STARTTLS, 465 with TLS, mostly." }
            .input("number", &draft.port, true, problem))
        (Field { name: "security", label: "Security", effect: "How the connection to the server is secured." }
            .select(&SECURITY, &draft.security, problem))
        (Field { name: "username", label: "User name", effect: "Empty where the server asks for none." }
            .input("text", &draft.username, false, problem))
        (Field { name: "password", label: "Password", effect: password }
            .input("password", "", false, problem))
        (Field { name: "from", label: "Sender", effect: "The address the messages come from." }
            .input("text", &draft.from, true, problem))
    }
}
