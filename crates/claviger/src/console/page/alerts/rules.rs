//! The rules of the form: hours, throttle, digest, escalation.

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertRules, Digest, EscalationStep, Hours, Outside,
    RecipientGroup, RecipientGroupId, Throttle,
};
use maud::{Markup, html};

use crate::api::Problem;
use crate::api::alert_body::{clock, minute};
use crate::console::part::entered::Entered;
use crate::console::part::form::Field;

const DAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

const OUTSIDE: [(&str, &str); 3] = [
    ("hold", "Wait until the hours begin"),
    ("high_only", "High leaves at once, the rest waits"),
    ("digest", "Everything is told in one message when the hours begin"),
];

const HOURS_FIELDS: [&str; 6] = ["hours", "zone", "days", "from_time", "until_time", "outside"];

const AMOUNT_FIELDS: [&str; 4] = ["hour_max", "event_day_max", "digest_minutes", "high_at_once"];

const ESCALATION_FIELDS: [&str; 5] =
    ["escalation", "after", "step_group", "step_through", "repeats"];

/// Steps that the form shows; the API takes more.
const STEPS: usize = 3;

/// What stands in the fields.
pub(super) struct Draft {
    zone: String,
    days: Vec<String>,
    from: String,
    until: String,
    outside: String,
    hour_max: String,
    event_day_max: String,
    digest_minutes: String,
    high_at_once: bool,
    steps: Vec<[String; 3]>,
    repeats: String,
}

impl Draft {
    pub(super) fn of(rules: &AlertRules) -> Self {
        let hours = rules.hours.as_ref();
        let number = |value: Option<u32>| value.map(|n| n.to_string()).unwrap_or_default();
        let mut steps: Vec<[String; 3]> = rules
            .escalation
            .steps
            .iter()
            .map(|step| {
                let group = step.groups.first().map(ToString::to_string).unwrap_or_default();
                let through = step.through.as_ref().map(ToString::to_string).unwrap_or_default();
                [step.after_minutes.to_string(), group, through]
            })
            .collect();
        steps.resize(steps.len().max(STEPS), Default::default());
        Self {
            zone: hours.map(|hours| hours.zone.clone()).unwrap_or_default(),
            days: hours
                .map(|hours| hours.days.iter().map(u8::to_string).collect())
                .unwrap_or_default(),
            from: hours.map_or("08:00".to_owned(), |hours| clock(hours.from_minute)),
            until: hours.map_or("20:00".to_owned(), |hours| clock(hours.until_minute)),
            outside: hours.map_or("hold", |hours| hours.outside.as_str()).to_owned(),
            hour_max: number(rules.throttle.hour_max),
            event_day_max: number(rules.throttle.event_day_max),
            digest_minutes: number(rules.digest.map(|digest| digest.minutes)),
            high_at_once: rules.digest.is_none_or(|digest| digest.high_at_once),
            steps,
            repeats: rules.escalation.repeats.to_string(),
        }
    }

    pub(super) fn entered(fields: &Entered) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        let column = |name: &str| -> Vec<String> {
            fields.texts(name).map(|text| text.trim().to_owned()).collect()
        };
        let (after, group, through) =
            (column("after"), column("step_group"), column("step_through"));
        let at = |all: &[String], index: usize| all.get(index).cloned().unwrap_or_default();
        let steps = (0..after.len().max(STEPS))
            .map(|index| [at(&after, index), at(&group, index), at(&through, index)])
            .collect();
        Self {
            zone: text("zone"),
            days: column("days"),
            from: text("from_time"),
            until: text("until_time"),
            outside: text("outside"),
            hour_max: text("hour_max"),
            event_day_max: text("event_day_max"),
            digest_minutes: text("digest_minutes"),
            high_at_once: fields.ticked("high_at_once"),
            steps,
            repeats: text("repeats"),
        }
    }

    /// The rules that are meant; what the form does not show stays as it was.
    pub(super) fn parse(&self, before: Option<&AlertRules>) -> Result<AlertRules, Problem> {
        let mut rules = before.cloned().unwrap_or_default();
        rules.hours = self.hours()?;
        rules.throttle = Throttle {
            hour_max: number("hour_max", &self.hour_max)?,
            event_day_max: number("event_day_max", &self.event_day_max)?,
        };
        rules.digest = number("digest_minutes", &self.digest_minutes)?
            .map(|minutes| Digest { minutes, high_at_once: self.high_at_once });
        rules.escalation.repeats = number("repeats", &self.repeats)?.unwrap_or(0);
        let kept = std::mem::take(&mut rules.escalation.steps);
        for (index, [after, group, through]) in self.steps.iter().enumerate() {
            let Some(after_minutes) = number("after", after)? else { continue };
            // A step of several groups keeps those that the form does not show.
            let kept = kept.get(index).map(|step| step.groups.as_slice()).unwrap_or_default();
            let first = Some(group.as_str()).filter(|id| !id.is_empty());
            let groups = if kept.first().map(RecipientGroupId::as_str) == first {
                kept.to_vec()
            } else {
                first.map(|id| RecipientGroupId::from(id.to_owned())).into_iter().collect()
            };
            let through = Some(through.clone()).filter(|id| !id.is_empty());
            let through = through.map(AlertConfigurationId::from);
            rules.escalation.steps.push(EscalationStep { after_minutes, groups, through });
        }
        Ok(rules)
    }

    fn hours(&self) -> Result<Option<Hours>, Problem> {
        if self.zone.is_empty() {
            return Ok(None);
        }
        let time = |name: &'static str, text: &str| {
            minute(text).ok_or_else(|| Problem::field(name, "Write a time as 08:00.", ""))
        };
        let hours = Hours {
            zone: self.zone.clone(),
            days: self.days.iter().filter_map(|day| day.parse().ok()).collect(),
            from_minute: time("from_time", &self.from)?,
            until_minute: time("until_time", &self.until)?,
            outside: Outside::from_word(&self.outside).unwrap_or_default(),
        };
        Ok(Some(hours))
    }

    /// When messages leave, and how many. What few need is folded, and says what it is set to.
    pub(super) fn show(&self, problem: Option<&Problem>) -> Markup {
        html! {
            (fold("Days and hours", &self.hours_words(), &HOURS_FIELDS, problem, &self.hours_fields(problem)))
            (fold("How many", &self.amount_words(), &AMOUNT_FIELDS, problem, &self.amount_fields(problem)))
        }
    }

    fn hours_words(&self) -> String {
        match self.zone.as_str() {
            "" => "at any time".to_owned(),
            zone => format!("{}–{}, {zone}", self.from, self.until),
        }
    }

    fn amount_words(&self) -> String {
        let limits = [
            (&self.hour_max, "an hour at most"),
            (&self.event_day_max, "an event and day at most"),
            (&self.digest_minutes, "minutes collected into one"),
        ];
        let set: Vec<String> = limits
            .into_iter()
            .filter(|(value, _)| !value.is_empty())
            .map(|(value, words)| format!("{value} {words}"))
            .collect();
        if set.is_empty() { "each leaves by itself, no limit".to_owned() } else { set.join(", ") }
    }

    fn hours_fields(&self, problem: Option<&Problem>) -> Markup {
        let wrong = problem.filter(|problem| problem.at_field() == Some("hours"));
        html! {
            @if let Some(problem) = wrong { p.wrong { (problem.title()) } }
            (Field { name: "zone", label: "Time zone", effect: "Such as Asia/Shanghai. Empty: messages leave at \
                any time." }.input("text", &self.zone, false, problem))
            fieldset.field.days {
                legend { "Days" }
                @for (word, title) in DAYS {
                    (Field { name: "days", label: title, effect: "" }
                        .check(word, self.days.iter().any(|day| day == word)))
                }
            }
            (Field { name: "from_time", label: "From", effect: "" }.input("text", &self.from, false, problem))
            (Field { name: "until_time", label: "Until", effect: "Not after the beginning: over midnight." }
                .input("text", &self.until, false, problem))
            (Field { name: "outside", label: "Outside these hours", effect: "Nothing is lost." }
                .select(&OUTSIDE, &self.outside, problem))
        }
    }

    fn amount_fields(&self, problem: Option<&Problem>) -> Markup {
        html! {
            (Field { name: "hour_max", label: "Most messages in an hour", effect: "What is more is told in one \
                message. Empty: no limit." }.input("number", &self.hour_max, false, problem))
            (Field { name: "event_day_max", label: "Most messages about one event in 24 hours", effect: "What is \
                more is told in one message. Empty: no limit." }
                .input("number", &self.event_day_max, false, problem))
            (Field { name: "digest_minutes", label: "Collect for minutes", effect: "Messages are collected for \
                so long and leave as one. Empty: each leaves by itself." }
                .input("number", &self.digest_minutes, false, problem))
            (Field { name: "high_at_once", label: "High leaves at once all the same", effect: "" }
                .check("yes", self.high_at_once))
        }
    }

    fn escalation_words(&self) -> String {
        let steps: Vec<&str> = self
            .steps
            .iter()
            .map(|[after, ..]| after.as_str())
            .filter(|after| !after.is_empty())
            .collect();
        match steps.as_slice() {
            [] => "nothing more happens".to_owned(),
            steps => format!("others are told after {} minutes", steps.join(", ")),
        }
    }
}

/// A part of the form that most leave as it is: folded unless a field of it is wrong.
fn fold(
    title: &str,
    words: &str,
    fields: &[&str],
    problem: Option<&Problem>,
    content: &Markup,
) -> Markup {
    let wrong = problem.and_then(Problem::at_field).is_some_and(|at| fields.contains(&at));
    html! {
        details.fold open[wrong] {
            summary { strong { (title) } " " span.quiet { (words) } }
            (content)
        }
    }
}

/// What follows while nobody acknowledges.
pub(super) fn escalation(
    draft: &Draft,
    groups: &[RecipientGroup],
    alerts: &[AlertConfiguration],
    problem: Option<&Problem>,
) -> Markup {
    let mut group_choices = vec![("", "its own recipients")];
    group_choices.extend(groups.iter().map(|group| (group.id.as_str(), group.name.as_str())));
    let mut through = vec![("", "this configuration")];
    through.extend(alerts.iter().map(|one| (one.id.as_str(), one.name.as_str())));
    let content = html! {
        @for (index, [after, group, by]) in draft.steps.iter().enumerate() {
            fieldset.field {
                legend { "Step " (index + 1) }
                label { "After minutes "
                    input type="number" min="1" name="after" value=(after); }
                label { " tell "
                    select name="step_group" {
                        @for (id, name) in &group_choices {
                            option value=(id) selected[id == group] { (name) }
                        }
                    } }
                label { " through "
                    select name="step_through" {
                        @for (id, name) in &through {
                            option value=(id) selected[id == by] { (name) }
                        }
                    } }
            }
        }
        (Field { name: "repeats", label: "Go through all steps again", effect: "So many times. Acknowledging the \
            event ends it at once; a step without minutes is none." }
            .input("number", &draft.repeats, false, problem))
    };
    fold(
        "While nobody acknowledges",
        &draft.escalation_words(),
        &ESCALATION_FIELDS,
        problem,
        &content,
    )
}

fn number(field: &'static str, text: &str) -> Result<Option<u32>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok();
    let wrong = || Problem::field(field, "This is no number.", "Leave it empty for none.");
    number.map(Some).ok_or_else(wrong)
}
