//! Entries of the allow list of SSH keys: keys as in `authorized_keys` files, and fingerprints.

use ssh_key::{HashAlg, PublicKey};

use super::allowed::{Entry, List};
use super::errors::ConfigErrors;
use super::glob::Glob;
use super::located::Located;
use super::until::Until;

/// The first letters of each type of key.
const KEY_TYPES: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

/// The entry of a fingerprint, or of a line of an `authorized_keys` file.
pub(super) fn entry(text: &str) -> Result<Entry, String> {
    if let Some(fingerprint) = fingerprint(text) {
        return Ok(Entry::named(Glob::literal(fingerprint)));
    }
    let is_key = |word: &str| KEY_TYPES.iter().any(|start| word.starts_with(start));
    if text.split_whitespace().any(is_key) {
        return key(text);
    }
    Err("expected a fingerprint (SHA256:… or MD5:…, as `ssh-keygen -l [-E md5]` prints it)"
        .to_owned())
}

/// The list of these fingerprints.
///
/// # Errors
///
/// Each text that is no fingerprint.
pub fn fingerprints(texts: &[Located<String>]) -> Result<List, ConfigErrors> {
    let mut errors = ConfigErrors::default();
    let mut entries = Vec::new();
    for text in texts {
        match entry(&text.value) {
            Ok(entry) => entries.push(entry),
            Err(what) => errors.0.push(text.wrong(&format!("{what}, got {:?}", text.value))),
        }
    }
    if errors.0.is_empty() { Ok(List::of(entries)) } else { Err(errors) }
}

/// The entries of an `authorized_keys` file, with its options and comments.
pub(super) fn authorized_keys(file: &str, text: &str, errors: &mut ConfigErrors) -> Vec<Entry> {
    let mut allowed = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match key(line) {
            Ok(entry) => allowed.push(entry),
            Err(what) => errors.0.push(format!("{file}:{}: {what}", index + 1)),
        }
    }
    allowed
}

/// The entry of a key. Its comment may have an owner and an end: `owner=alice until=2027-01-31`.
fn key(line: &str) -> Result<Entry, String> {
    let key = PublicKey::from_openssh(without_options(line)).map_err(|error| {
        format!("invalid SSH key ({error}); expected a line of an authorized_keys file")
    })?;
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    let mut entry = Entry::named(Glob::literal(fingerprint));
    for word in key.comment().split_whitespace() {
        match word.split_once('=') {
            Some(("owner", owner)) if !owner.is_empty() => entry.owner = Some(owner.to_owned()),
            Some(("until", date)) => {
                let until = Until::parse(date);
                entry.until = Some(until.map_err(|what| format!("until: {what}, got {date:?}"))?);
            }
            _ => {}
        }
    }
    Ok(entry)
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
        assert_eq!(allowed, [SHA256; 3].map(|it| Entry::named(Glob::literal(it.to_owned()))));
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
    fn a_comment_may_have_an_owner_and_an_end() {
        let read = |comment: &str| entry(&format!("{KEY} {comment}"));
        let found = read("owner=alice until=2027-01-31 (laptop)").unwrap();
        assert_eq!(found.owner.as_deref(), Some("alice"));
        assert_eq!(found.until.unwrap().to_string(), "2027-01-31");
        assert_eq!(read("").unwrap(), Entry::named(Glob::literal(SHA256.to_owned())));
        assert_eq!(
            read("until=soon").unwrap_err(),
            "until: expected a date such as 2027-01-31, got \"soon\""
        );
    }

    #[test]
    fn a_text_is_a_fingerprint_or_a_key() {
        assert_eq!(entry(SHA256).unwrap(), entry(KEY).unwrap());
        assert!(entry("x").unwrap_err().starts_with("expected a fingerprint"));
        assert!(entry("ssh-rsa nonsense").unwrap_err().starts_with("invalid SSH key"));
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let texts = ["x", SHA256, "y"].map(|text| Located::at("--fingerprint", text.to_owned()));
        let errors = fingerprints(&texts).unwrap_err();
        assert_eq!(errors.0.len(), 2, "{errors}");
    }
}
