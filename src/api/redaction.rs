//! The secrets of a request, struck out of its answer: a gateway that shows the request in its
//! error page must not publish them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use http::HeaderMap;
use memchr::memmem::Finder;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Request;
use url::form_urlencoded::{byte_serialize, parse};

/// The text in place of a secret.
const STRUCK: &[u8] = b"***";

/// A shorter text is no secret of OVHcloud's, and its replacement would damage answers.
const SHORTEST: usize = 8;

/// The member of a token request's body that is secret.
const SECRET: &str = "client_secret";

/// The secrets of one request, in the forms that an answer may show them in.
#[derive(Debug)]
pub(super) struct Redaction(Vec<Finder<'static>>);

impl Redaction {
    /// Takes the headers that are marked as sensitive, and the secret of a token request.
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers().values().filter(|value| value.is_sensitive());
        let headers: Vec<_> = headers.filter_map(|value| value.to_str().ok()).collect();
        let mut secrets: Vec<String> = headers.iter().flat_map(|value| parts(value)).collect();
        let body = request.body().and_then(|body| str::from_utf8(body.as_bytes()?).ok());
        let members = parse(body.unwrap_or_default().as_bytes());
        secrets.extend(members.filter(|(name, _)| name == SECRET).map(|(_, value)| value.into()));
        // In clear, a value is found by its parts.
        let encoded = headers.iter().flat_map(|value| in_base64(value));
        Self::from_forms(secrets.iter().flat_map(|secret| forms(secret)).chain(encoded).collect())
    }

    fn from_forms(mut all: Vec<String>) -> Self {
        all.retain(|form| form.len() >= SHORTEST);
        all.sort_by_key(String::len);
        // Each form costs one search of every answer. A form that contains a shorter one is redundant.
        let mut forms: Vec<String> = Vec::new();
        for form in all {
            if !forms.iter().any(|known| form.contains(known.as_str())) {
                forms.push(form);
            }
        }
        Self(forms.iter().map(|form| Finder::new(form).into_owned()).collect())
    }

    /// The body without the secrets.
    pub(super) fn body(&self, body: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(body, struck)
    }

    /// The headers without those that show a secret.
    pub(super) fn headers(&self, headers: HeaderMap) -> HeaderMap {
        let shows = |value: &[u8]| self.0.iter().any(|secret| secret.find(value).is_some());
        if !headers.values().any(|value| shows(value.as_bytes())) {
            return headers;
        }
        let kept = headers.iter().filter(|(_, value)| !shows(value.as_bytes()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The body without this secret, in time that grows with its length alone.
fn struck(body: Vec<u8>, secret: &Finder<'_>) -> Vec<u8> {
    let mut places = secret.find_iter(&body).peekable();
    if places.peek().is_none() {
        return body;
    }
    let (mut kept, mut from) = (Vec::with_capacity(body.len()), 0);
    for place in places {
        kept.extend_from_slice(body.get(from..place).unwrap_or_default());
        kept.extend_from_slice(STRUCK);
        from = place + secret.needle().len();
    }
    kept.extend_from_slice(body.get(from..).unwrap_or_default());
    kept
}

/// The secrets in the value of a header: the value without its scheme, and the password of a Basic value,
/// whose user is no secret. A rest that is too short for a secret stays with what precedes it.
fn parts(value: &str) -> Vec<String> {
    let Some((scheme, rest)) = value.split_once(' ').filter(|(_, rest)| rest.len() >= SHORTEST)
    else {
        return vec![value.to_owned()];
    };
    let mut parts = vec![rest.to_owned()];
    let decoded = STANDARD.decode(rest).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
    let pair = decoded.and_then(|decoded| String::from_utf8(decoded).ok());
    if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
        // The password of a client is form-encoded.
        let spaces = password.replace('+', " ");
        parts.push(percent_decode_str(&spaces).decode_utf8_lossy().into_owned());
        parts.push(password.to_owned());
    }
    parts
}

/// A secret in clear, percent-encoded, in base64, and as JSON and HTML escape it.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = escaped(secret);
    forms.extend(in_base64(secret));
    // Most secrets are the same in a URL.
    if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let form = byte_serialize(secret.as_bytes()).collect::<String>();
        // Hexadecimal digits of an encoding come in both cases.
        for form in [lowercase_digits(&percent), lowercase_digits(&form), percent, form] {
            forms.extend(escaped(&form));
        }
    }
    forms
}

/// A text in both alphabets of base64, without the padding.
fn in_base64(text: &str) -> impl Iterator<Item = String> + use<> {
    let both = [STANDARD.encode(text), URL_SAFE.encode(text)];
    both.into_iter().flat_map(|form| escaped(form.trim_end_matches('=')))
}

/// A text, and as JSON and HTML escape it.
fn escaped(text: &str) -> Vec<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.bytes().all(is_plain) {
        return vec![text.to_owned()];
    }
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    vec![text.to_owned(), json.replace('/', "\\/"), json, html]
}

/// A percent-encoded text with its hexadecimal digits in lower case.
fn lowercase_digits(encoded: &str) -> String {
    let mut digits = 0_u8;
    let one = |c: char| {
        let is_digit = digits > 0;
        digits = if c == '%' { 2 } else { digits.saturating_sub(1) };
        if is_digit { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TEXT: &str = "s3cr3t/with+odd=chars%&\"<>";

    fn redaction() -> Redaction {
        Redaction::from_forms(forms(TEXT))
    }

    fn struck(text: &str) -> String {
        String::from_utf8(redaction().body(text.into())).unwrap()
    }

    #[test]
    fn a_secret_is_struck_out_in_every_form() {
        for form in [
            TEXT.to_owned(),
            "s3cr3t%2fwith%2bodd%3dchars%25%26%22%3c%3e".to_owned(),
            "s3cr3t%2Fwith%2Bodd%3Dchars%25%26%22%3C%3E".to_owned(),
            STANDARD.encode(TEXT).trim_end_matches('=').to_owned(),
            URL_SAFE.encode(TEXT).trim_end_matches('=').to_owned(),
            "s3cr3t\\/with+odd=chars%&\\\"<>".to_owned(),
            "s3cr3t/with+odd=chars%&amp;&quot;&lt;&gt;".to_owned(),
        ] {
            assert_eq!(struck(&format!("<pre>{form}</pre>")), "<pre>***</pre>", "{form}");
        }
        assert_eq!(struck("s3cr3t"), "s3cr3t");
    }

    #[test]
    fn the_password_of_a_basic_value_is_a_secret_and_its_user_is_none() {
        let pair = STANDARD.encode("EU.0123456789abcdef:pass%2Fword+1");
        let value = format!("Basic {pair}");
        let parts = parts(&value);
        for secret in ["pass/word 1", "pass%2Fword+1", pair.as_str()] {
            assert!(parts.iter().any(|part| part == secret), "{secret}");
        }
        assert!(!parts.iter().any(|part| part.starts_with("EU.")));
        assert_eq!(super::parts("abcdefghijklmnop x"), ["abcdefghijklmnop x"]);
    }

    #[test]
    fn the_whole_value_of_a_header_is_found_in_base64() {
        let mut request = Request::new(http::Method::GET, "http://localhost/".parse().unwrap());
        let mut value = HeaderValue::from_static("Bearer 0123456789abcdef");
        value.set_sensitive(true);
        request.headers_mut().insert("authorization", value);
        let redaction = Redaction::of(&request);
        let shown = format!(
            "Bearer 0123456789abcdef {} {}",
            STANDARD.encode("Bearer 0123456789abcdef"),
            STANDARD.encode("0123456789abcdef"),
        );
        let struck = String::from_utf8(redaction.body(shown.into())).unwrap();
        assert_eq!(struck, "Bearer *** ***= ***==");
    }

    #[test]
    fn a_header_that_shows_a_secret_is_dropped() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ovh-queryid", HeaderValue::from_str(&STANDARD.encode(TEXT)).unwrap());
        headers.insert("x-other", HeaderValue::from_static("kept"));
        let kept = redaction().headers(headers);
        assert_eq!((kept.len(), kept["x-other"].as_bytes()), (1, &b"kept"[..]));
    }

    #[test]
    fn short_texts_are_left_alone() {
        let short = Redaction::from_forms(forms("short"));
        assert_eq!(short.body(b"a short text".to_vec()), b"a short text");
    }
}
