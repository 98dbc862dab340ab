//! The ways by which lines reach the service, and the lines.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::bench::latency::http;
use crate::bench::latency::service::{Service, text};

/// How lines reach the service.
pub(super) enum Way {
    Push { address: String, path: String, token: String },
    File { path: std::path::PathBuf },
}

impl Way {
    pub(super) fn push(service: &Service) -> anyhow::Result<Self> {
        let source = json!({ "name": "pushed", "feed": { "kind": "push" } });
        let token = text(&service.call("POST", "/api/v1/sources", &source)?, "token")?;
        let address = service.address().to_owned();
        Ok(Self::Push { address, path: "/ingest/pushed".to_owned(), token })
    }

    /// The source of before.
    pub(super) fn at(&self, service: &Service) -> Self {
        match self {
            Self::Push { path, token, .. } => {
                let address = service.address().to_owned();
                Self::Push { address, path: path.clone(), token: token.clone() }
            }
            Self::File { path } => Self::File { path: path.clone() },
        }
    }

    pub(super) fn file(service: &Service, folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("followed");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let source = json!({ "name": "followed", "feed": { "kind": "folder", "path": folder } });
        service.call("POST", "/api/v1/sources", &source)?;
        let path = folder.join("access.log");
        std::fs::write(&path, line("LTAI5tBenchFirst", 0))?;
        // The source is picked up within a second.
        std::thread::sleep(Duration::from_secs(2));
        Ok(Self::File { path })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Push { .. } => "push",
            Self::File { .. } => "file",
        }
    }

    pub(super) fn send(&self, lines: &str, is_synced: bool) -> anyhow::Result<bool> {
        match self {
            Self::Push { address, path, token } => {
                let bearer = format!("Bearer {token}");
                let headers = [("authorization", bearer.as_str())];
                let answer = http::send(address, "POST", path, &headers, lines.as_bytes())?;
                Ok(answer.status == 200)
            }
            Self::File { path } => {
                let mut file = File::options().append(true).open(path)?;
                file.write_all(lines.as_bytes())?;
                if is_synced {
                    file.sync_data()?;
                }
                Ok(true)
            }
        }
    }
}

/// A line of an OSS log, of this moment.
pub(super) fn line(key: &str, number: u64) -> String {
    let now = Timestamp::now().strftime("%d/%b/%Y:%H:%M:%S +0000");
    let (object, request) = (number % 5_000, format!("{:024X}", fastrand(number)));
    format!(
        "192.0.2.{} - - [{now}] \"GET /orders/{object} HTTP/1.1\" 200 10240 12 \"-\" \
         \"aliyun-sdk-go/2.2.1\" \"orders.oss\" \"{request}\" \"true\" \"-\" \"GetObject\" \"orders\" \
         \"{object}\" 10240 12 \"-\" 800 \"1\" - \"-\" \"standard\" \"-\" \"-\" \"{key}\" \"-\"\n",
        number % 250 + 1
    )
}

/// Another number for each, that looks like none before (SplitMix64).
fn fastrand(number: u64) -> u64 {
    let seconds = u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or_default();
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seconds);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}
