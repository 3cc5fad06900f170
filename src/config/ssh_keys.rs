//! The allow list of SSH keys: `authorized_keys` files and fingerprints.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ssh_key::{HashAlg, PublicKey};

use super::environment::{Environment, unreadable};
use super::errors::ConfigErrors;
use super::located::Located;

/// The first letters of each type of key.
const KEY_TYPES: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

/// The fingerprints of the allowed SSH keys, as `SHA256:…` or `MD5:…`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedKeys(BTreeSet<String>);

impl AllowedKeys {
    /// Reads `authorized_keys` files, with their options and comments, and fingerprints. `None` if
    /// neither is given.
    ///
    /// # Errors
    ///
    /// Each file that can't be read, each line that is no key, each text that is no fingerprint.
    pub fn read(
        files: &[Located<PathBuf>],
        fingerprints: &[Located<String>],
        environment: &dyn Environment,
    ) -> Result<Option<Self>, ConfigErrors> {
        if files.is_empty() && fingerprints.is_empty() {
            return Ok(None);
        }
        let mut errors = ConfigErrors::default();
        let mut allowed = BTreeSet::new();
        for file in files {
            let shown = file.value.display();
            let place = format!("{}: `{shown}`", file.place);
            match environment.read(&file.value) {
                Ok(text) => {
                    allowed.extend(authorized_keys(&shown.to_string(), &text, &mut errors));
                }
                Err(error) => {
                    errors.0.push(unreadable(&place, &error, "an authorized_keys file"));
                }
            }
        }
        for text in fingerprints {
            match fingerprint(&text.value) {
                Some(fingerprint) => allowed.extend([fingerprint]),
                None => errors.0.push(text.wrong(&format!(
                    "expected a fingerprint (SHA256:… or MD5:…, as `ssh-keygen -l [-E md5]` prints \
                     it), got {:?}",
                    text.value
                ))),
            }
        }
        if errors.0.is_empty() { Ok(Some(Self(allowed))) } else { Err(errors) }
    }

    /// Whether the list has a key with one of these fingerprints.
    pub fn allow<'a>(&self, fingerprints: impl IntoIterator<Item = &'a str>) -> bool {
        fingerprints.into_iter().any(|fingerprint| self.0.contains(fingerprint))
    }
}

fn authorized_keys(file: &str, text: &str, errors: &mut ConfigErrors) -> Vec<String> {
    let mut allowed = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match PublicKey::from_openssh(without_options(line)) {
            Ok(key) => allowed.push(key.fingerprint(HashAlg::Sha256).to_string()),
            Err(error) => errors.0.push(format!(
                "{file}:{}: invalid SSH key ({error}); expected a line of an authorized_keys file",
                index + 1
            )),
        }
    }
    allowed
}

/// The line from its key type on. Options precede it and hold anything in quotes.
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

    use super::super::fake::Fake;
    use super::*;

    proptest! {
        #[test]
        fn each_line_of_a_file_is_a_key_or_an_error(text in "\\PC{0,200}") {
            let mut errors = ConfigErrors::default();
            let allowed = authorized_keys("keys", &text, &mut errors);
            let is_entry = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
            let lines = text.lines().filter(is_entry).count();
            prop_assert_eq!(allowed.len() + errors.0.len(), lines);
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
        let mut errors = ConfigErrors::default();
        let allowed = authorized_keys("keys", &text, &mut errors);
        assert_eq!(errors, ConfigErrors::default());
        assert_eq!(allowed, [SHA256; 3]);
    }

    #[test]
    fn a_line_that_is_no_key_is_named() {
        let mut errors = ConfigErrors::default();
        authorized_keys("keys", &format!("{KEY}\nnonsense\n"), &mut errors);
        assert_eq!(errors.0.len(), 1);
        assert!(errors.0[0].starts_with("keys:2: invalid SSH key"), "{errors}");
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
    fn all_errors_are_reported_at_once() {
        let file = Located::at("--file", PathBuf::from("/nowhere"));
        let text = Located::at("--fingerprint", "x".to_owned());
        let errors = AllowedKeys::read(&[file], &[text], &Fake::default()).unwrap_err();
        assert_eq!(errors.0.len(), 2, "{errors}");
        assert_eq!(AllowedKeys::read(&[], &[], &Fake::default()), Ok(None));
    }
}
