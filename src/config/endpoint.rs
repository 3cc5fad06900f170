//! Where OVHcloud's API is: a region's name, as the official clients spell it, or a URL.

use url::{Host, Url};

use super::Mistakes;

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

/// The region that go-ovh uses when none is given.
pub const DEFAULT: &str = "ovh-eu";

/// Where OVHcloud's API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// As it was given.
    pub name: String,
    /// The root that `/1.0/…` and `/v2/…` are appended to, without a slash at its end.
    pub root: String,
    /// Where OAuth2 tokens are asked for; `None` where the region has none.
    pub token_url: Option<Url>,
}

impl Endpoint {
    /// Finds the region of that name, or takes the text as a URL, with or without `/1.0` or
    /// `/v1` at its end; the token URL of a URL is `<origin>/auth/oauth2/token`. `token_url`
    /// overrides either.
    ///
    /// # Errors
    ///
    /// A name nobody knows, or a URL that is none or that would send secrets in the clear.
    pub fn new(name: &str, token_url: Option<&str>) -> Result<Self, Mistakes> {
        let token_url = token_url.map(|text| secure_url("--api.token-url", text)).transpose()?;
        if let Some((name, root, region_token)) =
            REGIONS.into_iter().find(|(region, ..)| *region == name)
        {
            let region_token = region_token.and_then(|text| Url::parse(text).ok());
            let token_url = token_url.or(region_token);
            return Ok(Self { name: name.to_owned(), root: root.to_owned(), token_url });
        }
        if !name.contains('/') {
            let regions: Vec<_> = REGIONS.iter().map(|(region, ..)| *region).collect();
            return Err(Mistakes::from(format!(
                "OVH_ENDPOINT: `{}` is no endpoint that is known; give one of {}, or a URL",
                name.escape_debug(),
                regions.join(", ")
            )));
        }
        let url = secure_url("OVH_ENDPOINT", name)?;
        let whole = url.as_str().trim_end_matches('/');
        let root = ["/1.0", "/v1"].iter().find_map(|v| whole.strip_suffix(v)).unwrap_or(whole);
        let token_url = token_url.or_else(|| url.join("/auth/oauth2/token").ok());
        Ok(Self { name: root.to_owned(), root: root.to_owned(), token_url })
    }

    /// Whether the calls go over TLS.
    pub fn is_https(&self) -> bool {
        self.root.starts_with("https:")
    }
}

/// A URL that secrets may be sent to: https, or http to this machine alone.
fn secure_url(place: &str, text: &str) -> Result<Url, Mistakes> {
    let refuse = |problem: &str| Mistakes::from(format!("{place}: {problem}"));
    let url = Url::parse(text)
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
    fn a_token_url_can_be_given() {
        let endpoint = Endpoint::new("ovh-ca", Some("https://www.ovh.ca/auth/oauth2/token"));
        assert_eq!(token(&endpoint.unwrap()), "https://www.ovh.ca/auth/oauth2/token");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_repair() {
        let told = |name| Endpoint::new(name, None).unwrap_err().to_string();
        assert_eq!(
            told("ovh-fr"),
            "OVH_ENDPOINT: `ovh-fr` is no endpoint that is known; give one of ovh-eu, ovh-ca, \
             ovh-us, kimsufi-eu, kimsufi-ca, soyoustart-eu, soyoustart-ca, or a URL"
        );
        assert_eq!(
            told("http://api.example.com/1.0"),
            "OVH_ENDPOINT: plain http to another machine would send the credential in the clear; \
             use https"
        );
        assert!(told("https://me:secret@api.example.com/").contains("the URL alone"));
        assert!(!told("https://me:secret@api.example.com/").contains("secret"));
        assert!(told("ftp://api.example.com/").contains("neither https nor http"));
        assert!(told("https://").contains("not a URL"));
    }
}
