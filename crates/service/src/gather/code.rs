//! What is found in source code becomes evidence, once for each secret and file, however many commits hold it.

use claviger_model::{
    CodePlace, Evidence, EvidenceId, EvidenceState, Finding, IntelligenceSource, Location,
    RiskEventId, WatchedRepository,
};
use claviger_repository::{Commit, ObjectId};
use claviger_respond::raise::Fact;
use claviger_store::evidence as rows;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{Sighting, repository_sightings};
use jiff::Timestamp;

use super::evidence;
use super::risk_event::About;
use crate::{Service, ServiceError};

/// Paths of one content that are told beside the first: a commit can hold a file under any number of them, and each
/// piece of evidence has its event looked at anew.
pub(crate) const PATHS_MAX: u32 = 100;

/// A content of a repository, and who brought it.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The file's content, or the commit or tag whose words it is.
    pub(crate) id: ObjectId,
    /// Where the file lies; `None` for words.
    pub(crate) file: Option<String>,
    /// The commit or tag.
    pub(crate) commit: ObjectId,
    /// Who wrote it; empty for a tag.
    pub(crate) author: String,
    /// When.
    pub(crate) time: Option<Timestamp>,
}

impl Content {
    /// The content of a file as a commit brought it.
    pub(crate) fn of_file(path: String, id: ObjectId, commit: &Commit) -> Self {
        Self { id, file: Some(path), ..Self::of_words(commit.id, Some(commit)) }
    }

    /// The words of a commit or a tag.
    pub(crate) fn of_words(id: ObjectId, commit: Option<&Commit>) -> Self {
        Self {
            id,
            file: None,
            commit: id,
            author: commit.map(|commit| commit.author.to_string()).unwrap_or_default(),
            time: commit.map(Commit::time),
        }
    }

    /// The address that evidence shows: the repository's, with what lies below it.
    pub(crate) fn uri(&self, repository: &WatchedRepository) -> String {
        let address = repository.address.trim_end_matches('/');
        match &self.file {
            Some(file) => format!("{address}/{file}"),
            None => format!("{address}@{}", self.commit.short()),
        }
    }

    pub(crate) fn place(&self, repository: &WatchedRepository) -> CodePlace {
        CodePlace {
            repository_id: repository.id.clone(),
            repository: repository.address.clone(),
            file: self.file.clone(),
            author: self.author.clone(),
            commit: self.commit.hex(),
        }
    }
}

/// Where evidence comes from that stands in a repository.
fn source(repository: &WatchedRepository) -> IntelligenceSource {
    match repository.public {
        true => IntelligenceSource::Github,
        false => IntelligenceSource::Repository,
    }
}

/// Keeps what a finding in a content tells. Returns the risk event that it belongs to, where it is evidence of one.
pub(crate) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    repository: &WatchedRepository,
    (content, finding): (&Content, &Finding),
) -> Result<Option<RiskEventId>, ServiceError> {
    let Some((about, found)) = evidence_of(service, repository, content, finding) else {
        return Ok(None);
    };
    let known = rows::get(tx, &found.id).await?;
    let stands = known.as_ref().is_some_and(|known| {
        let counts = [EvidenceState::Found, EvidenceState::AddedToWhitelist].contains(&known.state);
        counts && known.source == found.source
    });
    // The first commit that brought it is the one that is told.
    if !stands {
        let place = found.code.clone();
        let link = found.link.clone();
        evidence::keep(service, tx, &about, Fact::Found(finding.confidence), found.clone()).await?;
        if let (Some(_), Some(place)) = (&known, &place) {
            rows::set_code(tx, &found.id, place, link.as_deref()).await?;
        }
    }
    if rows::get(tx, &found.id).await?.is_none() {
        // Its policy raises no event now; enabling it has the repository read again.
        return Ok(None);
    }
    let sighting = Sighting {
        evidence_id: found.id.clone(),
        blob: content.id.hex(),
        commit: content.commit.hex(),
    };
    repository_sightings::put(tx, &repository.id, &sighting).await?;
    Ok(Some(about.id()))
}

/// The evidence that a finding is: a pair of a key, or the password of an account that is known.
fn evidence_of(
    service: &Service,
    repository: &WatchedRepository,
    content: &Content,
    finding: &Finding,
) -> Option<(About, Evidence)> {
    let (about, secret) = evidence::about(finding)?;
    let now = service.now();
    let place = content.place(repository);
    let within = finding.location.path.join("\u{0}");
    let file = content.file.clone().unwrap_or_else(|| format!("@{}", content.commit.hex()));
    let evidence = Evidence {
        id: EvidenceId::derived(&[&about.subject, repository.id.as_str(), &file, &within]),
        risk_event_id: about.id(),
        access_key_id: about.key.clone(),
        source: source(repository),
        state: EvidenceState::Found,
        location: Location { uri: content.uri(repository), ..finding.location.clone() },
        connection_id: None,
        asset_id: None,
        bucket: None,
        object: None,
        link: place.link(finding.location.line),
        code: Some(place),
        fingerprint: Some(secret.fingerprint.clone()),
        masked: Some(secret.masked.clone()),
        confidence: finding.confidence,
        why: finding.why.clone(),
        readable_since: content.time,
        found_at: now,
        seen_at: now,
    };
    Some((about, evidence))
}
