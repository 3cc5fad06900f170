//! The endpoint of OVHcloud's API: a region's name, as the official clients spell it, or a URL.

use url::{Host, Url};

use super::errors::ConfigErrors;
use super::located::Located;

/// A region: its name, the root of its API, and its token URL.
type Region = (&'static str, &'static str, Option<&'static str>);

/// The regions that the official clients know, with the bases they use (go-ovh `Endpoints` and
/// `tokensURLs`). Those without a token URL take application keys only.
const REGIONS: [Region; 7] = [
    ("ovh-eu", "https://eu.api.ovh.com", Some("https://www.ovh.com/auth/oauth2/token")),
    ("ovh-ca", "https://ca.api.ovh.com", Some("https://ca.ovh.com/auth/oauth2/token")),
    ("ovh-us", "https://api.us.ovhcloud.com", Some("https://us.ovhcloud.com/auth/oauth2/token")),
    ("kimsufi-eu", "https://eu.api.kimsufi.com", None),
    ("kimsufi-ca", "https://ca.api.kimsufi.com", None),
    ("soyoustart-eu", "https://eu.api.soyoustart.com", None),
    ("soyoustart-ca", "https://ca.api.soyoustart.com", None),
];

/// Another name of the three regions' APIs, and their token URLs.
const HOSTS: [(&str, &str); 3] = [
    ("api.eu.ovhcloud.com", "https://www.ovh.com/auth/oauth2/token"),
    ("api.ca.ovhcloud.com", "https://ca.ovh.com/auth/oauth2/token"),
    ("api.us.ovhcloud.com", "https://us.ovhcloud.com/auth/oauth2/token"),
];

/// The region that go-ovh uses when none is given.
pub const DEFAULT: &str = "ovh-eu";

/// The endpoint of OVHcloud's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The text as given.
    pub name: String,
    /// The root that `/1.0/…` and `/v2/…` are appended to, without a slash at its end.
    pub root: String,
    /// The URL of OAuth2 tokens; `None` where the region has none.
    pub token_url: Option<Url>,
}

impl Endpoint {
    /// As [`Self::at`], of the variable and the flag.
    ///
    /// # Errors
    ///
    /// As [`Self::at`].
    pub fn new(name: &str, token_url: Option<&str>) -> Result<Self, ConfigErrors> {
        let token_url = token_url.map(|text| Located::at("--api.token-url", text.to_owned()));
        Self::at(&Located::at("OVH_ENDPOINT", name.to_owned()), token_url.as_ref())
    }

    /// Finds the region of that name, or takes the text as a host of OVHcloud's or as a URL, with
    /// or without `/1.0`, `/v1` or `/v2` at its end. The token URL of a URL elsewhere is
    /// `<origin>/auth/oauth2/token`; `token_url` overrides any.
    ///
    /// # Errors
    ///
    /// An unknown name, or a URL that is none or that would send secrets in the clear.
    pub fn at(
        name: &Located<String>,
        token_url: Option<&Located<String>>,
    ) -> Result<Self, ConfigErrors> {
        let token_url = token_url.map(secure_url).transpose()?;
        let text = name.value.trim();
        if let Some((region, root, region_token)) =
            REGIONS.into_iter().find(|(region, ..)| *region == text)
        {
            let token_url = token_url.or_else(|| region_token.and_then(|url| Url::parse(url).ok()));
            return Ok(Self { name: region.to_owned(), root: root.to_owned(), token_url });
        }
        let url = match HOSTS.into_iter().find(|(host, _)| *host == text) {
            Some((host, _)) => format!("https://{host}"),
            None if text.contains('/') => text.to_owned(),
            None => return Err(ConfigErrors::from(name.wrong(&nobody_knows(text)))),
        };
        let url = secure_url(&Located::at(name.place.clone(), url))?;
        let whole = url.as_str().trim_end_matches('/');
        let versions = ["/1.0", "/v1", "/v2"];
        let root = versions.iter().find_map(|v| whole.strip_suffix(v)).unwrap_or(whole);
        let token_url = token_url.or_else(|| usual_token_url(&url));
        Ok(Self { name: root.to_owned(), root: root.to_owned(), token_url })
    }

    /// The region in URNs, as far as the host names it.
    pub fn region(&self) -> Option<&'static str> {
        let host = self.root.strip_prefix("https://")?;
        let is_of = |region: &str| {
            host.starts_with(&format!("{region}.api."))
                || host.starts_with(&format!("api.{region}."))
        };
        ["eu", "ca", "us"].into_iter().find(|region| is_of(region))
    }

    /// Whether the calls go over TLS.
    pub fn is_https(&self) -> bool {
        self.root.starts_with("https:")
    }
}

fn nobody_knows(name: &str) -> String {
    let regions: Vec<_> = REGIONS.iter().map(|(region, ..)| *region).collect();
    format!(
        "`{}` is no endpoint that is known; give one of {}, or a URL",
        name.escape_debug(),
        regions.join(", ")
    )
}

/// The URL of tokens for the API at this URL. OVHcloud's own hosts do not give them.
fn usual_token_url(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let of_region = REGIONS.into_iter().find_map(|(_, root, token)| {
        (root.strip_prefix("https://") == Some(host)).then_some(token)
    });
    let of_host = HOSTS.into_iter().find(|(name, _)| *name == host).map(|(_, token)| Some(token));
    match of_region.or(of_host) {
        Some(token) => token.and_then(|text| Url::parse(text).ok()),
        None => url.join("/auth/oauth2/token").ok(),
    }
}

/// A URL that secrets may be sent to: https, or http to this machine alone.
fn secure_url(given: &Located<String>) -> Result<Url, ConfigErrors> {
    let refuse = |problem: &str| ConfigErrors::from(given.wrong(problem));
    let url = Url::parse(given.value.trim())
        .map_err(|error| refuse(&format!("not a URL ({error}); give https://HOST[:PORT]/…")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("a URL with a user or a password in it; give the URL alone"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("a URL with `?` or `#` in it; give the URL alone"));
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(refuse(
            "plain http to another machine would send the credential in the clear; use https",
        )),
        _ => Err(refuse("neither https nor http; give https://HOST[:PORT]/…")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(endpoint: &Endpoint) -> &str {
        endpoint.token_url.as_ref().map_or("none", Url::as_str)
    }

    #[test]
    fn a_region_is_found_by_the_name_the_official_clients_use() {
        let europe = Endpoint::new("ovh-eu", None).unwrap();
        assert_eq!(europe.root, "https://eu.api.ovh.com");
        assert_eq!(token(&europe), "https://www.ovh.com/auth/oauth2/token");
        assert_eq!(token(&Endpoint::new("kimsufi-eu", None).unwrap()), "none");
    }

    #[test]
    fn a_url_may_end_in_a_version_or_not() {
        for text in ["http://127.0.0.1:9/1.0", "http://127.0.0.1:9/v1/", "http://127.0.0.1:9/"] {
            let endpoint = Endpoint::new(text, None).unwrap();
            assert_eq!(endpoint.root, "http://127.0.0.1:9", "{text}");
            assert_eq!(token(&endpoint), "http://127.0.0.1:9/auth/oauth2/token");
        }
    }

    #[test]
    fn ovhclouds_own_hosts_have_the_token_url_of_their_region() {
        for (text, root, url) in [
            ("api.eu.ovhcloud.com", "https://api.eu.ovhcloud.com", REGIONS[0].2.unwrap()),
            ("https://api.ca.ovhcloud.com/v2", "https://api.ca.ovhcloud.com", HOSTS[1].1),
            ("https://eu.api.ovh.com/1.0", "https://eu.api.ovh.com", REGIONS[0].2.unwrap()),
            ("https://ca.api.kimsufi.com/1.0", "https://ca.api.kimsufi.com", "none"),
        ] {
            let endpoint = Endpoint::new(text, None).unwrap();
            assert_eq!((endpoint.root.as_str(), token(&endpoint)), (root, url), "{text}");
        }
    }

    #[test]
    fn the_host_names_the_region_of_urns() {
        for (text, region) in [
            ("ovh-eu", Some("eu")),
            ("ovh-ca", Some("ca")),
            ("ovh-us", Some("us")),
            ("api.ca.ovhcloud.com", Some("ca")),
            ("https://api.example.com", None),
            ("http://127.0.0.1:9", None),
        ] {
            assert_eq!(Endpoint::new(text, None).unwrap().region(), region, "{text}");
        }
    }

    #[test]
    fn a_token_url_can_be_given() {
        let endpoint = Endpoint::new("ovh-ca", Some("https://www.ovh.ca/auth/oauth2/token"));
        assert_eq!(token(&endpoint.unwrap()), "https://www.ovh.ca/auth/oauth2/token");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_repair() {
        let reported = |name| Endpoint::new(name, None).unwrap_err().to_string();
        assert_eq!(
            reported("ovh-fr"),
            "OVH_ENDPOINT: `ovh-fr` is no endpoint that is known; give one of ovh-eu, ovh-ca, \
             ovh-us, kimsufi-eu, kimsufi-ca, soyoustart-eu, soyoustart-ca, or a URL"
        );
        assert_eq!(
            reported("http://api.example.com/1.0"),
            "OVH_ENDPOINT: plain http to another machine would send the credential in the clear; \
             use https"
        );
        assert!(reported("https://me:secret@api.example.com/").contains("the URL alone"));
        assert!(!reported("https://me:secret@api.example.com/").contains("secret"));
        assert!(reported("ftp://api.example.com/").contains("neither https nor http"));
        assert!(reported("https://").contains("not a URL"));
    }
}
