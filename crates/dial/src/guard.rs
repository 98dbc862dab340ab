//! The guarded client and resolver.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Body, Client, ClientBuilder, Request, RequestBuilder, Response, Url, redirect};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::rules::{ROLE_SERVICES, refusal};
use crate::{DialError, Forbidden, Network, read_body};

/// What calls itself in logs of the services: so that its own reads can be told from a thief's.
const USER_AGENT: &str = concat!("claviger/", env!("CARGO_PKG_VERSION"));

/// How far the guard lets out.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// Networks that may be dialled although they are private, for stores and mail servers of one's
    /// own, such as `127.0.0.0/8`. Metadata addresses stay refused.
    pub allowed_networks: Vec<Network>,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest time from the start of a request to the end of its answer.
    pub request_timeout: Duration,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            allowed_networks: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
        }
    }
}

/// The way out. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Guard {
    client: Client,
    allowed: Arc<[Network]>,
}

impl Guard {
    /// Makes the client, and installs the process's TLS provider unless one is there.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(settings: GuardSettings) -> Result<Self, DialError> {
        // Err means that another guard was first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let allowed: Arc<[Network]> = settings.allowed_networks.clone().into();
        let client = builder(&settings, &allowed)
            .build()
            // A machine without root certificates still speaks to stores without TLS; with TLS it
            // then meets a certificate error instead of not starting.
            .or_else(|_| builder(&settings, &allowed).tls_certs_only([]).build())
            .map_err(DialError::MakeClient)?;
        Ok(Self { client, allowed })
    }

    /// The client, to build requests with. It resolves names by the rules, but addresses written in
    /// numbers pass it by: send with [`Guard::send`], which looks at those as well.
    #[must_use]
    pub fn http(&self) -> &Client {
        &self.client
    }

    /// Looks at scheme and host of a URL before anything is dialled. A name passes here and is judged
    /// when it is resolved.
    ///
    /// # Errors
    /// Another scheme than `http` and `https`, no host, or a refused address in numbers.
    pub fn check_url(&self, url: &Url) -> Result<(), DialError> {
        let host = match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) => host,
            _ => return Err(DialError::NoAddress { url: address_of(url) }),
        };
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(address) => Ok(judge(host, address, &self.allowed)?),
            Err(_) => Ok(()),
        }
    }

    /// Checks where a request goes, then sends it with the guarded client.
    ///
    /// # Errors
    /// The request cannot be built, its address is refused, or no answer comes.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, DialError> {
        let request = request.build().map_err(DialError::Build)?;
        self.check_url(request.url())?;
        self.execute(request).await
    }

    /// Sends to the machine's own metadata service, which [`Guard::send`] never does: only for the credentials of the
    /// machine's role, where whoever runs it allowed that. Other addresses than those two are judged as ever.
    ///
    /// # Errors
    /// As [`Guard::send`].
    pub async fn send_to_metadata(&self, request: RequestBuilder) -> Result<Response, DialError> {
        let request = request.build().map_err(DialError::Build)?;
        if !is_role_service(request.url()) {
            self.check_url(request.url())?;
        }
        self.execute(request).await
    }

    /// Sends what a library of a protocol has made, and reads the whole answer, at most `bytes_max` bytes of it.
    ///
    /// # Errors
    /// As [`Guard::send`], or the answer is larger or breaks off.
    pub async fn carry(
        &self,
        request: http::Request<impl Into<Body>>,
        patience: Duration,
        bytes_max: usize,
    ) -> Result<http::Response<Vec<u8>>, DialError> {
        let mut request = Request::try_from(request).map_err(DialError::Build)?;
        *request.timeout_mut() = Some(patience);
        self.check_url(request.url())?;
        let mut response = self.execute(request).await?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut answer = http::Response::new(read_body(response, bytes_max).await?);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    async fn execute(&self, request: Request) -> Result<Response, DialError> {
        let host = host_of(request.url());
        let span = span(&request, &host);
        match self.client.execute(request).instrument(span.clone()).await {
            Ok(response) => {
                span.record("http.response.status_code", i64::from(response.status().as_u16()));
                Ok(response)
            }
            Err(error) => {
                span.record("otel.status_code", "ERROR");
                Err(match forbidden_in(&error) {
                    Some(forbidden) => DialError::Forbidden(forbidden),
                    // The URL may carry a signature; the host is enough.
                    None => DialError::Send { host, source: error.without_url() },
                })
            }
        }
    }

    /// Resolves a name by the rules, for protocols other than HTTP: connect to exactly these.
    ///
    /// # Errors
    /// The name does not resolve, or every address it leads to is refused.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
        permitted(host, port, &self.allowed).await
    }
}

/// What a trace tells of a call: its path and query may hold names of objects and signatures.
fn span(request: &Request, host: &str) -> Span {
    tracing::info_span!(
        "call",
        otel.name = %format_args!("{} {host}", request.method()),
        otel.kind = "client",
        http.request.method = %request.method(),
        server.address = host,
        http.response.status_code = Empty,
        otel.status_code = Empty,
    )
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded client that others must use")]
fn builder(settings: &GuardSettings, allowed: &Arc<[Network]>) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(Arc::new(GuardedResolver { allowed: Arc::clone(allowed) }))
}

/// The client's resolver: the addresses it gives are the ones that are connected to, so a name that
/// changes its mind between check and use gains nothing.
struct GuardedResolver {
    allowed: Arc<[Network]>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            match permitted(name.as_str(), 0, &allowed).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(DialError::Forbidden(forbidden)) => Err(Box::new(forbidden) as _),
                Err(error) => Err(Box::new(error) as _),
            }
        })
    }
}

/// The addresses of a name that may be dialled: at least one.
async fn permitted(
    host: &str,
    port: u16,
    allowed: &[Network],
) -> Result<Vec<SocketAddr>, DialError> {
    let failed = |source| DialError::Resolve { host: host.to_owned(), source };
    let found = tokio::net::lookup_host((host, port)).await.map_err(failed)?;
    let mut addresses = Vec::new();
    let mut refused = None;
    for address in found {
        match judge(host, address.ip(), allowed) {
            Ok(()) => addresses.push(address),
            Err(forbidden) => refused = Some(forbidden),
        }
    }
    match (addresses.is_empty(), refused) {
        (false, _) => Ok(addresses),
        (true, Some(forbidden)) => Err(forbidden.into()),
        (true, None) => Err(failed(std::io::Error::other("the name has no address"))),
    }
}

fn judge(host: &str, address: IpAddr, allowed: &[Network]) -> Result<(), Forbidden> {
    match refusal(address, allowed) {
        None => Ok(()),
        Some(why) => Err(Forbidden { host: host.to_owned(), address, why }),
    }
}

/// Whether a URL is one of the two services in numbers, at their own port. A name that leads there is none.
fn is_role_service(url: &Url) -> bool {
    let address = url.host_str().and_then(|host| host.parse::<IpAddr>().ok());
    url.scheme() == "http"
        && url.port().is_none()
        && address.is_some_and(|address| ROLE_SERVICES.contains(&address))
}

/// The refusal that the resolver gave, somewhere down the chain of causes.
fn forbidden_in(error: &reqwest::Error) -> Option<Forbidden> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
            return Some(forbidden.clone());
        }
        cause = error.source();
    }
    None
}

/// Host and port.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The URL without what could be secret in it.
fn address_of(url: &Url) -> String {
    format!("{}://{}", url.scheme(), host_of(url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Why;

    fn why(url: &str) -> Option<Why> {
        let guard = Guard::new(GuardSettings::default()).unwrap();
        match guard.check_url(&Url::parse(url).unwrap()) {
            Ok(()) => None,
            Err(DialError::Forbidden(forbidden)) => Some(forbidden.why),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn an_address_in_numbers_is_judged_however_it_is_spelt() {
        assert_eq!(why("http://127.0.0.1/"), Some(Why::Loopback));
        assert_eq!(why("http://2130706433/"), Some(Why::Loopback));
        assert_eq!(why("http://0x7f.1:8080/"), Some(Why::Loopback));
        assert_eq!(why("http://[::1]/"), Some(Why::Loopback));
        assert_eq!(why("http://[::ffff:169.254.169.254]/"), Some(Why::Metadata));
        assert_eq!(why("https://1.1.1.1/"), None);
        assert_eq!(why("https://example.com/"), None);
    }

    #[test]
    fn of_metadata_services_only_those_two_hand_out_the_credentials_of_a_role() {
        let known = |url: &str| is_role_service(&Url::parse(url).unwrap());
        assert!(known("http://169.254.169.254/latest/api/token"));
        assert!(known("http://100.100.100.200/latest/api/token"));
        for url in [
            "http://169.254.169.254:8080/",
            "https://169.254.169.254/",
            "http://169.254.170.2/",
            "http://169.254.169.253/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:169.254.169.254]/",
            "http://metadata.example.com/",
        ] {
            assert!(!known(url), "{url}");
        }
    }

    #[tokio::test]
    async fn on_the_way_to_a_metadata_service_every_other_address_is_judged_as_ever() {
        let guard = Guard::new(GuardSettings::default()).unwrap();
        for url in ["http://127.0.0.1:1/", "http://169.254.170.2/", "http://169.254.169.254:81/"] {
            let refused = guard.send_to_metadata(guard.http().get(url)).await;
            assert!(matches!(refused, Err(DialError::Forbidden(_))), "{url}");
            let refused = guard.send(guard.http().get("http://169.254.169.254/")).await;
            assert!(matches!(refused, Err(DialError::Forbidden(_))), "the ordinary way stays shut");
        }
    }

    #[test]
    fn only_http_is_dialled() {
        let guard = Guard::new(GuardSettings::default()).unwrap();
        for url in ["file:///etc/passwd", "ftp://example.com/", "data:text/plain,x"] {
            let refused = guard.check_url(&Url::parse(url).unwrap());
            assert!(matches!(refused, Err(DialError::NoAddress { .. })), "{url}");
        }
    }
}
