//! The report of one risk event, in the form that is asked for.

use claviger_model::RiskEventId;
use claviger_respond::report::{self, ReportInput, ReportLine};

use crate::{Service, ServiceError};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// Markdown.
    Markdown,
    /// One page of HTML.
    Html,
    /// PDF.
    Pdf,
    /// An OCSF Detection Finding, as JSON.
    Ocsf,
}

impl ReportForm {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Html, Self::Pdf, Self::Ocsf];

    /// The word in addresses and commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Ocsf => "ocsf",
        }
    }

    /// The form of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == word)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Ocsf => "application/json",
        }
    }

    /// The ending of a file that holds it.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Ocsf => "json",
        }
    }
}

impl Service {
    /// The report of a risk event.
    ///
    /// # Errors
    /// It does not exist, or the history cannot be read.
    pub async fn report(
        &self,
        id: &RiskEventId,
        form: ReportForm,
    ) -> Result<Vec<u8>, ServiceError> {
        let details = self.event_details(id).await?;
        let link = self.link_to(&details.event);
        let lines: Vec<ReportLine> = details
            .timeline
            .into_iter()
            .map(|line| ReportLine {
                at: line.at,
                kind: line.kind,
                text: line.text,
                actor: line.actor,
            })
            .collect();
        let input = ReportInput {
            event: &details.event,
            evidence: &details.evidence,
            usage: &details.usage,
            lines: &lines,
            plans: &details.plans,
            link: link.as_deref(),
            now: self.now(),
        };
        Ok(match form {
            ReportForm::Markdown => report::markdown(&input).into_bytes(),
            ReportForm::Html => report::html(&input).into_bytes(),
            ReportForm::Pdf => report::pdf(&input),
            ReportForm::Ocsf => format!("{:#}\n", report::ocsf::finding(&input)).into_bytes(),
        })
    }
}
