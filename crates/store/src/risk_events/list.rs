//! Lists of risk events: by pages and filters, latest detection first.

use claviger_model::{AssetId, Level, RiskEvent, RiskEventId, RiskType, WorkState};
use jiff::Timestamp;

use super::{TABLE, read};
use crate::conditions::Conditions;
use crate::error::Result;
use crate::row::read_all;
use crate::statement::{Statement, containing};
use crate::{Conn, StoreError};

/// The index of lists holds no more of the words of an event, in bytes: PostgreSQL takes 2,704 in one entry
/// (`src/include/access/nbtree.h`, `BTMaxItemSize`).
const SEARCH_WORDS_MAX: usize = 2_000;

/// The events of an asset with more evidence than this are looked for in the order of time, where the first page
/// ends the search; those of any other are fetched and sorted.
const ASSET_EVIDENCE_FEW: u64 = 1_000;

/// Which risk events to list.
#[derive(Debug, Clone)]
pub struct RiskEventFilter {
    /// Only of this type.
    pub risk_type: Option<RiskType>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only in this state of work.
    pub work_state: Option<WorkState>,
    /// Only those that still wait for a person.
    pub open_only: bool,
    /// Only whose subject, account or id contains this, in either case.
    pub search: Option<String>,
    /// Only those that this user works on, by name.
    pub assigned_to: Option<String>,
    /// Only with evidence in this asset.
    pub asset_id: Option<AssetId>,
    /// Only those detected last at or after this instant.
    pub since: Option<Timestamp>,
    /// Only those detected last before this instant.
    pub until: Option<Timestamp>,
    /// Only after this latest detection and id: the last row of the page before.
    pub after: Option<(Timestamp, RiskEventId)>,
    /// At most so many.
    pub limit: u32,
}

impl Default for RiskEventFilter {
    /// The newest 100 of all.
    fn default() -> Self {
        Self {
            risk_type: None,
            level: None,
            work_state: None,
            open_only: false,
            search: None,
            assigned_to: None,
            asset_id: None,
            since: None,
            until: None,
            after: None,
            limit: 100,
        }
    }
}

/// A page of risk events, latest detection first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn list(
    c: &mut Conn,
    filter: &RiskEventFilter,
) -> std::result::Result<Vec<RiskEvent>, StoreError> {
    let rows = conditions(c, filter)
        .await?
        .statement(
            TABLE,
            "list",
            "SELECT * FROM risk_events",
            "ORDER BY latest_detected_at DESC, id DESC LIMIT ?",
        )
        .number(filter.limit.into())
        .all(c)
        .await?;
    read_all(&rows, read)
}

/// The ids of a page of risk events, latest detection first.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn ids(
    c: &mut Conn,
    filter: &RiskEventFilter,
) -> std::result::Result<Vec<RiskEventId>, StoreError> {
    let order = "ORDER BY latest_detected_at DESC, id DESC LIMIT ?";
    let conditions = conditions(c, filter).await?;
    let statement = conditions.statement(TABLE, "ids", "SELECT id FROM risk_events", order);
    let rows = statement.number(filter.limit.into()).all(c).await?;
    read_all(&rows, |row| Ok(RiskEventId::from(row.text("id")?)))
}

/// How many risk events a filter means, whatever its limit.
///
/// # Errors
/// The database fails.
pub async fn count(c: &mut Conn, filter: &RiskEventFilter) -> std::result::Result<u64, StoreError> {
    let head = "SELECT COUNT(*) AS events FROM risk_events";
    let row = conditions(c, filter).await?.statement(TABLE, "count", head, "").only(c).await?;
    row.number("events")
}

/// What a filter asks for.
async fn conditions(c: &mut Conn, filter: &RiskEventFilter) -> Result<Conditions> {
    let search = filter.search.as_deref().map(|text| containing(&text.to_ascii_lowercase()));
    let after = filter.after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let asset = filter.asset_id.as_ref().map(AssetId::as_str);
    let of_asset = match asset {
        Some(asset)
            if evidence_up_to(c, asset, ASSET_EVIDENCE_FEW + 1).await? > ASSET_EVIDENCE_FEW =>
        {
            "EXISTS (SELECT 1 FROM evidence WHERE evidence.asset_id = ? \
             AND evidence.risk_event_id = risk_events.id)"
        }
        _ => "id IN (SELECT risk_event_id FROM evidence WHERE asset_id = ?)",
    };
    let conditions = Conditions::default()
        .text("risk_type = ?", filter.risk_type.map(RiskType::as_str))
        .text("level = ?", filter.level.map(Level::as_str))
        .text("work_state = ?", filter.work_state.map(WorkState::as_str))
        .text("assigned_to = ?", filter.assigned_to.as_deref())
        .text("search_words LIKE ? ESCAPE '!'", search.as_deref())
        .text(of_asset, asset)
        .time("latest_detected_at >= ?", filter.since)
        .time("latest_detected_at < ?", filter.until)
        .before("latest_detected_at, id", after);
    Ok(match filter.open_only {
        true => conditions.plain("work_state NOT IN ('disposed', 'added_to_whitelist', 'ignored')"),
        false => conditions,
    })
}

/// How much evidence lies in an asset; counting ends at a number.
async fn evidence_up_to(c: &mut Conn, asset: &str, most: u64) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS rows_found FROM \
               (SELECT 1 AS one FROM evidence WHERE asset_id = $1 LIMIT $2) AS found";
    let statement = Statement::new(TABLE, "list", sql).text(asset).number(most);
    statement.only(c).await?.number("rows_found")
}

/// What a search looks through: subject, account and id, in lower case.
pub(super) fn search_words(event: &RiskEvent) -> String {
    let account = event.account.as_deref().unwrap_or_default();
    let mut words = format!("{} {account} {}", event.subject, event.id);
    words.make_ascii_lowercase();
    let end = words.floor_char_boundary(SEARCH_WORDS_MAX);
    words.truncate(end);
    words
}
