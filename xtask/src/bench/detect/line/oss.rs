//! The OSS bucket log: 29 fields.

use std::fmt::Write;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ALIYUN_ACCOUNT, Writer, bucket, region};
use crate::bench::detect::event::{Event, NONE, Outcome};
use crate::bench::detect::world::network::Source;
use crate::bench::detect::world::operation::Call;

/// The zone that the log is written in.
const ZONE_SECONDS: u32 = 8 * 3600;

impl Writer<'_> {
    pub(super) fn oss(&mut self, event: &Event, id: u128) -> std::fmt::Result {
        let world = self.world;
        let key = world.key(event.key);
        let region = region(world, event);
        let here = bucket(event).map(|bucket| world.bucket(bucket));
        let name = here.map_or("-", |bucket| bucket.name.as_str());
        let object = match (event.object, here) {
            (NONE, _) | (_, None) => None,
            (object, Some(bucket)) => Some((bucket.object(object), bucket.size(object))),
        };
        let local = event.at + ZONE_SECONDS;
        let (hour, minute, second) = (local / 3600 % 24, local / 60 % 60, local % 60);
        let day = self.days.get((local / 86_400) as usize).map_or("", |(_, day)| day.as_str());
        let (method, query) = event.call.request();
        let path = object.as_ref().map_or(String::new(), |(object, _)| {
            utf8_percent_encode(object, NON_ALPHANUMERIC).to_string().replace("%2F", "/")
        });
        let mark = if query.is_empty() { "" } else { "?" };
        let status = match (event.outcome, event.call) {
            (Outcome::Done, Call::Delete) => 204,
            (Outcome::Done, _) => 200,
            (Outcome::Denied, _) => 403,
            (Outcome::Missing, _) => 404,
        };
        let milliseconds = 12 + event.bytes_out / 60_000;
        write!(
            self.line,
            "{} - - [{day}:{hour:02}:{minute:02}:{second:02} +0800] \"{method} /{path}{mark}{query} \
             HTTP/1.1\" {status} {} {milliseconds} \"-\" \"",
            event.source, event.bytes_out
        )?;
        self.agent(event)?;
        let is_inside = matches!(event.source, Source::V4(address) if address >> 24 == 10);
        let inside = if is_inside { "-internal" } else { "" };
        let dot = if here.is_some() { "." } else { "" };
        let host = if here.is_some() { name } else { "" };
        let error = match event.outcome {
            Outcome::Done => "-",
            Outcome::Denied => "AccessDenied",
            Outcome::Missing => "NoSuchKey",
        };
        let size = object.as_ref().map_or("-".to_owned(), |(_, size)| size.to_string());
        let path = if path.is_empty() { "-" } else { path.as_str() };
        write!(
            self.line,
            "\" \"{host}{dot}oss-{region}{inside}.aliyuncs.com\" \"{:024X}\" \"true\" \"{:018}\" \"{}\" \
             \"{name}\" \"{path}\" {size} {} \"{error}\" {} \"{ALIYUN_ACCOUNT}\" {} \"-\" \
             \"standard\" \"-\" \"-\" \"{}\" \"acs:oss:{region}:{ALIYUN_ACCOUNT}:{name}\"",
            id >> 32,
            200_000_000_000_000_000 + u64::from(event.key),
            event.call.aliyun().1,
            milliseconds / 2,
            420 + event.bytes_in,
            if event.bytes_in > 0 { event.bytes_in.to_string() } else { "-".to_owned() },
            key.id,
        )
    }
}
