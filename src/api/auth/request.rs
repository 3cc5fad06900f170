//! Requests of the authentication itself, for tokens and for the time.

use tokio::time::{Instant, sleep};

use crate::api::error::Kind;
use crate::api::retry::backoff;
use crate::api::transport::Answer;
use crate::telemetry::Calls;

/// Attempts before the calls that wait for the answer fail.
const ATTEMPTS: u32 = 4;

/// The attempts at one answer.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: u32,
}

impl Attempts {
    /// Waits for the next attempt. Returns false where the result stands: it is good, its failure
    /// will not pass, or there was the last attempt.
    pub(super) async fn go_on<T>(&mut self, result: &Result<T, Kind>, calls: &Calls) -> bool {
        let may_pass = result.as_ref().is_err_and(Kind::may_pass);
        if !may_pass || self.failed + 1 >= ATTEMPTS {
            return false;
        }
        calls.retried();
        sleep(backoff(self.failed)).await;
        self.failed += 1;
        true
    }
}

/// Counts one request.
pub(super) fn count(
    calls: &Calls,
    route: &'static str,
    result: &Result<Answer, Kind>,
    began: Instant,
) {
    let code = match result {
        Ok(answer) => answer.status.as_str(),
        Err(kind) => kind.code_without_status(),
    };
    calls.ended(route, code, began.elapsed());
}
