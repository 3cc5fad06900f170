//! OVHcloud's time, which signatures hold: asked for once an hour, and once more when OVHcloud
//! refuses a call for its time.
//!
//! Between two readings this machine's steady clock counts on, so that neither a clock that is
//! hours off nor one that is set meanwhile matters.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Method};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::error::Kind;
use crate::api::transport::Transport;
use crate::telemetry::Calls;

use super::cached::{Cached, Fresh};
use super::header::APPLICATION;
use super::request::{Attempts, count};

/// The route, and the label `route` of these requests. It needs no credential (go-ovh
/// `Client.Time`).
pub(super) const ROUTE: &str = "/auth/time";
/// The official clients never ask again (go-ovh, python-ovh); a process that lives for months
/// must.
const STANDS: Duration = Duration::from_hours(1);
/// After a correction, a refused time is not the clock's fault for this time.
const CORRECTION_STANDS: Duration = Duration::from_mins(1);

/// From 2020 to 2100. Half of a number is a number: a cut answer would be a time of long ago, and every
/// signature of the next hour wrong.
const PLAUSIBLE: RangeInclusive<i64> = 1_577_836_800..=4_102_444_800;

/// OVHcloud's clock, as seen from here.
#[derive(Debug)]
pub(super) struct ServerClock {
    url: String,
    application_key: Option<HeaderValue>,
    transport: Transport,
    calls: Calls,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cached: Cached<Reading>,
    corrected_at: Option<Instant>,
}

/// A reading of OVHcloud's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Unix time.
    second: i64,
    /// The moment of that reading.
    at: Instant,
}

impl Reading {
    pub(super) fn new(second: i64, at: Instant) -> Self {
        Self { second, at }
    }

    /// OVHcloud's time now, in Unix time.
    pub(super) fn now(&self) -> i64 {
        let elapsed = i64::try_from(self.at.elapsed().as_secs()).unwrap_or(i64::MAX);
        self.second.saturating_add(elapsed)
    }
}

impl ServerClock {
    /// The clock behind this root. An application key is sent along, as python-ovh does.
    pub(super) fn new(
        root: &str,
        application_key: Option<HeaderValue>,
        transport: Transport,
        calls: Calls,
    ) -> Self {
        let url = format!("{root}/1.0{ROUTE}");
        let state = Mutex::new(State { cached: Cached::Nothing, corrected_at: None });
        Self { url, application_key, transport, calls, state }
    }

    /// The last reading, or a new one where that is too old.
    ///
    /// # Errors
    ///
    /// OVHcloud does not report its time.
    pub(super) async fn reading(&self) -> Result<Reading, Kind> {
        self.state.lock().await.cached.get(self.ask()).await
    }

    /// OVHcloud refused a call for its time: whether there is another reading than the one that
    /// was used. Calls that were refused side by side share one.
    pub(super) async fn corrected(&self, used: &Reading) -> bool {
        let mut state = self.state.lock().await;
        if let Cached::Value(fresh) = &state.cached
            && fresh.value != *used
        {
            return true;
        }
        if state.corrected_at.is_some_and(|at| at.elapsed() < CORRECTION_STANDS) {
            return false;
        }
        state.corrected_at = Some(Instant::now());
        state.cached.renew(self.ask()).await.is_ok_and(|reading| reading != *used)
    }

    async fn ask(&self) -> Result<Fresh<Reading>, Kind> {
        let mut attempts = Attempts::default();
        let reading = loop {
            let reading = self.ask_once().await;
            if !attempts.go_on(&reading, &self.calls).await {
                break reading;
            }
        };
        Ok(Fresh { value: reading?, renew_at: Instant::now() + STANDS, ends_at: None })
    }

    async fn ask_once(&self) -> Result<Reading, Kind> {
        let mut request =
            self.transport.request(Method::GET, &self.url).header(ACCEPT, "application/json");
        if let Some(key) = &self.application_key {
            request = request.header(APPLICATION, key.clone());
        }
        let request = request.build().map_err(|error| Kind::Unreachable(error.to_string()))?;
        let began = Instant::now();
        let result = self.transport.send(request).await;
        count(&self.calls, ROUTE, &result, began);
        let answer = result?;
        if !answer.status.is_success() {
            return Err(Kind::of_time_answer(answer.status, &answer.body));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(second) if PLAUSIBLE.contains(&second) => Ok(Reading::new(second, Instant::now())),
            _ => Err(Kind::Undecodable {
                path: ".".to_owned(),
                problem: "OVHcloud's time is no Unix time between 2020 and 2100".to_owned(),
            }),
        }
    }
}
