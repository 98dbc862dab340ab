//! What the installation is told about the collector of its traces.

use anyhow::{Context, bail};
use claviger_dial::reqwest::Url;

use super::Given;
use crate::telemetry::Traces;

/// Where a collector takes spans, behind its address (OTLP/HTTP, "Endpoint URLs").
const SPANS: &str = "v1/traces";

/// Traces, where a collector was named.
pub(super) fn of(given: &Given) -> anyhow::Result<Option<Traces>> {
    let share: f64 = given.number("traces_share")?;
    if !(0.0..=1.0).contains(&share) {
        bail!("`traces_share` is no share: `{share}`\nhint: 1 tells every trace, 0.1 every tenth");
    }
    match given.text("traces_endpoint").trim() {
        "" => Ok(None),
        text => Ok(Some(Traces { endpoint: endpoint(text)?, share })),
    }
}

fn endpoint(text: &str) -> anyhow::Result<Url> {
    let hint = "hint: write it as `https://collector.example.com:4318`";
    let mut url = Url::parse(text)
        .with_context(|| format!("`traces_endpoint` is no address: `{text}`\n{hint}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
        bail!("`traces_endpoint` begins with `https://` or `http://` and holds no login\n{hint}");
    }
    let path = url.path().trim_end_matches('/');
    if !path.ends_with(SPANS) {
        url.set_path(&format!("{path}/{SPANS}"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(endpoint: &str, share: &str) -> anyhow::Result<Option<Traces>> {
        let given = Given::default()
            .over("traces_endpoint", Some(endpoint.to_owned()))
            .over("traces_share", Some(share.to_owned()));
        of(&given)
    }

    #[test]
    fn spans_go_where_a_collector_takes_them() {
        for (text, at) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://c.example.com/otlp/", "https://c.example.com/otlp/v1/traces"),
            ("https://c.example.com/v1/traces", "https://c.example.com/v1/traces"),
        ] {
            assert_eq!(told(text, "1").unwrap().unwrap().endpoint.as_str(), at);
        }
        assert_eq!(told("", "1").unwrap(), None);
    }

    #[test]
    fn what_is_no_address_and_no_share_is_refused_with_a_way_out() {
        for (endpoint, share) in [
            ("collector:4318", "1"),
            ("grpc://collector:4317", "1"),
            ("https://me:secret@c.example.com", "1"),
            ("http://c", "1.5"),
            ("http://c", "NaN"),
        ] {
            let error = format!("{:#}", told(endpoint, share).unwrap_err());
            assert!(error.contains("hint: ") && !error.contains("secret"), "{error}");
        }
    }
}
