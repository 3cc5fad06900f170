//! Answers that several collectors need, or that stay the same for a day: each is requested once,
//! for all concurrent callers.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use crate::api;

/// The answers that an account's refreshes remember. A new memo is empty.
#[derive(Default)]
pub struct Memo(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    /// The number of the current refresh.
    pass: u64,
    kept: HashMap<Key, Arc<Kept>>,
    /// The collectors that this refresh does not read.
    skipped: BTreeSet<&'static str>,
}

/// The type of the answer and its question.
type Key = (TypeId, String);
/// The answer, and its expiry.
type Answer = Result<(Arc<dyn Any + Send + Sync>, Timestamp), api::Error>;

#[derive(Default)]
struct Kept {
    pass: u64,
    asked: Timestamp,
    answer: OnceCell<Answer>,
    /// The number of readers that took it.
    taken: AtomicUsize,
}

impl Kept {
    /// Whether it serves the refresh that began at `now`: it belongs to this refresh, or it is good
    /// and not expired. An answer from the future was requested before the clock was set back.
    fn serves(&self, pass: u64, now: Timestamp) -> bool {
        let lives = |answer: &Answer| answer.as_ref().is_ok_and(|(_, until)| now < *until);
        self.pass == pass || (self.asked <= now && self.answer.get().is_some_and(lives))
    }
}

impl Memo {
    /// The answer to `question`, from this refresh or from an earlier one if its `life` is not
    /// over.
    ///
    /// # Errors
    ///
    /// It cannot be read; the same refresh returns the same error to every caller.
    pub(super) async fn get<T: Send + Sync + 'static, F>(
        &self,
        now: Timestamp,
        life: impl FnOnce(&T) -> SignedDuration + Send,
        question: String,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, api::Error>
    where
        F: Future<Output = Result<T, api::Error>> + Send,
    {
        let kept = {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let pass = entries.pass;
            let fresh = || Arc::new(Kept { pass, asked: now, ..Kept::default() });
            let entry = entries.kept.entry((TypeId::of::<T>(), question)).or_insert_with(fresh);
            if !entry.serves(pass, now) {
                *entry = fresh();
            }
            Arc::clone(entry)
        };
        let answer = kept
            .answer
            .get_or_init(|| async {
                let answer = ask().await?;
                let until = now.checked_add(life(&answer)).unwrap_or(Timestamp::MAX);
                Ok((Arc::new(answer) as _, until))
            })
            .await;
        match answer {
            // The type is part of the key.
            Ok((answer, _)) => Ok(Arc::clone(answer).downcast().unwrap_or_else(|_| unreachable!())),
            Err(error) => Err(error.clone()),
        }
    }

    /// The answer to `question`, if it is remembered.
    pub(super) fn remembered<T: Send + Sync + 'static>(
        &self,
        now: Timestamp,
        question: String,
    ) -> Option<Arc<T>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = entries.kept.get(&(TypeId::of::<T>(), question))?;
        let answer = kept.answer.get().filter(|_| kept.serves(entries.pass, now))?;
        answer.as_ref().ok().and_then(|(answer, _)| Arc::clone(answer).downcast().ok())
    }

    /// Notes a collector that this refresh does not read.
    pub(super) fn skip(&self, collector: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).skipped.insert(collector);
    }

    /// Counts a reader that took the answer, and drops the answer with the last of its `readers` that
    /// this refresh does not skip.
    pub(super) fn take<T: 'static>(&self, question: String, readers: &[&str]) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let readers = readers.iter().filter(|name| !entries.skipped.contains(*name)).count();
        let key = (TypeId::of::<T>(), question);
        let is_last = |kept: &Arc<Kept>| kept.taken.fetch_add(1, Ordering::Relaxed) + 1 >= readers;
        if entries.kept.get(&key).is_some_and(is_last) {
            entries.kept.remove(&key);
        }
    }

    /// Ends a refresh, and drops the answers that only serve it.
    pub(super) fn end(&self, now: Timestamp) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let none = entries.pass + 1;
        entries.kept.retain(|_, kept| kept.serves(none, now));
    }

    /// Begins another refresh, and drops the answers that do not serve it.
    pub(super) fn begin(&self, now: Timestamp) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.pass += 1;
        entries.skipped.clear();
        let pass = entries.pass;
        entries.kept.retain(|_, kept| kept.serves(pass, now));
    }
}

impl Debug for Memo {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        formatter.debug_list().entries(entries.kept.keys().map(|(_, question)| question)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use tokio::task::yield_now;

    use super::*;
    use crate::api::Route;

    static ROUTE: Route = Route::new("/thing", &[]);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    struct Source {
        memo: Memo,
        asked: AtomicU32,
    }

    impl Source {
        /// In a refresh of its own.
        async fn later(&self, now: &str, life: SignedDuration, good: bool) -> Result<u32, ()> {
            self.memo.begin(now.parse().unwrap());
            self.ask(now, life, good).await
        }

        async fn ask(&self, now: &str, life: SignedDuration, good: bool) -> Result<u32, ()> {
            let ask = || async {
                let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                yield_now().await;
                if good { Ok(asked) } else { Err(api::Error::undecodable(&ROUTE, ".", "broken")) }
            };
            let now = now.parse().unwrap();
            let answer = self.memo.get::<u32, _>(now, |_| life, "thing".to_owned(), ask).await;
            answer.map(|answer| *answer).map_err(|_| ())
        }
    }

    fn source() -> Source {
        Source { memo: Memo::default(), asked: AtomicU32::new(0) }
    }

    #[tokio::test]
    async fn two_who_ask_at_once_cost_one_call() {
        let source = source();
        let now = "2026-11-21T00:00:00Z";
        let zero = SignedDuration::ZERO;
        let both = tokio::join!(source.ask(now, zero, true), source.ask(now, zero, true));
        assert_eq!(both, (Ok(1), Ok(1)));
        assert_eq!(source.later(now, zero, true).await, Ok(2));
    }

    #[tokio::test]
    async fn the_last_reader_takes_the_answer_out() {
        let source = source();
        let now = "2026-11-21T00:00:00Z";
        let take = async || {
            let answer = source.ask(now, SignedDuration::ZERO, true).await;
            source.memo.take::<u32>("thing".to_owned(), &["a", "b"]);
            answer
        };
        assert_eq!([take().await, take().await, take().await], [Ok(1), Ok(1), Ok(2)]);
        // The next refresh skips one of them.
        source.memo.begin(now.parse().unwrap());
        source.memo.skip("b");
        assert_eq!([take().await, take().await], [Ok(3), Ok(4)]);
    }

    #[tokio::test]
    async fn a_good_answer_is_requested_once_a_day() {
        let source = source();
        for (now, expected) in [
            ("2026-11-21T00:00:00Z", 1),
            ("2026-11-21T23:59:59Z", 1),
            ("2026-11-22T00:00:00Z", 2),
            // The clock was set back.
            ("2026-11-20T00:00:00Z", 3),
        ] {
            assert_eq!(source.later(now, DAY, true).await, Ok(expected), "{now}");
        }
    }

    #[tokio::test]
    async fn an_error_is_asked_for_again_by_the_next_pass_only() {
        let source = source();
        let now = "2026-11-21T00:00:00Z";
        assert_eq!(source.ask(now, DAY, false).await, Err(()));
        assert_eq!(source.ask(now, DAY, true).await, Err(()));
        assert_eq!(source.later(now, DAY, true).await, Ok(2));
    }
}
