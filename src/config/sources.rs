//! The sources of a credential: the account's own keys in the configuration file, then the
//! official clients' variables, then their `ovh.conf`.
//!
//! Each key is taken from the first place that has it. A place that makes the credential whole is
//! the last that is looked at, so that a forgotten `ovh.conf` does not make it ambiguous.

use std::cell::RefCell;
use std::path::Path;

use crate::secret::Source;

use super::credential::{self, Credential, Found, Key, Keys, Kind, State};
use super::endpoint;
use super::environment::Environment;
use super::errors::ConfigErrors;
use super::located::Located;
use super::ovh_conf::OvhConf;

/// The first step of an operator without a credential.
const START: &str = "create a service account in OVHcloud's IAM and set OVH_CLIENT_ID and \
                     OVH_CLIENT_SECRET, or run `ovhcloud-exporter demo` to look around without one";

/// The places, for all accounts.
pub(super) struct Sources<'a> {
    environment: &'a dyn Environment,
    conf: OvhConf<'a>,
    /// Whether `ovh.conf` is a place.
    has_conf: bool,
    /// Whether the variables are a place.
    has_variables: bool,
    warnings: RefCell<Vec<String>>,
}

/// For which account a credential is looked for.
pub(super) struct Wanted<'w> {
    /// The place that the errors begin with.
    pub(super) place: &'w str,
    /// The endpoint as it was given, which is the section of `ovh.conf`.
    pub(super) endpoint: &'w str,
    /// The keys that the account itself sets.
    pub(super) own: Keys,
}

impl<'a> Sources<'a> {
    /// All places. Variables and `ovh.conf` speak of one account: if there are several, the file
    /// must say whose is what.
    pub(super) fn all(environment: &'a dyn Environment, is_one: bool) -> Self {
        let conf = OvhConf::new(environment);
        let warnings = RefCell::default();
        Self { environment, conf, has_conf: is_one, has_variables: is_one, warnings }
    }

    /// The variables alone.
    pub(super) fn variables_only(environment: &'a dyn Environment) -> Self {
        Self { has_conf: false, ..Self::all(environment, true) }
    }

    /// The variables and files.
    pub(super) fn environment(&self) -> &'a dyn Environment {
        self.environment
    }

    /// Returns the warnings about the places.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Returns the errors of the places themselves.
    pub(super) fn errors(&self) -> ConfigErrors {
        self.conf.errors()
    }

    /// Warns that others may read a file in which a secret stands.
    pub(super) fn warn_if_open(&self, path: &Path) {
        if let Ok(mode) = self.environment.mode(path)
            && mode & 0o077 != 0
        {
            let warning = format!(
                "{}: others than its owner may use this file, and a secret stands in it (mode \
                 {mode:04o}); `chmod 600` it",
                path.display()
            );
            let mut warnings = self.warnings.borrow_mut();
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }

    /// The endpoint: what the account says, `OVH_ENDPOINT`, `ovh.conf` unless the account brings a
    /// whole credential of its own, or else what go-ovh takes.
    pub(super) fn endpoint(&self, own: Option<Located<String>>, is_whole: bool) -> Located<String> {
        let variable = || {
            let text = self.environment.variable("OVH_ENDPOINT").filter(|_| self.has_variables)?;
            Some(Located::at("OVH_ENDPOINT", text.trim().to_owned()))
        };
        let has_conf = self.has_conf && !is_whole;
        let conf = || if has_conf { self.conf.find("default", "endpoint") } else { None };
        own.or_else(variable)
            .or_else(conf)
            .unwrap_or_else(|| Located::at("OVH_ENDPOINT", endpoint::DEFAULT.to_owned()))
    }

    /// The credential, from whatever places it takes.
    ///
    /// # Errors
    ///
    /// None, half a one, several kinds of it, or a secret's file without a secret.
    pub(super) fn credential(&self, wanted: &Wanted<'_>) -> Result<Credential, ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let mut keys = Keys::new();
        // The account's own keys decide the kind: keys of another kind belong to another account.
        let kinds: Vec<_> = wanted.own.keys().map(|key| key.kind()).collect();
        let is_wanted = |key: &Key| kinds.is_empty() || kinds.contains(&key.kind());
        for place in 0..3 {
            let more = match place {
                0 => wanted.own.clone(),
                1 if self.has_variables => self.variables(&mut errors),
                2 if self.has_conf => self.section(wanted.endpoint),
                _ => Keys::new(),
            };
            for (key, found) in more.into_iter().filter(|(key, _)| is_wanted(key)) {
                keys.entry(key).or_insert(found);
            }
            if matches!(credential::state(&keys), State::Whole(_) | State::Mixed) {
                break;
            }
        }
        if let Some(wrong) = self.wrong(wanted, &keys) {
            errors.0.push(wrong);
            return Err(errors);
        }
        self.warn_of_secrets(&keys);
        let warnings = &mut self.warnings.borrow_mut();
        let credential = errors.take(credential::assemble(keys, self.environment, warnings));
        credential.filter(|_| errors.0.is_empty()).ok_or(errors)
    }

    fn variables(&self, errors: &mut ConfigErrors) -> Keys {
        let mut keys = Keys::new();
        for key in Key::ALL {
            let name = variable(key);
            let file = key.file().and_then(|_| self.environment.variable(&format!("{name}_FILE")));
            match (self.environment.variable(&name), file) {
                (Some(text), Some(_)) => {
                    errors.0.push(format!("{name}, {name}_FILE: both set; keep one"));
                    keys.insert(key, Found::given(name, &text));
                }
                (Some(text), None) => {
                    keys.insert(key, Found::given(name, &text));
                }
                (None, Some(path)) => {
                    let source = Source::File(path.into());
                    keys.insert(key, Found { place: format!("{name}_FILE"), source });
                }
                (None, None) => {}
            }
        }
        keys
    }

    fn section(&self, endpoint: &str) -> Keys {
        let mut keys = Keys::new();
        for key in Key::ALL {
            let text = self.conf.find(endpoint, key.name());
            let file = key.file().and_then(|name| self.conf.find(endpoint, name));
            if let Some(text) = text {
                keys.insert(key, Found::given(text.place, &text.value));
            } else if let Some(path) = file {
                let source = Source::File(path.value.into());
                keys.insert(key, Found { place: path.place, source });
            }
        }
        keys
    }

    /// Warns of an `ovh.conf` that others may read, if a secret of these stands in it.
    fn warn_of_secrets(&self, keys: &Keys) {
        for (key, found) in keys {
            if let Some((path, _)) = found.place.split_once(" [")
                && key.file().is_some()
                && matches!(found.source, Source::Given(_))
            {
                self.warn_if_open(Path::new(path));
            }
        }
    }

    /// Returns the error of these keys as a credential, if they are none.
    fn wrong(&self, wanted: &Wanted<'_>, keys: &Keys) -> Option<String> {
        let Wanted { place, endpoint, .. } = wanted;
        match credential::state(keys) {
            State::Whole(_) => None,
            State::Mixed => Some(format!("{place}: {}; keep the keys of one kind", mixed(keys))),
            State::Half(kind) => {
                let missing = kind.keys().filter(|key| !keys.contains_key(key));
                Some(format!(
                    "{place}: {} missing of {}, of which there is {}; looked in {}; give every key \
                     of one",
                    names(missing),
                    kind.name(),
                    there(keys, kind),
                    self.looked(endpoint, Some(kind))
                ))
            }
            State::Missing => Some(format!(
                "{place}: none for {endpoint}; looked in {}; {}",
                self.looked(endpoint, None),
                if self.has_variables { START } else { "give the account its `credential`" }
            )),
        }
    }

    /// Every place that was looked at, for keys of this kind.
    fn looked(&self, endpoint: &str, kind: Option<Kind>) -> String {
        let keys = Key::ALL.into_iter().filter(|key| kind.is_none_or(|kind| key.kind() == kind));
        let variables: Vec<_> = keys
            .map(|key| variable(key) + if key.file().is_some() { "[_FILE]" } else { "" })
            .collect();
        let mut places = if self.has_variables {
            vec![format!("the variables {}", variables.join(", "))]
        } else {
            vec![
                "the account's own keys (variables and ovh.conf are for a single account)"
                    .to_owned(),
            ]
        };
        if self.has_conf {
            places.extend(self.conf.reported(endpoint));
        }
        places.join(", ")
    }
}

fn variable(key: Key) -> String {
    format!("OVH_{}", key.name().to_uppercase())
}

fn names(keys: impl Iterator<Item = Key>) -> String {
    let names: Vec<_> = keys.map(Key::name).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// The keys of this kind, each with its place.
fn there(keys: &Keys, kind: Kind) -> String {
    let of_kind = keys.iter().filter(|(key, _)| key.kind() == kind);
    let shown = of_kind.map(|(key, found)| format!("{} ({})", key.name(), found.place));
    shown.collect::<Vec<_>>().join(", ")
}

fn mixed(keys: &Keys) -> String {
    let mut kinds: Vec<_> = keys.keys().map(|key| key.kind()).collect();
    kinds.dedup();
    let shown = kinds.into_iter().map(|kind| format!("{} of {}", there(keys, kind), kind.name()));
    format!("several kinds of credential at once: {}", shown.collect::<Vec<_>>().join(", and "))
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::super::table::Notes;
    use super::*;

    /// The credential's keys of the one account, or the errors, then the warnings.
    fn reported(environment: &Fake) -> String {
        let sources = Sources::all(environment, true);
        let endpoint = sources.endpoint(None, false).value;
        let wanted = Wanted { place: "credential", endpoint: &endpoint, own: Keys::new() };
        let found = sources.credential(&wanted);
        let others = sources.errors();
        let mut lines = match found {
            Ok(credential) => vec![format!("{endpoint} {credential:?}")],
            Err(errors) => Notes::of("").errors(errors).0,
        };
        lines.extend(others.0);
        lines.extend(sources.warnings());
        lines.join("\n")
    }

    #[test]
    fn each_key_comes_from_the_first_place_that_has_it() {
        let environment = Fake::default()
            .set("OVH_CLIENT_SECRET_FILE", "/run/secret")
            .file("/run/secret", "hunter2\n")
            .file(
                "/etc/ovh.conf",
                "[default]\nendpoint=ovh-us\n[ovh-us]\nclient_id=US.1\nclient_secret=x",
            );
        assert_eq!(
            reported(&environment),
            "ovh-us ServiceAccount { client_id: \"US.1\", client_secret: File(\"/run/secret\") }"
        );
    }

    #[test]
    fn a_whole_credential_is_not_made_ambiguous_by_a_later_place() {
        let environment = Fake::default()
            .set("OVH_ENDPOINT", "ovh-eu")
            .set("OVH_ACCESS_TOKEN", "hunter2")
            .file("./ovh.conf", "[ovh-eu]\napplication_key=1\n")
            .file("/etc/ovh.conf", "no ini");
        assert_eq!(reported(&environment), "ovh-eu AccessToken(Given(***))");
    }

    #[test]
    fn mixed_credentials_are_reported_with_their_places() {
        let environment = Fake::default()
            .set("OVH_CLIENT_ID", "EU.1")
            .file("./ovh.conf", "[ovh-eu]\napplication_key=1\napplication_secret=hunter2\n");
        assert_eq!(
            reported(&environment),
            "credential: several kinds of credential at once: client_id (OVH_CLIENT_ID) of a \
             service account, and application_key (./ovh.conf [ovh-eu] application_key), \
             application_secret (./ovh.conf [ovh-eu] application_secret) of an application key; \
             keep the keys of one kind"
        );
    }

    #[test]
    fn a_section_that_is_missing_is_reported_with_those_that_are_there() {
        let environment = Fake::default().set("HOME", "/home/me").file(
            "/home/me/.ovh.conf",
            "[default]\nendpoint=ovh-ca\n[ovh-eu]\nclient_id=EU.1\nclient_secret=hunter2\n",
        );
        assert_eq!(
            reported(&environment),
            "credential: none for ovh-ca; looked in the variables OVH_CLIENT_ID, \
             OVH_CLIENT_SECRET[_FILE], OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET[_FILE], \
             OVH_CONSUMER_KEY[_FILE], OVH_ACCESS_TOKEN[_FILE], ./ovh.conf (no such file), \
             /home/me/.ovh.conf (no section [ovh-ca], only [default], [ovh-eu]), /etc/ovh.conf (no \
             such file); create a service account in OVHcloud's IAM and set OVH_CLIENT_ID and \
             OVH_CLIENT_SECRET, or run `ovhcloud-exporter demo` to look around without one"
        );
    }

    #[test]
    fn a_secrets_file_is_readable_and_full_and_for_its_owner_alone() {
        let with = |environment: Fake| {
            reported(&environment.set("OVH_ENDPOINT", "ovh-eu").set("OVH_ACCESS_TOKEN_FILE", "/t"))
        };
        assert_eq!(
            with(Fake::default()),
            "OVH_ACCESS_TOKEN_FILE: can't read the secret's file `/t` (entity not found); let the \
             exporter's user read it"
        );
        assert_eq!(
            with(Fake::default().file("/t", " \n")),
            "OVH_ACCESS_TOKEN_FILE: the secret's file `/t` is empty; write the secret into it"
        );
        assert_eq!(
            with(Fake::default().open_file("/t", "hunter2", 0o640)),
            "ovh-eu AccessToken(File(\"/t\"))\n\
             OVH_ACCESS_TOKEN_FILE: others than its owner may use the secret's file `/t` (mode \
             0640); `chmod 600` it"
        );
        assert_eq!(
            with(Fake::default().set("OVH_ACCESS_TOKEN", "hunter2")),
            "OVH_ACCESS_TOKEN, OVH_ACCESS_TOKEN_FILE: both set; keep one"
        );
    }

    #[test]
    fn an_ovh_conf_with_a_secret_is_for_its_owner_alone() {
        let text = "[ovh-eu]\naccess_token=hunter2\n";
        assert!(reported(&Fake::default().open_file("./ovh.conf", text, 0o644)).ends_with(
            "./ovh.conf: others than its owner may use this file, and a secret stands in it (mode \
             0644); `chmod 600` it"
        ));
    }
}
