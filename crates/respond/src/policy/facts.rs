//! What is known of a request beside who asks for what: the values that conditions ask for.

use core::net::IpAddr;

/// One value of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<'a> {
    /// It is this.
    Is(&'a str),
    /// It is these.
    Many(&'a [&'a str]),
    /// It begins with this; the rest is not known.
    Begins(&'a str),
    /// The request has none.
    Absent,
    /// Whoever asks has the choice: it meets what allows, and avoids what refuses.
    Chosen,
    /// Any address in the world.
    Anywhere,
    /// Nobody noted it.
    Unknown,
}

/// The values of a request, by the name of their key.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    known: Vec<(&'a str, Fact<'a>)>,
    rest: Fact<'a>,
}

impl<'a> Facts<'a> {
    /// Those of anybody on the internet who signs nothing: transport, agent and referrer can be chosen,
    /// and nothing else is there.
    #[must_use]
    pub fn of_stranger() -> Self {
        let chosen = ["securetransport", "useragent", "referer"];
        let mut known = vec![("sourceip", Fact::Anywhere)];
        known.extend(chosen.map(|key| (key, Fact::Chosen)));
        Self { known, rest: Fact::Absent }
    }

    /// Those of a request of which everything is known: what is not told [`with`](Self::with), it has not.
    #[must_use]
    pub fn complete() -> Self {
        Self { known: Vec::new(), rest: Fact::Absent }
    }

    /// Those of a request of which a log noted the address and the client; what else it was is not known.
    #[must_use]
    pub fn of_logged(source_ip: Option<&'a str>, user_agent: Option<&'a str>) -> Self {
        let address = source_ip.and_then(|text| text.parse::<IpAddr>().ok());
        let source_ip = source_ip.filter(|_| address.is_some());
        let of = |text: Option<&'a str>| text.map_or(Fact::Unknown, Fact::Is);
        let mut known = vec![("sourceip", of(source_ip)), ("useragent", of(user_agent))];
        if let Some(address) = address {
            // Only a request within the provider's own networks comes from a private address, and a
            // service that acts on its own comes from none.
            let is_private = match address.to_canonical() {
                IpAddr::V4(address) => address.is_private(),
                IpAddr::V6(address) => address.is_unique_local(),
            };
            let within = if is_private { Fact::Begins("vpc-") } else { Fact::Absent };
            known.extend([("sourcevpc", within), ("viaawsservice", Fact::Is("false"))]);
        }
        Self { known, rest: Fact::Unknown }
    }

    /// With what else is known: the key in lower case, without `aws:` or `acs:`.
    #[must_use]
    pub fn with(mut self, key: &'a str, fact: Fact<'a>) -> Self {
        self.known.insert(0, (key, fact));
        self
    }

    /// The value of a key such as `aws:SourceIp`; keys have no case.
    pub(super) fn of(&self, key: &str) -> Fact<'a> {
        let key = key.to_ascii_lowercase();
        let name = key.strip_prefix("aws:").or_else(|| key.strip_prefix("acs:")).unwrap_or(&key);
        self.known.iter().find(|(known, _)| *known == name).map_or(self.rest, |(_, fact)| *fact)
    }
}
