//! The state file: what was last known of each account, so that a restart serves it at once, with
//! its true dates, and goes on from there.
//!
//! One line that says what the file is, then JSON. The line holds the length and the checksum of
//! the rest: a file that was cut off or edited is not believed. It is written as a whole, so that
//! whoever is killed meanwhile leaves the one before.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task;
use tokio::time::{Instant, sleep};

use crate::collectors::Inventory;
use crate::exposition::account::{Report, Watched};
use crate::whole_file::{remove_leftovers, replace};

use super::fleet::Owner;
use super::publisher::Publisher;

/// What the first line begins with.
const NAME: &str = "ovhcloud-exporter-state";
/// Grows when an older exporter could not read a newer one's file. A collector whose objects take
/// another form needs no new version: it is read anew.
const VERSION: u32 = 1;
/// No first line is longer.
const LONGEST_LINE: usize = 100;
/// A file that is longer is not read: it is none of ours, or the machine has no room for it.
const LARGEST: u64 = 4 << 30;

/// Where what is known is kept.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
}

/// What was known of one account.
#[derive(Debug, Deserialize)]
pub(super) struct Kept {
    /// Whose it is, as [`Owner::mark`] gives it.
    pub(super) owner: u32,
    /// When the pass began that read it.
    pub(super) began: Timestamp,
    /// How long that took.
    pub(super) duration: Duration,
    /// How many calls it made.
    pub(super) requests: u64,
    /// What is known.
    pub(super) inventory: Inventory,
}

#[derive(Serialize)]
struct Entry<'a> {
    account: &'a str,
    owner: u32,
    began: Timestamp,
    duration: Duration,
    requests: u64,
    inventory: &'a Inventory,
}

/// Why a file is not believed.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it is not readable: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is no state file of this program")]
    Foreign,
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(u32),
    #[error("it was cut off or changed by another hand (length or checksum is wrong)")]
    Damaged,
    #[error("its content is not as this program writes it: {0}")]
    Undecodable(#[from] serde_json::Error),
}

impl StateFile {
    /// Opens the file, and gives what was kept in it, if there is one to be believed. One that
    /// this program did not write is left alone: then nothing is kept.
    pub(super) fn open(path: PathBuf) -> (Option<Self>, Vec<Kept>) {
        let shown = path.display().to_string();
        remove_leftovers(&path);
        match read(&path) {
            Ok(kept) => (Some(Self { path }), kept),
            Err(Refusal::Unreadable(error)) if error.kind() == ErrorKind::NotFound => {
                (Some(Self { path }), Vec::new())
            }
            Err(error @ (Refusal::Foreign | Refusal::Unreadable(_))) => {
                tracing::warn!(
                    file = shown, %error,
                    "the state file is left alone and no state is kept; give --state.file a path \
                     of its own"
                );
                (None, Vec::new())
            }
            Err(error) => {
                tracing::warn!(
                    file = shown, %error,
                    "the state file is not used; the next pass replaces it"
                );
                (Some(Self { path }), Vec::new())
            }
        }
    }

    /// Writes what is known as often as it changes, until nothing is published any more.
    pub(super) async fn keep(self, publisher: Arc<Publisher>) {
        let mut changed = publisher.changes();
        let this = Arc::new(self);
        let mut fails = false;
        while changed.changed().await.is_ok() {
            let (accounts, owners) = publisher.accounts();
            if accounts.iter().all(|account| account.report.is_none()) {
                continue;
            }
            let file = Arc::clone(&this);
            let began = Instant::now();
            let written = task::spawn_blocking(move || file.write(&accounts, &owners)).await;
            let result = written.unwrap_or_else(|error| Err(io::Error::other(error)));
            if let Err(error) = &result
                && !fails
            {
                tracing::warn!(
                    file = %this.path.display(), %error,
                    "the state was not written, and a restart would begin with an older one or with \
                     nothing; see that the directory exists and may be written to"
                );
            }
            fails = result.is_err();
            rest(&mut changed, began.elapsed()).await;
        }
    }

    fn write(&self, accounts: &[Watched], owners: &[Owner]) -> io::Result<()> {
        let known = accounts.iter().zip(owners);
        let entries = known.filter_map(|(account, owner)| {
            let Report { began, duration, requests, inventory, .. } = account.report.as_deref()?;
            let (began, duration, requests) = (*began, *duration, *requests);
            let (account, owner) = (account.name.as_str(), owner.mark()?);
            Some(Entry { account, owner, began, duration, requests, inventory })
        });
        let entries = entries.collect::<Vec<_>>();
        let body = serde_json::to_vec(&entries)?;
        let head = format!("{}\n", first_line(&body));
        // Nobody else is to know who and what the accounts hold.
        replace(&self.path, 0o600, &[head.as_bytes(), &body])
    }
}

/// Waits ten times as long as writing took, however many accounts report meanwhile: with a hundred of
/// them the file is large, and each would have it written. Nothing is waited for at the end.
async fn rest(changed: &mut watch::Receiver<u64>, writing: Duration) {
    let rest = sleep(writing.saturating_mul(10));
    tokio::pin!(rest);
    let mut has_changed = false;
    loop {
        tokio::select! {
            () = &mut rest => break,
            seen = changed.changed() => {
                has_changed |= seen.is_ok();
                if seen.is_err() {
                    break;
                }
            }
        }
    }
    if has_changed {
        changed.mark_changed();
    }
}

fn first_line(body: &[u8]) -> String {
    format!("{NAME} {VERSION} {} {:08x}", body.len(), crc32fast::hash(body))
}

fn read(path: &Path) -> Result<Vec<Kept>, Refusal> {
    // A pipe would never end.
    if !fs::metadata(path)?.is_file() {
        return Err(Refusal::Foreign);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    let body = believed(&bytes)?;
    Ok(serde_json::from_slice(body)?)
}

/// What stands below the first line, if that says that it is ours and whole.
fn believed(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let head = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    let end = head.iter().position(|byte| *byte == b'\n');
    let line = str::from_utf8(head.get(..end.unwrap_or(head.len())).unwrap_or_default());
    let line = line.ok().and_then(|line| line.strip_prefix(NAME)?.strip_prefix(' '));
    let Some(line) = line else {
        let is_cut_off = NAME.as_bytes().starts_with(bytes);
        return Err(if is_cut_off { Refusal::Damaged } else { Refusal::Foreign });
    };
    let version = line.split(' ').next().and_then(|word| word.parse().ok());
    match version.ok_or(Refusal::Damaged)? {
        VERSION => {}
        other => return Err(Refusal::Version(other)),
    }
    let body = end.and_then(|end| bytes.get(end + 1..)).ok_or(Refusal::Damaged)?;
    if format!("{NAME} {line}") == first_line(body) { Ok(body) } else { Err(Refusal::Damaged) }
}
