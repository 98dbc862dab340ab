//! One statement of a policy: whom, what and where it speaks of.

use serde_json::Value;

use super::condition::{Reading, met};
use super::facts::Facts;
use super::pattern::{covers_action, covers_resource};
use super::truth::Truth;
use super::{Effect, Request, Who, texts};

/// Longest quotation of a statement.
const QUOTE_CHARS_MAX: usize = 400;

/// A list of patterns, or all but what it lists (`NotAction`).
#[derive(Debug, Clone)]
struct Listed {
    names: Vec<String>,
    is_negated: bool,
}

impl Listed {
    /// Reads an element or its opposite; nothing where there is neither.
    ///
    /// # Errors
    /// There are both.
    fn read(
        statement: &Value,
        element: &str,
        opposite: &str,
        wrong: &'static str,
    ) -> Result<Option<Self>, &'static str> {
        let (value, is_negated) = match (statement.get(element), statement.get(opposite)) {
            (Some(_), Some(_)) => return Err(wrong),
            (Some(value), None) => (value, false),
            (None, Some(value)) => (value, true),
            (None, None) => return Ok(None),
        };
        let mut names = principals(value);
        // OSS, "OSS authorization syntax and elements": an empty list of principals is everybody.
        if element == "Principal" && !is_negated && value.as_array().is_some_and(Vec::is_empty) {
            names.push("*".to_owned());
        }
        Ok(Some(Self { names, is_negated }))
    }

    fn covers(&self, fits: impl Fn(&String) -> Truth) -> Truth {
        let any = self.names.iter().map(fits).fold(Truth::No, Truth::or);
        if self.is_negated { !any } else { any }
    }
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// `None` in a policy of a user.
    principals: Option<Listed>,
    actions: Listed,
    resources: Listed,
    conditions: Option<Value>,
    /// Whether `${…}` is a variable in it.
    has_variables: bool,
    /// As the provider has it, cut where it is long.
    pub(super) line: String,
}

impl Statement {
    /// Reads a statement; the error is what it lacks.
    pub(super) fn parse(statement: &Value, has_variables: bool) -> Result<Self, &'static str> {
        let effect = match statement["Effect"].as_str() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("`Effect` of `Allow` or `Deny`"),
        };
        let read = |element, opposite, wrong| Listed::read(statement, element, opposite, wrong);
        let listed = |element, opposite, none, both| {
            let listed: Option<Listed> = read(element, opposite, both)?;
            listed.filter(|one| !one.names.is_empty()).ok_or(none)
        };
        Ok(Self {
            effect,
            principals: read(
                "Principal",
                "NotPrincipal",
                "choice between `Principal` and `NotPrincipal`",
            )?,
            actions: listed(
                "Action",
                "NotAction",
                "`Action` or `NotAction`",
                "choice between `Action` and `NotAction`",
            )?,
            resources: listed(
                "Resource",
                "NotResource",
                "`Resource` or `NotResource`",
                "choice between `Resource` and `NotResource`",
            )?,
            conditions: statement.get("Condition").cloned(),
            has_variables,
            line: quoted(statement),
        })
    }

    /// Whether it speaks of a request.
    pub(super) fn speaks_of(&self, request: &Request<'_>) -> Truth {
        let service = request.action.split(':').next().unwrap_or_default();
        let reading = self.reading(&request.facts);
        let action = |pattern: &String| covers_action(pattern, request.action).into();
        let resource = |pattern: &String| {
            reading.fits(pattern, self.resources.is_negated, |pattern| {
                covers_resource(pattern, service, request.path).into()
            })
        };
        self.actions
            .covers(action)
            .and(self.resources.covers(resource))
            .and(self.is_for(request.who, &request.facts))
    }

    /// Whether it speaks of somebody in such circumstances, whatever it is about.
    pub(super) fn is_for(&self, who: Who<'_>, facts: &Facts<'_>) -> Truth {
        Truth::from(self.means(who)).and(met(self.conditions.as_ref(), self.reading(facts)))
    }

    fn reading<'a>(&self, facts: &'a Facts<'a>) -> Reading<'a> {
        Reading { facts, effect: self.effect, has_variables: self.has_variables }
    }

    fn means(&self, who: Who<'_>) -> bool {
        let Some(principals) = &self.principals else { return matches!(who, Who::Bound) };
        let is_named = |name: &String| match who {
            Who::Bound => true,
            Who::Stranger => name == "*",
            // To allow the account leaves it to the account whom of its users it lets.
            Who::User { names, account } => {
                name == "*"
                    || names.contains(&name.as_str())
                    || (self.effect == Effect::Deny && account.contains(&name.as_str()))
            }
        };
        principals.names.iter().any(is_named) != principals.is_negated
    }
}

/// Texts of an element; of principals those that are accounts and users of the provider.
fn principals(value: &Value) -> Vec<String> {
    let all: Vec<&Value> = match value {
        Value::Object(kinds) => {
            let kinds = kinds.iter().filter(|(kind, _)| matches!(kind.as_str(), "AWS" | "RAM"));
            kinds.flat_map(|(_, names)| texts(names)).collect()
        }
        other => texts(other),
    };
    all.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn quoted(statement: &Value) -> String {
    let text = statement.to_string();
    match text.char_indices().nth(QUOTE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
