//! `basic_auth_users`: names, and the bcrypt hashes of their passwords.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter, Result as FmtResult};

use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use blowfish::Blowfish;
use subtle::ConstantTimeEq as _;

use crate::config::parse;
use crate::config::table::Table;

/// bcrypt's own alphabet. A salt ends with bits that other writers do not clear.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// bcrypt reads no more of a password, its end mark included.
const LONGEST: usize = 72;
/// A password of this cost takes seconds; of a higher one, minutes.
const COSTLIEST: u32 = 16;
/// bcrypt's plain text.
const PLAIN: [u32; 6] =
    [0x4F72_7068, 0x6561_6E42, 0x6568_6F6C, 0x6465_7253, 0x6372_7944, 0x6F75_6274];
/// The bytes of the result that a hash has.
const DIGEST: usize = 23;

/// A bcrypt hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    cost: u32,
    salt: [u8; 16],
    digest: [u8; DIGEST],
}

impl Debug for Hash {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.debug_struct("Hash").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Hash {
    /// Reads `$2y$10$` and 53 letters. The letter after 2 is the writer's; the newer ones agree.
    fn parse(text: &str) -> Result<Self, String> {
        let hash = Self::parts(text).ok_or_else(|| {
            "no bcrypt hash; `htpasswd -nBC 10 NAME` prints one behind the name".to_owned()
        })?;
        if !(4..=COSTLIEST).contains(&hash.cost) {
            return Err(format!("a bcrypt hash of a cost outside 4 to {COSTLIEST}; 10 is usual"));
        }
        Ok(hash)
    }

    fn parts(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let is_known = parts.next() == Some("")
            && parts.next().is_some_and(|version| ["2a", "2b", "2y"].contains(&version));
        let cost = parts.next().filter(|cost| cost.len() == 2)?.parse().ok()?;
        let (salt, digest) = parts.next()?.split_at_checked(22)?;
        let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
        let digest = BASE64.decode(digest).ok()?.try_into().ok()?;
        (is_known && parts.next().is_none()).then_some(Self { cost, salt, digest })
    }

    /// Whether it is the hash of this password. This takes long, by design.
    pub fn matches(&self, password: &[u8]) -> bool {
        let computed = bcrypt(self.cost, &self.salt, password);
        computed.ct_eq(&self.digest).into()
    }

    /// Its bytes, the same for equal hashes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        let cost = self.cost.to_be_bytes();
        cost.into_iter().chain(self.salt).chain(self.digest)
    }
}

/// bcrypt as in Provos and Mazières, "A Future-Adaptable Password Scheme".
fn bcrypt(cost: u32, salt: &[u8; 16], password: &[u8]) -> [u8; DIGEST] {
    let key: Vec<u8> = password.iter().copied().chain([0]).take(LONGEST).collect();
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(salt, &key);
    for _ in 0..1_u64 << cost {
        state.bc_expand_key(&key);
        state.bc_expand_key(salt);
    }
    let mut digest = [0; DIGEST];
    let mut output = digest.iter_mut();
    for pair in PLAIN.as_chunks::<2>().0 {
        let block = (0..64).fold(*pair, |block, _| state.bc_encrypt(block));
        let bytes = block.into_iter().flat_map(u32::to_be_bytes);
        for (to, from) in output.by_ref().zip(bytes) {
            *to = from;
        }
    }
    digest
}

/// The users.
#[derive(Debug, Clone, Default)]
pub struct Users(BTreeMap<String, Hash>);

impl Users {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let mut users = BTreeMap::new();
        for (mark, name, value) in table.rest() {
            // A hash in the place of the name must not be printed.
            if parse::text(&name).is_err() || name.contains([':', '$']) {
                table.refuse(mark, &name, "no user name: it is empty or has a `:`, `$` or control");
                continue;
            }
            if let Some(hash) = value.read(Hash::parse) {
                users.insert(name, hash.value);
            }
        }
        Self(users)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of a user's password.
    pub fn hash(&self, name: &str) -> Option<Hash> {
        self.0.get(name).copied()
    }

    /// The hash that the password of an unknown user is compared with, so that the time of the
    /// answer does not name the users.
    pub fn any_hash(&self) -> Option<Hash> {
        self.0.values().max_by_key(|hash| hash.cost).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the test vectors of OpenBSD's and John the Ripper's implementations, and exporter-toolkit's
    /// documentation of its own dummy.
    #[test]
    fn known_passwords_match() {
        for (text, password) in [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""),
            ("$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", "fakepassword"),
        ] {
            let hash = Hash::parse(text).unwrap();
            assert!(hash.matches(password.as_bytes()), "{password}");
            assert!(!hash.matches(format!("{password}x").as_bytes()), "{password}");
        }
    }

    #[test]
    fn other_texts_are_no_hash() {
        for text in [
            "",
            "hunter2",
            "$2y$10$",
            "$2y$1$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$1$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWx",
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO!W",
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW$",
            "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        ] {
            assert!(Hash::parse(text).is_err(), "{text}");
        }
    }
}
