//! CloudTrail: one record a line.

use std::fmt::Write;

use super::{AWS_ACCOUNT, Writer, bucket, region, was_done};
use crate::bench::detect::event::{Event, NONE, Outcome};
use crate::bench::detect::world::operation::Call;

impl Writer<'_> {
    pub(super) fn cloudtrail(&mut self, event: &Event, id: u128) -> std::fmt::Result {
        let (source, name) = event.call.aws();
        let is_storage = event.call.is_storage();
        self.line.write_str("{\"eventVersion\":\"1.09\",\"userIdentity\":")?;
        self.identity(event)?;
        self.line.write_str(",\"eventTime\":\"")?;
        self.instant(event.at)?;
        let region = region(self.world, event);
        write!(
            self.line,
            "\",\"eventSource\":\"{source}.amazonaws.com\",\"eventName\":\"{name}\",\"awsRegion\":\"{region}\",\
             \"sourceIPAddress\":\"{}\",\"userAgent\":\"",
            event.source
        )?;
        if is_storage {
            self.line.push('[');
        }
        self.agent(event)?;
        self.line.push_str(if is_storage { "]\"" } else { "\"" });
        match event.outcome {
            Outcome::Done => {}
            Outcome::Missing => self.line.push_str(
                ",\"errorCode\":\"NoSuchKey\",\"errorMessage\":\"The specified key does not exist.\"",
            ),
            Outcome::Denied if source == "ec2" => self.line.push_str(
                ",\"errorCode\":\"Client.UnauthorizedOperation\",\"errorMessage\":\"You are not authorized to \
                 perform this operation.\"",
            ),
            Outcome::Denied => {
                self.line.push_str(",\"errorCode\":\"AccessDenied\",\"errorMessage\":\"Access Denied\"");
            }
        }
        self.request(event)?;
        self.response(event)?;
        if is_storage {
            write!(
                self.line,
                ",\"additionalEventData\":{{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\
                 \"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":{}.0,\"AuthenticationMethod\":\
                 \"AuthHeader\",\"bytesTransferredOut\":{}.0}}",
                event.bytes_in, event.bytes_out
            )?;
        }
        let uuid = id ^ u128::from(u64::MAX);
        write!(
            self.line,
            ",\"requestID\":\"{:016X}\",\"eventID\":\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\",\"readOnly\":{}",
            id >> 64,
            uuid >> 96,
            (uuid >> 80) & 0xFFFF,
            (uuid >> 68) & 0xFFF,
            (uuid >> 56) & 0xFFF,
            uuid & 0xFFFF_FFFF_FFFF,
            event.call.is_read()
        )?;
        self.resources(event)?;
        let is_data = event.call.is_data();
        write!(
            self.line,
            ",\"eventType\":\"AwsApiCall\",\"managementEvent\":{},\"recipientAccountId\":\"{AWS_ACCOUNT}\",\
             \"eventCategory\":\"{}\"}}",
            !is_data,
            if is_data { "Data" } else { "Management" }
        )
    }

    fn identity(&mut self, event: &Event) -> std::fmt::Result {
        let key = self.world.key(event.key);
        let Some(role) = key.account.strip_prefix("assumed-role/") else {
            return write!(
                self.line,
                "{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{:016X}\",\"arn\":\
                 \"arn:aws:iam::{AWS_ACCOUNT}:user/{user}\",\"accountId\":\"{AWS_ACCOUNT}\",\
                 \"accessKeyId\":\"{}\",\"userName\":\"{user}\"}}",
                event.key,
                key.id,
                user = key.account
            );
        };
        let (name, session) = role.split_once('/').unwrap_or((role, "session"));
        write!(
            self.line,
            "{{\"type\":\"AssumedRole\",\"principalId\":\"AROA{:016X}:{session}\",\"arn\":\
             \"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/{name}/{session}\",\"accountId\":\"{AWS_ACCOUNT}\",\
             \"accessKeyId\":\"{}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"arn\":\
             \"arn:aws:iam::{AWS_ACCOUNT}:role/{name}\",\"accountId\":\"{AWS_ACCOUNT}\",\"userName\":\
             \"{name}\"}},\"attributes\":{{\"mfaAuthenticated\":\"false\"}}}}}}",
            event.key, key.id
        )
    }

    fn request(&mut self, event: &Event) -> std::fmt::Result {
        let world = self.world;
        let Some(bucket) = bucket(event).map(|bucket| world.bucket(bucket)) else {
            let parameters = match event.call {
                Call::AssumeRole if event.made != NONE => {
                    let role = world.key(event.made).account.trim_start_matches("assumed-role/");
                    let (name, session) = role.split_once('/').unwrap_or((role, "session"));
                    format!(
                        "{{\"roleArn\":\"arn:aws:iam::{AWS_ACCOUNT}:role/{name}\",\"roleSessionName\":\
                         \"{session}\"}}"
                    )
                }
                Call::CreateKey if event.made != NONE => {
                    format!("{{\"userName\":\"{}\"}}", world.key(event.made).account)
                }
                _ => "null".to_owned(),
            };
            return write!(self.line, ",\"requestParameters\":{parameters}");
        };
        write!(
            self.line,
            ",\"requestParameters\":{{\"bucketName\":\"{name}\",\"Host\":\"{name}.s3.amazonaws.com\"",
            name = bucket.name
        )?;
        if event.object != NONE {
            write!(self.line, ",\"key\":\"{}\"", bucket.object(event.object))?;
        }
        self.line.push('}');
        Ok(())
    }

    fn response(&mut self, event: &Event) -> std::fmt::Result {
        if event.made == NONE || !was_done(event) {
            self.line.push_str(",\"responseElements\":null");
            return Ok(());
        }
        let made = self.world.key(event.made);
        if event.call == Call::CreateKey {
            return write!(
                self.line,
                ",\"responseElements\":{{\"accessKey\":{{\"accessKeyId\":\"{}\",\"status\":\"Active\",\
                 \"userName\":\"{}\"}}}}",
                made.id, made.account
            );
        }
        write!(
            self.line,
            ",\"responseElements\":{{\"credentials\":{{\"accessKeyId\":\"{}\",\"sessionToken\":\"***\"}},\
             \"assumedRoleUser\":{{\"arn\":\"arn:aws:sts::{AWS_ACCOUNT}:{}\"}}}}",
            made.id, made.account
        )
    }

    fn resources(&mut self, event: &Event) -> std::fmt::Result {
        let Some(bucket) = bucket(event) else { return Ok(()) };
        let name = &self.world.bucket(bucket).name;
        write!(
            self.line,
            ",\"resources\":[{{\"accountId\":\"{AWS_ACCOUNT}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\
             \"arn:aws:s3:::{name}\"}}]"
        )
    }
}
