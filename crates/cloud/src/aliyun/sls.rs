//! Log Service: the shards of a logstore, and their records by cursor.
//!
//! Source: Log Service API reference, `ListShards`, `GetCursor`, `PullLogs` (version 0.6.0), and the
//! messages of its SDKs (`sls_logs.proto`). Records come as protocol buffers, unpacked on purpose: what
//! they save on the way is little beside a format of their own.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Aliyun, DOMAIN};
use crate::CloudError;
use crate::cloud::{LogStart, LogStore, PulledLogs};
use crate::sign::{Parts, sls_v4};
use crate::wire::{Address, Answer, Call, Outgoing};

const VERSION: &str = "0.6.0";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shard {
    #[serde(rename = "shardID")]
    shard_id: u32,
}

#[derive(Deserialize)]
struct Cursor {
    cursor: String,
}

impl Aliyun {
    pub(super) async fn shards(&self, store: &LogStore) -> Result<Vec<u32>, CloudError> {
        let path = format!("/logstores/{}/shards", store.logstore);
        let shards: Vec<Shard> =
            self.sls("log:ListShards", store, &path, &[]).await?.json("log:ListShards")?;
        Ok(shards.into_iter().map(|shard| shard.shard_id).collect())
    }

    pub(super) async fn cursor(
        &self,
        store: &LogStore,
        shard: u32,
        start: LogStart,
    ) -> Result<String, CloudError> {
        let name = "log:GetCursor";
        let path = format!("/logstores/{}/shards/{shard}", store.logstore);
        let from = match start {
            LogStart::Begin => "begin".to_owned(),
            LogStart::At(time) => time.as_second().to_string(),
        };
        let asked = [("type", "cursor"), ("from", from.as_str())];
        let cursor: Cursor = self.sls(name, store, &path, &asked).await?.json(name)?;
        Ok(cursor.cursor)
    }

    pub(super) async fn pull(
        &self,
        store: &LogStore,
        shard: u32,
        cursor: &str,
    ) -> Result<PulledLogs, CloudError> {
        let name = "log:PullLogs";
        let path = format!("/logstores/{}/shards/{shard}", store.logstore);
        let asked = [("type", "log"), ("cursor", cursor), ("count", "100")];
        let answer = self.sls(name, store, &path, &asked).await?;
        let next = answer.header("x-log-cursor").unwrap_or(cursor).to_owned();
        let lines = lines(&answer.body).ok_or_else(|| CloudError::Malformed {
            call: name,
            why: "the records are no protocol buffers".to_owned(),
        })?;
        Ok(PulledLogs { lines, next })
    }

    async fn sls(
        &self,
        name: &'static str,
        store: &LogStore,
        path: &str,
        asked: &[(&str, &str)],
    ) -> Result<Answer, CloudError> {
        let own = format!("{}.log.{DOMAIN}", self.region);
        let base = Address::parse(store.endpoint.as_deref().unwrap_or(&own))?;
        let bare = base.is_bare();
        // Nothing can stand before an address in numbers: there the `Host` header alone names the project.
        let named = base.with_bucket(&store.project);
        let query: Vec<(String, String)> =
            asked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.exchange
            .run(&Call::new(name), |now| {
                let mut parts = Parts::new("GET", path);
                parts.query.clone_from(&query);
                parts.set_header("host", named.authority());
                parts.set_header("x-log-apiversion", VERSION);
                parts.set_header("x-log-bodyrawsize", "0");
                sls_v4::sign(&mut parts, &self.credentials.now(), &self.region, now);
                parts.set_header("accept", "application/x-protobuf");
                let address = if bare { &base } else { &named };
                let url = address.url(path, &query)?;
                let mut outgoing = Outgoing::new(parts, url, Vec::new())?;
                if bare {
                    outgoing.headers.push(("host".to_owned(), named.authority().to_owned()));
                }
                Ok(outgoing)
            })
            .await
    }
}

/// The records of a `LogGroupList`, each as a line of JSON; `None` where the bytes are none.
fn lines(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for (number, group) in Fields(bytes) {
        if let (1, Field::Bytes(group)) = (number, group?) {
            group_lines(group, &mut out)?;
        }
    }
    Some(out)
}

/// `LogGroup`: logs 1, topic 3, source 4, tags 6.
fn group_lines(group: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut logs = Vec::new();
    let mut shared = Map::new();
    for (number, field) in Fields(group) {
        match (number, field?) {
            (1, Field::Bytes(log)) => logs.push(log),
            (3, Field::Bytes(topic)) => {
                shared.insert("__topic__".to_owned(), text(topic));
            }
            (4, Field::Bytes(source)) => {
                shared.insert("__source__".to_owned(), text(source));
            }
            (6, Field::Bytes(tag)) => {
                if let Some((key, value)) = pair(tag) {
                    shared.insert(format!("__tag__:{key}"), value);
                }
            }
            _ => {}
        }
    }
    for log in logs {
        let mut record = shared.clone();
        // `Log`: time 1, contents 2.
        for (number, field) in Fields(log) {
            match (number, field?) {
                (1, Field::Number(time)) => {
                    record.insert("__time__".to_owned(), time.into());
                }
                (2, Field::Bytes(content)) => {
                    let (key, value) = pair(content)?;
                    record.insert(key, value);
                }
                _ => {}
            }
        }
        out.extend_from_slice(Value::Object(record).to_string().as_bytes());
        out.push(b'\n');
    }
    Some(())
}

/// `Content` and `LogTag`: key 1, value 2.
fn pair(bytes: &[u8]) -> Option<(String, Value)> {
    let (mut key, mut value) = (None, Value::Null);
    for (number, field) in Fields(bytes) {
        match (number, field?) {
            (1, Field::Bytes(bytes)) => key = Some(String::from_utf8_lossy(bytes).into_owned()),
            (2, Field::Bytes(bytes)) => value = text(bytes),
            _ => {}
        }
    }
    Some((key?, value))
}

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A field of a message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message (Protocol Buffers documentation, "Encoding"). One that breaks off is `None`,
/// and the last.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Option<Field<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.0 = &[];
        }
        Some(read.map_or((0, None), |(number, field)| (number, Some(field))))
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self) -> Option<(u64, Field<'a>)> {
        let key = self.number()?;
        let field = match key & 7 {
            0 => Field::Number(self.number()?),
            1 => Field::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Bytes(self.take(4)?),
            _ => return None,
        };
        Some((key >> 3, field))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_lines_and_broken_ones_an_answer() {
        let content = [&[0x0a, 1, b'k', 0x12, 1, b'v'][..]].concat();
        let log = [&[0x08, 0x85, 0x01, 0x12, 6][..], &content].concat();
        let length = u8::try_from(log.len()).unwrap();
        let group = [&[0x0a, length][..], &log, &[0x1a, 1, b't']].concat();
        let length = u8::try_from(group.len()).unwrap();
        let list = [&[0x0a, length][..], &group].concat();
        let expected = "{\"__time__\":133,\"__topic__\":\"t\",\"k\":\"v\"}\n";
        assert_eq!(lines(&list).as_deref(), Some(expected.as_bytes()));
        assert_eq!(lines(b""), Some(Vec::new()));
        for cut in 1..list.len() {
            assert_eq!(lines(&list[..cut]), None, "{cut}");
        }
        assert_eq!(lines(&[0xff; 20]), None);
    }
}
