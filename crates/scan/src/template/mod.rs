//! Templates: which type of data is how sensitive. Data, compiled in; a copy can be edited later.

use std::sync::LazyLock;

use claviger_model::Sensitivity;
use serde::Deserialize;

use crate::Report;

/// The built-in templates.
const BUILTIN: [&str; 1] = [include_str!("internet_industry.toml")];

/// The built-in templates, read once; a test reads them all.
static TEMPLATES: LazyLock<Vec<Template>> =
    LazyLock::new(|| BUILTIN.iter().filter_map(|text| toml::from_str(text).ok()).collect());

/// One type of data in a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataType {
    rule: String,
    title: String,
    #[serde(rename = "category")]
    _category: String,
    level: Sensitivity,
}

/// Categories, types of data and their levels.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    name: String,
    title: String,
    version: String,
    data_type: Vec<DataType>,
}

/// The built-in template of a name.
#[must_use]
pub fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.name == name)
}

impl Template {
    /// The name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The version, which changes with every change of a level.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How sensitive what a rule finds is; a rule that the template does not name is `N/A`.
    #[must_use]
    pub fn level(&self, rule: &str) -> Sensitivity {
        self.of_rule(rule).map(|data_type| data_type.level).unwrap_or_default()
    }

    /// What a rule finds, for people; the rule's own name where the template does not name it.
    #[must_use]
    pub fn data_type_title<'a>(&'a self, rule: &'a str) -> &'a str {
        self.of_rule(rule).map_or(rule, |data_type| data_type.title.as_str())
    }

    /// The most sensitive of what a report holds.
    #[must_use]
    pub fn of(&self, report: &Report) -> Sensitivity {
        let levels = report.findings.iter().map(|finding| self.level(&finding.rule));
        levels.max().unwrap_or_default()
    }

    fn of_rule(&self, rule: &str) -> Option<&DataType> {
        self.data_type.iter().find(|data_type| data_type.rule == rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_template_is_read() {
        assert_eq!(TEMPLATES.len(), BUILTIN.len());
        let template = template("internet_industry").unwrap();
        assert_eq!(template.level("aliyun_access_key"), Sensitivity::S4);
        assert_eq!(template.level("unheard_of"), Sensitivity::NotAvailable);
    }
}
