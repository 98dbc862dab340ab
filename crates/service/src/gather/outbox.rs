//! Puts one message for one configuration in the outbox: at once, later, or to be told with others, as the
//! configuration's rules say (`respond::dispatch`), with what follows silence.

use claviger_model::{
    AlertConfiguration, AlertKind, AlertNotice, Delivery, DeliveryId, DeliveryState, EscalationId,
    Level, RecipientGroup, RecipientGroupId, RecipientKind, RiskEvent, RiskEventId, WorkState,
};
use claviger_respond::dispatch::{self, Dispatch, Sent};
use claviger_respond::escalate;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{EscalationRow, deliveries, escalations, recipient_groups};
use jiff::Timestamp;

use crate::ServiceError;
use crate::job::{Kind, enqueue};

/// Puts a message about an event. Returns how many rows are new.
pub(crate) async fn put(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
    event: &RiskEvent,
    kind: AlertKind,
    notice: &AlertNotice,
    occasion: &str,
    now: Timestamp,
) -> Result<usize, ServiceError> {
    let identity = [configuration.id.as_str(), event.id.as_str(), kind.as_str(), occasion];
    let draft = Draft {
        risk_event_id: Some(&event.id),
        kind,
        level: event.level,
        notice,
        now,
        leaves_at: now,
    };
    let (added, leaves_at) = as_the_rules_say(tx, configuration, &identity, draft).await?;
    if let Some(first) = added.first()
        && event.work_state == WorkState::Pending
    {
        follow_up(tx, configuration, &event.id, first, leaves_at).await?;
    }
    Ok(added.len())
}

/// Puts a message that leaves when the configuration's rules say, alone or with others. Returns the new rows and
/// when they leave.
pub(crate) async fn as_the_rules_say(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
    identity: &[&str],
    draft: Draft<'_>,
) -> Result<(Vec<DeliveryId>, Timestamp), ServiceError> {
    let when = when(tx, configuration, &draft).await?;
    let draft = Draft { leaves_at: when.at(), ..draft };
    let added = match when {
        Dispatch::Alone(_) => alone(tx, configuration, identity, None, &draft).await?,
        Dispatch::Together(due) => {
            let mut delivery = draft.delivery(configuration, DeliveryId::derived(identity));
            delivery.state = DeliveryState::Collected;
            let new = deliveries::insert(tx, &delivery).await?;
            if new {
                let digest = Kind::SendDigest { configuration_id: configuration.id.clone() };
                enqueue(tx, &digest, due).await?;
            }
            new.then_some(delivery.id).into_iter().collect()
        }
    };
    Ok((added, when.at()))
}

/// What a message is made of, whoever it goes to.
pub(crate) struct Draft<'a> {
    pub(crate) risk_event_id: Option<&'a RiskEventId>,
    pub(crate) kind: AlertKind,
    pub(crate) level: Level,
    pub(crate) notice: &'a AlertNotice,
    pub(crate) now: Timestamp,
    pub(crate) leaves_at: Timestamp,
}

impl Draft<'_> {
    pub(crate) fn delivery(&self, configuration: &AlertConfiguration, id: DeliveryId) -> Delivery {
        Delivery {
            id,
            configuration_id: configuration.id.clone(),
            risk_event_id: self.risk_event_id.cloned(),
            kind: self.kind,
            to: Vec::new(),
            level: self.level,
            notice: self.notice.clone(),
            leaves_at: self.leaves_at,
            digest_id: None,
            state: DeliveryState::Waiting,
            attempts: 0,
            last_error: None,
            created_at: self.now,
            delivered_at: None,
        }
    }
}

/// Puts a message that leaves by itself: one row, or one for each recipient where each is told alone, so
/// that a second try tells nobody twice. `to` are those that are told instead of the configuration's own.
/// Returns the new rows.
pub(crate) async fn alone(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
    identity: &[&str],
    to: Option<&[String]>,
    draft: &Draft<'_>,
) -> Result<Vec<DeliveryId>, ServiceError> {
    let mut rows = Vec::new();
    if configuration.method.is_one_by_one() {
        let everybody = match to {
            Some(to) => to.to_vec(),
            None => addresses(tx, configuration).await?,
        };
        for address in everybody {
            let identity: Vec<&str> = identity.iter().copied().chain([address.as_str()]).collect();
            let mut delivery = draft.delivery(configuration, DeliveryId::derived(&identity));
            delivery.to = vec![address];
            rows.push(delivery);
        }
    }
    if rows.is_empty() {
        let mut delivery = draft.delivery(configuration, DeliveryId::derived(identity));
        delivery.to = to.map(<[String]>::to_vec).unwrap_or_default();
        rows.push(delivery);
    }
    let mut added = Vec::new();
    for delivery in rows {
        if deliveries::insert(tx, &delivery).await? {
            let job = Kind::DeliverAlert { delivery_id: delivery.id.clone() };
            enqueue(tx, &job, draft.leaves_at).await?;
            added.push(delivery.id);
        }
    }
    Ok(added)
}

/// Everybody that a configuration names, verified or not, each once.
pub(crate) async fn addresses(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
) -> Result<Vec<String>, ServiceError> {
    let Some(kind) = configuration.method.reaches() else { return Ok(Vec::new()) };
    let mut all = configuration.method.to().to_vec();
    if !configuration.rules.groups.is_empty() {
        let groups = recipient_groups::list(tx).await?;
        all.extend(members(&groups, &configuration.rules.groups, kind));
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|address| seen.insert(claviger_model::Recipient::plain(address)));
    Ok(all)
}

/// The members of some groups that a method reaches.
pub(crate) fn members(
    groups: &[RecipientGroup],
    wanted: &[RecipientGroupId],
    kind: RecipientKind,
) -> Vec<String> {
    groups
        .iter()
        .filter(|group| wanted.contains(&group.id))
        .flat_map(|group| group.members.iter())
        .filter(|address| RecipientKind::of(address) == kind)
        .cloned()
        .collect()
}

async fn when(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
    draft: &Draft<'_>,
) -> Result<Dispatch, ServiceError> {
    let (rules, now) = (&configuration.rules, draft.now);
    let limited = rules.throttle.hour_max.is_some() || rules.throttle.event_day_max.is_some();
    let leaving = if limited {
        deliveries::leaving(tx, &configuration.id, now - dispatch::DAY).await?
    } else {
        Vec::new()
    };
    let all: Vec<Timestamp> = leaving.iter().map(|(at, _)| *at).collect();
    let about_the_same =
        |about: &Option<RiskEventId>| about.is_some() && about.as_ref() == draft.risk_event_id;
    let of_event: Vec<Timestamp> =
        leaving.iter().filter(|(_, about)| about_the_same(about)).map(|(at, _)| *at).collect();
    let collected = deliveries::collected(tx, &configuration.id, 1).await?;
    let collecting_until = collected.first().map(|first| first.leaves_at).filter(|at| *at > now);
    let sent = Sent { all: &all, of_event: &of_event, collecting_until };
    Ok(dispatch::dispatch(rules, draft.level, now, sent))
}

/// Begins to wait for an acknowledgement, where the rules say what follows its absence.
async fn follow_up(
    tx: &mut AnyConnection,
    configuration: &AlertConfiguration,
    event: &RiskEventId,
    delivery: &DeliveryId,
    since: Timestamp,
) -> Result<(), ServiceError> {
    let Some(due) = escalate::next(&configuration.rules.escalation, 0, since) else {
        return Ok(());
    };
    let row = EscalationRow {
        id: EscalationId::derived(&[delivery.as_str()]),
        configuration_id: configuration.id.clone(),
        risk_event_id: event.clone(),
        delivery_id: delivery.clone(),
        taken: 0,
        since,
        ended_at: None,
    };
    if escalations::begin(tx, &row).await? {
        enqueue(tx, &Kind::Escalate { escalation_id: row.id }, due.at).await?;
    }
    Ok(())
}
