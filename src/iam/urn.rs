//! URNs of OVHcloud's IAM: `urn:v1:<region>:<class>:<type>:<name>`.

/// The region: `eu`, `ca`, `us`.
pub fn region(urn: &str) -> Option<&str> {
    part(urn, 2)
}

/// The type of a resource, or of a pattern of resources: `vps`, `account`, `*`.
pub fn resource_type(urn: &str) -> Option<&str> {
    part(urn, 4).filter(|_| part(urn, 3) == Some("resource"))
}

/// The name of a resource, which may have colons itself.
pub fn resource_name(urn: &str) -> Option<&str> {
    urn.splitn(6, ':').nth(5).filter(|_| part(urn, 3) == Some("resource"))
}

/// Whether it is the URN of a group of resources.
pub fn is_resource_group(urn: &str) -> bool {
    part(urn, 3) == Some("resourceGroup")
}

/// The kind of an identity: `account`, `user`, `group`, `credential`.
pub fn identity_kind(urn: &str) -> Option<&str> {
    part(urn, 4).filter(|_| part(urn, 3) == Some("identity"))
}

/// The account of an identity, by its nichandle.
pub fn identity_account(urn: &str) -> Option<&str> {
    part(urn, 5).filter(|_| part(urn, 3) == Some("identity"))?.split('/').next()
}

/// The name of an identity inside its account: the login of a user, the name of a group.
pub fn identity_name(urn: &str) -> Option<&str> {
    urn.splitn(6, ':').nth(5)?.split_once('/').map(|(_, name)| name)
}

fn part(urn: &str, index: usize) -> Option<&str> {
    let mut parts = urn.splitn(6, ':');
    if parts.next() != Some("urn") {
        return None;
    }
    parts.nth(index.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_have_a_class_a_type_and_a_name() {
        let vps = "urn:v1:eu:resource:vps:one:two";
        assert_eq!((resource_type(vps), resource_name(vps)), (Some("vps"), Some("one:two")));
        assert_eq!((resource_type("urn:v1:eu:resource:*"), region(vps)), (Some("*"), Some("eu")));
        let user = "urn:v1:eu:identity:user:xx1-ovh/alice";
        assert_eq!((resource_type(user), identity_kind(user)), (None, Some("user")));
        assert_eq!((identity_account(user), identity_name(user)), (Some("xx1-ovh"), Some("alice")));
        assert!(is_resource_group("urn:v1:eu:resourceGroup:1") && !is_resource_group(vps));
        for other in ["", "urn", "vps", "a:v1:eu:resource:vps:one"] {
            assert_eq!((resource_type(other), identity_account(other)), (None, None));
        }
    }
}
