//! Routes as OVHcloud's documentation spells them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters is escaped inside a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One GET route. The template is at once the URL, the label of the exporter's own metrics, and
/// where the documentation looks it up.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The path with its parameters in braces; `/v2/…` for the second version of the API.
    pub template: &'static str,
    /// The IAM actions that it needs (`x-iam-actions` of OVHcloud's schema).
    pub actions: &'static [&'static str],
    /// The text after the question mark of every call, escaped; empty if nothing does.
    pub query: &'static str,
    /// Whether a collector is complete without the right to it.
    pub is_optional: bool,
}

/// A route with its parameters filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The template.
    pub route: &'static Route,
    /// Path and query, escaped, without the version.
    pub path: String,
}

impl Route {
    /// A route that needs these actions.
    pub const fn new(template: &'static str, actions: &'static [&'static str]) -> Self {
        Self { template, actions, query: "", is_optional: false }
    }

    /// The same route, which nobody asks without these parameters, as `name=value`.
    #[must_use]
    pub const fn with_query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    /// The same route, whose answers only add details: a credential may lack the right to it.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// The route with its parameters, in the order of the braces, escaped.
    pub fn at(&'static self, parameters: &[&str]) -> Call {
        let escaped: Vec<_> = parameters.iter().map(|text| escape(text)).collect();
        self.at_escaped(escaped.iter().map(String::as_str))
    }

    /// The route with parameters that are escaped already.
    pub(super) fn at_escaped<'a>(
        &'static self,
        mut parameters: impl Iterator<Item = &'a str>,
    ) -> Call {
        let mut path = String::with_capacity(self.template.len() + 64);
        for segment in self.template.split('/').skip(1) {
            let filled = if segment.starts_with('{') {
                parameters.next().unwrap_or_default()
            } else {
                segment
            };
            path.push('/');
            path.push_str(filled);
        }
        if !self.query.is_empty() {
            path.push('?');
            path.push_str(self.query);
        }
        Call { route: self, path }
    }
}

impl Call {
    /// The same call with one more parameter in its query, escaped.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{separator}{}={}", self.path, escape(name), escape(value));
        self
    }

    /// Whether every segment is one. A segment of dots is a step up to the reader of the URL,
    /// escaped or not, and an empty one is another route.
    pub(super) fn stays_below(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path.split('/').skip(1).all(|segment| !matches!(segment, "" | "." | ".."))
    }

    /// The URL of the call below this root (`https://eu.api.ovh.com`). The first version of the
    /// API is asked as `/1.0`, which every official client uses and every region has.
    pub fn url(&self, root: &str) -> String {
        if self.path.starts_with("/v2/") {
            format!("{root}{}", self.path)
        } else {
            format!("{root}/1.0{}", self.path)
        }
    }
}

/// Escapes one path segment.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    static KEY: Route = Route::new("/cloud/project/{serviceName}/sshkey/{keyId}", &[]);
    static POLICY: Route = Route::new("/v2/iam/policy", &[]);

    #[test]
    fn parameters_are_escaped() {
        let call = KEY.at(&["p1", "a/b c?d=é"]);
        assert_eq!(call.path, "/cloud/project/p1/sshkey/a%2Fb%20c%3Fd%3D%C3%A9");
        assert!(KEY.at(&["p1", "a..b"]).stays_below());
        for id in ["", ".", ".."] {
            assert!(!KEY.at(&[id, "x"]).stays_below(), "{id:?}");
        }
    }

    #[test]
    fn a_query_is_escaped_and_hides_no_step_up() {
        let call = KEY.at(&["p", "a?b"]).with("noObjects", "true").with("prefix", "a/../b&c=é");
        assert_eq!(
            call.path,
            "/cloud/project/p/sshkey/a%3Fb?noObjects=true&prefix=a%2F..%2Fb%26c%3D%C3%A9"
        );
        assert!(call.stays_below());
        for id in ["", ".", ".."] {
            assert!(!KEY.at(&["p", id]).with("noObjects", "true").stays_below(), "{id:?}");
        }
    }

    #[test]
    fn a_routes_own_query_goes_with_every_call() {
        static BUCKET: Route = Route::new("/bucket/{name}", &[]).with_query("noObjects=true");
        let call = BUCKET.at(&["a?b"]);
        assert_eq!(call.url("http://h"), "http://h/1.0/bucket/a%3Fb?noObjects=true");
        assert!(call.stays_below() && !BUCKET.at(&[".."]).stays_below());
        assert_eq!(call.with("prefix", "c").path, "/bucket/a%3Fb?noObjects=true&prefix=c");
    }

    #[test]
    fn each_version_has_its_base() {
        assert_eq!(POLICY.at(&[]).url("http://h"), "http://h/v2/iam/policy");
        assert_eq!(KEY.at(&["p", "k"]).url("http://h"), "http://h/1.0/cloud/project/p/sshkey/k");
    }
}
