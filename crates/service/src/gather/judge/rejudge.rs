//! Judges a key from its whole history: when it becomes known as leaked, when a line comes that is older than
//! what its state has taken in, and when its state cannot be read.

use std::collections::{HashMap, HashSet};

use claviger_model::{AccessKeyId, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{KeyLine, alarms, evidence, key_states};
use claviger_watch::{Detector, KeyNews, Standing};
use jiff::Timestamp;

use super::change::{Change, content};
use super::held::{Held, whole_hour};
use super::{handed_on, leaks, lineage, watcher};
use crate::gather::access;
use crate::{Service, ServiceError};

/// The most events that may have come since the past was read.
const RECENT_MAX: usize = 200_000;

/// How the judging of a key's history ended.
#[derive(Debug)]
pub(crate) enum RejudgeEnd {
    /// The answer stands.
    Done,
    /// More came meanwhile that is older than what was read: it must be judged again.
    Overtaken,
}

/// The past of a key, judged.
struct Past {
    /// How the key began.
    birth: Option<KeyLine>,
    until: Timestamp,
    state: Option<Vec<u8>>,
    alarms: Vec<Standing>,
    /// What the key showed, and what it did before.
    news: KeyNews,
    former: KeyNews,
    is_partial: bool,
}

/// Judges a key from its whole history and keeps what came of it: alarms that were missing are raised, and
/// those that do not stand are withdrawn.
///
/// # Errors
/// The history or the state cannot be read or written.
pub(crate) async fn rejudge(
    service: &Service,
    key: &AccessKeyId,
) -> Result<RejudgeEnd, ServiceError> {
    let mut reader = service.store().read().await?;
    let exposed = leaks::of_keys(&mut reader, &[key], &[]).await?.remove(key);
    let leaks: Vec<Leak> = exposed.iter().map(|one| one.leak.clone()).collect();
    let mut detector = watcher::detector(service);
    detector.set_leaks(leaks.clone());
    if exposed.is_some() {
        let places = evidence::leaks_in_objects_of_keys(&mut reader, &[key]).await?;
        places.into_iter().for_each(|leak| detector.add_leak(leak));
    }
    let unknown = Held::unknown(key.clone());
    handed_on::tell(&mut reader, &mut detector, &[&unknown], (&[], &[])).await?;
    drop(reader);
    service.watched().lock().await.watcher.teach(service, &mut detector, key).await?;
    let until = fold_until(service, key).await?;
    service.watched().lock().await.begin_rejudging(key, until);
    let past = past_of(service, key, detector, until).await;
    // From here on nothing of this key is taken in until its answer is kept.
    let mut room = service.watched().lock().await;
    let is_stale = room.end_rejudging(key);
    let (past, mut detector) = past?;
    if is_stale {
        return Ok(RejudgeEnd::Overtaken);
    }
    let history = service.history().clone();
    let of = key.clone();
    let since = Some(past.until).filter(|until| *until > Timestamp::MIN);
    let read = tokio::task::spawn_blocking(move || history.of_key(&of, since, None, RECENT_MAX));
    let (recent, _) = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    let mut held = Held::folded(key.clone(), past.until, past.state.clone(), recent, leaks);
    let window = held.judge_alone(&mut detector);
    let mut news = past.news;
    news.append(held.news().clone());
    if !past.is_partial {
        detector.withdraw(key, &past.former, &news);
    }
    detector.settle_until(Timestamp::MAX);
    let state = held.fold(&detector, service.now(), Some(service.settings().lateness()));
    let mut standing = past.alarms;
    standing.extend(window.raised);
    let mut tx = service.store().write().await?;
    let change = change(&mut tx, key, standing, past.is_partial).await?;
    if let Some(state) = state {
        key_states::put(&mut tx, &[state]).await?;
    }
    if let Some(birth) = &past.birth {
        lineage::keep(service, &mut tx, birth).await?;
    }
    let changed = access::keep_change(service, &mut tx, key, exposed.as_ref(), &change).await?;
    let learned = detector.take_changes();
    room.watcher.news_of(learned.clone()).keep(&mut tx).await?;
    tx.commit().await?;
    room.watcher.was_kept();
    room.watcher.learn(&learned);
    held.remember(alarms_since(service, key, held.folded_until()).await?);
    if !room.was_read(key) {
        held.be_unsure();
    } else if let Some(former) = room.peek(key) {
        held.be_unsure_as(former);
    }
    room.put(key.clone(), held);
    drop(room);
    service.wake_workers();
    if let Some(event) = &changed {
        service.tell_pages(event.as_str());
    }
    Ok(RejudgeEnd::Done)
}

/// Up to when the past is folded: the lateness window before the latest event.
async fn fold_until(service: &Service, key: &AccessKeyId) -> Result<Timestamp, ServiceError> {
    let (history, of) = (service.history().clone(), key.clone());
    let read = tokio::task::spawn_blocking(move || history.of_key(&of, None, None, 1));
    let (latest, _) = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    let Some(latest) = latest.last() else { return Ok(Timestamp::MIN) };
    let newest = latest.time.min(service.now());
    let until = newest.checked_sub(service.settings().lateness());
    Ok(until.map_or(Timestamp::MIN, whole_hour))
}

async fn past_of(
    service: &Service,
    key: &AccessKeyId,
    detector: Detector,
    until: Timestamp,
) -> Result<(Past, Detector), ServiceError> {
    let (birth, mut detector) = lineage::of_history(service, key, detector).await?;
    let (history, key) = (service.history().clone(), key.clone());
    let work = tokio::task::spawn_blocking(move || {
        let former = detector.shown_since(&[(&key, Timestamp::MIN)]).pop().unwrap_or_default();
        let news = KeyNews::default();
        let (alarms, is_partial) = (Vec::new(), false);
        let habits = birth.as_ref().map(|birth| birth.state.clone());
        let state = habits.filter(|state| !state.is_empty());
        let mut past = Past { birth, until, state, alarms, news, former, is_partial };
        if until == Timestamp::MIN {
            return Ok((past, detector));
        }
        let mut events = history.read_key(&key, None, Some(until))?;
        let Some(first) = events.next().transpose()? else {
            // Nothing is folded: it is still to be found out which event it begins with, and after whom.
            past.until = Timestamp::MIN;
            past.is_partial = events.is_partial();
            return Ok((past, detector));
        };
        let turn = detector.take_up(&key, past.state.as_deref(), first.time);
        let mut turn = turn.map_err(|error| ServiceError::Internal(error.to_string()))?;
        past.alarms.extend(detector.judge_in_turn(&mut turn, &first));
        for event in events.by_ref() {
            past.alarms.extend(detector.judge_in_turn(&mut turn, &event?));
        }
        past.state = Some(turn.state());
        past.news = turn.into_news();
        past.is_partial = events.is_partial();
        Ok::<_, ServiceError>((past, detector))
    });
    work.await.map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))?
}

/// What changes for a key when exactly these alarms stand. Where some of the history could not be read,
/// nothing is withdrawn: what raised it may be what is missing.
async fn change(
    tx: &mut AnyConnection,
    key: &AccessKeyId,
    standing: Vec<Standing>,
    is_partial: bool,
) -> Result<Change, ServiceError> {
    let kept = alarms::standing(tx, &[key]).await?;
    let kept: HashMap<String, u64> =
        kept.into_iter().map(|row| (row.id, content(&row.alarm))).collect();
    let now: HashSet<String> = standing.iter().map(|one| one.id.clone()).collect();
    let mut change = Change::default();
    for one in standing {
        match kept.get(&one.id) {
            None => change.raised.push(one),
            Some(said) if *said != content(&one.alarm) => change.altered.push(one),
            Some(_) => {}
        }
    }
    let gone = kept.into_keys().filter(|id| !is_partial && !now.contains(id));
    change.withdrawn.extend(gone);
    Ok(change)
}

/// The names of the alarms that are kept as standing since an instant.
async fn alarms_since(
    service: &Service,
    key: &AccessKeyId,
    since: Timestamp,
) -> Result<HashMap<String, u64>, ServiceError> {
    let mut reader = service.store().read().await?;
    let rows = alarms::standing(&mut reader, &[key]).await?;
    let open = rows.into_iter().filter(|row| row.alarm.time >= since);
    Ok(open.map(|row| (row.id, content(&row.alarm))).collect())
}
