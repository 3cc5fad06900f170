//! Secrets as last read: those in files are read again now and then, and at once when OVHcloud
//! refuses them, so that a rotated secret needs no restart.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::error::{Kind, chain};
use crate::secret::{Secret, Source, Unusable};

/// Files are read again after this time.
const STANDS: Duration = Duration::from_secs(10);

/// Secrets that are used together.
#[derive(Debug)]
pub(super) struct Held<const N: usize> {
    sources: [Source; N],
    known: Mutex<Option<Known<N>>>,
}

#[derive(Debug)]
struct Known<const N: usize> {
    secrets: Arc<[Secret; N]>,
    until: Instant,
    /// Whether the last reading failed, which is logged once.
    is_failing: bool,
}

impl<const N: usize> Held<N> {
    pub(super) fn new(sources: [Source; N]) -> Self {
        Self { sources, known: Mutex::new(None) }
    }

    /// The secrets. Those that were read before serve while their file can't be read.
    ///
    /// # Errors
    ///
    /// A file that could never be read, or is empty.
    pub(super) fn current(&self) -> Result<Arc<[Secret; N]>, Kind> {
        let mut known = self.known();
        match &*known {
            Some(known) if Instant::now() < known.until => Ok(Arc::clone(&known.secrets)),
            _ => self.read(&mut known),
        }
    }

    /// Reads at once: whether the secrets are others than those.
    pub(super) fn differ_from(&self, used: &[Secret; N]) -> bool {
        let read = self.read(&mut self.known());
        let differ = |(one, other): (&Secret, &Secret)| one.expose() != other.expose();
        read.is_ok_and(|secrets| secrets.iter().zip(used).any(differ))
    }

    fn known(&self) -> MutexGuard<'_, Option<Known<N>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, known: &mut Option<Known<N>>) -> Result<Arc<[Secret; N]>, Kind> {
        let until = Instant::now() + STANDS;
        match (self.all(), known) {
            (Ok(secrets), known) => {
                let secrets = Arc::new(secrets);
                let read = Known { secrets: Arc::clone(&secrets), until, is_failing: false };
                *known = Some(read);
                Ok(secrets)
            }
            (Err(error), Some(known)) => {
                if !known.is_failing {
                    let error = chain(&error);
                    tracing::warn!(%error, "the secret that was read before is used until it can be read again");
                }
                (known.until, known.is_failing) = (until, true);
                Ok(Arc::clone(&known.secrets))
            }
            (Err(error), None) => Err(Kind::Unusable(chain(&error))),
        }
    }

    fn all(&self) -> Result<[Secret; N], Unusable> {
        let mut problem = None;
        let secrets = self.sources.each_ref().map(|source| {
            source.current().unwrap_or_else(|error| {
                problem.get_or_insert(error);
                Secret::new("")
            })
        });
        problem.map_or(Ok(secrets), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_is_read_now_and_then_and_when_its_secret_is_refused() {
        let path = env::temp_dir().join(format!("held-{}", process::id()));
        let held = Held::new([Source::Given(Secret::new("given")), Source::File(path.clone())]);
        let text = |held: &Held<2>| held.current().map(|secrets| secrets[1].expose().to_owned());
        let Kind::Unusable(reported) = text(&held).unwrap_err() else { panic!("another kind") };
        assert!(reported.starts_with("can't read the secret's file"), "{reported}");

        fs::write(&path, "one\n").unwrap();
        assert_eq!(text(&held).unwrap(), "one");
        let used = held.current().unwrap();
        assert!(!held.differ_from(&used));

        fs::write(&path, "two\n").unwrap();
        assert_eq!(text(&held).unwrap(), "one");
        assert!(held.differ_from(&used), "refused, it is read at once");
        assert_eq!(text(&held).unwrap(), "two");
        assert!(held.differ_from(&used), "and so says everyone who was refused with the old one");

        fs::write(&path, "three\n").unwrap();
        advance(STANDS).await;
        assert_eq!(text(&held).unwrap(), "three");

        fs::remove_file(&path).unwrap();
        advance(STANDS).await;
        assert_eq!(text(&held).unwrap(), "three", "a file that is being replaced fails nothing");
    }
}
