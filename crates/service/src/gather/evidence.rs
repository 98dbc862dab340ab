//! Findings become evidence, and evidence becomes a risk event: one a key, however much it gathers.

use claviger_model::{
    AlertKind, Asset, Evidence, EvidenceId, EvidenceState, Finding, FindingKind, FoundSecret,
    IntelligenceSource, RiskEvent, RiskEventId, RiskType,
};
use claviger_respond::allowlist as rules;
use claviger_respond::exposure::Exposure;
use claviger_respond::life_cycle::{EvidenceSeen, Happening, next_evidence};
use claviger_respond::raise::{self, Fact};
use claviger_store::evidence::{self as rows, EvidenceChange};
use claviger_store::objects::ObjectRow;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{allowlist, canaries, policies, responses, risk_events};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::risk_event::{About, WORK_STATE};
use super::versions::Held;
use super::{alert, exposure, object, risk_event};
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// When the history is searched for who read an object in which a key was found.
const READERS_AFTER: SignedDuration = SignedDuration::from_secs(3);

/// Keeps the access key pairs and database accounts of one scanned object as evidence. Evidence of an earlier scan of the
/// same object that no longer stands there is disposed of. Returns the risk events that changed.
pub(crate) async fn keep_findings(
    service: &Service,
    tx: &mut AnyConnection,
    asset: &Asset,
    row: &ObjectRow,
    (findings, held): (&[Finding], &Held),
) -> Result<Vec<RiskEventId>, ServiceError> {
    let mut before = rows::of_object(tx, &asset.id, &row.name).await?;
    let exposure = exposure::of_object(tx, asset, &row.name, row.acl).await?;
    let mut kept: Vec<EvidenceId> = Vec::new();
    let mut changed: Vec<RiskEventId> = Vec::new();
    for finding in findings {
        let evidence = evidence_of(service, asset, row, finding, &exposure);
        let Some((about, evidence)) = evidence else { continue };
        if kept.contains(&evidence.id) {
            continue;
        }
        kept.push(evidence.id.clone());
        changed.push(evidence.risk_event_id.clone());
        keep(service, tx, &about, Fact::Found(finding.confidence), evidence).await?;
    }
    let public = RiskType::PublicStorageOfSensitiveInformation;
    let data = About::thing(public, object::uri_of_bucket(asset)).id();
    before.retain(|old| old.risk_event_id != data);
    for old in before.iter().filter(|old| !kept.contains(&old.id)) {
        let proof = "the object was read again and the key no longer stands in it";
        gone_unless_held(service, tx, old, proof, held).await?;
        changed.push(old.risk_event_id.clone());
    }
    changed.sort();
    changed.dedup();
    Ok(changed)
}

/// What a finding is about, and its secret. An id without a secret opens nothing and is no evidence of a leak, nor is
/// a password of an unknown account; both stay visible in the object's findings.
pub(crate) fn about(finding: &Finding) -> Option<(About, &FoundSecret)> {
    let secret = finding.secret.as_ref()?;
    let about = match finding.kind {
        FindingKind::AccessKeyPair => {
            About::key(RiskType::AccessKeyPairLeak, finding.access_key_id.as_ref()?)
        }
        FindingKind::Credential => {
            let subject = finding.account.as_ref()?.subject();
            About::thing(RiskType::DatabaseAccountLeak, subject)
        }
        FindingKind::Data => return None,
    };
    Some((about, secret))
}

/// The evidence that a finding is, and what it is about.
fn evidence_of(
    service: &Service,
    asset: &Asset,
    row: &ObjectRow,
    finding: &Finding,
    exposure: &Exposure,
) -> Option<(About, Evidence)> {
    let (about, secret) = about(finding)?;
    let now = service.now();
    let uri = object::uri(asset, &row.name);
    let within = finding.location.path.join("\u{0}");
    let evidence = Evidence {
        id: EvidenceId::derived(&[&about.subject, asset.id.as_str(), &row.name, &within]),
        risk_event_id: about.id(),
        access_key_id: about.key.clone(),
        source: exposure::source(exposure),
        state: EvidenceState::Found,
        location: claviger_model::Location { uri, ..finding.location.clone() },
        connection_id: Some(asset.connection_id.clone()),
        asset_id: Some(asset.id.clone()),
        bucket: Some(asset.bucket.clone()),
        object: Some(row.name.clone()),
        code: None,
        link: None,
        fingerprint: Some(secret.fingerprint.clone()),
        masked: Some(secret.masked.clone()),
        confidence: finding.confidence,
        why: finding.why.clone(),
        readable_since: row.last_modified,
        found_at: now,
        seen_at: now,
    };
    Some((about, evidence))
}

/// Keeps one piece of evidence, with the risk event it belongs to, its timeline and its messages. While
/// the policy is disabled only events that exist already gather evidence; enabling it scans again what
/// holds key pairs.
pub(crate) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    about: &About,
    fact: Fact,
    mut evidence: Evidence,
) -> Result<(), ServiceError> {
    let allowed = allowlist::of_key(tx, evidence.access_key_id.as_ref()).await?;
    if allowed.iter().any(|entry| rules::hides(entry, &evidence, service.now())) {
        evidence.state = EvidenceState::AddedToWhitelist;
    }
    if evidence.source != IntelligenceSource::Canary
        && let Some(key) = &about.key
        && !canaries::armed_of_keys(tx, &[key]).await?.is_empty()
    {
        // A canary stands where it was planted on purpose; its use is what counts.
        return Ok(());
    }
    let known = risk_events::for_update(tx, &evidence.risk_event_id).await?;
    let policy = policies::get(tx, about.risk_type).await?;
    let is_allowed = evidence.state == EvidenceState::AddedToWhitelist;
    let opens = known.is_some() || (!is_allowed && raise::meets(&policy, fact));
    if !opens || !raise::gathers(&policy, known.is_some()) {
        return Ok(());
    }
    let (mut event, is_new) = match known {
        Some(event) => (event, false),
        None => (risk_event::open_about(service, tx, about).await?, true),
    };
    let was_hidden = is_hidden(tx, &evidence.id).await?;
    let mut change = rows::upsert(tx, &evidence, service.now()).await?;
    rows::set_source(tx, &evidence.id, evidence.source, service.now()).await?;
    if was_hidden && !is_allowed {
        // It was allowed while it was private.
        rows::set_state(tx, &evidence.id, evidence.state, service.now()).await?;
        change = EvidenceChange::Reopened;
    }
    event.latest_detected_at = event.latest_detected_at.max(evidence.seen_at);
    // A place that was private when it was found first may be public now.
    event.sources = rows::sources_of_event(tx, &event.id).await?;
    let counts = change != EvidenceChange::Known && evidence.state == EvidenceState::Found;
    if counts && !is_new {
        let what = about.key.as_ref().map_or("it", |_| "the key");
        let why = format!("{what} stands in {}", evidence.location.uri);
        let at = (evidence.seen_at, evidence.seen_at);
        risk_event::happen_seen(tx, &mut event, Happening::NewEvidence, at, &why).await?;
    }
    risk_events::update(tx, &event).await?;
    match counts {
        true => tell_found(service, tx, &event, &evidence).await,
        false => Ok(()),
    }
}

async fn is_hidden(tx: &mut AnyConnection, id: &EvidenceId) -> Result<bool, ServiceError> {
    let known = rows::get(tx, id).await?;
    Ok(known.is_some_and(|one| one.state == EvidenceState::AddedToWhitelist))
}

/// Evidence that was allowed while it was private counts again once anybody may read it, unless an entry of the
/// allowlist says that twice.
pub(crate) async fn count_again_if_public(
    service: &Service,
    tx: &mut AnyConnection,
    found: &Evidence,
) -> Result<(), ServiceError> {
    if found.state != EvidenceState::AddedToWhitelist || !rules::is_public(found.source) {
        return Ok(());
    }
    let now = service.now();
    let allowed = allowlist::of_key(tx, found.access_key_id.as_ref()).await?;
    if allowed.iter().any(|entry| rules::hides(entry, found, now)) {
        return Ok(());
    }
    let state = next_evidence(found.state, EvidenceSeen::AllowlistRemoved);
    rows::set_state(tx, &found.id, state, service.now()).await?;
    let Some(mut event) = risk_events::for_update(tx, &found.risk_event_id).await? else {
        return Ok(());
    };
    let why = format!("anybody may read {}, which was allowed as private", found.location.uri);
    risk_event::happen_seen(tx, &mut event, Happening::NewEvidence, (now, now), &why).await?;
    risk_events::update(tx, &event).await?;
    let found = Evidence { state, seen_at: now, ..found.clone() };
    tell_found(service, tx, &event, &found).await
}

/// Tells of evidence that counts from now on, and has done what follows from it.
async fn tell_found(
    service: &Service,
    tx: &mut AnyConnection,
    event: &RiskEvent,
    evidence: &Evidence,
) -> Result<(), ServiceError> {
    let place = evidence.location.uri.clone();
    let text = format!("{} found in {place}", evidence.source.title());
    let occasion = format!("evidence {} {}", evidence.id, evidence.seen_at);
    let details = json!({ "evidence_id": evidence.id, "uri": place });
    risk_event::tell(tx, event, "evidence_found", &occasion, evidence.seen_at, &text, details)
        .await?;
    let now = service.now();
    if let Some(key) = evidence.access_key_id.clone() {
        enqueue(tx, &Kind::CheckKey { access_key_id: key.clone() }, now).await?;
        if evidence.object.is_some() {
            // Until then the detector at work knows the place: what is read from there on is seen as it comes.
            let kind = Kind::FindReaders { access_key_id: key.clone() };
            enqueue(tx, &kind, now + READERS_AFTER).await?;
        }
        enqueue(tx, &Kind::JoinPast { access_key_id: key }, now).await?;
    }
    alert::raise(service, tx, event, AlertKind::LeakFound, None, None).await?;
    if !responses::rules(tx).await?.is_empty() {
        enqueue(tx, &Kind::Respond { risk_event_id: event.id.clone() }, now).await?;
    }
    Ok(())
}

/// Writes down that a log says of an object that it was deleted: the store itself is asked next.
pub(crate) async fn deleted_by_log(
    tx: &mut AnyConnection,
    asset: &Asset,
    object: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    for found in rows::of_object(tx, &asset.id, object).await? {
        let state = next_evidence(found.state, EvidenceSeen::ObjectGone { verified: false });
        if state == found.state {
            continue;
        }
        rows::set_state(tx, &found.id, state, now).await?;
        let Some(event) = risk_events::get(tx, &found.risk_event_id).await? else { continue };
        let text = format!("{}: the log says that it was deleted", found.location.uri);
        let details = json!({ "evidence_id": found.id, "before": found.state, "after": state });
        let occasion = format!("deleted {} {now}", found.id);
        risk_event::tell(tx, &event, "evidence_deleted", &occasion, now, &text, details).await?;
    }
    Ok(())
}

/// Writes down that a piece of evidence no longer stands where it stood.
pub(crate) async fn gone(
    service: &Service,
    tx: &mut AnyConnection,
    evidence: &Evidence,
    proof: &str,
) -> Result<(), ServiceError> {
    let state = next_evidence(evidence.state, EvidenceSeen::ObjectGone { verified: true });
    if state == evidence.state {
        return Ok(());
    }
    rows::set_state(tx, &evidence.id, state, service.now()).await?;
    let Some(mut event) = risk_events::for_update(tx, &evidence.risk_event_id).await? else {
        return Ok(());
    };
    let now = service.now();
    let text = format!("{}: {proof}", evidence.location.uri);
    let occasion = format!("gone {} {}", evidence.id, now);
    let details = json!({ "evidence_id": evidence.id, "proof": proof });
    risk_event::tell(tx, &event, "evidence_disposed", &occasion, now, &text, details).await?;
    close_when_nothing_is_left(tx, &mut event, now).await?;
    Ok(())
}

/// The same, unless older versions of the object hold it: then it is deleted, and not disposed of before they are gone.
pub(crate) async fn gone_unless_held(
    service: &Service,
    tx: &mut AnyConnection,
    evidence: &Evidence,
    proof: &str,
    held: &Held,
) -> Result<(), ServiceError> {
    let count = held.count(&evidence.id);
    if count == 0 {
        let unknown = held.unknown.as_ref();
        let not_known = unknown.map(|why| format!("{proof}; older versions are not known: {why}"));
        return gone(service, tx, evidence, not_known.as_deref().unwrap_or(proof)).await;
    }
    let state = next_evidence(evidence.state, EvidenceSeen::ObjectGone { verified: false });
    rows::set_state(tx, &evidence.id, state, service.now()).await?;
    let Some(event) = risk_events::get(tx, &evidence.risk_event_id).await? else { return Ok(()) };
    let versions = if count == 1 { "1 older version" } else { &format!("{count} older versions") };
    let text = format!(
        "{}: {proof}; {versions} still hold it: delete the file by a plan, which deletes these, too",
        evidence.location.uri
    );
    let occasion = format!("held {} {count}", evidence.id);
    let details = json!({ "evidence_id": evidence.id, "proof": proof, "versions": count });
    let now = service.now();
    risk_event::tell(tx, &event, "evidence_deleted", &occasion, now, &text, details).await
}

/// Ends the work on an event once none of its evidence stands any more.
pub(crate) async fn close_when_nothing_is_left(
    tx: &mut AnyConnection,
    event: &mut RiskEvent,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let all = rows::of_event(tx, &event.id).await?;
    let whitelisted = |e: &Evidence| e.state == EvidenceState::AddedToWhitelist;
    let over = |e: &Evidence| whitelisted(e) || e.state == EvidenceState::Disposed;
    let happening = if all.is_empty() || !all.iter().all(over) {
        return Ok(());
    } else if all.iter().all(whitelisted) {
        Happening::AllEvidenceAllowlisted
    } else {
        Happening::AllEvidenceDisposed
    };
    let before = event.work_state;
    risk_event::happen(event, happening);
    risk_events::update(tx, event).await?;
    if before != event.work_state {
        let text = format!("{} → {}", before.title(), event.work_state.title());
        let details = json!({ "before": before, "after": event.work_state });
        risk_event::tell(tx, event, WORK_STATE, &now.to_string(), now, &text, details).await?;
    }
    Ok(())
}
