//! What a client says of itself: the tool, its version and the system it runs on.

use crate::sketch::{hash, join};

/// A client, as the profile remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Client {
    /// Hash of the tool's name: `aws-cli`, `boto3`, `ossutil`.
    pub(crate) tool: u64,
    /// Hash of tool, version and system.
    pub(crate) whole: u64,
}

/// A client's name in its parts.
struct Parts<'a> {
    tool: &'a str,
    version: &'a str,
    system: &'static str,
}

/// Systems that user agents name.
const SYSTEMS: [(&str, &str); 7] = [
    ("windows", "Windows"),
    ("darwin", "macOS"),
    ("mac os", "macOS"),
    ("macos", "macOS"),
    ("android", "Android"),
    ("kali", "Kali Linux"),
    ("linux", "Linux"),
];

/// Browsers, and programs that speak as one: the token that names them comes last.
const BROWSERS: [&str; 6] = ["Edg/", "OPR/", "Firefox/", "Chrome/", "Version/", "S3 Browser/"];

fn parts(text: &str) -> Parts<'_> {
    let text = text.trim_matches(['[', ']', '"', ' ']);
    let lower = text.to_ascii_lowercase();
    let system = SYSTEMS.iter().find(|(word, _)| lower.contains(word)).map_or("", |(_, name)| name);
    let browser = BROWSERS.iter().find_map(|name| {
        let start = text.starts_with("Mozilla/").then(|| text.find(name)).flatten()?;
        Some(&text[start..])
    });
    let start = browser.unwrap_or(text);
    let token = start.split([' ', ',', ';', '(']).find(|token| !token.is_empty()).unwrap_or("");
    let (tool, version) = token.split_once('/').unwrap_or((token, ""));
    // Some tools add a random name to their own, call by call.
    let tool = tool.split('_').next().filter(|name| name.len() >= 3).unwrap_or(tool);
    Parts { tool, version, system }
}

impl Client {
    /// Reads a user agent; `None` where the log has none.
    pub(crate) fn of(text: Option<&str>) -> Option<Self> {
        let parts = parts(text.filter(|text| !text.is_empty() && *text != "-")?);
        let tool = hash(parts.tool.to_ascii_lowercase().as_bytes());
        let version = hash(parts.version.as_bytes());
        let whole = join(join(tool, version), hash(parts.system.as_bytes()));
        Some(Self { tool, whole })
    }

    /// Tool and system without versions, which change in one pair of hands: `aws-cli on Windows`; `None`
    /// where the log has none.
    pub(crate) fn tool_name(text: Option<&str>) -> Option<String> {
        let parts = parts(text.filter(|text| !text.is_empty() && *text != "-")?);
        let system = if parts.system.is_empty() { "" } else { " on " };
        Some(crate::words::quoted(&format!("{}{system}{}", parts.tool, parts.system)))
    }

    /// The client for people: `aws-cli 2.15.1 on Windows`.
    pub(crate) fn name(text: Option<&str>) -> String {
        let Some(text) = text else { return "a client without a name".to_owned() };
        let parts = parts(text);
        let version = if parts.version.is_empty() { "" } else { " " };
        let system = if parts.system.is_empty() { "" } else { " on " };
        let name = format!("{}{version}{}{system}{}", parts.tool, parts.version, parts.system);
        crate::words::quoted(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_a_call_makes_no_other_client() {
        let of = |command: &str| {
            Client::of(Some(&format!("aws-cli/2.15.1 Python/3.11 Windows/10 command/{command}")))
        };
        assert_eq!(of("s3.ls"), of("iam.list-users"));
        let tool = |text| Client::of(Some(text)).unwrap().tool;
        assert_eq!(tool("stratus-red-team_0a1b"), tool("stratus-red-team_9f00"));
        assert_eq!(tool("[Boto3/1.28.1 md/Botocore]"), tool("Boto3/1.34.0"));
        assert_ne!(tool("Boto3/1.28.1"), tool("aws-cli/2.15.1"));
    }

    #[test]
    fn a_client_reads_as_people_say_it() {
        let name = |text| Client::name(Some(text));
        assert_eq!(name("aws-cli/2.15.1 Python/3.11 Windows/10"), "aws-cli 2.15.1 on Windows");
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"),
            "Chrome 120.0 on Linux"
        );
        assert_eq!(Client::of(Some("-")), None);
    }
}
