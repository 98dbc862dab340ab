//! Database accounts in storage: what an event of one arises from, what it tells, and when it ends.

use claviger_model::{EvidenceState, IntelligenceSource, Level, RiskEvent, RiskType, WorkState};
use claviger_store::risk_events::RiskEventFilter;

use crate::risk_types::{authorized, of_type, put};
use crate::stage::{BUCKET, Stage, bucket, until};

const LEAK: RiskType = RiskType::DatabaseAccountLeak;

/// A password that was made up.
const PASSWORD: &str = "KXvISqQXB9yu";

/// The account that every shape below names.
const SUBJECT: &str = "postgresql://app@db4.acme.cn:7237";

/// One account in every shape that it is written in; `%` stands for the password.
const SHAPES: [(&str, &str); 7] = [
    ("url/.env", "DATABASE_URL=postgres://app:%@db4.acme.cn:7237/shop\n"),
    (
        "ini/app.ini",
        "[cache]\nhost = cache.acme.cn\n\n[postgres]\nhost = db4.acme.cn\nport = 7237\nuser = app\npassword = %\n",
    ),
    ("ini/crlf.ini", "[postgres]\r\nhost=db4.acme.cn\r\nport=7237\r\nuser=app\r\npassword=%\r\n"),
    (
        "dotenv/.env",
        "POSTGRES_HOST=db4.acme.cn\nPOSTGRES_PORT=7237\nPOSTGRES_USER=app\nPOSTGRES_PASSWORD=%\n",
    ),
    (
        "dotenv/laravel.env",
        "DB_CONNECTION=pgsql\nDB_HOST=db4.acme.cn\nDB_PORT=7237\nDB_DATABASE=shop\nDB_USERNAME=app\nDB_PASSWORD=%\n",
    ),
    (
        "yaml/values.yaml",
        "postgresql:\n  host: \"db4.acme.cn\"\n  port: 7237\n  username: app\n  password: \"%\"\n",
    ),
    (
        "spring/application.properties",
        "spring.datasource.url=jdbc:postgresql://db4.acme.cn:7237/shop\nspring.datasource.username=app\nspring.datasource.password=%\n",
    ),
];

async fn put_shape(stage: &Stage, (name, shape): (&str, &str)) {
    put(stage, name, shape.replace('%', PASSWORD).as_bytes(), None).await;
}

async fn all(stage: &Stage) -> Vec<RiskEvent> {
    let filter = RiskEventFilter { risk_type: Some(LEAK), ..RiskEventFilter::default() };
    stage.service.risk_events(&filter).await.unwrap()
}

/// Waits until the event has evidence in so many objects.
async fn with_objects(stage: &Stage, event: &RiskEvent, count: usize) {
    let what = format!("{count} objects hold it");
    until(&what, async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        (details.evidence.len() == count).then_some(())
    })
    .await;
}

async fn disposed(stage: &Stage, event: &RiskEvent) {
    until("the event is disposed", async || {
        let event = stage.event_now(&event.id).await;
        (event.work_state == WorkState::Disposed).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_address_in_an_object_is_a_database_account_leak_and_ends_with_the_file() {
    let stage = authorized().await;
    put_shape(&stage, SHAPES[0]).await;
    let event = until("the account is found", async || of_type(&stage, LEAK).await).await;
    assert_eq!(event.subject, SUBJECT);
    assert_eq!((event.level, event.access_key_id.clone()), (Level::High, None));
    let details = stage.service.event_details(&event.id).await.unwrap();
    let [found] = details.evidence.as_slice() else { panic!("{:?}", details.evidence) };
    assert_eq!(found.source, IntelligenceSource::PrivatePlaintextStorage);
    assert!(!format!("{details:?}").contains(PASSWORD), "no plaintext is kept");
    stage.owner().delete_object(&bucket(BUCKET), SHAPES[0].0).await.unwrap();
    disposed(&stage, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn host_port_account_and_password_in_settings_are_the_same_leak_however_they_are_written() {
    let stage = authorized().await;
    for shape in &SHAPES[1..] {
        put_shape(&stage, *shape).await;
        let event = until(&format!("{} is read", shape.0), async || {
            let all = all(&stage).await;
            let subjects: Vec<&str> = all.iter().map(|event| event.subject.as_str()).collect();
            assert!(subjects.iter().all(|one| *one == SUBJECT), "{}: {subjects:?}", shape.0);
            all.into_iter().next()
        })
        .await;
        until(&format!("{} is evidence", shape.0), async || {
            let details = stage.service.event_details(&event.id).await.unwrap();
            let of = details.evidence.iter().find(|one| one.object.as_deref() == Some(shape.0))?;
            let masked = of.masked.clone().unwrap_or_default();
            assert!(!masked.is_empty() && !masked.contains(PASSWORD), "{masked}");
            assert!(!format!("{details:?}").contains(PASSWORD), "no plaintext is kept");
            Some(())
        })
        .await;
    }
    let details = stage.service.event_details(&all(&stage).await[0].id).await.unwrap();
    assert_eq!(details.evidence.len(), SHAPES.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_in_many_objects_is_one_event_that_ends_with_the_last_of_them() {
    let stage = authorized().await;
    let (first, second) = (SHAPES[0], SHAPES[5]);
    put_shape(&stage, first).await;
    put_shape(&stage, second).await;
    // The same host with another account is another subject.
    put(
        &stage,
        "other.env",
        b"DATABASE_URL=postgres://audit:vT72mQpLxe0w@db4.acme.cn:7237/shop\n",
        None,
    )
    .await;
    let event = until("the account is found", async || {
        all(&stage).await.into_iter().find(|event| event.subject == SUBJECT)
    })
    .await;
    with_objects(&stage, &event, 2).await;
    let both = async || (all(&stage).await.len() == 2).then_some(());
    until("the other account is an event of its own", both).await;

    stage.owner().delete_object(&bucket(BUCKET), first.0).await.unwrap();
    until("the first file is disposed of", async || {
        let details = stage.service.event_details(&event.id).await.unwrap();
        let found = details.evidence.iter().filter(|one| one.state == EvidenceState::Found);
        (found.count() == 1).then_some(())
    })
    .await;
    assert_eq!(stage.event_now(&event.id).await.work_state, WorkState::Pending);
    stage.owner().delete_object(&bucket(BUCKET), second.0).await.unwrap();
    disposed(&stage, &event).await;
    let other = all(&stage).await.into_iter().find(|one| one.id != event.id).unwrap();
    assert_eq!(other.work_state, WorkState::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_level_is_the_policys_for_new_accounts_and_for_those_that_were_found() {
    let stage = authorized().await;
    let mut policy = stage.service.policy(LEAK).await.unwrap();
    policy.level = Level::Medium;
    stage.service.set_policy(&stage.actor, policy).await.unwrap();
    put_shape(&stage, SHAPES[3]).await;
    let event = until("the account is found", async || of_type(&stage, LEAK).await).await;
    assert_eq!(event.level, Level::Medium);
    policy.level = Level::Low;
    assert_eq!(stage.service.set_policy(&stage.actor, policy).await.unwrap(), 1);
    assert_eq!(stage.event_now(&event.id).await.level, Level::Low);
}
