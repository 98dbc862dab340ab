//! Connecting a cloud account, a store or a folder: its credentials are tried before anything is kept.

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use claviger_model::{AccessKeyId, Connection, Provider, Secret};
use claviger_service::{Act, GivenCredentials, NewConnection, Service, ServiceError};
use maud::{Markup, html};
use serde::Deserialize;

use crate::api::{Problem, reference};
use crate::console::part::form::{Field, failure};
use crate::console::part::role;
use crate::console::{Frame, Person, Refusal, Room};

pub(super) fn routes() -> Router<Service> {
    Router::new().route("/assets/connect", get(show).post(connect))
}

/// What the form sends. The two secrets are taken out of it before it is shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    name: String,
    provider: String,
    region: String,
    endpoint: String,
    accounts_endpoint: String,
    #[serde(flatten)]
    key: EnteredKey,
}

/// The credentials that a form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct EnteredKey {
    access_key_id: String,
    access_key_secret: String,
    security_token: String,
    credentials: String,
}

impl EnteredKey {
    /// What a form shows at first.
    pub(super) fn of(connection: &Connection) -> Self {
        let id = connection.access_key_id.as_ref().filter(|_| connection.credentials.is_none());
        Self {
            access_key_id: id.map(ToString::to_string).unwrap_or_default(),
            credentials: connection
                .credentials
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            ..Self::default()
        }
    }

    /// What was entered; the secrets leave the form for it.
    pub(super) fn given(&mut self) -> Result<Option<GivenCredentials>, Problem> {
        let (key_secret, token) =
            (secret(&mut self.access_key_secret), secret(&mut self.security_token));
        Ok(GivenCredentials::of(
            filled(&self.credentials).as_deref().map(reference).transpose()?,
            filled(&self.access_key_id).as_deref().map(key_id).transpose()?,
            key_secret,
            token,
        )?)
    }
}

impl Entered {
    /// The connection that was entered; the secrets leave the form for it.
    fn connection(&mut self) -> Result<NewConnection, Problem> {
        let credentials = self.key.given();
        let provider: Provider = self.provider.parse().map_err(|_| {
            Problem::field("provider", "No provider is chosen", "Choose one of the list.")
        })?;
        Ok(NewConnection {
            name: self.name.trim().to_owned(),
            provider,
            region: self.region.trim().to_owned(),
            endpoint: filled(&self.endpoint),
            accounts_endpoint: filled(&self.accounts_endpoint),
            credentials: credentials?,
            idempotency_key: None,
        })
    }
}

/// A text without the blanks that copying brings along; `None` where nothing was entered.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A secret, taken out of its field; `None` where nothing was entered.
fn secret(field: &mut String) -> Option<Secret> {
    filled(&std::mem::take(field)).map(Secret::new)
}

/// A key id as it was entered.
fn key_id(text: &str) -> Result<AccessKeyId, Problem> {
    AccessKeyId::parse(text.trim()).map_err(|error| {
        Problem::field("access_key_id", &error.to_string(), "Copy it from the provider's console.")
    })
}

/// What a form can show beside its fields: what was entered makes no sense, or the cloud refused it.
/// Everything else is a page of its own.
pub(super) fn at_form(error: ServiceError) -> Result<Problem, Refusal> {
    match error {
        ServiceError::Invalid { .. } | ServiceError::Cloud(_) | ServiceError::Conflict { .. } => {
            Ok(Problem::from(error))
        }
        _ => Err(error.into()),
    }
}

async fn show(person: Person) -> Markup {
    let entered = Entered { provider: Provider::Aliyun.as_str().to_owned(), ..Entered::default() };
    page(&person, &entered, None)
}

async fn connect(
    State(service): State<Service>,
    person: Person,
    Form(mut entered): Form<Entered>,
) -> Result<Response, Refusal> {
    let problem = match entered.connection() {
        Ok(new) => match service.connect(&person.actor, new).await {
            Ok(_) => {
                let next = "/assets?authorization=not_authorized&done=synchronizing&count=1";
                return Ok(Redirect::to(next).into_response());
            }
            Err(error) => at_form(error)?,
        },
        Err(problem) => problem,
    };
    // The secrets left the form with the try.
    let page = page(&person, &entered, Some(&problem));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn page(person: &Person, entered: &Entered, problem: Option<&Problem>) -> Markup {
    let missing = role::missing(&person.actor, Act::Connect);
    let title =
        if problem.is_some() { "The account is not connected" } else { "Connect an account" };
    let frame = Frame { room: Room::Assets, place: Some("Connect"), title, live: &[] };
    let body = html! {
        (failure(problem.filter(|problem| problem.at_field().is_none())))
        @if let Some(missing) = &missing { div.notice.warn { p { (missing) "." } } }
        form.column method="post" action="/assets/connect" {
            (place(entered, problem))
            (credentials(&entered.key, problem))
            div.acts {
                button.main disabled[missing.is_some()] title=[missing.as_deref()] { "Connect" }
                a href="/assets" { "Cancel" }
            }
        }
    };
    frame.around(person, &body)
}

/// Which store, and where.
fn place(entered: &Entered, problem: Option<&Problem>) -> Markup {
    let providers = Provider::ALL.map(|provider| (provider.as_str(), provider.title()));
    html! {
        (Field { name: "name", label: "Name", effect: "How people here know it: the account's name, for \
            example." }.input("text", &entered.name, true, problem))
        (Field { name: "provider", label: "Provider", effect: "Whose API it speaks. S3-compatible: \
            Ceph RGW, SeaweedFS, Garage. A folder is one of this server." }
            .select(&providers, &entered.provider, problem))
        (Field { name: "region", label: "Region", effect: "Where it is asked for its buckets, such as \
            cn-hangzhou or us-east-1; buckets of other regions are found from there. Empty for a folder." }
            .input("text", &entered.region, false, problem))
        (Field { name: "endpoint", label: "Endpoint", effect: "Empty: the provider's own. For \
            MinIO or an S3-compatible store its address, such as https://minio.example.com:9000; for a folder its \
            path." }.input("text", &entered.endpoint, false, problem))
        (Field { name: "accounts_endpoint", label: "Accounts endpoint", effect: "Where users and their keys \
            are listed (RAM, IAM). Empty: the provider's own; for MinIO the endpoint of the store." }
            .input("text", &entered.accounts_endpoint, false, problem))
    }
}

/// The key that Claviger signs with. Secrets are never written into a page.
pub(super) fn credentials(entered: &EnteredKey, problem: Option<&Problem>) -> Markup {
    html! {
        (Field { name: "access_key_id", label: "AccessKey ID", effect: "A key made for Claviger alone, which \
            may list and read. To disable a leaked key it needs rights of RAM, IAM or MinIO's admin API as \
            well. None for a folder." }.input("text", &entered.access_key_id, false, problem))
        (Field { name: "access_key_secret", label: "AccessKey secret", effect: "Kept encrypted, never shown \
            again. After an error it is to be entered again." }
            .input("password", "", false, problem))
        (Field { name: "security_token", label: "Security token", effect: "Only for a temporary key (STS). \
            The connection fails once it expires." }.input("password", "", false, problem))
        (Field { name: "credentials", label: "Or where this server finds them", effect: "Instead of a key, which is \
            then not kept here: env:ID_VARIABLE,SECRET_VARIABLE, file:/run/secrets/cloud.ini#profile or role:NAME, \
            the role of its machine. Other credentials in that place are taken up by themselves." }
            .input("text", &entered.credentials, false, problem))
    }
}
