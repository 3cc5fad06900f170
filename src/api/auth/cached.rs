//! A value that OVHcloud gives and that stands for a while: a token, the time.
//!
//! The owner keeps it behind a lock that is held while OVHcloud is asked, so that one request is
//! under way, however many calls wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::error::Kind;

/// Calls fail at once for this long after a failure: a refresh has many calls.
const FAILURE_STANDS: Duration = Duration::from_secs(5);

/// A value, or the reason why there is none.
#[derive(Debug)]
pub(super) enum Cached<T> {
    Nothing,
    Value(Fresh<T>),
    Failure { kind: Kind, until: Instant },
}

/// A value and its times.
#[derive(Debug)]
pub(super) struct Fresh<T> {
    pub(super) value: T,
    /// From then on the next call asks for another.
    pub(super) renew_at: Instant,
    /// From then on it is of no use, even if no other can be had.
    pub(super) ends_at: Option<Instant>,
}

impl<T: Clone> Cached<T> {
    /// The value, or the failure that stands; asks where there is neither.
    pub(super) async fn get(
        &mut self,
        ask: impl Future<Output = Result<Fresh<T>, Kind>>,
    ) -> Result<T, Kind> {
        let now = Instant::now();
        match self {
            Self::Value(fresh) if now < fresh.renew_at => Ok(fresh.value.clone()),
            Self::Failure { kind, until } if now < *until => Err(kind.clone()),
            _ => self.renew(ask).await,
        }
    }

    /// Asks at once. A value that has not ended outlives a failure.
    pub(super) async fn renew(
        &mut self,
        ask: impl Future<Output = Result<Fresh<T>, Kind>>,
    ) -> Result<T, Kind> {
        // An endpoint that hangs may outlast the call that asks, which is then given up: the
        // calls after it go on with the value that there is.
        self.keep();
        match ask.await {
            Ok(fresh) => {
                let value = fresh.value.clone();
                *self = Self::Value(fresh);
                Ok(value)
            }
            Err(kind) => self.keep().ok_or_else(|| {
                *self =
                    Self::Failure { kind: kind.clone(), until: Instant::now() + FAILURE_STANDS };
                kind
            }),
        }
    }

    /// Puts the renewal of a value off, until its end at most.
    fn keep(&mut self) -> Option<T> {
        let now = Instant::now();
        match self {
            Self::Value(fresh) if fresh.ends_at.is_none_or(|end| now < end) => {
                let later = now + FAILURE_STANDS;
                fresh.renew_at = fresh.ends_at.map_or(later, |end| later.min(end));
                Some(fresh.value.clone())
            }
            _ => None,
        }
    }
}
