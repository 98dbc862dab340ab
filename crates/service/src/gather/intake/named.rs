//! Whose keys requests were signed with, where a log names only who asked.

use std::collections::HashMap;

use claviger_model::{AccessEvent, AccessKeyId};
use claviger_store::{cloud_keys, connections};

use super::{Delivery, Whose};
use crate::{Service, ServiceError};

/// Names the keys of requests whose log names only who asked, by the inventory. Where the log never names any,
/// the accounts that the inventory does not know stand for theirs.
pub(super) async fn name_keys(
    service: &Service,
    delivery: &mut Delivery,
) -> Result<(), ServiceError> {
    let nameless = |event: &&AccessEvent| event.access_key_id.is_none() && event.account.is_some();
    if !delivery.events.iter().any(|event| nameless(&event)) {
        return Ok(());
    }
    let mut reader = service.store().read().await?;
    let of = match &delivery.whose {
        Whose::Asset(asset) => vec![asset.connection_id.clone()],
        Whose::Connection(id) => vec![id.clone()],
        Whose::Anybody => {
            connections::list(&mut reader).await?.into_iter().map(|known| known.id).collect()
        }
    };
    let mut of_user: HashMap<String, Vec<AccessKeyId>> = HashMap::new();
    for connection_id in of {
        for key in cloud_keys::list(&mut reader, &connection_id).await? {
            let keys = of_user.entry(key.user_name).or_default();
            if !keys.contains(&key.access_key_id) {
                keys.push(key.access_key_id);
            }
        }
    }
    drop(reader);
    let accounts = delivery.events.iter().filter(nameless).filter_map(|e| e.account.clone());
    let keys: HashMap<String, Vec<AccessKeyId>> = accounts
        .filter_map(|account| of_user.get(user_of(&account)).map(|keys| (account, keys.clone())))
        .collect();
    claviger_watch::name_keys(&mut delivery.events, &keys);
    if delivery.is_nameless {
        claviger_watch::name_accounts(&mut delivery.events);
    }
    Ok(())
}

/// The user's name out of what a log names: itself, or the end of an ARN (`…:user/path/name`).
fn user_of(account: &str) -> &str {
    match account.split_once(":user/") {
        Some((_, path)) => path.rsplit('/').next().unwrap_or(path),
        None => account,
    }
}
