//! ActionTrail: the calls to Alibaba Cloud's control plane.

use std::fmt::Write;

use super::{ALIYUN_ACCOUNT, Writer, region, was_done};
use crate::bench::detect::event::{Event, NONE};
use crate::bench::detect::world::operation::Call;

impl Writer<'_> {
    pub(super) fn actiontrail(&mut self, event: &Event, id: u128) -> std::fmt::Result {
        let world = self.world;
        let key = world.key(event.key);
        let (service, name) = event.call.aliyun();
        let region = region(world, event);
        let uuid = format!(
            "{:08X}-{:04X}-5{:03X}-B{:03X}-{:012X}",
            id >> 96,
            (id >> 80) & 0xFFFF,
            (id >> 64) & 0xFFF,
            (id >> 48) & 0xFFF,
            id & 0xFFFF_FFFF_FFFF
        );
        let (kind, user) = match key.account.strip_prefix("assumed-role/") {
            Some(role) => ("assumed-role", role.replacen('/', ":", 1)),
            None => ("ram-user", key.account.clone()),
        };
        write!(
            self.line,
            "{{\"eventId\":\"{uuid}\",\"eventVersion\":\"1\",\"eventType\":\"ApiCall\",\"eventName\":\
             \"{name}\",\"eventSource\":\"{}.aliyuncs.com\",\"serviceName\":\"{service}\",\
             \"acsRegion\":\"{region}\",\"eventRW\":\"{}\",\"requestId\":\"{uuid}\",\"sourceIpAddress\":\"{}\",\
             \"userAgent\":\"",
            service.to_ascii_lowercase(),
            if event.call.is_read() { "Read" } else { "Write" },
            event.source
        )?;
        self.agent(event)?;
        self.line.push_str("\",\"eventTime\":\"");
        self.instant(event.at)?;
        write!(
            self.line,
            "\",\"recipientAccountId\":\"{ALIYUN_ACCOUNT}\",\"userIdentity\":{{\"type\":\"{kind}\",\
             \"accountId\":\"{ALIYUN_ACCOUNT}\",\"principalId\":\"{}\",\"userName\":\"{user}\",\"accessKeyId\":\
             \"{}\"}}",
            200_000_000_000_000_000 + u64::from(event.key),
            key.id
        )?;
        if !was_done(event) {
            self.line.push_str(
                ",\"errorCode\":\"NoPermission\",\"errorMessage\":\"You are not authorized.\"",
            );
        }
        if event.made != NONE && was_done(event) {
            let made = world.key(event.made);
            let answer = match event.call {
                Call::CreateKey => format!(
                    "{{\"AccessKey\":{{\"AccessKeyId\":\"{}\",\"Status\":\"Active\"}}}}",
                    made.id
                ),
                _ => format!("{{\"Credentials\":{{\"AccessKeyId\":\"{}\"}}}}", made.id),
            };
            write!(self.line, ",\"responseElements\":{answer}")?;
        }
        self.line.push('}');
        Ok(())
    }
}
