//! What a history that was written anew no longer holds.
//!
//! While a commit is held that a branch or tag leads to, the evidence stands. Without one it is deleted, and
//! disposed of only once the commit is not to be had any more by its name alone: hosts hand out for a long time what
//! no branch leads to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use claviger_model::{Evidence, EvidenceId, EvidenceState, WatchedRepository};
use claviger_repository::{Address, History, Login, ObjectId, Piece, Repository};
use claviger_respond::life_cycle::{EvidenceSeen, next_evidence};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{Sighting, evidence as rows, repository_sightings, risk_events};
use serde_json::json;

use super::code::{Content, PATHS_MAX};
use super::handed_out::Answers;
use super::repository::Reading;
use super::{evidence, risk_event};
use crate::{Service, ServiceError};

/// Why what no name leads to stays on this machine.
const HELD_HERE: &str = "the repository holds it until it is cleaned up: `git reflog expire \
                         --expire=now --all && git gc --prune=now`";

/// What was found, with every content that holds it.
type Sightings = BTreeMap<EvidenceId, Vec<Sighting>>;

/// One look at what was found in a repository.
pub(crate) struct Look<'l> {
    pub(crate) service: &'l Service,
    pub(crate) repository: &'l WatchedRepository,
    pub(crate) address: &'l Address,
    pub(crate) login: Option<&'l Login>,
    pub(crate) files: &'l Arc<Repository>,
    pub(crate) tips: &'l [ObjectId],
}

impl Look<'_> {
    /// Looks for every piece of evidence in what the branches and tags lead to now.
    pub(crate) async fn at_what_was_found(
        &self,
        reading: &mut Reading<'_>,
    ) -> Result<(), ServiceError> {
        let before = self.sightings().await?;
        if before.is_empty() {
            return Ok(());
        }
        let reached = tokio::task::block_in_place(|| self.files.reach(self.tips));
        self.service.go_on_reading()?;
        let wanted = self.newly_lost(&before, &reached).await?;
        if !wanted.is_empty() {
            // Another commit may hold the same content, which was read once only.
            let elsewhere = tokio::task::block_in_place(|| self.find(&wanted));
            self.service.go_on_reading()?;
            reading.read_contents(elsewhere).await?;
        }
        let now = self.sightings().await?;
        self.tell_moved(&now, &reached).await?;
        let lost = lost(&now, &reached);
        self.tell_lost(&now.into_iter().filter(|(id, _)| lost.contains(id)).collect()).await
    }

    /// Looks whether what no branch or tag leads to is to be had still. The names point to what they did.
    pub(crate) async fn at_what_was_deleted(&self) -> Result<(), ServiceError> {
        let mut reader = self.service.store().read().await?;
        let deleted = repository_sightings::deleted(&mut reader, &self.repository.id).await?;
        drop(reader);
        self.tell_lost(&by_evidence(deleted)).await
    }

    async fn sightings(&self) -> Result<Sightings, ServiceError> {
        let mut reader = self.service.store().read().await?;
        let standing = repository_sightings::standing(&mut reader, &self.repository.id).await?;
        Ok(by_evidence(standing))
    }

    async fn evidence(&self, id: &EvidenceId) -> Result<Option<Evidence>, ServiceError> {
        let mut reader = self.service.store().read().await?;
        Ok(rows::get(&mut reader, id).await?)
    }

    /// The files of evidence that no commit reached holds any more, and did at the look before.
    async fn newly_lost(
        &self,
        sightings: &Sightings,
        reached: &HashSet<ObjectId>,
    ) -> Result<HashSet<ObjectId>, ServiceError> {
        let mut wanted = HashSet::new();
        for id in lost(sightings, reached) {
            let known = self.evidence(&id).await?;
            if known.is_some_and(|known| known.state != EvidenceState::Deleted) {
                let files = sightings[&id].iter().filter(|one| one.blob != one.commit);
                wanted.extend(files.filter_map(|one| ObjectId::parse(&one.blob)));
            }
        }
        Ok(wanted)
    }

    /// The contents of these names, wherever a commit holds them.
    fn find(&self, wanted: &HashSet<ObjectId>) -> Vec<Content> {
        let mut paths: HashMap<ObjectId, u32> = wanted.iter().map(|id| (*id, 0)).collect();
        let history = History::since(Arc::clone(self.files), self.tips, &[]);
        let found = history.filter_map(|piece| match piece {
            Piece::File { path, id, commit, .. } => {
                let paths = paths.get_mut(&id).filter(|paths| **paths <= PATHS_MAX)?;
                *paths += 1;
                Some(Content::of_file(path, id, &commit))
            }
            _ => None,
        });
        found.collect()
    }

    /// Evidence that stands in other commits than the one it was found in is told with one of those.
    async fn tell_moved(
        &self,
        sightings: &Sightings,
        reached: &HashSet<ObjectId>,
    ) -> Result<(), ServiceError> {
        for (id, seen) in sightings {
            let mut there = seen.iter().filter_map(|one| ObjectId::parse(&one.commit));
            let Some(commit) = there.find(|commit| reached.contains(commit)) else { continue };
            let Some(known) = self.evidence(id).await? else { continue };
            let Some(code) = known.code.as_ref() else { continue };
            if ObjectId::parse(&code.commit).is_some_and(|told| reached.contains(&told)) {
                continue;
            }
            let Some(commit) = self.files.commit(&commit) else { continue };
            let content =
                Content { file: code.file.clone(), ..Content::of_words(commit.id, Some(&commit)) };
            self.move_to(&known, &content).await?;
        }
        Ok(())
    }

    async fn move_to(&self, known: &Evidence, content: &Content) -> Result<(), ServiceError> {
        let place = content.place(self.repository);
        let link = place.link(known.location.line);
        let mut tx = self.service.store().write().await?;
        rows::set_code(&mut tx, &known.id, &place, link.as_deref()).await?;
        if known.state == EvidenceState::Deleted {
            let found = next_evidence(known.state, EvidenceSeen::ObjectThere);
            rows::set_state(&mut tx, &known.id, found, self.service.now()).await?;
        }
        tx.commit().await?;
        self.service.tell_pages(known.risk_event_id.as_str());
        Ok(())
    }

    /// What no branch or tag leads to any more is deleted, or gone for good.
    async fn tell_lost(&self, lost: &Sightings) -> Result<(), ServiceError> {
        let answers = match self.address {
            Address::Here(_) => Answers::default(),
            Address::Elsewhere { .. } => {
                let commits = lost.values().flatten();
                let commits: BTreeSet<ObjectId> =
                    commits.filter_map(|one| ObjectId::parse(&one.commit)).collect();
                self.ask_for(&commits).await
            }
        };
        for (id, seen) in lost {
            let why = match self.address {
                Address::Here(_) => self.holds_one(seen).then(|| HELD_HERE.to_owned()),
                Address::Elsewhere { .. } => answers.why_held(seen),
            };
            let Some(known) = self.evidence(id).await? else { continue };
            let deleted = next_evidence(known.state, EvidenceSeen::ObjectGone { verified: false });
            match why {
                Some(_) if deleted == known.state => {}
                why => self.settle(&known, deleted, why.as_deref()).await?,
            }
        }
        self.forget_refused(&answers).await
    }

    /// Writes down that evidence is deleted, or, where nothing holds it, that it is gone.
    async fn settle(
        &self,
        known: &Evidence,
        deleted: EvidenceState,
        held: Option<&str>,
    ) -> Result<(), ServiceError> {
        self.service.go_on_reading()?;
        let mut tx = self.service.store().write().await?;
        match held {
            Some(why) => self.tell_deleted(&mut tx, known, deleted, why).await?,
            None => {
                let proof =
                    "no branch or tag leads to it any more, and its commit is not to be had";
                evidence::gone(self.service, &mut tx, known, proof).await?;
            }
        }
        tx.commit().await?;
        self.service.tell_pages(known.risk_event_id.as_str());
        Ok(())
    }

    async fn tell_deleted(
        &self,
        tx: &mut AnyConnection,
        known: &Evidence,
        state: EvidenceState,
        why: &str,
    ) -> Result<(), ServiceError> {
        let now = self.service.now();
        rows::set_state(tx, &known.id, state, now).await?;
        let Some(event) = risk_events::get(tx, &known.risk_event_id).await? else { return Ok(()) };
        let uri = &known.location.uri;
        let text = format!("{uri}: no branch or tag leads to it any more; {why}");
        let details = json!({ "evidence_id": known.id, "before": known.state, "after": state });
        let occasion = format!("deleted {} {now}", known.id);
        risk_event::tell(tx, &event, "evidence_deleted", &occasion, now, &text, details).await
    }

    /// Whether a repository on this machine holds what nothing leads to.
    fn holds_one(&self, seen: &[Sighting]) -> bool {
        let mut contents = seen.iter().filter_map(|one| ObjectId::parse(&one.blob));
        tokio::task::block_in_place(|| contents.any(|id| self.files.holds(&id)))
    }
}

fn by_evidence(sightings: Vec<Sighting>) -> Sightings {
    let mut of = Sightings::new();
    for sighting in sightings {
        of.entry(sighting.evidence_id.clone()).or_default().push(sighting);
    }
    of
}

/// The evidence of which no commit is reached.
fn lost(sightings: &Sightings, reached: &HashSet<ObjectId>) -> BTreeSet<EvidenceId> {
    let stands = |seen: &[Sighting]| {
        let mut commits = seen.iter().filter_map(|one| ObjectId::parse(&one.commit));
        commits.any(|commit| reached.contains(&commit))
    };
    sightings.iter().filter(|(_, seen)| !stands(seen)).map(|(id, _)| id.clone()).collect()
}
