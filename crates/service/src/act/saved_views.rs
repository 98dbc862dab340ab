//! Saved views: filters of the list of risk events that people keep under a name, for themselves or for all.

use std::collections::BTreeMap;

use claviger_model::{SavedView, SavedViewId, UserId};
use claviger_store::saved_views;

use crate::{Act, Actor, Service, ServiceError};

/// Longest name: it stands in a row with others.
const NAME_CHARACTERS_MAX: usize = 60;

/// Most characters of a filter: an address with it still opens everywhere.
const FILTER_CHARACTERS_MAX: usize = 2000;

/// Views of one person: more are not found again by looking.
const VIEWS_MAX: usize = 100;

impl Service {
    /// The views that somebody sees: their own and those shared with all, by name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn saved_views(&self, actor: &Actor) -> Result<Vec<SavedView>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(saved_views::seen_by(&mut reader, &owner_id(actor)).await?)
    }

    /// Keeps a filter under a name, in place of what the same person kept under it before. `words` were parsed by
    /// whoever asks for them.
    ///
    /// # Errors
    /// The name makes no sense, there are too many, or the role may not share.
    pub async fn save_view(
        &self,
        actor: &Actor,
        name: &str,
        words: BTreeMap<String, String>,
        shared: bool,
    ) -> Result<SavedView, ServiceError> {
        let act = if shared { Act::ShareView } else { Act::SaveView };
        self.perform(actor, act, name, async {
            let (name, owner_id) = (valid(name)?, owner_id(actor));
            bounded(&words)?;
            let view = SavedView {
                id: SavedViewId::derived(&[owner_id.as_str(), &name]),
                name,
                owner_id,
                owner: actor.name.clone(),
                shared,
                words,
                saved_at: self.now(),
            };
            let mut tx = self.store().write().await?;
            let seen = saved_views::seen_by(&mut tx, &view.owner_id).await?;
            let others =
                seen.iter().filter(|one| one.owner_id == view.owner_id && one.id != view.id);
            if others.count() >= VIEWS_MAX {
                return Err(ServiceError::Conflict {
                    message: format!("{VIEWS_MAX} views are saved already"),
                    hint: "remove one that is not looked at any more".to_owned(),
                });
            }
            saved_views::save(&mut tx, &view).await?;
            tx.commit().await?;
            self.tell_pages("views");
            Ok(view)
        })
        .await
    }

    /// Removes a view, by its id or the name of one's own. That of somebody else, shared with all, an admin removes.
    ///
    /// # Errors
    /// There is none, or it is somebody else's.
    pub async fn remove_view(&self, actor: &Actor, named: &str) -> Result<(), ServiceError> {
        let seen = self.saved_views(actor).await?;
        let own = owner_id(actor);
        let found = seen
            .into_iter()
            .find(|one| one.id.as_str() == named || one.owner_id == own && one.name == named)
            .ok_or_else(|| ServiceError::not_found("saved view", named))?;
        let act = if found.owner_id == own { Act::SaveView } else { Act::RemoveSharedView };
        self.perform(actor, act, &found.name, async {
            let mut tx = self.store().write().await?;
            saved_views::remove(&mut tx, &found.id).await?;
            tx.commit().await?;
            self.tell_pages("views");
            Ok(())
        })
        .await
    }
}

/// Claviger itself keeps views like anybody.
fn owner_id(actor: &Actor) -> UserId {
    actor.user_id.clone().unwrap_or_else(|| UserId::from(actor.name.clone()))
}

fn valid(name: &str) -> Result<String, ServiceError> {
    let name = name.trim();
    let fits = (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count());
    if !fits || name.contains('/') || name.chars().any(char::is_control) {
        return Err(ServiceError::invalid(
            "name",
            "a view has a name of 1 to 60 characters without `/`",
            "name it by what it shows, such as `High, nobody works on it`",
        ));
    }
    Ok(name.to_owned())
}

fn bounded(words: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    let texts = words.iter().flat_map(|(name, word)| [name, word]);
    let characters: usize = texts.map(|text| text.chars().count()).sum();
    if characters <= FILTER_CHARACTERS_MAX {
        return Ok(());
    }
    Err(ServiceError::invalid(
        "filter",
        format!("a filter has at most {FILTER_CHARACTERS_MAX} characters"),
        "search for fewer words",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_bounded_by_its_characters_whatever_the_language() {
        let of = |word: String| bounded(&BTreeMap::from([("search".to_owned(), word)]));
        let room = FILTER_CHARACTERS_MAX - "search".len();
        for sign in ["a", "钥"] {
            assert!(of(sign.repeat(room)).is_ok());
            assert!(of(sign.repeat(room + 1)).is_err());
        }
    }
}
