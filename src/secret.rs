//! A string that does not print.
//!
//! Where a secret comes from is for `config` to know, where it goes for `api`.

use std::fmt::{Debug, Formatter, Result as FmtResult};

use secrecy::{ExposeSecret as _, SecretString};

/// A secret: `Debug` shows `***`, and the memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over `text`, without the line ends that editors and `echo` leave behind it.
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.trim_end_matches(['\r', '\n'])))
    }

    /// The text itself, for the one place that sends or signs with it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2\n");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    ***,\n)");
        assert_eq!(secret.expose(), "hunter2");
    }
}
