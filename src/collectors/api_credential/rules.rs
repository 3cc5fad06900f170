//! The rules of an API credential: the calls that it may make.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::collectors::shared::is_write;
use crate::family::Word;
use crate::iam::danger::ESCALATING_ROUTES;

/// The rules of a credential, in short. A rule consists of a method and a path, which may end in
/// `*` for any rest, slashes included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rules {
    /// The number of rules.
    pub count: usize,
    /// The paths of each method, without those that a wider one of the method covers.
    pub paths: BTreeMap<Word, BTreeSet<String>>,
}

impl Rules {
    /// The calls that a credential may make, in classes; the last one is the widest.
    pub const CLASSES: [&str; 3] = ["read", "write", "everything"];

    /// The rules in short; `None` if one of them has no method or no path.
    pub(super) fn of(rules: Vec<Rule>) -> Option<Self> {
        let count = rules.len();
        let mut paths: BTreeMap<Word, BTreeSet<String>> = BTreeMap::new();
        for Rule { method, path } in rules {
            paths.entry(method?.into()).or_default().insert(path?);
        }
        for all in paths.values_mut() {
            let wider = |path: &str| all.iter().any(|wide| wide != path && covers(wide, path));
            let widest = all.iter().filter(|path| !wider(path)).cloned().collect();
            *all = widest;
        }
        Some(Self { count, paths })
    }

    /// Whether any rule permits more than reading.
    pub fn is_write(&self) -> bool {
        self.writes().any(|(method, path)| is_write(method, path))
    }

    /// Whether a method other than GET is permitted on every path.
    pub fn is_everything(&self) -> bool {
        self.writes().any(|(_, path)| covers(path, "/"))
    }

    /// The first rule with one of these methods that permits a call of this path or below it, as
    /// `PUT /me/*`.
    pub fn permitting(&self, methods: &[&str], path: &str) -> Option<String> {
        let below = |rule: &str| {
            let rest = rule.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut all = self
            .paths
            .iter()
            .flat_map(|(method, rules)| rules.iter().map(move |rule| (&**method, rule.as_str())));
        all.find(|(method, rule)| methods.contains(method) && (covers(rule, path) || below(rule)))
            .map(|(method, rule)| format!("{method} {rule}"))
    }

    /// The first rule that permits a call by which a key gives itself or others rights, and the
    /// path of the call.
    pub fn escalating(&self) -> Option<(String, &'static str)> {
        let mut routes = ESCALATING_ROUTES.iter();
        routes.find_map(|(path, methods)| Some((self.permitting(methods, path)?, *path)))
    }

    /// The first rule with one of these methods that permits every path, as `PUT /*`.
    pub fn permitting_all(&self, methods: &[&str]) -> Option<String> {
        let of = |method: &&str| {
            let paths = self.paths.get(&Word::from(*method))?;
            paths.iter().find(|path| covers(path, "/")).map(|path| format!("{method} {path}"))
        };
        methods.iter().find_map(of)
    }

    /// One of [`Self::CLASSES`].
    pub fn class(&self) -> &'static str {
        let [read, write, everything] = Self::CLASSES;
        match self.is_write() {
            _ if self.is_everything() => everything,
            true => write,
            false => read,
        }
    }

    fn writes(&self) -> impl Iterator<Item = (&str, &str)> {
        let writes = self.paths.iter().filter(|(method, _)| &***method != "GET");
        writes.flat_map(|(method, paths)| paths.iter().map(|path| (&**method, path.as_str())))
    }
}

/// Whether a rule's path contains another path or all paths of a rule.
fn covers(wide: &str, path: &str) -> bool {
    wide == path || wide.strip_suffix('*').is_some_and(|start| path.starts_with(start))
}

/// `auth.AccessRule`
#[derive(Deserialize)]
pub(super) struct Rule {
    method: Option<String>,
    path: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Option<Rules> {
        Rules::of(serde_json::from_str(json).unwrap())
    }

    fn of(pairs: &[(&str, &str)]) -> Rules {
        let one =
            |(method, path): &(&str, &str)| format!(r#"{{"method":"{method}","path":"{path}"}}"#);
        let all: Vec<_> = pairs.iter().map(one).collect();
        rules(&format!("[{}]", all.join(","))).unwrap()
    }

    #[test]
    fn only_the_widest_paths_of_a_method_are_kept() {
        let short = of(&[
            ("GET", "/me/api/*"),
            ("GET", "/me/*"),
            ("GET", "/me"),
            ("GET", "/domain"),
            ("PUT", "/me/api/*"),
        ]);
        assert_eq!(short.count, 5);
        let paths = |method: &str| short.paths[&Word::from(method)].iter().collect::<Vec<_>>();
        assert_eq!(paths("GET"), ["/domain", "/me", "/me/*"]);
        assert_eq!(paths("PUT"), ["/me/api/*"]);
    }

    #[test]
    fn classes_are_those_of_the_widest_rule() {
        for (pairs, class) in [
            (&[][..], "read"),
            (&[("GET", "/*")], "read"),
            (&[("GET", "/*"), ("POST", "/v2/iam/authorization/check")], "read"),
            (&[("GET", "/*"), ("POST", "/domain/zone/*")], "write"),
            (&[("PUT", "/me")], "write"),
            (&[("DELETE", "/*")], "everything"),
            (&[("PATCH", "*")], "everything"),
        ] {
            assert_eq!(of(pairs).class(), class, "{pairs:?}");
        }
    }

    #[test]
    fn a_rule_permits_a_path_that_it_covers_and_those_below() {
        let rules = of(&[("GET", "/*"), ("PUT", "/me/api/*"), ("POST", "/vps/x/reboot")]);
        let permitting = |path| rules.permitting(&["POST", "PUT"], path);
        assert_eq!(permitting("/me/api/credential").as_deref(), Some("PUT /me/api/*"));
        assert_eq!(permitting("/vps").as_deref(), Some("POST /vps/x/reboot"));
        assert_eq!(permitting("/me/identity/user"), None);
        assert_eq!(permitting("/vp"), None);
        assert_eq!(rules.permitting(&["GET"], "/me").as_deref(), Some("GET /*"));
    }

    #[test]
    fn a_rule_without_a_member_leaves_the_rules_unknown() {
        assert_eq!(rules("[]"), Some(Rules::default()));
        for json in [r#"[{"path":"/me"}]"#, r#"[{"method":"GET","path":null}]"#, "[{}]"] {
            assert_eq!(rules(json), None, "{json}");
        }
    }
}
