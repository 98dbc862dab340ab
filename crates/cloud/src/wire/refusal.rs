//! Reading what a service refuses with: XML of OSS, S3 and IAM, JSON of RAM, and headers where an
//! answer has no body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use crate::{CloudError, Refusal};

/// More of a provider's message than this helps nobody.
const MESSAGE_CHARACTERS_MAX: usize = 1_000;

/// Codes of an unknown or disabled key, or of a secret that is not its own. Prefixes.
const CREDENTIAL: [&str; 10] = [
    "InvalidAccessKeyId",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "SignatureNotMatch",
    "InvalidClientTokenId",
    "Forbidden.AccessKeyDisabled",
    "UnrecognizedClient",
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeySecret",
];
/// Codes of a token that is over. Prefixes.
const TOKEN: [&str; 5] = [
    "SecurityTokenExpired",
    "InvalidSecurityToken",
    "ExpiredToken",
    "InvalidToken",
    "SecurityTokenMalformed",
];
/// Codes of clocks that differ. Prefixes.
const CLOCK: [&str; 5] = [
    "RequestTimeExpired",
    "RequestTimeTooSkewed",
    "InvalidTimeStamp.Expired",
    "IllegalTimestamp",
    "RequestExpired",
];
/// Codes of too many calls. Prefixes.
const THROTTLED: [&str; 9] = [
    "Throttling",
    "SlowDown",
    "TooManyRequests",
    "RequestLimitExceeded",
    "QpsLimitExceeded",
    "BandwidthLimitExceeded",
    "DownloadTrafficRateLimitExceeded",
    "UploadTrafficRateLimitExceeded",
    "ServiceBusy",
];
/// Codes of a credential that may not. Prefixes.
const DENIED: [&str; 5] =
    ["AccessDenied", "NoPermission", "Forbidden", "AccessForbidden", "Unauthorized"];
/// Codes of what is not there. Prefixes.
const NOT_FOUND: [&str; 7] = [
    "NoSuch",
    "EntityNotExist",
    "NotFound",
    "ResourceNotFound",
    "XMinioAdminNoSuch",
    "XMinioAdminServiceAccountNotFound",
    "ServiceAccountNotFound",
];

/// An error of OSS, S3, RAM, the Log Service or a service of JSON 1.1, which have names of their own. RAM writes
/// `RequestId`, IAM wraps it all in `Error`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    #[serde(alias = "errorCode")]
    code: String,
    #[serde(alias = "errorMessage")]
    message: String,
    #[serde(alias = "requestID")]
    request_id: Option<String>,
    endpoint: Option<String>,
    region: Option<String>,
    error: Option<Box<Body>>,
    /// Code and message of JSON 1.1. A body may have them beside the others.
    #[serde(rename = "__type")]
    json_code: String,
    #[serde(rename = "message")]
    json_message: String,
}

/// What a refusing answer says, by its status, headers and body.
pub(super) fn read(call: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // An answer to HEAD has no body; OSS then puts the XML in a header.
    let hidden = header("x-oss-err").and_then(|text| STANDARD.decode(text).ok());
    let body = parse(hidden.as_deref().filter(|_| body.is_empty()).unwrap_or(body));
    let (outer_id, body) = match body.error {
        Some(inner) => (body.request_id, *inner),
        None => (None, body),
    };
    let request_id = body
        .request_id
        .or(outer_id)
        .or_else(|| header("x-oss-request-id").map(str::to_owned))
        .or_else(|| header("x-amz-request-id").map(str::to_owned));
    Refusal {
        call,
        status,
        // A service of JSON 1.1 may write its name space before the code.
        code: either(body.code, body.json_code.rsplit('#').next().unwrap_or_default()),
        message: either(body.message, &body.json_message)
            .chars()
            .take(MESSAGE_CHARACTERS_MAX)
            .collect(),
        request_id,
        endpoint: body.endpoint,
        region: body.region.or_else(|| header("x-amz-bucket-region").map(str::to_owned)),
    }
}

/// The one, or the other where there is none.
fn either(one: String, other: &str) -> String {
    if one.is_empty() { other.to_owned() } else { one }
}

fn parse(body: &[u8]) -> Body {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text).unwrap_or_default(),
        false => quick_xml::de::from_str(&text).unwrap_or_default(),
    }
}

/// Which failure a refusal is. Codes are looked at before the status, because RAM answers 400, 403
/// and 404 for a bad key alike.
pub(super) fn classify(refusal: Refusal) -> CloudError {
    let any = |prefixes: &[&str]| prefixes.iter().any(|prefix| refusal.code.starts_with(prefix));
    let says = |words: &str| refusal.message.contains(words);
    let clock = any(&CLOCK) || says("Signature expired") || says("Signature not yet current");
    let token =
        any(&TOKEN) || (says("oken") && says("expired") && (any(&CREDENTIAL) || any(&DENIED)));
    let variant = match refusal.status {
        _ if clock => CloudError::ClockSkew,
        _ if token => CloudError::TokenExpired,
        _ if any(&CREDENTIAL) => CloudError::CredentialRefused,
        _ if any(&THROTTLED) => CloudError::Throttled,
        429 => CloudError::Throttled,
        _ if any(&NOT_FOUND) => CloudError::NotFound,
        _ if any(&DENIED) => CloudError::Denied,
        501 => CloudError::Refused,
        500.. => CloudError::Unavailable,
        403 if refusal.code.is_empty() => CloudError::Denied,
        404 if refusal.code.is_empty() => CloudError::NotFound,
        _ => CloudError::Refused,
    };
    variant(Box::new(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: &str) -> Refusal {
        let refusal = read("oss:x", status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(classify(refusal.clone()).code(), expected, "{status} {body}");
        refusal
    }

    #[test]
    fn an_oss_error_is_read() {
        let refusal = check(
            403,
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>m &lt; n</Message>\
             <RequestId>R1</RequestId><HostId>h</HostId>\
             <Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint></Error>",
            "denied",
        );
        assert_eq!(refusal.message, "m < n");
        assert_eq!(refusal.request_id.as_deref(), Some("R1"));
        assert_eq!(refusal.endpoint.as_deref(), Some("oss-cn-shanghai.aliyuncs.com"));
    }

    #[test]
    fn a_ram_error_is_read() {
        let body = r#"{"RequestId":"R2","HostId":"ram","Code":"NoPermission","Message":"no"}"#;
        assert_eq!(check(403, body, "denied").request_id.as_deref(), Some("R2"));
    }

    #[test]
    fn an_iam_error_is_read() {
        let body = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
                    <Type>Sender</Type><Code>NoSuchEntity</Code><Message>m</Message>\
                    <message>m</message></Error>\
                    <RequestId>R3</RequestId></ErrorResponse>";
        assert_eq!(check(404, body, "not_found").request_id.as_deref(), Some("R3"));
    }

    #[test]
    fn an_error_of_json_1_1_is_read() {
        let of = |code: &str| format!(r#"{{"__type":"{code}","message":"no"}}"#);
        let refusal = check(400, &of("com.example#ResourceNotFoundException"), "not_found");
        assert_eq!((refusal.code.as_str(), &*refusal.message), ("ResourceNotFoundException", "no"));
        check(400, &of("AccessDeniedException"), "denied");
        check(400, &of("InvalidSignatureException"), "credential_refused");
        check(400, &of("UnrecognizedClientException"), "credential_refused");
        check(400, &of("ThrottlingException"), "throttled");
        check(400, &of("InvalidRequestException"), "refused");
    }

    #[test]
    fn codes_tell_more_than_the_status() {
        let xml = |code: &str| format!("<Error><Code>{code}</Code></Error>");
        check(404, &xml("InvalidAccessKeyId.NotFound"), "credential_refused");
        check(403, &xml("InvalidAccessKeyId.Inactive"), "credential_refused");
        check(400, &xml("SignatureDoesNotMatch"), "credential_refused");
        check(403, &xml("SecurityTokenExpired"), "token_expired");
        check(404, &xml("InvalidSecurityToken.Expired"), "token_expired");
        check(403, &xml("RequestTimeTooSkewed"), "clock_skew");
        check(400, &xml("Throttling.User"), "throttled");
        check(503, &xml("SlowDown"), "throttled");
        check(404, &xml("NoSuchBucket"), "not_found");
        check(404, &xml("XMinioAdminNoSuchUser"), "not_found");
        check(426, &xml("XMinioAdminVersionMismatch"), "refused");
        check(500, &xml("InternalError"), "unavailable");
        check(501, &xml("NotImplemented"), "refused");
        check(409, &xml("EntityAlreadyExists.Policy"), "refused");
    }

    #[test]
    fn an_answer_without_a_body_is_judged_by_its_status() {
        check(403, "", "denied");
        check(404, "", "not_found");
        check(502, "<html>bad gateway", "unavailable");
        check(429, "slow", "throttled");
    }

    #[test]
    fn the_error_of_a_look_stands_in_a_header() {
        let mut headers = HeaderMap::new();
        let xml = STANDARD.encode("<Error><Code>InvalidAccessKeyId</Code></Error>");
        headers.insert("x-oss-err", xml.parse().unwrap());
        let refusal = read("oss:HeadObject", 403, &headers, b"");
        assert_eq!(classify(refusal).code(), "credential_refused");
    }
}
