//! The thread that waits for the signal to stop, and does nothing else: whatever hangs, the process
//! ends.

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The time from the signal to the end: a service manager kills what takes much longer.
const GRACE: Duration = Duration::from_millis(800);

/// Runs `work` on threads of its own until it ends.
///
/// When `stop` ends, `work` has the time to end by
/// itself; then it is left behind, with what it waits for: a lookup of a name, a file system that does
/// not respond, a file that is being written and has not got its name yet.
///
/// # Errors
///
/// Those of `work`, or the threads or signals can't be had.
pub fn supervise<S, W>(
    stop: impl FnOnce() -> io::Result<S>,
    work: impl FnOnce(oneshot::Receiver<()>) -> W,
) -> anyhow::Result<()>
where
    S: Future<Output = ()>,
    W: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let signals = Builder::new_current_thread().enable_all().build()?;
    let result = signals.block_on(async {
        let stop = stop()?;
        let (ask, asked) = oneshot::channel();
        let mut working = runtime.spawn(work(asked));
        let ended = tokio::select! {
            ended = &mut working => ended,
            () = stop => {
                // The receiver notices.
                drop(ask);
                let Ok(ended) = timeout(GRACE, working).await else {
                    tracing::warn!("stopped without waiting for what does not respond");
                    return Ok(());
                };
                ended
            }
        };
        ended.context("a bug of the exporter ended it")?
    });
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::thread;
    use std::time::Instant;

    use tokio::task::{JoinSet, spawn_blocking};
    use tokio::time::sleep;

    use super::*;

    #[test]
    fn work_that_hangs_on_every_thread_is_left_behind() {
        let began = Instant::now();
        let soon = || Ok(sleep(Duration::from_millis(50)));
        supervise(soon, |_| async {
            let mut hanging = JoinSet::new();
            for _ in 0..64 {
                hanging.spawn(async { thread::sleep(Duration::from_mins(1)) });
            }
            spawn_blocking(|| thread::sleep(Duration::from_mins(1))).await?;
            Ok(())
        })
        .unwrap();
        let took = began.elapsed();
        assert!(took >= GRACE && took < GRACE * 4, "{took:?}");
    }

    #[test]
    fn work_ends_by_itself_or_when_it_is_asked() {
        let error = supervise(|| Ok(pending()), |_| async { anyhow::bail!("no") }).unwrap_err();
        assert_eq!(error.to_string(), "no");
        let began = Instant::now();
        supervise(
            || Ok(ready(())),
            |stopped| async {
                stopped.await.ok();
                Ok(())
            },
        )
        .unwrap();
        assert!(began.elapsed() < GRACE);
    }
}
