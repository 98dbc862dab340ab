//! What a history that was written anew no longer holds.
//!
//! While a commit is held that a branch or tag leads to, the evidence stands. Without one it is deleted, and
//! disposed of only once the commit is not to be had any more by its name alone: hosts hand out for a long time what
//! no branch leads to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use claviger_model::{Evidence, EvidenceId, EvidenceState, WatchedRepository};
use claviger_repository::{Address, History, Login, Mirror, ObjectId, Piece, Repository};
use claviger_respond::life_cycle::{EvidenceSeen, next_evidence};
use claviger_store::{Sighting, evidence as rows, repository_sightings, risk_events};
use serde_json::json;

use super::code::Content;
use super::repository::Reading;
use super::{evidence, risk_event};
use crate::{Service, ServiceError, chain};

/// Commits that the other side is asked for in one look; the rest follows in the next ones.
const ASKED_AT_ONCE: usize = 20;

/// What became of evidence that no branch or tag leads to.
enum Left {
    /// It is not to be had any more.
    Gone,
    /// Who knows the commit's name can read it still.
    Held(String),
}

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
        let wanted: HashSet<ObjectId> = lost(&before, &reached)
            .iter()
            .flat_map(|id| before[*id].iter())
            .filter(|one| one.blob != one.commit)
            .filter_map(|one| ObjectId::parse(&one.blob))
            .collect();
        if !wanted.is_empty() {
            // Another commit may hold the same content, which was read once only.
            let elsewhere = tokio::task::block_in_place(|| self.find(&wanted));
            reading.read_contents(elsewhere).await?;
        }
        let now = self.sightings().await?;
        self.tell_moved(&now, &reached).await?;
        self.tell_lost(&now, &lost(&now, &reached)).await
    }

    async fn sightings(&self) -> Result<BTreeMap<EvidenceId, Vec<Sighting>>, ServiceError> {
        let mut reader = self.service.store().read().await?;
        let mut of: BTreeMap<EvidenceId, Vec<Sighting>> = BTreeMap::new();
        for sighting in repository_sightings::standing(&mut reader, &self.repository.id).await? {
            of.entry(sighting.evidence_id.clone()).or_default().push(sighting);
        }
        Ok(of)
    }

    /// The contents of these names, wherever a commit holds them.
    fn find(&self, wanted: &HashSet<ObjectId>) -> Vec<Content> {
        let history = History::since(Arc::clone(self.files), self.tips, &[]);
        history
            .filter_map(|piece| match piece {
                Piece::File { path, id, commit } if wanted.contains(&id) => {
                    Some(Content::of_file(path, id, &commit))
                }
                _ => None,
            })
            .collect()
    }

    /// Evidence that stands in other commits than the one it was found in is told with one of those.
    async fn tell_moved(
        &self,
        sightings: &BTreeMap<EvidenceId, Vec<Sighting>>,
        reached: &HashSet<ObjectId>,
    ) -> Result<(), ServiceError> {
        for (id, seen) in sightings {
            let there = seen.iter().filter_map(|one| ObjectId::parse(&one.commit));
            let Some(commit) = there.into_iter().find(|commit| reached.contains(commit)) else {
                continue;
            };
            let mut tx = self.service.store().write().await?;
            let Some(known) = rows::get(&mut tx, id).await? else { continue };
            let Some(code) = known.code.as_ref() else { continue };
            if ObjectId::parse(&code.commit).is_some_and(|told| reached.contains(&told)) {
                continue;
            }
            let Some(commit) = self.files.commit(&commit) else { continue };
            let content =
                Content { file: code.file.clone(), ..Content::of_words(commit.id, Some(&commit)) };
            let place = content.place(self.repository);
            let link = place.link(known.location.line);
            rows::set_code(&mut tx, id, &place, link.as_deref()).await?;
            if known.state == EvidenceState::Deleted {
                let found = next_evidence(known.state, EvidenceSeen::ObjectThere);
                rows::set_state(&mut tx, id, found, self.service.now()).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// What no branch or tag leads to any more is deleted, or gone for good.
    async fn tell_lost(
        &self,
        sightings: &BTreeMap<EvidenceId, Vec<Sighting>>,
        lost: &[&EvidenceId],
    ) -> Result<(), ServiceError> {
        // Another part of them each time, so that each has its turn.
        let turn = self.service.now().as_second().unsigned_abs() as usize;
        let first = turn.checked_rem(lost.len()).unwrap_or_default();
        let in_turn = lost[first..].iter().chain(&lost[..first]).take(ASKED_AT_ONCE);
        let asked: HashSet<&EvidenceId> = in_turn.copied().collect();
        for id in lost {
            let seen = &sightings[*id];
            let left = match asked.contains(id) {
                true => self.what_is_left(seen).await,
                false => {
                    Left::Held("whether its host still hands it out is asked later".to_owned())
                }
            };
            let mut tx = self.service.store().write().await?;
            let Some(known) = rows::get(&mut tx, id).await? else { continue };
            match left {
                Left::Gone => {
                    let proof =
                        "no branch or tag leads to it any more, and its commit is not to be had";
                    evidence::gone(self.service, &mut tx, &known, proof).await?;
                }
                Left::Held(why) => self.tell_deleted(&mut tx, &known, &why).await?,
            }
            tx.commit().await?;
            self.service.tell_pages(known.risk_event_id.as_str());
        }
        Ok(())
    }

    async fn tell_deleted(
        &self,
        tx: &mut claviger_store::sqlx::AnyConnection,
        known: &Evidence,
        why: &str,
    ) -> Result<(), ServiceError> {
        let state = next_evidence(known.state, EvidenceSeen::ObjectGone { verified: false });
        if state == known.state {
            return Ok(());
        }
        let now = self.service.now();
        rows::set_state(tx, &known.id, state, now).await?;
        let Some(event) = risk_events::get(tx, &known.risk_event_id).await? else { return Ok(()) };
        let uri = &known.location.uri;
        let text = format!("{uri}: no branch or tag leads to it any more; {why}");
        let details = json!({ "evidence_id": known.id, "before": known.state, "after": state });
        let occasion = format!("deleted {} {now}", known.id);
        risk_event::tell(tx, &event, "evidence_deleted", &occasion, now, &text, details).await
    }

    /// Whether a commit that nothing leads to is to be had by its name.
    async fn what_is_left(&self, seen: &[Sighting]) -> Left {
        if let Address::Here(_) = self.address {
            let held = seen.iter().filter_map(|one| ObjectId::parse(&one.blob));
            let held = held.into_iter().any(|id| self.files.holds(&id));
            return match held {
                true => Left::Held(
                    "the repository holds it until it is cleaned up: `git reflog expire \
                     --expire=now --all && git gc --prune=now`"
                        .to_owned(),
                ),
                false => Left::Gone,
            };
        }
        let commits: HashSet<&str> = seen.iter().map(|one| one.commit.as_str()).collect();
        let mirror = Mirror::in_folder(self.service.mirror_folder(&self.repository.id));
        for commit in commits.into_iter().filter_map(ObjectId::parse) {
            let guard = self.service.guard();
            match mirror.is_handed_out(&commit, self.address, guard, self.login).await {
                Ok(false) => {}
                Ok(true) => {
                    return Left::Held(format!(
                        "its host still hands out commit {}: ask it to remove what no branch holds",
                        commit.short()
                    ));
                }
                Err(error) => return Left::Held(format!("its host was asked: {}", chain(&error))),
            }
        }
        Left::Gone
    }
}

/// The evidence of which no commit is reached.
fn lost<'s>(
    sightings: &'s BTreeMap<EvidenceId, Vec<Sighting>>,
    reached: &HashSet<ObjectId>,
) -> Vec<&'s EvidenceId> {
    let stands = |seen: &[Sighting]| {
        let mut commits = seen.iter().filter_map(|one| ObjectId::parse(&one.commit));
        commits.any(|commit| reached.contains(&commit))
    };
    sightings.iter().filter(|(_, seen)| !stands(seen)).map(|(id, _)| id).collect()
}
