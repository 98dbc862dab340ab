//! One line of the S3 server access log: 27 fields (AWS documentation, "Amazon S3 server access log format"). It
//! names who asked, and no key.

use super::line::{Line, number, quoted};
use crate::listing;

/// The line without its end.
pub(super) fn text(line: &Line) -> String {
    let method = line.request.split(' ').next().unwrap_or("-");
    let of = if line.object.is_some() { "OBJECT" } else { "BUCKET" };
    let is_presigned = line.request.contains("X-Amz-Credential=");
    let authentication = match line.access_key_id {
        None => "-",
        Some(_) if is_presigned => "QueryString",
        Some(_) => "AuthHeader",
    };
    [
        line.owner_uid.clone(),
        line.bucket.clone(),
        format!("[{}]", line.time.strftime("%d/%b/%Y:%H:%M:%S +0000")),
        line.remote_ip.to_string(),
        line.requester_arn.clone().unwrap_or_else(|| "-".to_owned()),
        line.request_id.clone(),
        format!("REST.{method}.{}", if line.operation == "RestoreObject" { "RESTORE" } else { of }),
        line.object.as_deref().map_or_else(|| "-".to_owned(), listing::encode),
        quoted(Some(&line.request)),
        line.status.to_string(),
        line.error_code.unwrap_or("-").to_owned(),
        line.sent_bytes.to_string(),
        number(line.object_size),
        line.request_ms.to_string(),
        line.request_ms.to_string(),
        quoted(line.referer.as_deref()),
        quoted(line.user_agent.as_deref()),
        format!("- - {}", if line.access_key_id.is_some() { "SigV4" } else { "-" }),
        format!("- {authentication} {} - - - {}", line.host, line.region),
    ]
    .join(" ")
}
