//! Basic authentication against the users of the web configuration file.
//!
//! A password costs tens of milliseconds of a processor. One that was right is remembered, so that a
//! scrape costs none; each address has few checks at once, and all together no more than two run.

use std::collections::{HashMap, HashSet};
use std::str;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_rustls::rustls::crypto::ring;

use crate::config::web_file::{Hash, Users};

use super::limits::Network;

/// Checks of passwords that run at once.
const RUNNING: usize = 2;
/// Checks of passwords that run or wait, of one address.
const WAITING: usize = 4;
/// Right passwords that are remembered.
const REMEMBERED: usize = 128;

/// The answer about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    /// It is a user, or everyone is.
    Open,
    /// It has no name and password, or wrong ones.
    Closed,
    /// Too many of its passwords are being checked.
    Busy,
}

/// Knows who was right.
#[derive(Debug)]
pub(super) struct Authenticator {
    /// Makes the remembered values useless elsewhere.
    key: [u8; 32],
    right: Mutex<HashSet<[u8; 32]>>,
    waiting: Mutex<HashMap<Network, usize>>,
    running: Arc<Semaphore>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Authenticator {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        let (right, waiting) = (Mutex::default(), Mutex::default());
        if ring::default_provider().secure_random.fill(&mut key).is_err() {
            tracing::warn!("no random numbers; the remembered passwords have no key of their own");
        }
        Self { key, right, waiting, running: Arc::new(Semaphore::new(RUNNING)) }
    }

    /// Whether these headers have the name and the password of a user.
    pub(super) async fn entrance(
        &self,
        users: &Users,
        headers: &HeaderMap,
        network: Network,
    ) -> Entrance {
        let Some(any) = users.any_hash() else { return Entrance::Open };
        let Some((name, password)) = credentials(headers) else { return Entrance::Closed };
        let known = users.hash(&name);
        let hash = known.unwrap_or(any);
        let mark = self.mark(&name, &password, &hash);
        if known.is_some() && locked(&self.right).contains(&mark) {
            return Entrance::Open;
        }
        let Some(_turn) = Turn::take(&self.waiting, network) else { return Entrance::Busy };
        let Ok(permit) = Arc::clone(&self.running).acquire_owned().await else {
            return Entrance::Busy;
        };
        // The permit goes along: a client that leaves does not end the computation.
        let matching = spawn_blocking(move || {
            let _permit = permit;
            hash.matches(&password)
        });
        // A user that is not known is not one, whatever the password.
        if matches!(matching.await, Ok(true)) && known.is_some() {
            let mut right = locked(&self.right);
            if right.len() >= REMEMBERED {
                right.clear();
            }
            right.insert(mark);
            return Entrance::Open;
        }
        Entrance::Closed
    }

    /// The mark of a name, a password and a hash, each with its length.
    fn mark(&self, name: &str, password: &[u8], hash: &Hash) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(self.key);
        let hash: Vec<u8> = hash.bytes().collect();
        for part in [name.as_bytes(), password, &hash] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

/// The turn of a client whose password is checked or waits for that.
struct Turn<'a> {
    waiting: &'a Mutex<HashMap<Network, usize>>,
    network: Network,
}

impl<'a> Turn<'a> {
    fn take(waiting: &'a Mutex<HashMap<Network, usize>>, network: Network) -> Option<Self> {
        let mut table = locked(waiting);
        let count = table.entry(network).or_default();
        if *count >= WAITING {
            return None;
        }
        *count += 1;
        Some(Self { waiting, network })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut table = locked(self.waiting);
        if let Some(count) = table.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                table.remove(&self.network);
            }
        }
    }
}

/// The name and the password of `Authorization: Basic …`.
fn credentials(headers: &HeaderMap) -> Option<(String, Vec<u8>)> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(text.trim()).ok()?;
    let end = decoded.iter().position(|byte| *byte == b':')?;
    let (name, password) = decoded.split_at_checked(end)?;
    Some((str::from_utf8(name).ok()?.to_owned(), password.get(1..)?.to_vec()))
}
