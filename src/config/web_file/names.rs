//! The names of Go's TLS package, which the file has, as rustls has them.

use tokio_rustls::rustls::crypto::SupportedKxGroup;
use tokio_rustls::rustls::crypto::ring::{cipher_suite, kx_group};
use tokio_rustls::rustls::{ProtocolVersion, SupportedCipherSuite};

use crate::config::parse::one_of;

/// The suites of TLS 1.2. Those of TLS 1.3 are not chosen, as in Go.
static SUITES: [(&str, Option<SupportedCipherSuite>); 9] = [
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Some(cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        Some(cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        Some(cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        Some(cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    ("TLS_AES_128_GCM_SHA256", None),
    ("TLS_AES_256_GCM_SHA384", None),
    ("TLS_CHACHA20_POLY1305_SHA256", None),
];

static CURVES: [(&str, &dyn SupportedKxGroup); 3] = [
    ("CurveP256", kx_group::SECP256R1),
    ("CurveP384", kx_group::SECP384R1),
    ("X25519", kx_group::X25519),
];

/// How clients show certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// They are not asked for one.
    None,
    /// They may show any.
    Request,
    /// They must show one, whoever signed it.
    RequireAny,
    /// They may show one of the authorities.
    VerifyIfGiven,
    /// They must show one of the authorities.
    RequireAndVerify,
}

impl ClientAuth {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        one_of(
            text,
            &[
                ("NoClientCert", Self::None),
                ("RequestClientCert", Self::Request),
                ("RequireAnyClientCert", Self::RequireAny),
                // The toolkit has this name too.
                ("RequireClientCert", Self::RequireAny),
                ("VerifyClientCertIfGiven", Self::VerifyIfGiven),
                ("RequireAndVerifyClientCert", Self::RequireAndVerify),
            ],
        )
    }

    /// Whether a certificate is held against the authorities.
    pub(super) fn is_verified(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }

    /// Whether a client without a certificate is refused.
    pub(super) fn is_mandatory(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }
}

/// A version of TLS.
pub(super) fn version(text: &str) -> Result<ProtocolVersion, String> {
    if ["TLS10", "TLS11"].contains(&text) {
        return Err(format!("{text} is insecure and not supported; use TLS12 or TLS13"));
    }
    let versions = [("TLS12", ProtocolVersion::TLSv1_2), ("TLS13", ProtocolVersion::TLSv1_3)];
    one_of(text, &versions)
}

/// A cipher suite; `None` for one of TLS 1.3.
pub(super) fn suite(text: &str) -> Result<Option<SupportedCipherSuite>, String> {
    let found = SUITES.iter().find(|(name, _)| *name == text);
    found.map(|(_, suite)| *suite).ok_or_else(|| {
        let names: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
        format!("unknown or not supported; use one of {}", names.join(", "))
    })
}

/// An elliptic curve.
pub(super) fn curve(text: &str) -> Result<&'static dyn SupportedKxGroup, String> {
    let found = CURVES.iter().find(|(name, _)| *name == text);
    found.map(|(_, curve)| *curve).ok_or_else(|| {
        let names: Vec<_> = CURVES.iter().map(|(name, _)| *name).collect();
        format!("unknown or not supported; use one of {}", names.join(", "))
    })
}
