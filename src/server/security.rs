//! The web configuration file while the server runs: read again when it changes.
//!
//! Connections go on with what they began with; a new one gets the new certificates, and each
//! request the new users. A file with an error changes nothing.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::config::ConfigErrors;
use crate::config::environment::{Environment as _, Machine};
use crate::config::web_file::{Seen, WebFile};

/// The time between two looks at the files, and the longest wait for a look.
const PERIOD: Duration = Duration::from_secs(1);

/// The content of the web configuration file.
pub struct Security {
    path: Option<PathBuf>,
    current: ArcSwap<WebFile>,
    look: Mutex<Look>,
}

/// The last look at the files.
struct Look {
    began: Instant,
    is_running: bool,
    seen: Seen,
}

impl Debug for Security {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.debug_struct("Security").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Security {
    /// What the file has; nothing without one.
    ///
    /// # Errors
    ///
    /// Every error in the file and in those that it names.
    pub fn open(path: Option<PathBuf>) -> Result<Arc<Self>, ConfigErrors> {
        let (seen, current) = match &path {
            Some(path) => {
                let (seen, found) = WebFile::read(path, &Machine { variable: &|_| None });
                (seen, found?)
            }
            None => (Seen::new(), WebFile::default()),
        };
        warn(&current);
        let look = Mutex::new(Look { began: Instant::now(), is_running: false, seen });
        Ok(Arc::new(Self { path, current: ArcSwap::from_pointee(current), look }))
    }

    /// Whether the server speaks TLS.
    pub fn has_tls(&self) -> bool {
        self.current.load().tls.is_some()
    }

    fn look(&self) -> MutexGuard<'_, Look> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present content. Files that do not answer in time are left for later.
    pub(super) async fn current(self: &Arc<Self>) -> Arc<WebFile> {
        if self.path.is_some() && self.is_due() {
            let this = Arc::clone(self);
            let looking = spawn_blocking(move || this.again());
            if timeout(PERIOD, looking).await.is_err() {
                tracing::warn!("the web configuration file can't be read in time");
            }
        }
        self.current.load_full()
    }

    /// Whether it is time for a look, which begins then.
    fn is_due(&self) -> bool {
        let mut look = self.look();
        if look.is_running || look.began.elapsed() < PERIOD {
            return false;
        }
        look.is_running = true;
        look.began = Instant::now();
        true
    }

    /// Reads the files again if they changed.
    fn again(&self) {
        let machine = Machine { variable: &|_| None };
        let seen = self.look().seen.clone();
        let is_same = seen.iter().all(|(path, stamp)| machine.stamp(path).ok() == *stamp);
        let seen = match &self.path {
            Some(path) if !is_same => {
                let (seen, found) = WebFile::read(path, &machine);
                self.replace(found);
                seen
            }
            _ => seen,
        };
        let mut look = self.look();
        look.is_running = false;
        look.seen = seen;
    }

    fn replace(&self, found: Result<WebFile, ConfigErrors>) {
        let error = match found {
            // A client that sends a password must not find plain HTTP one day.
            Ok(found) if found.tls.is_some() != self.has_tls() => {
                "a change between http and https requires a restart".to_owned()
            }
            Ok(found) => {
                warn(&found);
                self.current.store(Arc::new(found));
                tracing::info!("the web configuration file was read again");
                return;
            }
            Err(errors) => errors.0.join("; "),
        };
        tracing::error!(error, "web configuration file not read; the previous one remains in use");
    }
}

fn warn(found: &WebFile) {
    for warning in &found.warnings {
        tracing::warn!("{warning}");
    }
}
