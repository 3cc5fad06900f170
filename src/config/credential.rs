//! The credential of an account: one of the three ways in that OVHcloud's API takes.
//!
//! The sources of its keys are in `sources`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::secret::{Secret, Source};

use super::environment::{Environment, unreadable};
use super::errors::ConfigErrors;
use super::table::{Table, Value};

/// The credential of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An OAuth2 service account, by client credentials.
    ServiceAccount {
        /// Its client id (`OVH_CLIENT_ID`, `client_id`).
        client_id: String,
        /// Its client secret (`OVH_CLIENT_SECRET[_FILE]`, `client_secret[_file]`).
        client_secret: Source,
    },
    /// A legacy application with a consumer key, whose calls are signed.
    ApplicationKey {
        /// The application's key, which is sent (`OVH_APPLICATION_KEY`, `application_key`).
        application_key: String,
        /// The application's secret, which is never sent (`OVH_APPLICATION_SECRET[_FILE]`,
        /// `application_secret[_file]`).
        application_secret: Source,
        /// The consumer key (`OVH_CONSUMER_KEY[_FILE]`, `consumer_key[_file]`).
        consumer_key: Source,
    },
    /// A bearer token that was got elsewhere (`OVH_ACCESS_TOKEN[_FILE]`, `access_token[_file]`).
    AccessToken(Source),
}

impl Credential {
    /// The part of it that is no secret and identifies it; a token has none.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::ServiceAccount { client_id, .. } => Some(client_id),
            Self::ApplicationKey { application_key, .. } => Some(application_key),
            Self::AccessToken(_) => None,
        }
    }
}

/// One of the ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    ServiceAccount,
    ApplicationKey,
    AccessToken,
}

impl Kind {
    /// The name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ServiceAccount => "service account",
            Self::ApplicationKey => "application key",
            Self::AccessToken => "access token",
        }
    }

    /// Every key it is made of.
    pub(super) fn keys(self) -> impl Iterator<Item = Key> + Clone {
        Key::ALL.into_iter().filter(move |key| key.kind() == self)
    }
}

/// A key of a credential.
#[expect(clippy::enum_variant_names, reason = "OVHcloud's names")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    ClientId,
    ClientSecret,
    ApplicationKey,
    ApplicationSecret,
    ConsumerKey,
    AccessToken,
}

impl Key {
    pub(super) const ALL: [Self; 6] = [
        Self::ClientId,
        Self::ClientSecret,
        Self::ApplicationKey,
        Self::ApplicationSecret,
        Self::ConsumerKey,
        Self::AccessToken,
    ];

    /// In the configuration file and in `ovh.conf`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::ApplicationKey => "application_key",
            Self::ApplicationSecret => "application_secret",
            Self::ConsumerKey => "consumer_key",
            Self::AccessToken => "access_token",
        }
    }

    /// The key of the file that holds it; `None` if it is no secret.
    pub(super) fn file(self) -> Option<&'static str> {
        match self {
            Self::ClientId | Self::ApplicationKey => None,
            Self::ClientSecret => Some("client_secret_file"),
            Self::ApplicationSecret => Some("application_secret_file"),
            Self::ConsumerKey => Some("consumer_key_file"),
            Self::AccessToken => Some("access_token_file"),
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::ClientId | Self::ClientSecret => Kind::ServiceAccount,
            Self::ApplicationKey | Self::ApplicationSecret | Self::ConsumerKey => {
                Kind::ApplicationKey
            }
            Self::AccessToken => Kind::AccessToken,
        }
    }
}

/// The value of a key, and where it was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) place: String,
    pub(super) source: Source,
}

impl Found {
    /// A value that stands there as such.
    pub(super) fn given(place: impl Into<String>, text: &str) -> Self {
        Self { place: place.into(), source: Source::Given(Secret::new(text.trim())) }
    }

    /// Its place without the key: `f.yaml:3:5`, `OVH_CLIENT_ID`, `./ovh.conf [ovh-eu]`.
    pub(super) fn short_place(&self) -> String {
        if let Some((file, _)) = self.place.rsplit_once(": ") {
            return file.to_owned();
        }
        match self.place.rsplit_once("] ") {
            Some((section, _)) => format!("{section}]"),
            None => self.place.clone(),
        }
    }

    /// The value; `None` of one that is reported as an error already, or whose file cannot be read.
    pub(super) fn text(&self, environment: &dyn Environment) -> Option<Secret> {
        let secret = match &self.source {
            Source::Given(secret) => secret.clone(),
            Source::File(path) => Secret::new(environment.read(path).ok()?.trim()),
        };
        Some(secret).filter(|secret| !secret.expose().is_empty())
    }

    /// Notes what is wrong with its text or its file, and warns if others may read it.
    fn check(
        &self,
        environment: &dyn Environment,
        warnings: &mut Vec<String>,
    ) -> Result<(), String> {
        let place = &self.place;
        let path = match &self.source {
            Source::Given(secret) => return usable(secret.expose(), place),
            Source::File(path) => path,
        };
        if path.as_os_str().is_empty() {
            // Its path is an error that is reported already.
            return Ok(());
        }
        let shown = path.display();
        let text = environment.read(path).map_err(|error| {
            // The path of a file that does not exist may be the secret itself.
            use io::ErrorKind::{InvalidData, IsADirectory, PermissionDenied};
            let is_there = matches!(error.kind(), InvalidData | IsADirectory | PermissionDenied);
            let place = if is_there { format!("{place}: `{shown}`") } else { place.clone() };
            unreadable(&place, &error, "the path of a file that contains only the secret")
        })?;
        if text.trim().is_empty() {
            return Err(format!("{place}: `{shown}` is empty; write the secret into it"));
        }
        usable(text.trim(), &format!("{place}: `{shown}`"))?;
        if let Ok(mode) = environment.mode(path)
            && mode & 0o077 != 0
        {
            warnings.push(format!(
                "{place}: other users can access the secret's file `{shown}` (mode {mode:04o}); \
                 `chmod 600` it"
            ));
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or_else(|| Path::new("."));
        // With the sticky bit, only the owner of a file replaces it.
        if let Ok(mode) = environment.mode(directory)
            && mode & 0o1002 == 0o002
        {
            warnings.push(format!(
                "{place}: other users can replace the secret's file `{shown}`: its directory is \
                 writable for them (mode {mode:04o}); `chmod o-w` it"
            ));
        }
        Ok(())
    }
}

/// Refuses a text that is no value of a credential: lines that no header may hold, and the
/// placeholders of documents.
fn usable(text: &str, place: &str) -> Result<(), String> {
    if text.contains(char::is_control) {
        return Err(format!(
            "{place}: contains a line break or a control character; expected the value alone, on \
             one line"
        ));
    }
    if text.starts_with("${") && text.ends_with('}') {
        return Err(format!(
            "{place}: the name of a variable that nothing has replaced by its value; expected the \
             value itself, or a file with it (the key with _file, the variable with _FILE)"
        ));
    }
    let is_placeholder = ["…", "..."].contains(&text)
        || (text.starts_with('<') && text.ends_with('>'))
        || text.ends_with('…');
    if is_placeholder {
        return Err(format!(
            "{place}: a placeholder of the documentation; expected the value itself"
        ));
    }
    Ok(())
}

/// The keys that were found in one place or in several.
pub(super) type Keys = BTreeMap<Key, Found>;

/// Reads `credential` of the configuration file. A key with an error is there all the same, so
/// that it is not reported as missing too.
pub(super) fn read(table: &mut Table<'_>) -> Keys {
    let mut keys = Keys::new();
    for key in Key::ALL {
        let value = table.take_written(key.name());
        let file = key.file().map(|name| (table.has(name), table.read_path(name)));
        match (value, file) {
            (Some(value), Some((true, _))) => {
                value.wrong(&twice(key));
                keys.insert(key, Found::given("", ""));
            }
            (Some(value), _) => {
                keys.insert(key, given(value));
            }
            (None, Some((true, path))) => {
                let (place, path) = path.map(|path| (path.place, path.value)).unwrap_or_default();
                keys.insert(key, Found { place, source: Source::File(path) });
            }
            (None, _) => {}
        }
    }
    keys
}

fn given(value: Value<'_>) -> Found {
    let empty = "no value; write one, or remove the key";
    if value.is_nothing() {
        value.wrong(empty);
        return Found::given("", "");
    }
    let text = |text: &str| {
        if text.trim().is_empty() { Err(empty.to_owned()) } else { Ok(text.to_owned()) }
    };
    let given = value.read(text);
    given.map_or_else(|| Found::given("", ""), |given| Found::given(given.place, &given.value))
}

/// A secret is both there and in a file.
pub(super) fn twice(key: Key) -> String {
    format!("{} and {} are both set; keep one", key.name(), key.file().unwrap_or_default())
}

/// The completeness of these keys as a credential: whole, part of one, or none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Whole(Kind),
    Half(Kind),
    Mixed,
    Missing,
}

/// Whether these keys are a whole credential.
pub(super) fn is_whole(keys: &Keys) -> bool {
    matches!(state(keys), State::Whole(_))
}

/// Whether these keys are a credential.
pub(super) fn state(keys: &Keys) -> State {
    let mut kinds: Vec<_> = keys.keys().map(|key| key.kind()).collect();
    kinds.dedup();
    match *kinds.as_slice() {
        [] => State::Missing,
        [kind] if kind.keys().all(|key| keys.contains_key(&key)) => State::Whole(kind),
        [kind] => State::Half(kind),
        _ => State::Mixed,
    }
}

/// The credential that these keys are, its files looked at.
///
/// # Errors
///
/// A secret's file that can't be read or is empty. A key is missing, which its caller has reported
/// before.
pub(super) fn assemble(
    keys: Keys,
    environment: &dyn Environment,
    warnings: &mut Vec<String>,
) -> Result<Credential, ConfigErrors> {
    let wrong = keys.values().filter_map(|found| found.check(environment, warnings).err());
    let errors = ConfigErrors(wrong.collect());
    if !errors.0.is_empty() {
        return Err(errors);
    }
    let mut sources = keys.into_iter().map(|(key, found)| (key, found.source));
    let mut next = || sources.next();
    match (next(), next(), next()) {
        (
            Some((Key::ClientId, Source::Given(client_id))),
            Some((Key::ClientSecret, client_secret)),
            None,
        ) => Ok(Credential::ServiceAccount {
            client_id: client_id.expose().to_owned(),
            client_secret,
        }),
        (
            Some((Key::ApplicationKey, Source::Given(application_key))),
            Some((Key::ApplicationSecret, application_secret)),
            Some((Key::ConsumerKey, consumer_key)),
        ) => Ok(Credential::ApplicationKey {
            application_key: application_key.expose().to_owned(),
            application_secret,
            consumer_key,
        }),
        (Some((Key::AccessToken, token)), None, None) => Ok(Credential::AccessToken(token)),
        _ => Err(errors),
    }
}
