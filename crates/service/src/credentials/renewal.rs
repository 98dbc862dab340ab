//! Keeps what references lead to fresh: a cloud that is at work for hours signs with what is there now.

use std::time::Duration;

use claviger_model::{Connection, ConnectionHealth};
use claviger_store::connections;
use tokio::sync::watch;

use crate::clouds::Area;
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError, chain};

/// How often references are followed, whether or not anything opens their cloud.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Follows the references of every connection until told to stop.
pub(crate) async fn run(service: Service, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = look(&service).await {
            tracing::warn!(error = %chain(&error), "the references of connections cannot be followed");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn look(service: &Service) -> Result<(), ServiceError> {
    let mut reader = service.store().read().await?;
    let all = connections::list(&mut reader).await?;
    drop(reader);
    for mut connection in all {
        let Some(reference) = connection.credentials.clone() else { continue };
        match service.follow(&mut connection, &reference).await {
            Ok(_) if was_missing(&connection) => ask_again(service, &connection).await?,
            Ok(_) => {}
            Err(ServiceError::Cloud(error)) => {
                service.note_health(&connection.id, Area::Buckets, Some(&error)).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether the connection is said to fail because its credentials were not there.
fn was_missing(connection: &Connection) -> bool {
    matches!(&connection.health,
        ConnectionHealth::Failing { code, .. } if code == "credentials_missing")
}

/// They are there again: whether they are good is found out now.
async fn ask_again(service: &Service, connection: &Connection) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    let kind = Kind::Synchronize { connection_id: connection.id.clone() };
    enqueue(&mut tx, &kind, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}
