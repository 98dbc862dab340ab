//! One line of the OSS access log: 29 fields (OSS documentation, "Logging", with `BucketARN`).
//!
//! As in the real log, the client's own words (referer, user agent, host) stand unescaped between
//! their quotes: a reader must not trust them.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz;

use crate::listing;

/// One request, in the words of the log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Where it came from.
    pub(crate) remote_ip: IpAddr,
    /// When it came.
    pub(crate) time: Timestamp,
    /// Method, path and query as sent, protocol.
    pub(crate) request: String,
    /// HTTP status.
    pub(crate) status: u16,
    /// Bytes of the body sent back.
    pub(crate) sent_bytes: u64,
    /// Milliseconds from its first byte to the answer.
    pub(crate) request_ms: u64,
    /// `Referer`.
    pub(crate) referer: Option<String>,
    /// `User-Agent`.
    pub(crate) user_agent: Option<String>,
    /// `Host`.
    pub(crate) host: String,
    /// Request id.
    pub(crate) request_id: String,
    /// User id of the caller; `None` when anonymous or unknown.
    pub(crate) requester_id: Option<String>,
    /// The ARN of the caller, or the account; `None` when anonymous or unknown.
    pub(crate) requester_arn: Option<String>,
    /// `GetObject`, ….
    pub(crate) operation: &'static str,
    /// Bucket.
    pub(crate) bucket: String,
    /// Object key, decoded; `None` where the request names none.
    pub(crate) object: Option<String>,
    /// Size of the object.
    pub(crate) object_size: Option<u64>,
    /// `NoSuchKey`, …; `None` for success.
    pub(crate) error_code: Option<&'static str>,
    /// Bytes of the request with its headers.
    pub(crate) request_length: usize,
    /// The account that owns the bucket.
    pub(crate) owner_uid: String,
    /// By how many bytes the bucket grew; `None` unless written to.
    pub(crate) delta_bytes: Option<i64>,
    /// The key id the request names, known or not; `None` when anonymous.
    pub(crate) access_key_id: Option<String>,
    /// Region of the bucket.
    pub(crate) region: String,
}

impl Line {
    /// The line without its end.
    pub(crate) fn text(&self) -> String {
        let object = self.object.as_deref().map(listing::encode);
        let (owner, bucket) = (&self.owner_uid, &self.bucket);
        [
            self.remote_ip.to_string(),
            "- -".to_owned(),
            format!("[{}]", log_time(self.time)),
            quoted(Some(&self.request)),
            self.status.to_string(),
            self.sent_bytes.to_string(),
            self.request_ms.to_string(),
            quoted(self.referer.as_deref()),
            quoted(self.user_agent.as_deref()),
            quoted(Some(&self.host)),
            quoted(Some(&self.request_id)),
            quoted(Some("true")),
            quoted(self.requester_id.as_deref()),
            quoted(Some(self.operation)),
            quoted(Some(bucket)),
            quoted(object.as_deref()),
            number(self.object_size),
            self.request_ms.to_string(),
            quoted(self.error_code),
            self.request_length.to_string(),
            quoted(Some(owner)),
            number(self.delta_bytes),
            quoted(None),
            quoted(Some("standard")),
            quoted(None),
            quoted(None),
            quoted(self.access_key_id.as_deref()),
            quoted(Some(&format!("acs:oss:{}:{owner}:{bucket}", self.region))),
        ]
        .join(" ")
    }
}

pub(super) fn quoted(text: Option<&str>) -> String {
    format!("\"{}\"", text.filter(|text| !text.is_empty()).unwrap_or("-"))
}

pub(super) fn number<N: ToString>(number: Option<N>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

/// `03/Jan/2021:14:59:49 +0800`: OSS writes Beijing time everywhere.
fn log_time(at: Timestamp) -> String {
    format!("{} +0800", beijing(at).strftime("%d/%b/%Y:%H:%M:%S"))
}

/// The clock in Beijing: UTC+8, without daylight saving time.
pub(crate) fn beijing(at: Timestamp) -> DateTime {
    tz::offset(8).to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::Line;

    fn line() -> Line {
        Line {
            remote_ip: "192.0.2.7".parse().unwrap(),
            time: "2021-01-03T06:59:49Z".parse().unwrap(),
            request: "GET /examplebucket/a%2Fb%20c.csv HTTP/1.1".to_owned(),
            status: 200,
            sent_bytes: 999_131,
            request_ms: 127,
            referer: None,
            user_agent: Some("curl/8 \"quoted\"".to_owned()),
            host: "127.0.0.1:9000".to_owned(),
            request_id: "5FF16B65F05BC932307A3C3C".to_owned(),
            requester_arn: None,
            requester_id: Some("200000000000000001".to_owned()),
            operation: "GetObject",
            bucket: "examplebucket".to_owned(),
            object: Some("a/b c.csv".to_owned()),
            object_size: Some(999_131),
            error_code: None,
            request_length: 302,
            owner_uid: "1000000000000001".to_owned(),
            delta_bytes: None,
            access_key_id: Some("LTAI5tMadeUpKeyId0000001".to_owned()),
            region: "cn-hangzhou".to_owned(),
        }
    }

    #[test]
    fn a_line_has_the_fields_of_the_real_log_in_their_order() {
        assert_eq!(
            line().text(),
            "192.0.2.7 - - [03/Jan/2021:14:59:49 +0800] \
             \"GET /examplebucket/a%2Fb%20c.csv HTTP/1.1\" 200 999131 127 \"-\" \
             \"curl/8 \"quoted\"\" \"127.0.0.1:9000\" \"5FF16B65F05BC932307A3C3C\" \"true\" \
             \"200000000000000001\" \"GetObject\" \"examplebucket\" \"a%2Fb%20c.csv\" 999131 127 \
             \"-\" 302 \"1000000000000001\" - \"-\" \"standard\" \"-\" \"-\" \
             \"LTAI5tMadeUpKeyId0000001\" \"acs:oss:cn-hangzhou:1000000000000001:examplebucket\""
        );
    }

    #[test]
    fn what_is_unknown_is_a_hyphen() {
        let anonymous =
            Line { requester_id: None, access_key_id: None, object: None, ..line() }.text();
        assert!(anonymous.contains("\"true\" \"-\" \"GetObject\" \"examplebucket\" \"-\" 999131"));
        assert!(anonymous.contains("\"-\" \"-\" \"-\" \"acs:oss:"));
    }
}
