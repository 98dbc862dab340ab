//! A call of the accounts' services that was understood: its name, its parameters, its time.

use std::net::IpAddr;

use jiff::Timestamp;

use super::answer::Fault;

/// A call that was understood.
pub(crate) struct Asked {
    /// `CreateUser`.
    pub(crate) action: String,
    /// `2015-05-01`: tells the services apart.
    pub(crate) version: String,
    /// Parameters of query and form.
    pub(crate) parameters: Vec<(String, String)>,
    /// Where it comes from.
    pub(crate) source_ip: IpAddr,
    /// The clock of this call.
    pub(crate) now: Timestamp,
}

impl Asked {
    /// A parameter that may be missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// It is missing.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| {
            let message = format!("The input parameter {name} that is mandatory is missing.");
            Fault::new(400, &format!("MissingParameter.{name}"), &message)
        })
    }

    /// A switch; off where it is missing.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A number within `range`; `default` where it is missing.
    ///
    /// # Errors
    /// It is no number, or outside.
    pub(crate) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Fault> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            Fault::parameter(name, &format!("The parameter {name} is invalid: {text}."))
        })
    }
}

/// `2026-01-02T03:04:05Z`, as the accounts' services write a time.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
