//! The headers `Accept` and `Accept-Encoding` of a scrape, through the server's own file: it is
//! private to the server.

use hyper::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue};

#[path = "../../src/server/negotiate.rs"]
mod negotiate;

/// The two headers are the two lines of the input.
pub fn accept(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [ACCEPT, ACCEPT_ENCODING] {
        if let Ok(value) = HeaderValue::from_bytes(lines.next().unwrap_or_default()) {
            headers.append(name, value);
        }
    }
    negotiate::format(&headers);
    negotiate::accepts_gzip(&headers);
}
