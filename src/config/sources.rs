//! The sources of a credential: the account's own keys in the configuration file, then the
//! official clients' variables, then their `ovh.conf`.
//!
//! Each key is taken from the first place that has it. A place that makes the credential whole is
//! the last that is looked at, so that a forgotten `ovh.conf` does not make it ambiguous. Places that
//! contradict each other are two identities, whose keys are not put together.

use std::cell::RefCell;
use std::iter;
use std::path::Path;

use crate::secret::Source;

use super::credential::{self, Credential, Found, Key, Keys, Kind, State};
use super::endpoint;
use super::environment::Environment;
use super::errors::ConfigErrors;
use super::identity::Identity;
use super::located::Located;
use super::ovh_conf::{File, OvhConf};

/// The places, for all accounts.
pub(super) struct Sources<'a> {
    environment: &'a dyn Environment,
    conf: OvhConf<'a>,
    /// Whether `ovh.conf` is a place.
    has_conf: bool,
    /// Whether the variables are a place.
    has_variables: bool,
    warnings: RefCell<Vec<String>>,
    /// The error of an account that no place knows.
    missing: RefCell<Option<String>>,
}

/// For which account a credential is looked for.
pub(super) struct Wanted<'w> {
    /// The place that the errors begin with; empty without a configuration file.
    pub(super) place: &'w str,
    /// The sections of `ovh.conf`: the endpoint as it was given, and its region.
    pub(super) sections: Vec<&'w str>,
    /// The endpoint in errors; `None` of an unknown one, whose text may be anything.
    pub(super) endpoint: Option<&'w str>,
    /// The keys that the account itself sets.
    pub(super) own: Keys,
}

impl Wanted<'_> {
    fn place(&self) -> &str {
        if self.place.is_empty() { "credential" } else { self.place }
    }
}

impl<'a> Sources<'a> {
    /// All places. Variables and `ovh.conf` speak of one account: if there are several, the file
    /// must say whose is what.
    pub(super) fn all(environment: &'a dyn Environment, is_one: bool) -> Self {
        Self {
            environment,
            conf: OvhConf::new(environment),
            has_conf: is_one,
            has_variables: is_one,
            warnings: RefCell::default(),
            missing: RefCell::default(),
        }
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

    /// Returns the error of the account that no place knows. It is the last of all errors: a typo
    /// elsewhere is the nearer cause.
    pub(super) fn missing(&self) -> Option<String> {
        self.missing.take()
    }

    /// Warns that others may read a file in which a secret stands.
    pub(super) fn warn_if_open(&self, path: &Path) {
        if let Ok(mode) = self.environment.mode(path)
            && mode & 0o077 != 0
        {
            let warning = format!(
                "{}: other users can access this file, which contains a secret (mode {mode:04o}); \
                 `chmod 600` it",
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

    /// The credential, from whatever places it takes, and its identity.
    ///
    /// # Errors
    ///
    /// None, half a one, several kinds of it, keys of two identities, or a secret's file without a
    /// secret.
    pub(super) fn credential(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(Credential, Identity), ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let keys = self.gather(wanted, &mut errors);
        if let Some(wrong) = keys.as_ref().and_then(|keys| self.wrong(wanted, keys)) {
            errors.0.push(wrong);
        }
        let Some(keys) = keys.filter(credential::is_whole) else {
            return Err(errors);
        };
        self.warn_of_secrets(&keys);
        let identity = Identity::of(&keys);
        let warnings = &mut self.warnings.borrow_mut();
        let credential = errors.take(credential::assemble(keys, self.environment, warnings));
        credential.filter(|_| errors.0.is_empty()).map(|it| (it, identity)).ok_or(errors)
    }

    /// The keys, place by place until they are a credential. `None` after noting that two places
    /// contradict each other.
    fn gather(&self, wanted: &Wanted<'_>, errors: &mut ConfigErrors) -> Option<Keys> {
        let mut keys = wanted.own.clone();
        // The account's own keys decide the kind: keys of another kind belong to another account.
        let kinds: Vec<_> = keys.keys().map(|key| key.kind()).collect();
        let is_wanted = |key: &Key| kinds.is_empty() || kinds.contains(&key.kind());
        let mut files = self.conf_files();
        for place in 0.. {
            if matches!(credential::state(&keys), State::Whole(_) | State::Mixed) {
                break;
            }
            let mut more = match place {
                0 if self.has_variables => self.variables(errors),
                0 => Keys::new(),
                _ => match files.next() {
                    Some(file) => section(file, &wanted.sections),
                    None => break,
                },
            };
            more.retain(|key, _| is_wanted(key));
            if let Some(wrong) = self.contradiction(wanted, &keys, &more) {
                errors.0.push(wrong);
                return None;
            }
            for (key, found) in more {
                keys.entry(key).or_insert(found);
            }
        }
        Some(keys)
    }

    /// The files of `ovh.conf`, if they are a place. They are opened by the first look.
    fn conf_files(&self) -> Box<dyn Iterator<Item = &File> + '_> {
        let each = (0..).map_while(|index| self.conf.each().nth(index));
        if self.has_conf { Box::new(each) } else { Box::new(iter::empty()) }
    }

    /// Returns the error of a place that adds a key to others and has another value of one of them.
    fn contradiction(&self, wanted: &Wanted<'_>, keys: &Keys, more: &Keys) -> Option<String> {
        let (added, from) = more.iter().find(|(key, _)| !keys.contains_key(key))?;
        let differs = |there: &Found, other: &Found| {
            let texts = there.text(self.environment).zip(other.text(self.environment));
            texts.is_some_and(|(one, other)| one.expose() != other.expose())
        };
        let mut both = keys.iter().filter_map(|(key, there)| Some((key, there, more.get(key)?)));
        let (key, there, other) = both.find(|(_, there, other)| differs(there, other))?;
        let (name, added) = (key.name(), added.name());
        Some(format!(
            "{}: keys of two credentials are mixed: {name} has different values in {} and {}, and \
             {added} is only in {}; set {name} and {added} in one place, or make {name} the same in \
             both",
            wanted.place(),
            there.short_place(),
            other.short_place(),
            from.short_place()
        ))
    }

    fn variables(&self, errors: &mut ConfigErrors) -> Keys {
        let mut keys = Keys::new();
        for key in Key::ALL {
            let name = variable(key);
            let file = key.file().and_then(|_| self.environment.variable(&format!("{name}_FILE")));
            match (self.environment.variable(&name), file) {
                (Some(text), Some(_)) => {
                    errors.0.push(format!("{name} and {name}_FILE are both set; keep one"));
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
        let place = wanted.place();
        match credential::state(keys) {
            State::Whole(_) => None,
            State::Mixed => Some(format!("{place}: {}", mixed(keys))),
            State::Half(kind) => Some(format!("{place}: {}", self.half(kind, keys))),
            State::Missing if wanted.place.is_empty() => {
                *self.missing.borrow_mut() = Some(self.nothing(wanted));
                None
            }
            State::Missing => {
                let keys = "add client_id and client_secret, or the keys of another kind";
                let others = if self.has_variables {
                    ", or set OVH_CLIENT_ID and OVH_CLIENT_SECRET"
                } else {
                    ""
                };
                Some(format!("{place}: no credential; {keys}{others}{}", self.why_own()))
            }
        }
    }

    /// The error of keys that are a part of a credential.
    fn half(&self, kind: Kind, keys: &Keys) -> String {
        let missing: Vec<_> = kind.keys().filter(|key| !keys.contains_key(key)).collect();
        let names = |names: &[&str]| match names {
            [one] => format!("{one} is"),
            several => format!("{} are", several.join(" and ")),
        };
        let there: Vec<_> = keys.iter().map(|(key, found)| named(*key, found)).collect();
        let there: Vec<_> = there.iter().map(String::as_str).collect();
        let absent: Vec<_> = missing.iter().map(|key| key.name()).collect();
        let repair = missing.iter().map(|key| {
            let name = if self.has_variables { variable(*key) } else { key.name().to_owned() };
            match (key.file(), self.has_variables) {
                (None, _) => name,
                (Some(_), true) => format!("{name} or {name}_FILE"),
                (Some(file), false) => format!("{name} or {file}"),
            }
        });
        format!(
            "incomplete {} credential: {} set, {} missing; {} {}{}",
            kind.name(),
            names(&there),
            names(&absent),
            if self.has_variables { "set" } else { "add" },
            repair.collect::<Vec<_>>().join(", and "),
            self.why_own()
        )
    }

    /// The reason why no other place is looked at.
    fn why_own(&self) -> &'static str {
        if self.has_variables {
            ""
        } else {
            " (variables and ovh.conf are read for a single account only)"
        }
    }

    /// The error of the one account without any key, for an operator at the beginning.
    fn nothing(&self, wanted: &Wanted<'_>) -> String {
        let endpoint = wanted.endpoint.map(|name| format!(" for {name}")).unwrap_or_default();
        let mut conf = String::new();
        if self.has_conf {
            let found = wanted.endpoint.map(|name| self.conf.reported(name)).unwrap_or_default();
            conf = match found.as_slice() {
                [] => " The ovh.conf of the official clients is read too.".to_owned(),
                found => format!(" Read without success: {}.", found.join(", ")),
            };
        }
        format!(
            "no credential{endpoint}\n  Set OVH_CLIENT_ID and OVH_CLIENT_SECRET (service account), or \
             OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY (application key), or \
             OVH_ACCESS_TOKEN.\n  OVH_CLIENT_SECRET_FILE and the like name a file with the \
             secret.{conf}\n  `ovhcloud-exporter permissions` prints the policy that the credential \
             needs; `ovhcloud-exporter demo` needs no credential."
        )
    }
}

/// The keys of these sections in a file; an earlier section has precedence.
fn section(file: &File, sections: &[&str]) -> Keys {
    let find = |key: &str| sections.iter().find_map(|section| file.find(section, key));
    let mut keys = Keys::new();
    for key in Key::ALL {
        if let Some(text) = find(key.name()) {
            keys.insert(key, Found::given(text.place, &text.value));
        } else if let Some(path) = key.file().and_then(find) {
            let source = Source::File(path.value.into());
            keys.insert(key, Found { place: path.place, source });
        }
    }
    keys
}

fn variable(key: Key) -> String {
    format!("OVH_{}", key.name().to_uppercase())
}

/// A key with its place.
fn named(key: Key, found: &Found) -> String {
    format!("{} ({})", key.name(), found.short_place())
}

fn mixed(keys: &Keys) -> String {
    let mut kinds: Vec<_> = keys.keys().map(|key| key.kind()).collect();
    kinds.dedup();
    let shown = kinds.into_iter().map(|kind| {
        let of_kind = keys.iter().filter(|(key, _)| key.kind() == kind);
        let of_kind: Vec<_> = of_kind.map(|(key, found)| named(*key, found)).collect();
        format!("{} with {}", kind.name(), of_kind.join(", "))
    });
    let shown: Vec<_> = shown.collect();
    format!("several kinds of credential are mixed ({}); keep the keys of one", shown.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::super::notes::Notes;
    use super::*;

    /// The credential's keys of the one account, or the errors, then the warnings.
    fn reported(environment: &Fake) -> String {
        let sources = Sources::all(environment, true);
        let endpoint = sources.endpoint(None, false).value;
        let wanted = Wanted {
            place: "",
            sections: vec![&endpoint],
            endpoint: Some(&endpoint),
            own: Keys::new(),
        };
        let found = sources.credential(&wanted);
        let others = sources.errors();
        let mut lines = match found {
            Ok((credential, identity)) => vec![
                format!("{endpoint} {credential:?}"),
                format!("{identity}, {}, {:?}", identity.kind(), identity.id()),
            ],
            Err(errors) => Notes::of("").errors(errors).0,
        };
        lines.extend(others.0);
        lines.extend(sources.missing());
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
                "[default]\nendpoint=ovh-us\n[ovh-us]\nclient_id=US.1\nclient_secret=hunter2",
            );
        assert_eq!(
            reported(&environment),
            "ovh-us ServiceAccount { client_id: \"US.1\", client_secret: File(\"/run/secret\") }\n\
             service account US.1 (client_id: /etc/ovh.conf [ovh-us], client_secret: \
             OVH_CLIENT_SECRET_FILE), service account, Some(\"US.1\")"
        );
    }

    #[test]
    fn a_whole_credential_is_not_made_ambiguous_by_a_later_place() {
        let environment = Fake::default()
            .set("OVH_ENDPOINT", "ovh-eu")
            .set("OVH_ACCESS_TOKEN", "hunter2")
            .file("./ovh.conf", "[ovh-eu]\napplication_key=1\n")
            .file("/etc/ovh.conf", "no ini");
        assert_eq!(
            reported(&environment),
            "ovh-eu AccessToken(Given(***))\n\
             access token (access_token: OVH_ACCESS_TOKEN), access token, None"
        );
    }

    #[test]
    fn mixed_credentials_are_reported_with_their_places() {
        let environment = Fake::default()
            .set("OVH_CLIENT_ID", "EU.1")
            .file("./ovh.conf", "[ovh-eu]\napplication_key=1\napplication_secret=hunter2\n");
        assert_eq!(
            reported(&environment),
            "credential: several kinds of credential are mixed (service account with client_id \
             (OVH_CLIENT_ID); application key with application_key (./ovh.conf [ovh-eu]), \
             application_secret (./ovh.conf [ovh-eu])); keep the keys of one"
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
            "no credential for ovh-ca\n  Set OVH_CLIENT_ID and OVH_CLIENT_SECRET (service account), \
             or OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY (application key), \
             or OVH_ACCESS_TOKEN.\n  OVH_CLIENT_SECRET_FILE and the like name a file with the \
             secret. Read without success: /home/me/.ovh.conf (no section [ovh-ca], only \
             [default], [ovh-eu]).\n  `ovhcloud-exporter permissions` prints the policy that the \
             credential needs; `ovhcloud-exporter demo` needs no credential."
        );
    }

    #[test]
    fn a_secrets_file_is_readable_and_full_and_for_its_owner_alone() {
        let with = |environment: Fake| {
            reported(&environment.set("OVH_ENDPOINT", "ovh-eu").set("OVH_ACCESS_TOKEN_FILE", "/t"))
        };
        assert_eq!(
            with(Fake::default()),
            "OVH_ACCESS_TOKEN_FILE: no such file; expected the path of a file that contains only \
             the secret"
        );
        assert_eq!(
            with(Fake::default().file("/t", " \n")),
            "OVH_ACCESS_TOKEN_FILE: `/t` is empty; write the secret into it"
        );
        assert_eq!(
            with(Fake::default().file("/t", "hunter2\nhunter3\n")),
            "OVH_ACCESS_TOKEN_FILE: `/t`: contains a line break or a control character; expected the \
             value alone, on one line"
        );
        assert_eq!(
            with(Fake::default().open_file("/t", "hunter2", 0o640)),
            "ovh-eu AccessToken(File(\"/t\"))\n\
             access token (access_token: OVH_ACCESS_TOKEN_FILE), access token, None\n\
             OVH_ACCESS_TOKEN_FILE: other users can access the secret's file `/t` (mode 0640); \
             `chmod 600` it"
        );
        for (mode, is_warned) in [(0o777, true), (0o1777, false), (0o755, false)] {
            let environment = Fake::default().file("/t", "hunter2").open_file("/", "", mode);
            let warned =
                with(environment).contains("other users can replace the secret's file `/t`");
            assert_eq!(warned, is_warned, "{mode:o}");
        }
        let literal = with(Fake::default().file("/t", "${TOKEN}\n"));
        assert!(literal.contains("a variable that nothing has replaced"), "{literal}");
        assert_eq!(
            with(Fake::default().set("OVH_ACCESS_TOKEN", "hunter2")),
            "OVH_ACCESS_TOKEN and OVH_ACCESS_TOKEN_FILE are both set; keep one"
        );
    }

    #[test]
    fn keys_of_two_identities_are_not_put_together() {
        let conf = "[ovh-eu]\nclient_id=EU.1\nclient_secret=hunter2\n";
        let environment = || Fake::default().file("/etc/ovh.conf", conf);
        assert_eq!(
            reported(&environment().set("OVH_CLIENT_ID", "EU.2")),
            "credential: keys of two credentials are mixed: client_id has different values in \
             OVH_CLIENT_ID and /etc/ovh.conf [ovh-eu], and client_secret is only in /etc/ovh.conf \
             [ovh-eu]; set client_id and client_secret in one place, or make client_id the same in \
             both"
        );
        let same = reported(&environment().set("OVH_CLIENT_ID", "EU.1"));
        assert!(same.contains("(client_id: OVH_CLIENT_ID, client_secret: /etc/ovh.conf"), "{same}");
        let near = environment().file("./ovh.conf", "[ovh-eu]\nclient_id=EU.2\n");
        let mixed = reported(&near);
        assert!(mixed.contains("in ./ovh.conf [ovh-eu] and /etc/ovh.conf [ovh-eu]"), "{mixed}");
        // A secret differs by its text, wherever it stands.
        let keys = "[ovh-eu]\napplication_key=1\napplication_secret=a\nconsumer_key=c\n";
        let signing = |secret: &str| {
            let environment = Fake::default().file("/etc/ovh.conf", keys).file("/s", secret);
            reported(
                &environment
                    .set("OVH_APPLICATION_KEY", "1")
                    .set("OVH_APPLICATION_SECRET_FILE", "/s"),
            )
        };
        assert!(signing("a\n").starts_with("ovh-eu ApplicationKey"), "{}", signing("a\n"));
        assert!(signing("b\n").contains("application_secret has different values"));
        assert!(!mixed.contains("hunter2") && !signing("b\n").contains("EU."));
    }

    #[test]
    fn placeholders_of_documents_are_no_values() {
        for text in ["…", "EU.…", "<client id>", "..."] {
            let environment = Fake::default()
                .set("OVH_ENDPOINT", "ovh-eu")
                .set("OVH_CLIENT_ID", text)
                .set("OVH_CLIENT_SECRET", "hunter2");
            assert_eq!(
                reported(&environment),
                "OVH_CLIENT_ID: a placeholder of the documentation; expected the value itself"
            );
        }
    }

    #[test]
    fn an_ovh_conf_with_a_secret_is_for_its_owner_alone() {
        let text = "[ovh-eu]\naccess_token=hunter2\n";
        assert!(reported(&Fake::default().open_file("./ovh.conf", text, 0o644)).ends_with(
            "./ovh.conf: other users can access this file, which contains a secret (mode 0644); \
             `chmod 600` it"
        ));
    }
}
