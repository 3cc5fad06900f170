//! SSH public keys: their fingerprints in both usual forms, their types and lengths.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, Mpint, PublicKey};

use crate::family::Word;

/// The type and the length of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Algorithm {
    /// `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, `ssh-dss`, `sk-ssh-ed25519@openssh.com`, …
    pub name: Word,
    /// The length that its strength depends on, in bits: of the modulus of an RSA key, of the prime
    /// of a DSA key, of the curve of others; `None` for an unknown type.
    pub bits: Option<usize>,
}

impl Algorithm {
    /// The labels `key_type` and `key_bits`, empty where unknown.
    pub(in crate::collectors) fn labels(algorithm: Option<&Self>) -> [Word; 2] {
        let Some(Self { name, bits }) = algorithm else { return Default::default() };
        let bits = bits.map(|bits| bits.to_string()).unwrap_or_default();
        [name.clone(), bits.as_str().into()]
    }

    /// Those of `ssh-ed25519 AAAA… comment`; a certificate is unreadable.
    pub fn of(public_key: &str) -> Option<Self> {
        let key = PublicKey::from_openssh(public_key.trim()).ok()?;
        let bits = match key.key_data() {
            KeyData::Rsa(key) => length(&key.n),
            KeyData::Dsa(key) => length(&key.p),
            KeyData::Ecdsa(key) => Some(match key.curve() {
                EcdsaCurve::NistP256 => 256,
                EcdsaCurve::NistP384 => 384,
                EcdsaCurve::NistP521 => 521,
            }),
            KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {
                Some(256)
            }
            _ => None,
        };
        Some(Self { name: key.algorithm().as_str().into(), bits })
    }
}

/// The bits of a number without leading zeros; `None` if it is negative.
fn length(number: &Mpint) -> Option<usize> {
    let [first, rest @ ..] = number.as_positive_bytes()? else { return None };
    let top = u8::BITS.saturating_sub(first.leading_zeros());
    Some(rest.len() * 8 + usize::try_from(top).ok()?)
}

/// Both forms of a key's fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
    /// `MD5:` and pairs of hex digits.
    pub md5: String,
}

impl Fingerprints {
    /// Computes both from `ssh-ed25519 AAAA… comment`.
    pub fn of(public_key: &str) -> Option<Self> {
        let key = PublicKey::from_openssh(public_key.trim()).ok()?;
        let hash = Md5::digest(key.to_bytes().ok()?);
        let pairs: Vec<_> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            sha256: key.fingerprint(HashAlg::Sha256).to_string(),
            md5: format!("MD5:{}", pairs.join(":")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `ssh-keygen -t ed25519`; `ssh-keygen -lf` and `ssh-keygen -E md5 -lf` print these
    /// fingerprints for it.
    const KEY: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";

    #[test]
    fn fingerprints_are_those_that_ssh_keygen_prints() {
        let fingerprints = Fingerprints::of(KEY).unwrap();
        assert_eq!(fingerprints.sha256, "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
        assert_eq!(fingerprints.md5, "MD5:ae:6f:ba:1b:70:2c:ae:c7:5c:ab:6e:4d:5e:d4:c7:23");
    }

    // Made with `ssh-keygen -t rsa -b 1024`, `-t ecdsa -b 384`, `-t ecdsa -b 521` and `-t dsa`.
    const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC2U+oblGtN3tdPJPXEghCOFSnQJ584lpHtkt8on0Wd+0t9\
        ulNkAg+2d9wZU9kocIGVqP3o6IN5hOH5tvsyU3T1EyasKzwoRw4dqlkLrvcxxmn4VfO8PwGBiGbrcyokBoe1\
        nn35nFOGmADigqQcEeC6DdyrNSgQ1NdQXObYdl/IqQ==";
    const ECDSA_384: &str = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBLrSig8yg1EY\
        25s/1XTDBy0he6mAmvABW12UGYUL/gPoZSMWxGtQqnZniKUGgQqMvpeqOBjd19kw5EvudW1wGHSipzhohv4Y\
        /yOyeTogtqvl03evSBr5HXyBPJKgzID1Nw==";
    const ECDSA_521: &str = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAEIv2oL2i60\
        scPBwtRcXEdEzs4Sz/ApMPM/qF0qsF65s54sKLyqwOJ/Fp88z/GztZOyLbKoyrnFJTFLeiKFbasQ2gDjFlsO\
        EMi3yIr3uVwr4wXY0JBu7ViNTPSatKgqifTHnVRJ2zo5mt2E9lfTWXV9plq1Wpnrx55GMpRx3jY/dvsJ+A==";
    const DSA: &str = "ssh-dss AAAAB3NzaC1kc3MAAACBAPhmANXcUFGkW2sZN1Uwl/NLo0nx/tmhop+DwgIQH9vGHH0PycOkQh/7\
        SVnkAQsx/AGEs2eZWl05Jb+ZvCtZgmzIdqHY2O6ZNxJILKIUsp5jTzBgca+tk6gNObIaSeIa62XVIIyR8GSo\
        zrtZGJtRP4fsuZY4LjnQpsjD7EfpPJ0RAAAAFQDH9t1Sx5856KTTpgeFqJ60/rWd/QAAAIEArfPAfi+RB/0S\
        8ipr4nGHHICSIsU5hcVIQiNtSqaphUKGClpRqsRr8MYD2FtupPgLVwLYiZRJEMCSSHDVeLEINcJPdmG5AYsd\
        jAAoX2UqWlwm31i+3/ccUwagMNq+/w6LEdTNElLfQUeDYn8jnRdEi8opdiOiBmrPE9Lo4n79oikAAACBALWE\
        DGrPKNQeQWHGetrPjcHqDBxgo5j9q7X35Ir0n64L04QdPpiMPlM1kDizi+x2sTCvx+dis5jgayT6DWIbWXUE\
        xi10soltesAIeQqQOHokp1b+LZ/lNIwVt6tz5cUGYs35XcDGnNjSlWnOh8MuPvurbScxXA1d5saf9OoqtihJ";

    #[test]
    fn types_and_lengths_are_those_that_ssh_keygen_was_asked_for() {
        for (key, name, bits) in [
            (KEY, "ssh-ed25519", 256),
            (RSA_1024, "ssh-rsa", 1024),
            (ECDSA_384, "ecdsa-sha2-nistp384", 384),
            (ECDSA_521, "ecdsa-sha2-nistp521", 521),
            (DSA, "ssh-dss", 1024),
        ] {
            assert_eq!(Algorithm::of(key), Some(Algorithm { name: name.into(), bits: Some(bits) }));
        }
        assert_eq!(Algorithm::of("ssh-rsa AAAA"), None);
    }

    #[test]
    fn leading_zeros_add_no_length() {
        let bits = |bytes: &[u8]| length(&Mpint::from_bytes(bytes).unwrap());
        assert_eq!((bits(&[0x00, 0x80]), bits(&[0x01])), (Some(8), Some(1)));
        assert_eq!(bits(&[0x01, 0x00, 0x00]), Some(17));
        assert_eq!(bits(&[0x80]), None, "it is negative");
    }
}
