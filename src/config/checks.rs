//! What the checks compare with: thresholds and allow lists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ssh_key::{HashAlg, PublicKey};

use super::environment::{Environment, Machine};
use super::errors::ConfigErrors;
use super::located::{Located, value_or};
use super::parse;
use super::table::Table;

/// A credential that nobody used for so long is stale.
pub const STALE_AFTER: Duration = Duration::from_hours(90 * 24);
/// A new credential may wait so long for its first use.
pub const NEVER_USED_GRACE: Duration = Duration::from_hours(30 * 24);

/// How the names of all types of keys begin.
const KEY_TYPES: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];
/// The flag of a file of SSH keys.
pub const AUTHORIZED_KEYS: &str = "--check.sshkey-unlisted.authorized-keys";
/// The flag of a fingerprint.
pub const FINGERPRINT: &str = "--check.sshkey-unlisted.fingerprint";

/// What the checks compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// A credential that nobody used for so long is stale (`--check.credential-stale.after`,
    /// `checks.credential_stale.after`, 90 days).
    pub stale_after: Duration,
    /// A new credential may wait so long for its first use
    /// (`--check.credential-never-used.grace`, `checks.credential_never_used.grace`, 30 days).
    pub never_used_grace: Duration,
    /// The SSH keys that may be there (`--check.sshkey-unlisted.authorized-keys` and
    /// `--check.sshkey-unlisted.fingerprint`, `checks.sshkey_unlisted.authorized_keys` and
    /// `.fingerprints`); without a list the check is not evaluated.
    pub allowed_keys: Option<AllowedKeys>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { stale_after: STALE_AFTER, never_used_grace: NEVER_USED_GRACE, allowed_keys: None }
    }
}

/// What was asked of it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// See [`Checks::stale_after`].
    pub stale_after: Option<Located<Duration>>,
    /// See [`Checks::never_used_grace`].
    pub never_used_grace: Option<Located<Duration>>,
    /// Files of SSH keys that may be there.
    pub authorized_keys: Vec<Located<PathBuf>>,
    /// Fingerprints of SSH keys that may be there.
    pub fingerprints: Vec<Located<String>>,
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let stale_after =
            table.table("credential_stale", |check| check.read("after", parse::duration));
        let never_used_grace =
            table.table("credential_never_used", |check| check.read("grace", parse::duration));
        let (authorized_keys, fingerprints) = table.table("sshkey_unlisted", |check| {
            (check.read_paths("authorized_keys"), check.read_list("fingerprints", parse::text))
        });
        Self { stale_after, never_used_grace, authorized_keys, fingerprints }
    }

    /// What stands if `below` is asked for too, with less say.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            stale_after: self.stale_after.or(below.stale_after),
            never_used_grace: self.never_used_grace.or(below.never_used_grace),
            authorized_keys: first(self.authorized_keys, below.authorized_keys),
            fingerprints: first(self.fingerprints, below.fingerprints),
        }
    }

    /// What it means, its files read.
    pub(super) fn resolve(self, environment: &dyn Environment) -> Result<Checks, ConfigErrors> {
        Ok(Checks {
            allowed_keys: AllowedKeys::gather(
                &self.authorized_keys,
                &self.fingerprints,
                environment,
            )?,
            stale_after: value_or(self.stale_after, STALE_AFTER),
            never_used_grace: value_or(self.never_used_grace, NEVER_USED_GRACE),
        })
    }
}

fn first<T>(above: Vec<T>, below: Vec<T>) -> Vec<T> {
    if above.is_empty() { below } else { above }
}

/// The fingerprints of the SSH keys that may be there, as `SHA256:…` or `MD5:…`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedKeys(BTreeSet<String>);

impl AllowedKeys {
    /// Reads this machine's `authorized_keys` files and fingerprints, as the flags give them.
    ///
    /// # Errors
    ///
    /// As [`Self::gather`].
    pub fn read(
        files: &[impl AsRef<Path>],
        fingerprints: &[String],
    ) -> Result<Option<Self>, ConfigErrors> {
        let file = |path: &_| Located::at(AUTHORIZED_KEYS, AsRef::<Path>::as_ref(path).to_owned());
        let files: Vec<_> = files.iter().map(file).collect();
        let text = |text: &String| Located::at(FINGERPRINT, text.clone());
        let fingerprints: Vec<_> = fingerprints.iter().map(text).collect();
        Self::gather(&files, &fingerprints, &Machine { variable: &|_| None })
    }

    /// Reads `authorized_keys` files (options and comments are understood) and fingerprints.
    /// `None` if neither is given.
    ///
    /// # Errors
    ///
    /// Every file that can't be read, every line that is no key, every text that is no
    /// fingerprint.
    pub fn gather(
        files: &[Located<PathBuf>],
        fingerprints: &[Located<String>],
        environment: &dyn Environment,
    ) -> Result<Option<Self>, ConfigErrors> {
        if files.is_empty() && fingerprints.is_empty() {
            return Ok(None);
        }
        let mut mistakes = ConfigErrors::default();
        let mut allowed = BTreeSet::new();
        for file in files {
            let shown = file.value.display();
            match environment.read(&file.value) {
                Ok(text) => {
                    allowed.extend(authorized_keys(&shown.to_string(), &text, &mut mistakes));
                }
                Err(error) => {
                    mistakes.0.push(file.wrong(&format!("can't read `{shown}`: {error}")));
                }
            }
        }
        for text in fingerprints {
            match fingerprint(&text.value) {
                Some(fingerprint) => allowed.extend([fingerprint]),
                None => mistakes.0.push(text.wrong(&format!(
                    "`{}` is no fingerprint; give SHA256:… or MD5:…, as `ssh-keygen -l [-E md5]` \
                     prints them",
                    text.value.escape_debug()
                ))),
            }
        }
        if mistakes.0.is_empty() { Ok(Some(Self(allowed))) } else { Err(mistakes) }
    }

    /// Whether a key with one of these fingerprints may be there.
    pub fn allow<'a>(&self, fingerprints: impl IntoIterator<Item = &'a str>) -> bool {
        fingerprints.into_iter().any(|fingerprint| self.0.contains(fingerprint))
    }
}

fn authorized_keys(file: &str, text: &str, mistakes: &mut ConfigErrors) -> Vec<String> {
    let mut allowed = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match PublicKey::from_openssh(without_options(line)) {
            Ok(key) => allowed.push(key.fingerprint(HashAlg::Sha256).to_string()),
            Err(error) => mistakes.0.push(format!(
                "{file} line {}: not a line of an authorized_keys file ({error}); repair or \
                 remove it",
                index + 1
            )),
        }
    }
    allowed
}

/// The line from its key's type on. Options come before it, and may hold anything in quotes.
fn without_options(line: &str) -> &str {
    let (mut quoted, mut escaped, mut is_start) = (false, false, true);
    for (index, c) in line.char_indices() {
        let rest = line.get(index..).unwrap_or_default();
        if is_start && !quoted && KEY_TYPES.iter().any(|start| rest.starts_with(start)) {
            return rest;
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_start = c.is_whitespace();
    }
    line
}

/// The canonical spelling of a fingerprint: `SHA256:` with base64 without padding, or `MD5:` with
/// pairs of lower-case hex digits.
fn fingerprint(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(hash) = text.strip_prefix("SHA256:") {
        let hash = hash.trim_end_matches('=');
        let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
        return (hash.len() == 43 && hash.chars().all(base64)).then(|| format!("SHA256:{hash}"));
    }
    let hash = text.strip_prefix("MD5:").unwrap_or(text).to_ascii_lowercase();
    let pairs: Vec<&str> = hash.split(':').collect();
    let is_pair = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
    (pairs.len() == 16 && pairs.iter().all(is_pair)).then(|| format!("MD5:{hash}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_stands_in_a_file_is_a_key_or_a_mistake(text in "\\PC{0,200}") {
            let mut mistakes = ConfigErrors::default();
            let allowed = authorized_keys("keys", &text, &mut mistakes);
            let is_entry = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
            let lines = text.lines().filter(is_entry).count();
            prop_assert_eq!(allowed.len() + mistakes.0.len(), lines);
        }
    }

    const KEY: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti alice@example.com";
    const SHA256: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";
    const MD5: &str = "MD5:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef";

    #[test]
    fn authorized_keys_are_read_with_options_and_comments() {
        let command = r#"command="echo \" ssh-rsa hi",no-pty"#;
        let text =
            format!("# team\n\nfrom=\"10.0.0.0/8\",no-pty {KEY}\n{command} {KEY}\n  {KEY}\n");
        let mut mistakes = ConfigErrors::default();
        let allowed = authorized_keys("keys", &text, &mut mistakes);
        assert_eq!(mistakes, ConfigErrors::default());
        assert_eq!(allowed, [SHA256; 3]);
    }

    #[test]
    fn a_line_that_is_no_key_is_named() {
        let mut mistakes = ConfigErrors::default();
        authorized_keys("keys", &format!("{KEY}\nnonsense\n"), &mut mistakes);
        assert_eq!(mistakes.0.len(), 1);
        assert!(mistakes.0[0].starts_with("keys line 2: not a line of"), "{mistakes}");
    }

    #[test]
    fn fingerprints_are_read_in_both_forms() {
        assert_eq!(fingerprint(&format!("{SHA256}=")).as_deref(), Some(SHA256));
        assert_eq!(
            fingerprint("01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef").as_deref(),
            Some(MD5)
        );
        assert_eq!(fingerprint("SHA256:short"), None);
        assert_eq!(fingerprint("MD5:01:23"), None);
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let told = AllowedKeys::read(&["/nowhere"], &["x".to_owned()]).unwrap_err();
        assert_eq!(told.0.len(), 2, "{told}");
        assert_eq!(AllowedKeys::read(&[] as &[&str], &[]), Ok(None));
    }
}
