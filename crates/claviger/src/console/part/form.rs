//! Forms: one column, the effect in words under each choice, the error at its field.

use maud::{Markup, html};

use crate::api::Problem;

/// A field's name, label and the effect of what is entered, in words.
pub(in crate::console) struct Field<'a> {
    /// Its name in what is sent; errors of the API carry the same.
    pub(in crate::console) name: &'a str,
    /// What it is called.
    pub(in crate::console) label: &'a str,
    /// What it does.
    pub(in crate::console) effect: &'a str,
}

impl Field<'_> {
    /// A line of text: `kind` is `text`, `email`, `password`, `number` or `search`.
    pub(in crate::console) fn input(
        &self,
        kind: &str,
        value: &str,
        required: bool,
        problem: Option<&Problem>,
    ) -> Markup {
        let wrong = self.wrong(problem);
        self.around(
            wrong,
            &html! {
                input id=(self.name) name=(self.name) type=(kind) value=(value) required[required]
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=(self.describer())
                    autocomplete=(if kind == "password" { "new-password" } else { "off" });
            },
        )
    }

    /// A choice among words, each with its title.
    pub(in crate::console) fn select(
        &self,
        choices: &[(&str, &str)],
        chosen: &str,
        problem: Option<&Problem>,
    ) -> Markup {
        let wrong = self.wrong(problem);
        self.around(
            wrong,
            &html! {
                select id=(self.name) name=(self.name) aria-describedby=(self.describer()) {
                    @for (word, title) in choices {
                        option value=(word) selected[*word == chosen] { (title) }
                    }
                }
            },
        )
    }

    /// Lines of text.
    pub(in crate::console) fn area(
        &self,
        value: &str,
        required: bool,
        problem: Option<&Problem>,
    ) -> Markup {
        let wrong = self.wrong(problem);
        self.around(
            wrong,
            &html! {
                // The line feed after the tag is not part of the text, and saves one that is (HTML,
                // 13.2.6.4.7).
                textarea id=(self.name) name=(self.name) required[required] autocomplete="off"
                    spellcheck="false" aria-invalid=[wrong.map(|_| "true")]
                    aria-describedby=(self.describer()) { "\n" (value) }
            },
        )
    }

    /// A box to tick; `value` is what is sent when it is ticked.
    pub(in crate::console) fn check(&self, value: &str, checked: bool) -> Markup {
        let id = format!("{}-{value}", self.name);
        html! {
            div.field {
                label.check {
                    input id=(id) type="checkbox" name=(self.name) value=(value) checked[checked]
                        aria-describedby=[(!self.effect.is_empty()).then(|| format!("{id}-effect"))];
                    (self.label)
                }
                @if !self.effect.is_empty() { p.effect id={ (id) "-effect" } { (self.effect) } }
            }
        }
    }

    fn around(&self, wrong: Option<&Problem>, control: &Markup) -> Markup {
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                (control)
                p.effect id=(self.describer()) {
                    @if let Some(problem) = wrong {
                        span.wrong { (problem.title()) }
                        @if let Some(hint) = problem.way_out() { " " (hint) }
                    } @else { (self.effect) }
                }
            }
        }
    }

    fn wrong<'p>(&self, problem: Option<&'p Problem>) -> Option<&'p Problem> {
        problem.filter(|problem| problem.at_field() == Some(self.name))
    }

    fn describer(&self) -> String {
        format!("{}-effect", self.name)
    }
}

/// What went wrong with a form as a whole; an error at a field stands there.
pub(in crate::console) fn failure(problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            div.notice.bad role="alert" {
                p { strong { (problem.title()) } }
                @if let Some(hint) = problem.way_out() { p { (hint) } }
            }
        }
    }
}
