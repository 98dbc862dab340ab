//! Which buckets the page of Asset Authorization is asked for.

use claviger_model::{AssetId, Authorization, ConnectionId};
use claviger_store::assets::AssetFilter;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::part::address;

/// Rows of a page.
pub(super) const PAGE: usize = 100;

/// Which buckets, and what was just done to some.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    pub(super) authorization: String,
    #[serde(default)]
    pub(super) connection_id: String,
    #[serde(default)]
    pub(super) search: String,
    /// The last row of the page before, as `bucket/id`.
    #[serde(default)]
    pub(super) after: String,
    /// An act that was just carried out: `authorized`, `deauthorized` or `synchronizing`.
    #[serde(default)]
    pub(super) done: String,
    /// On how many.
    #[serde(default)]
    pub(super) count: String,
}

impl Which {
    /// The tab: `None` for all buckets, as for a word that is no state.
    pub(super) fn tab(&self) -> Option<Authorization> {
        Authorization::ALL.into_iter().find(|state| state.as_str() == self.authorization)
    }

    /// The rows of a page, and one more, which tells that there is a next.
    pub(super) fn filter(&self) -> AssetFilter {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        AssetFilter {
            authorization: self.tab(),
            connection_id: some(&self.connection_id).map(ConnectionId::from),
            search: some(&self.search),
            after: self
                .after
                .rsplit_once('/')
                .map(|(bucket, id)| (bucket.to_owned(), AssetId::from(id.to_owned()))),
            limit: u32::try_from(PAGE + 1).unwrap_or(u32::MAX),
        }
    }

    /// The page's address with the same filters and something more.
    pub(super) fn address(&self, more: &[(&str, &str)]) -> String {
        let mut question = vec![
            ("authorization", self.authorization.as_str()),
            ("connection_id", self.connection_id.as_str()),
            ("search", self.search.as_str()),
        ];
        question.extend_from_slice(more);
        address::with("/assets", &question)
    }

    /// The filters as fields of a form, so that an act comes back to the same rows.
    pub(super) fn fields(&self) -> Markup {
        html! {
            input type="hidden" name="authorization" value=(self.authorization);
            input type="hidden" name="connection_id" value=(self.connection_id);
            input type="hidden" name="search" value=(self.search);
        }
    }

    /// The filters that a form sent with its act.
    pub(super) fn sent(fields: &[(String, String)]) -> Self {
        let of = |name: &str| {
            let found = fields.iter().find(|(sent, _)| sent == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        Self {
            authorization: of("authorization"),
            connection_id: of("connection_id"),
            search: of("search"),
            ..Self::default()
        }
    }
}
