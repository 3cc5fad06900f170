//! Which format and which coding a client asks for.

use hyper::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName};

use crate::exposition::Format;

/// The format of the highest quality. The classic one answers `*/*`, which is what a person's
/// tools send, and whatever nobody can read.
pub(super) fn format(headers: &HeaderMap) -> Format {
    let mut best = (0, Format::Classic);
    for (media, parameters) in items(headers, &ACCEPT) {
        let format = match media.as_str() {
            "application/openmetrics-text" if is_known_version(&parameters) => Format::OpenMetrics,
            "text/plain" | "text/*" | "*/*" => Format::Classic,
            _ => continue,
        };
        let quality = quality(&parameters);
        let is_explicit = u32::from(format == Format::OpenMetrics);
        if quality > 0 && quality * 2 + is_explicit > best.0 {
            best = (quality * 2 + is_explicit, format);
        }
    }
    best.1
}

/// Whether gzip is asked for.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for (coding, parameters) in items(headers, &ACCEPT_ENCODING) {
        match coding.as_str() {
            "gzip" | "x-gzip" => return quality(&parameters) > 0,
            "*" => any = Some(quality(&parameters) > 0),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

/// The comma-separated items of a header, lower case, each with its parameters.
fn items(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, Vec<String>)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let split = values.flat_map(|value| value.split(','));
    split
        .map(|item| {
            let mut parts = item.split(';').map(|part| part.trim().to_ascii_lowercase());
            (parts.next().unwrap_or_default(), parts.collect())
        })
        .collect()
}

/// Both versions of OpenMetrics are the same text to us; an unknown one may not be.
fn is_known_version(parameters: &[String]) -> bool {
    let version = parameters.iter().find_map(|parameter| parameter.strip_prefix("version="));
    version.is_none_or(|version| matches!(version.trim_matches('"'), "1.0.0" | "0.0.1"))
}

/// In thousandths; 1000 if none is given or it can't be read.
fn quality(parameters: &[String]) -> u32 {
    let text = parameters.iter().find_map(|parameter| parameter.strip_prefix("q="));
    let quality = text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
    let thousandths = (quality.clamp(0.0, 1.0) * 1000.0).round() as u32;
    thousandths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_asked_for_is_answered(value in "[ -~]{0,200}") {
            let headers = HeaderMap::from_iter([
                (ACCEPT, value.parse().unwrap()),
                (ACCEPT_ENCODING, value.parse().unwrap()),
            ]);
            let _ = (format(&headers), accepts_gzip(&headers));
        }
    }

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn asked(accept: &str) -> Format {
        format(&headers(ACCEPT, accept))
    }

    #[test]
    fn prometheus_gets_openmetrics() {
        for accept in [
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;\
             q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        ] {
            assert_eq!(asked(accept), Format::OpenMetrics, "{accept}");
        }
    }

    #[test]
    fn everybody_else_gets_the_classic_text() {
        for accept in [
            "text/plain;version=0.0.4",
            "*/*",
            "text/html,application/xhtml+xml",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0.1,text/plain;q=0.9",
            "",
        ] {
            assert_eq!(asked(accept), Format::Classic, "{accept}");
        }
        assert_eq!(format(&HeaderMap::new()), Format::Classic);
    }

    #[test]
    fn gzip_is_used_where_it_is_asked_for() {
        let asked = |value| accepts_gzip(&headers(ACCEPT_ENCODING, value));
        assert!(asked("gzip") && asked("deflate, GZIP;q=0.5") && asked("*"));
        assert!(!asked("identity") && !asked("gzip;q=0") && !asked("*, gzip;q=0.0"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
