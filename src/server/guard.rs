//! The checks before a response: the form of the request, the user, and the site that asks.

use http::uri::Authority;
use hyper::header::{HOST, HeaderValue, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode, Uri, Version};

use super::authenticate::Entrance;
use super::limits::Network;
use super::respond::{Pieces, RELOAD, respond, text};
use super::state::AppState;

/// The pages without a user: they have no data, and the programs that ask have no password.
const OPEN: [&str; 2] = ["/-/healthy", "/-/ready"];

/// Answers a request of this address, with the headers of the web configuration file.
pub(super) async fn answer<B>(
    request: &Request<B>,
    site: &AppState,
    network: Network,
) -> Response<Pieces> {
    let web = site.security.current().await;
    let path = request.uri().path();
    let entrance = if !has_one_host(request) || OPEN.contains(&path) {
        Entrance::Open
    } else {
        site.authenticator.entrance(&web.users, request.headers(), network).await
    };
    let mut answer = match entrance {
        Entrance::Closed => unauthorized(),
        Entrance::Busy => busy(),
        Entrance::Open if !has_one_host(request) => {
            text(StatusCode::BAD_REQUEST, "Expected one Host header with the name of the server.\n")
        }
        Entrance::Open if path == RELOAD && is_of_another_site(request) => text(
            StatusCode::FORBIDDEN,
            "A page of another site may not reload the configuration.\n",
        ),
        Entrance::Open => respond(request, site).await,
    };
    for (name, value) in &web.headers {
        answer.headers_mut().insert(name, value.clone());
    }
    answer
}

fn unauthorized() -> Response<Pieces> {
    let mut answer = text(StatusCode::UNAUTHORIZED, "Unauthorized.\n");
    let challenge =
        HeaderValue::from_static("Basic realm=\"ovhcloud-exporter\", charset=\"UTF-8\"");
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    answer
}

fn busy() -> Response<Pieces> {
    let mut answer =
        text(StatusCode::TOO_MANY_REQUESTS, "Too many passwords of this address are checked.\n");
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// Whether the request names its host as RFC 9112, section 3.2, wants it: HTTP/1.1 exactly once, and
/// no version twice.
fn has_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let is_valid = first.is_none_or(|host| host.is_empty() || authority(host).is_some());
    let is_needed = request.version() == Version::HTTP_11;
    is_valid && second.is_none() && (first.is_some() || !is_needed)
}

/// A host and a port, without a user.
fn authority(host: &HeaderValue) -> Option<Authority> {
    let authority: Authority = host.to_str().ok()?.parse().ok()?;
    (!authority.as_str().contains('@')).then_some(authority)
}

/// Whether a browser says that a page of another site makes this request. Other programs say
/// nothing.
fn is_of_another_site<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let is_foreign = |site: &HeaderValue| site != "same-origin" && site != "none";
    if headers.get_all("sec-fetch-site").iter().any(is_foreign) {
        return true;
    }
    let of_uri = request.uri().authority().cloned();
    let host = of_uri.or_else(|| headers.get(HOST).and_then(authority));
    let is_own = |origin: &HeaderValue| {
        let origin: Option<Uri> = origin.to_str().ok().and_then(|text| text.parse().ok());
        host.is_some() && origin.is_some_and(|origin| origin.authority() == host.as_ref())
    };
    !headers.get_all(ORIGIN).iter().all(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::post("/-/reload").version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn the_host_is_named_once() {
        let of = |version, headers: &[_]| has_one_host(&request(version, headers));
        assert!(of(Version::HTTP_11, &[("host", "a.example:10045")]));
        assert!(of(Version::HTTP_11, &[("host", "[::1]:10045")]));
        assert!(of(Version::HTTP_11, &[("host", "")]));
        assert!(of(Version::HTTP_10, &[]));
        assert!(of(Version::HTTP_2, &[]));
        assert!(!of(Version::HTTP_11, &[]));
        assert!(!of(Version::HTTP_11, &[("host", "a"), ("host", "a")]));
        assert!(!of(Version::HTTP_10, &[("host", "a"), ("host", "b")]));
        assert!(!of(Version::HTTP_11, &[("host", "a b")]));
        assert!(!of(Version::HTTP_11, &[("host", "user@a")]));
    }

    #[test]
    fn a_page_of_another_site_is_known_by_its_headers() {
        let of = |headers: &[(&str, &str)]| {
            let headers = [&[("host", "a.example:10045")], headers].concat();
            is_of_another_site(&request(Version::HTTP_11, &headers))
        };
        assert!(!of(&[]));
        assert!(!of(&[("origin", "http://a.example:10045"), ("sec-fetch-site", "same-origin")]));
        assert!(!of(&[("origin", "https://A.example:10045")]));
        assert!(!of(&[("sec-fetch-site", "none")]));
        assert!(of(&[("origin", "http://a.example")]));
        assert!(of(&[("origin", "http://evil.example")]));
        assert!(of(&[("origin", "null")]));
        assert!(of(&[("origin", "http://a.example:10045"), ("origin", "http://evil.example")]));
        assert!(of(&[("sec-fetch-site", "cross-site")]));
        assert!(of(&[("sec-fetch-site", "same-site")]));
    }
}
