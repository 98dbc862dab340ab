//! Asks the host of a repository for commits that no branch or tag leads to: hosts hand out for a long time what they
//! are asked for by its name alone.
//!
//! Each commit is asked for once a look, some of them in each, and the next look goes on behind them. A commit that is
//! refused is forgotten, so that evidence with many of them comes to its end, too.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;

use claviger_repository::{Mirror, ObjectId};
use claviger_store::{Sighting, repository_sightings};

use super::rewritten::Look;
use crate::{ServiceError, chain};

/// Commits that a host is asked for in one look: each is a request of its own, and hosts count them.
const ASKED_AT_ONCE: usize = 20;

/// What a host answered in one look.
#[derive(Default)]
pub(super) struct Answers {
    /// It hands them out.
    held: HashSet<ObjectId>,
    /// It does not.
    refused: HashSet<ObjectId>,
    /// Why it was not asked further.
    trouble: Option<String>,
}

impl Answers {
    /// Why evidence that was seen in some commits is held still; `None` where none of them is to be had.
    pub(super) fn why_held(&self, seen: &[Sighting]) -> Option<String> {
        let commits = || seen.iter().filter_map(|one| ObjectId::parse(&one.commit));
        if let Some(commit) = commits().find(|commit| self.held.contains(commit)) {
            return Some(format!(
                "its host still hands out commit {}: ask it to remove what no branch holds",
                commit.short()
            ));
        }
        if commits().all(|commit| self.refused.contains(&commit)) {
            return None;
        }
        Some(match &self.trouble {
            Some(why) => format!("its host was asked: {why}"),
            None => "whether its host still hands it out is asked later".to_owned(),
        })
    }
}

/// The commits whose turn it is, behind the one that was asked for last.
fn in_turn(commits: &BTreeSet<ObjectId>, last: Option<ObjectId>) -> Vec<ObjectId> {
    let Some(last) = last else { return commits.iter().take(ASKED_AT_ONCE).copied().collect() };
    let behind = commits.range((Bound::Excluded(last), Bound::Unbounded));
    behind.chain(commits.range(..=last)).take(ASKED_AT_ONCE).copied().collect()
}

impl Look<'_> {
    /// Asks the host for some of the commits.
    pub(super) async fn ask_for(&self, commits: &BTreeSet<ObjectId>) -> Answers {
        let (readings, id) = (self.service.readings(), &self.repository.id);
        let mirror = Mirror::in_folder(self.service.mirror_folder(id));
        let mut answers = Answers::default();
        for commit in in_turn(commits, readings.asked(id)) {
            // One that the host cannot answer for must not keep the others from their turn.
            readings.keep_asked(id, commit);
            let guard = self.service.guard();
            match mirror.is_handed_out(&commit, self.address, guard, self.login).await {
                Ok(true) => _ = answers.held.insert(commit),
                Ok(false) => _ = answers.refused.insert(commit),
                Err(error) => {
                    answers.trouble = Some(chain(&error));
                    break;
                }
            }
        }
        answers
    }

    /// Forgets the commits that the host refused, once what that means is written down.
    pub(super) async fn forget_refused(&self, answers: &Answers) -> Result<(), ServiceError> {
        if answers.refused.is_empty() {
            return Ok(());
        }
        let mut tx = self.service.store().write().await?;
        for commit in &answers.refused {
            let commit = commit.hex();
            repository_sightings::forget_commit(&mut tx, &self.repository.id, &commit).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ObjectId {
        ObjectId::parse(&format!("{number:040x}")).unwrap()
    }

    fn seen(commits: &[usize]) -> Vec<Sighting> {
        let one = |number: &usize| Sighting {
            evidence_id: "e".to_owned().into(),
            blob: String::new(),
            commit: id(*number).hex(),
        };
        commits.iter().map(one).collect()
    }

    #[test]
    fn every_commit_has_its_turn() {
        let commits: BTreeSet<ObjectId> = (1..=50).map(id).collect();
        let (mut last, mut asked) = (None, Vec::new());
        for _ in 0..5 {
            let turn = in_turn(&commits, last);
            assert_eq!(turn.len(), ASKED_AT_ONCE);
            last = turn.last().copied();
            asked.extend(turn);
        }
        for commit in &commits {
            assert_eq!(asked.iter().filter(|one| *one == commit).count(), 2, "{commit:?}");
        }
        assert_eq!(in_turn(&(1..=3).map(id).collect(), last).len(), 3, "each once");
    }

    #[test]
    fn evidence_is_gone_once_none_of_its_commits_is_handed_out() {
        let answers = Answers {
            held: [id(1)].into(),
            refused: [id(2), id(3)].into(),
            trouble: Some("the host is down".to_owned()),
        };
        assert!(answers.why_held(&seen(&[2, 1])).unwrap().contains("still hands out commit"));
        assert_eq!(answers.why_held(&seen(&[2, 3])), None);
        assert!(answers.why_held(&seen(&[2, 4])).unwrap().contains("the host is down"));
        let later = Answers { trouble: None, ..answers };
        assert!(later.why_held(&seen(&[2, 4])).unwrap().contains("asked later"));
    }
}
