//! Tells whether a key has more than one holder, by its use in the last weeks.

use claviger_model::{AccessKeyId, AlertKind, RiskType};
use claviger_respond::life_cycle::Happening;
use claviger_respond::raise::{self, Fact};
use claviger_store::{policies, risk_events};
use claviger_watch::{Sharing, sharing};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Ending;
use crate::gather::alert;
use crate::gather::risk_event::{self, About};
use crate::{Service, ServiceError};

/// After which pause a key is looked at whose use began to look like two hands: what comes meanwhile is
/// looked at with it.
pub(crate) const JUDGE_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// How far back use is looked at: holders who parted long ago are no risk now.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Events read of one key.
const EVENTS_MAX: usize = 100_000;

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let now = service.now();
    let (history, of, since) = (service.history().clone(), key.clone(), now - LOOK_BACK);
    let read =
        tokio::task::spawn_blocking(move || history.of_key(&of, Some(since), None, EVENTS_MAX));
    let (events, _) = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    let found = sharing(&events, service.places());
    let first = events.first().map(|event| event.time);
    let last = events.last().map(|event| event.time);
    keep(service, key, &found, (first, last), events.len() as u64).await?;
    Ok(Ending::Done)
}

async fn keep(
    service: &Service,
    key: &AccessKeyId,
    found: &Sharing,
    (first, last): (Option<Timestamp>, Option<Timestamp>),
    uses: u64,
) -> Result<(), ServiceError> {
    let about = About::key(RiskType::SharedAccount, key);
    let mut tx = service.store().write().await?;
    let known = risk_events::for_update(&mut tx, &about.id()).await?;
    let policy = policies::get(&mut tx, about.risk_type).await?;
    let fact = Fact::Shared { holders: found.holders.len(), days: found.days };
    let meets = found.holders.len() > 1 && raise::meets(&policy, fact);
    if !meets || !raise::gathers(&policy, known.is_some()) {
        return Ok(());
    }
    let mut event = match known {
        Some(event) => event,
        None => risk_event::open_about(service, &mut tx, &about).await?,
    };
    let more = event.score.is_some_and(|known| found.holders.len() as f64 > known);
    if more {
        let now = service.now();
        let why = format!("{} holders use it now", found.holders.len());
        let at = (now, now);
        risk_event::happen_seen(&mut tx, &mut event, Happening::NewEvidence, at, &why).await?;
    }
    event.judgement = found.reasons();
    // The number of holders: what grows is news.
    event.score = Some(found.holders.len() as f64);
    event.uses = uses;
    event.first_used_at = first;
    event.last_used_at = last;
    event.latest_detected_at = service.now();
    risk_events::update(&mut tx, &event).await?;
    let text = event.judgement.join("; ");
    let occasion = found.holders.len().to_string();
    let details =
        json!({ "holders": found.holders.len(), "days": found.days, "turns": found.turns });
    let which = ("shared", occasion.as_str());
    risk_event::tell_anew(&mut tx, &event, which, service.now(), &text, details).await?;
    alert::raise(service, &mut tx, &event, AlertKind::LeakFound, None, None).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(event.id.as_str());
    Ok(())
}

#[cfg(test)]
mod tests {
    use claviger_model::{AccessEvent, EventId, KeyStatus, WorkState};

    use super::*;
    use crate::Settings;

    fn events(now: Timestamp) -> Vec<AccessEvent> {
        let clients =
            [("203.0.113.7", "aws-cli/2.15.1 Darwin/22"), ("198.51.100.4", "Boto3/1.28.1 Linux/5")];
        let use_at = |turn: i64| {
            let (source_ip, user_agent) = clients[(turn % 2) as usize];
            let back = SignedDuration::from_hours(24 * (1 + turn / 20))
                - SignedDuration::from_mins(turn % 20);
            AccessEvent {
                time: now - back,
                access_key_id: AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE07").ok(),
                account: None,
                source_ip: Some(source_ip.to_owned()),
                user_agent: Some(user_agent.to_owned()),
                operation: "GetObject".to_owned(),
                bucket: Some("b".to_owned()),
                object: Some("o".to_owned()),
                status: Some(200),
                error: None,
                bytes_out: Some(1),
                bytes_in: None,
                request_id: None,
                event_id: EventId(format!("e{turn}")),
            }
        };
        (0..60).map(use_at).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_in_two_hands_is_a_shared_account_once_however_often_it_is_judged() {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(Settings::in_folder(folder.path().join("data"))).await.unwrap();
        let key = AccessKeyId::parse("LTAI5tFAKEFAKEFAKEFAKE07").unwrap();
        service.history().append(&events(service.now())).unwrap();
        for _ in 0..2 {
            run(&service, &key).await.unwrap();
        }
        let mut reader = service.store().read().await.unwrap();
        let all = risk_events::of_key(&mut reader, &key).await.unwrap();
        let [event] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(
            (event.risk_type, event.work_state),
            (RiskType::SharedAccount, WorkState::Pending)
        );
        assert_eq!((event.key_state.status, event.uses), (KeyStatus::Unknown, 60));
        assert!(event.judgement[0].starts_with("2 holders used the key at once"), "{event:?}");
        let lines = claviger_store::timeline::of_event(&mut reader, &event.id, 10).await.unwrap();
        assert_eq!(lines.iter().filter(|line| line.kind == "shared").count(), 1);
    }
}
