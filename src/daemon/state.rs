//! The state file: the last report of each account, so that a restart serves it at once, with its
//! true dates, and continues from there.
//!
//! One line names the file's format, then follows JSON. The line holds the length and the checksum
//! of the rest: the exporter ignores a truncated or edited file. It replaces the file as a whole, so
//! that a killed process leaves the file before.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task;
use tokio::time::{Instant, sleep};

use crate::access::oracle::Comparison;
use crate::checks::Memory;
use crate::collectors::Inventory;
use crate::report::Report;
use crate::telemetry::Telemetry;
use crate::whole_file::{remove_leftovers, replace};

use super::owner::Shown;
use super::publisher::Publisher;

/// The first word of the file.
const NAME: &str = "ovhcloud-exporter-state";
/// Grows when an older exporter could not read a newer one's file. A collector whose objects change
/// their form needs no new version: it starts empty.
const VERSION: u32 = 1;
/// The greatest length of the first line.
const LONGEST_LINE: u64 = 100;
/// The greatest length of the content: an account of 100 projects has some 10 MB.
const LARGEST: usize = 1 << 30;

/// The place of the state file.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
}

/// One account of the file. Members that an older file lacks have their defaults.
#[derive(Debug, Deserialize)]
pub(super) struct SavedAccount {
    /// The label `account`.
    #[serde(default)]
    pub(super) account: String,
    /// The endpoint as it was given.
    #[serde(default)]
    endpoint: String,
    /// The identity behind the credential, as the log and the landing page name it.
    #[serde(default)]
    identity: String,
    /// The identity of the account: [`super::owner::Owner::mark`].
    pub(super) owner: u32,
    began: Timestamp,
    duration: Duration,
    requests: u64,
    inventory: Inventory,
    #[serde(default)]
    findings: Memory,
    #[serde(default)]
    comparison: Option<Comparison>,
}

impl SavedAccount {
    /// The report, whose checks are not evaluated yet.
    pub(super) fn into_report(self) -> Report {
        let Self { began, duration, requests, inventory, findings, comparison, .. } = self;
        let (results, access, checks) = (Vec::new(), Vec::new(), Arc::default());
        Report {
            began,
            duration,
            requests,
            inventory,
            results,
            memory: findings,
            checks,
            access,
            comparison,
        }
    }
}

/// An account of a state file.
#[derive(Debug)]
pub struct SavedReport {
    /// The label `account`.
    pub account: String,
    /// The endpoint as it was given; empty in the file of an older exporter.
    pub endpoint: String,
    /// The identity that read it; empty in the file of an older exporter.
    pub identity: String,
    /// The report, whose checks are not evaluated yet.
    pub report: Report,
}

/// Whether a file begins as a state file does, whole or not.
pub fn is_state(bytes: &[u8]) -> bool {
    bytes.starts_with(NAME.as_bytes())
}

/// The accounts of a state file, which is left as it is.
///
/// # Errors
///
/// The file cannot be read, or is no complete state file of this version.
pub fn saved(path: &Path) -> anyhow::Result<Vec<SavedReport>> {
    let saved =
        read(path).with_context(|| format!("can't use the state file {}", path.display()))?;
    let report = |one: SavedAccount| SavedReport {
        account: one.account.clone(),
        endpoint: one.endpoint.clone(),
        identity: one.identity.clone(),
        report: one.into_report(),
    };
    Ok(saved.into_iter().map(report).collect())
}

#[derive(Serialize)]
struct Entry<'a> {
    account: &'a str,
    endpoint: &'a str,
    identity: &'a str,
    owner: u32,
    began: Timestamp,
    duration: Duration,
    requests: u64,
    inventory: &'a Inventory,
    findings: &'a Memory,
    comparison: Option<&'a Comparison>,
}

/// The reason to ignore a file.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it is not readable")]
    Unreadable(#[from] io::Error),
    #[error("it is not a state file of this program")]
    Foreign,
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(u32),
    #[error("it was truncated or edited (length or checksum differ)")]
    Damaged,
    #[error("it has more than {LARGEST} bytes")]
    TooLarge,
    #[error("its content has another form: {0}")]
    Undecodable(#[from] serde_json::Error),
}

impl StateFile {
    /// Opens the file and returns its accounts. A foreign file is left alone, and then no state is
    /// kept.
    pub(super) fn open(path: PathBuf) -> (Option<Self>, Vec<SavedAccount>) {
        let shown = path.display().to_string();
        remove_leftovers(&path);
        match read(&path) {
            Ok(saved) => (Some(Self { path }), saved),
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
                    "the state file is not used; the next refresh replaces it"
                );
                (Some(Self { path }), Vec::new())
            }
        }
    }

    /// Writes the file whenever a report changes, until the end of publishing.
    pub(super) async fn keep(self, publisher: Arc<Publisher>, telemetry: Arc<Telemetry>) {
        let mut changed = publisher.changes();
        let this = Arc::new(self);
        let mut fails = false;
        while changed.changed().await.is_ok() {
            let accounts = publisher.accounts();
            if accounts.iter().all(|account| account.view.report.is_none()) {
                continue;
            }
            let file = Arc::clone(&this);
            let began = Instant::now();
            let written = task::spawn_blocking(move || file.write(&accounts)).await;
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
            if result.is_ok() && fails {
                tracing::info!(file = %this.path.display(), "the state is written again");
            }
            fails = result.is_err();
            telemetry.written(!fails);
            rest(&mut changed, began.elapsed()).await;
        }
    }

    fn write(&self, accounts: &[Shown]) -> io::Result<()> {
        let entries = accounts.iter().filter_map(|Shown { owner, view }| {
            let report = view.report.as_deref()?;
            Some(Entry {
                account: &view.name,
                endpoint: &view.endpoint,
                identity: &view.identity,
                owner: owner.mark()?,
                began: report.began,
                duration: report.duration,
                requests: report.requests,
                inventory: &report.inventory,
                findings: &report.memory,
                comparison: report.comparison.as_ref(),
            })
        });
        let entries = entries.collect::<Vec<_>>();
        let body = serde_json::to_vec(&entries)?;
        if body.len() > LARGEST {
            return Err(io::Error::other(Refusal::TooLarge));
        }
        let head = format!("{}\n", first_line(&body));
        // The file names users and resources of the accounts.
        replace(&self.path, 0o600, &[head.as_bytes(), &body])
    }
}

/// Waits ten times the duration of the last write, or until the end of publishing: a hundred accounts
/// make a large file, and each of their reports would have it written.
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

/// Reads the file. Its size and its first line are judged before the rest is read.
fn read(path: &Path) -> Result<Vec<SavedAccount>, Refusal> {
    // A pipe would never end.
    let size = fs::metadata(path)?;
    if !size.is_file() {
        return Err(Refusal::Foreign);
    }
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(LONGEST_LINE).read_to_end(&mut bytes)?;
    let (line, body) = judged(&bytes)?;
    let mut body = body.to_vec();
    let head = u64::try_from(line.len() + 1).unwrap_or(u64::MAX);
    let length = usize::try_from(size.len().saturating_sub(head)).unwrap_or(usize::MAX);
    if length > LARGEST {
        return Err(Refusal::TooLarge);
    }
    // The line ends with the checksum, after the length.
    if line.split(' ').nth(2) != Some(&length.to_string()) {
        return Err(Refusal::Damaged);
    }
    body.reserve_exact(length.saturating_sub(body.len()));
    file.take(size.len()).read_to_end(&mut body)?;
    if line != first_line(&body) {
        return Err(Refusal::Damaged);
    }
    Ok(serde_json::from_slice(&body)?)
}

/// The first line and the bytes below it, if it is a line of this program and this version.
fn judged(head: &[u8]) -> Result<(&str, &[u8]), Refusal> {
    let end = head.iter().position(|byte| *byte == b'\n');
    let line = str::from_utf8(head.get(..end.unwrap_or(head.len())).unwrap_or_default());
    let words =
        line.ok().and_then(|line| Some((line, line.strip_prefix(NAME)?.strip_prefix(' ')?)));
    let Some((line, words)) = words else {
        let is_cut_off = NAME.as_bytes().starts_with(head);
        return Err(if is_cut_off { Refusal::Damaged } else { Refusal::Foreign });
    };
    let version = words.split(' ').next().and_then(|word| word.parse().ok());
    match version.ok_or(Refusal::Damaged)? {
        VERSION => {}
        other => return Err(Refusal::Version(other)),
    }
    let body = end.and_then(|end| head.get(end + 1..)).ok_or(Refusal::Damaged)?;
    Ok((line, body))
}
