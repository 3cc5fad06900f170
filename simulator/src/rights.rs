//! The rights of a caller: IAM grants on resources, and the rules of a consumer key.

mod policies;

use serde_json::{Value, json};

/// The rights of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// IAM: actions on resources. Any other action is refused.
    pub grants: Vec<Grant>,
    /// IAM: actions that are refused whatever is granted.
    pub denials: Vec<Grant>,
    /// The routes that a consumer key may call; of no meaning for the other identities. Where
    /// there are none, those that the account's own credential object names.
    pub rules: Vec<Rule>,
}

/// Actions granted on resources, as one IAM policy grants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Action names; `*` stands for anything at the start and at the end of a name.
    pub actions: Vec<String>,
    /// Actions that are not among them.
    pub except: Vec<String>,
    /// Resource URNs; `*` stands for anything at the end.
    pub resources: Vec<String>,
}

/// A method and a path that a consumer key may call; `*` in the path stands for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without `/1.0`, such as `/me/*`.
    pub path: String,
}

impl Default for Rights {
    fn default() -> Self {
        Self::all()
    }
}

impl Rights {
    /// Every action on every resource.
    pub fn all() -> Self {
        Self::none().grant(&["*"], &["*"])
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self { grants: Vec::new(), denials: Vec::new(), rules: Vec::new() }
    }

    /// Adds actions on resources.
    #[must_use]
    pub fn grant(mut self, actions: &[&str], resources: &[&str]) -> Self {
        self.grants.push(Grant::new(actions, resources));
        self
    }

    /// Adds a route that a consumer key may call.
    #[must_use]
    pub fn rule(mut self, method: &str, path: &str) -> Self {
        self.rules.push(Rule::new(method, path));
        self
    }

    /// Whether the action is granted on the resource.
    pub fn allow(&self, action: &str, urn: &str) -> bool {
        let on = |grant: &Grant| grant.resources.iter().any(|pattern| covers_urn(pattern, urn));
        let denies = |denial: &Grant| denial.has(action) && on(denial);
        self.granting(action).any(on) && !self.denials.iter().any(denies)
    }

    /// Whether the action is granted on some resource of the type, present or not.
    pub(crate) fn allow_some(&self, action: &str, prefix: &str) -> bool {
        let on = |pattern: &String| pattern.starts_with(prefix) || covers_urn(pattern, prefix);
        self.granting(action).any(|grant| grant.resources.iter().any(on))
    }

    fn granting<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |grant| grant.has(action))
    }
}

impl Grant {
    /// Actions on resources.
    pub fn new(actions: &[&str], resources: &[&str]) -> Self {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Self { actions: owned(actions), except: Vec::new(), resources: owned(resources) }
    }

    /// Whether the action is one of the grant's.
    fn has(&self, action: &str) -> bool {
        let any = |names: &[String]| names.iter().any(|name| covers_action(name, action));
        any(&self.actions) && !any(&self.except)
    }
}

impl Rule {
    /// A method and a path.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned() }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "method": self.method, "path": self.path })
    }
}

/// OVHcloud's wildcards in actions: `*`, `vps:*`, `*:apiovh:*`. No source shows one inside a name,
/// so that `me/*/get` covers nothing here.
fn covers_action(pattern: &str, action: &str) -> bool {
    let (head, rest) = pattern.strip_prefix('*').map_or((false, pattern), |rest| (true, rest));
    let (tail, middle) = rest.strip_suffix('*').map_or((false, rest), |middle| (true, middle));
    match (head, tail) {
        (true, true) => action.contains(middle),
        // A lone `*` has lost it to the head.
        (true, false) => action.ends_with(middle),
        (false, true) => action.starts_with(middle),
        (false, false) => action == middle,
    }
}

fn covers_urn(pattern: &str, urn: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == urn, |head| urn.starts_with(head))
}

/// Whether the text is covered by a pattern in which `*` stands for anything, anywhere.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_know_wildcards_at_their_ends_only() {
        for (pattern, action, covered) in [
            ("*", "account:apiovh:me/get", true),
            ("account:*", "account:apiovh:me/get", true),
            ("*:apiovh:*", "account:apiovh:me/get", true),
            ("*/get", "account:apiovh:me/get", true),
            ("account:apiovh:me/get", "account:apiovh:me/get", true),
            ("vps:*", "account:apiovh:me/get", false),
            ("account:*/get", "account:apiovh:me/get", false),
            ("account:apiovh:me", "account:apiovh:me/get", false),
        ] {
            assert_eq!(covers_action(pattern, action), covered, "{pattern} on {action}");
        }
    }

    #[test]
    fn resources_know_a_wildcard_at_the_end_only() {
        assert!(covers_urn("urn:v1:eu:resource:vps:*", "urn:v1:eu:resource:vps:one"));
        assert!(covers_urn("*", "urn:v1:eu:resource:vps:one"));
        assert!(!covers_urn("*:one", "urn:v1:eu:resource:vps:one"));
        assert!(!covers_urn("urn:v1:eu:resource:vps:on", "urn:v1:eu:resource:vps:one"));
    }

    #[test]
    fn paths_know_wildcards_anywhere() {
        for (pattern, path, covered) in [
            ("/*", "/me", true),
            ("/me", "/me", true),
            ("/me", "/me/api", false),
            ("/me*", "/me/api", true),
            ("/cloud/project/*/instance", "/cloud/project/1/instance", true),
            ("/cloud/project/*/instance", "/cloud/project/1/instance/2", false),
            ("*instance*", "/cloud/project/1/instance/2", true),
        ] {
            assert_eq!(glob(pattern, path), covered, "{pattern} on {path}");
        }
    }
}
