//! Templates of identification: categories → data types → sensitivity, as data.
//!
//! A template is one TOML file here, compiled in. It says how sensitive a rule's findings are and what
//! people call them; which rules exist is not its business.

use std::sync::LazyLock;

use claviger_model::{FindingKind, Sensitivity};
use serde::{Deserialize, Serialize};

use crate::Report;
use crate::credential::{group_of, title_of};
use crate::data_type::titles_of;

/// Every built-in template, by its name. Each is read once it is asked for: a run needs one of them.
static TEMPLATES: [(&str, LazyLock<Template>); 5] = [
    ("internet_industry", LazyLock::new(|| read(include_str!("internet_industry.toml")))),
    ("finance", LazyLock::new(|| read(include_str!("finance.toml")))),
    ("health", LazyLock::new(|| read(include_str!("health.toml")))),
    ("gdpr", LazyLock::new(|| read(include_str!("gdpr.toml")))),
    ("pci_dss", LazyLock::new(|| read(include_str!("pci_dss.toml")))),
];

/// The rule under which templates grade an access key id that stands without its secret.
const ID_ALONE: &str = "access_key_id";

/// How sensitive what is found is, and what it is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    name: String,
    title: String,
    version: String,
    category: Vec<Category>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    title: String,
    data_type: Vec<TemplateDataType>,
}

/// One data type of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateDataType {
    title: String,
    level: Sensitivity,
    #[serde(default)]
    rules: Vec<String>,
    /// Groups of rules about credentials, by the names of their files.
    #[serde(default)]
    groups: Vec<String>,
}

fn read(text: &str) -> Template {
    #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
    toml::from_str(text).expect("templates are valid")
}

/// The built-in template with a name, such as `internet_industry`; `None` when there is none.
#[must_use]
pub fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, template)| &**template)
}

/// What people call a data type, in English and in Chinese; `None` for a rule that is none.
#[must_use]
pub fn data_type_titles(rule: &str) -> Option<(&'static str, &'static str)> {
    titles_of(rule)
}

/// Every built-in template.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    TEMPLATES.iter().map(|(_, template)| &**template)
}

/// One data type as a template grades it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Graded<'t> {
    /// Its category: `Personal information`.
    pub category: &'t str,
    /// What people call it: `E-mail address`.
    pub title: &'t str,
    /// How sensitive it is.
    pub level: Sensitivity,
    /// The rules whose findings it is about.
    pub rules: &'t [String],
    /// The groups of rules about credentials whose findings it is about.
    pub groups: &'t [String],
}

impl Template {
    /// Its name in arguments and data: `internet_industry`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every data type that it grades, in its order.
    pub fn graded(&self) -> impl Iterator<Item = Graded<'_>> {
        self.category.iter().flat_map(|category| {
            category.data_type.iter().map(|known| Graded {
                category: &category.title,
                title: &known.title,
                level: known.level,
                rules: &known.rules,
                groups: &known.groups,
            })
        })
    }

    /// What people call it: `Internet Industry Classification and Categorization`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its version, such as `1.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How sensitive findings of a rule are; `N/A` for a rule that it does not know.
    #[must_use]
    pub fn level(&self, rule: &str) -> Sensitivity {
        self.data_type(rule).map_or(Sensitivity::NotAvailable, |(_, known)| known.level)
    }

    /// What people call the findings of a rule: `E-mail address`; the rule itself when it is unknown.
    #[must_use]
    pub fn data_type_title<'t>(&'t self, rule: &'t str) -> &'t str {
        // A credential is called by its own name rather than by that of its group.
        let own = title_of(rule);
        let own = own.or_else(|| self.data_type(rule).map(|(_, known)| known.title.as_str()));
        own.or_else(|| titles_of(rule).map(|(title, _)| title)).unwrap_or(rule)
    }

    /// The category of a rule's findings: `Personal information`; `None` for an unknown rule.
    #[must_use]
    pub fn category_title(&self, rule: &str) -> Option<&str> {
        self.data_type(rule).map(|(category, _)| category.title.as_str())
    }

    /// How sensitive the content is that a report is about: as its most sensitive finding. An access
    /// key id without its secret opens nothing and counts as business data.
    #[must_use]
    pub fn of(&self, report: &Report) -> Sensitivity {
        let levels = report.findings.iter().map(|finding| {
            let alone = finding.kind == FindingKind::AccessKeyPair && finding.secret.is_none();
            self.level(if alone { ID_ALONE } else { &finding.rule })
        });
        levels.max().unwrap_or_default()
    }

    fn data_type(&self, rule: &str) -> Option<(&Category, &TemplateDataType)> {
        let all = self.category.iter().flat_map(|category| {
            category.data_type.iter().map(move |data_type| (category, data_type))
        });
        let group = group_of(rule);
        let holds = |data_type: &TemplateDataType| {
            data_type.rules.iter().any(|known| known == rule)
                || group.is_some_and(|group| data_type.groups.iter().any(|known| known == group))
        };
        all.into_iter().find(|(_, data_type)| holds(data_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_type::rules;

    #[test]
    fn the_default_template_grades_every_data_type_and_no_template_an_unknown_one() {
        let default = template("internet_industry").unwrap();
        for rule in rules() {
            assert!(default.level(rule) > Sensitivity::NotAvailable, "{rule}");
        }
        for template in templates() {
            assert_eq!(super::template(template.name()).unwrap().name(), template.name());
            let mut seen = Vec::new();
            for graded in template.graded() {
                for rule in graded.rules {
                    let known = titles_of(rule).is_some()
                        || title_of(rule).is_some()
                        || rule == ID_ALONE
                        || graded.category == "Credentials";
                    assert!(known, "{}: {rule}", template.name());
                    assert!(!seen.contains(&rule), "{}: {rule} twice", template.name());
                    seen.push(rule);
                }
            }
        }
    }
}
