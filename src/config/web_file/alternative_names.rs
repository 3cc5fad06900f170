//! The subject alternative names of a certificate, as text.
//!
//! webpki compares a name with a certificate and returns neither addresses nor e-mail addresses; the
//! toolkit's `client_allowed_sans` compares all of them as text. The certificate was verified
//! before.

use std::net::{Ipv4Addr, Ipv6Addr};

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// The extensions of a certificate: `[3]`.
const EXTENSIONS: u8 = 0xA3;
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const ADDRESS: u8 = 0x87;

/// 2.5.29.17.
const SUBJECT_ALTERNATIVE_NAME: [u8; 3] = [0x55, 0x1D, 0x11];

/// DNS names, e-mail addresses, URIs and IP addresses; none if the certificate has none or cannot
/// be read.
pub(super) fn alternative_names(certificate: &[u8]) -> Vec<String> {
    extension(certificate).map(|names| Der(names).filter_map(name).collect()).unwrap_or_default()
}

/// The names inside the extension.
fn extension(certificate: &[u8]) -> Option<&[u8]> {
    let certificate = Der(certificate).inside(SEQUENCE)?;
    let signed = Der(certificate).inside(SEQUENCE)?;
    let (_, extensions) = Der(signed).find(|(tag, _)| *tag == EXTENSIONS)?;
    let mut every = Der(Der(extensions).inside(SEQUENCE)?);
    let octets = every.find_map(|(_, extension)| {
        let mut parts = Der(extension);
        let is_it = parts.next()? == (OBJECT_ID, &SUBJECT_ALTERNATIVE_NAME[..]);
        // A mark of criticality may stand between.
        parts.find(|(tag, _)| is_it && *tag == OCTETS).map(|(_, octets)| octets)
    })?;
    Der(octets).inside(SEQUENCE)
}

fn name((tag, content): (u8, &[u8])) -> Option<String> {
    match tag {
        EMAIL | DNS | URI => String::from_utf8(content.to_owned()).ok(),
        ADDRESS => {
            let older =
                <[u8; 4]>::try_from(content).map(|octets| Ipv4Addr::from(octets).to_string());
            let newer = || <[u8; 16]>::try_from(content).map(|one| Ipv6Addr::from(one).to_string());
            older.or_else(|_| newer()).ok()
        }
        _ => None,
    }
}

/// Values in DER, one after the other, each as its tag and its content.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next value, if it has this tag.
    fn inside(mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length >= 0x80 {
            let (digits, after) = rest.split_at_checked(length - 0x80)?;
            if digits.len() > size_of::<u32>() {
                return None;
            }
            length = digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn each_kind_of_name_is_text() {
        let long = format!("{}.example", "a".repeat(300));
        let names = vec![
            SanType::DnsName("prometheus.example".try_into().unwrap()),
            SanType::DnsName(long.as_str().try_into().unwrap()),
            SanType::Rfc822Name("ops@example.org".try_into().unwrap()),
            SanType::URI("spiffe://example.org/prometheus".try_into().unwrap()),
            SanType::IpAddress(IpAddr::from([192, 0, 2, 1])),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
        ];
        let expected = [
            "prometheus.example",
            &long,
            "ops@example.org",
            "spiffe://example.org/prometheus",
            "192.0.2.1",
            "2001:db8::1",
        ];
        assert_eq!(alternative_names(&certificate(names)), expected);
        assert!(alternative_names(&certificate(Vec::new())).is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_stop_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            alternative_names(&bytes);
        }

        #[test]
        fn a_certificate_that_is_spoilt_does_not_stop_it(at in 0_usize..300, byte: u8) {
            let mut bytes = certificate(vec![SanType::DnsName("a.example".try_into().unwrap())]);
            let length = bytes.len();
            bytes[at % length] = byte;
            alternative_names(&bytes);
        }
    }
}
