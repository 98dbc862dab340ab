//! A source as a person sets it up, and whether it can be one.

use std::net::SocketAddr;
use std::path::Path;

use claviger_cloud::Pulled;
use claviger_model::{ConnectionId, Feed, LogSource, Provider, Secret};

use crate::ServiceError;

/// A source to be set up.
#[derive(Debug)]
pub struct NewSource {
    /// Its name.
    pub name: String,
    /// How its lines come.
    pub feed: Feed,
    /// The format of its lines; `None`: each delivery's own.
    pub log_format: Option<String>,
    /// The connection whose keys its requesters are.
    pub connection_id: Option<ConnectionId>,
    /// The shared key or password of its feed.
    pub secret: Option<Secret>,
}

pub(super) fn check(new: &NewSource) -> Result<(), ServiceError> {
    if !LogSource::is_name(&new.name) {
        return Err(ServiceError::invalid(
            "name",
            "a source's name has 1 to 64 letters, digits, `-`, `_` or `.`",
            "choose a name such as `minio`: it stands in the address that lines are sent to",
        ));
    }
    if let Some(name) = &new.log_format {
        name.parse::<claviger_watch::LogFormat>().map_err(|error| {
            ServiceError::invalid("log_format", error.to_string(), error.hint())
        })?;
    }
    if !new.feed.providers().is_empty() && new.connection_id.is_none() {
        return Err(ServiceError::invalid(
            "connection_id",
            "this source is read with the credentials of a connection",
            "name the connection: `claviger connections list`",
        ));
    }
    check_feed(&new.feed)
}

/// Whether a connection's provider has such a source.
pub(super) fn check_provider(feed: &Feed, provider: Provider) -> Result<(), ServiceError> {
    let needed = feed.providers();
    if needed.is_empty() || needed.contains(&provider) {
        return Ok(());
    }
    let titles: Vec<&str> = needed.iter().map(|one| one.title()).collect();
    Err(ServiceError::invalid(
        "connection_id",
        format!(
            "a source of kind {} is read at {}, and this connection is of {}",
            feed.kind(),
            titles.join(" or "),
            provider.title()
        ),
        "name another connection: `claviger connections list`",
    ))
}

/// Whether a name can stand in an address and mean nothing else there.
fn is_plain(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.len() <= 128 && name.bytes().all(letter)
}

fn check_feed(feed: &Feed) -> Result<(), ServiceError> {
    let wrong = |field, message: &str, hint: &str| Err(ServiceError::invalid(field, message, hint));
    match feed {
        Feed::Push | Feed::ActionTrail { .. } | Feed::CloudTrail { .. } => Ok(()),
        Feed::Sls { project, logstore, .. }
            if [project, logstore].into_iter().all(|name| is_plain(name)) =>
        {
            Ok(())
        }
        Feed::Sls { .. } => wrong(
            "project",
            "a project and a logstore have letters, digits, `-` and `_`",
            "write them as `oss-log-1234567890123456-cn-hangzhou` and `oss-log-store`",
        ),
        Feed::Bucket { bucket, prefix } if Pulled::is_place(bucket, prefix) => Ok(()),
        Feed::Bucket { .. } => wrong(
            "bucket",
            "a bucket's name has letters, digits, `-`, `_` and `.`, and a prefix no `*`, `?` or `$`",
            "write them as `acme-trail` and `AWSLogs/`",
        ),
        Feed::Folder { path } if Path::new(path).is_absolute() && !path.contains('\0') => Ok(()),
        Feed::Folder { .. } => wrong(
            "path",
            "the path of a folder or file begins at the root",
            "write it as `/var/log/ceph`, as the machine of the service has it",
        ),
        Feed::Fluent { listen } if listen.parse::<SocketAddr>().is_ok() => Ok(()),
        Feed::Fluent { .. } => wrong(
            "listen",
            "the address to listen on is an IP address with a port",
            "write it as `127.0.0.1:24224`",
        ),
        Feed::Nats { url, stream, subject } => {
            let known = ["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme));
            if !known || url.contains('@') {
                return wrong(
                    "url",
                    "the address of a NATS server begins with `nats://` or `tls://` and names nobody",
                    "write it as `nats://127.0.0.1:4222`; a password or token is the source's secret",
                );
            }
            let word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
            if !word(stream) || !word(subject) {
                return wrong(
                    "subject",
                    "a stream and a subject are words without spaces",
                    "write them as `LOGS` and `logs.>`",
                );
            }
            Ok(())
        }
    }
}
