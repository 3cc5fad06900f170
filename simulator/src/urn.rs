//! The names of resources in policies.

/// A resource as policies name it.
pub(crate) fn urn(kind: &str, name: &str) -> String {
    format!("urn:v1:eu:resource:{kind}:{name}")
}
