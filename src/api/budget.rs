//! The budget of calls: at once, and per second.
//!
//! A token bucket that adapts: OVHcloud publishes no limit, so what it answers is the limit.
//! Asked to slow down, the rate halves; each success raises it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};

use crate::config::api::Api;
use crate::telemetry::Calls;

/// The rate never falls below this, so that an account is always read in the end.
const LOWEST_RATE: f64 = 0.5;
/// This many successes bring the rate back from nothing to all of it.
const STEPS_UP: f64 = 100.0;

/// The budget that all calls of an account share.
#[derive(Debug)]
pub struct Budget {
    slots: Semaphore,
    pace: Mutex<Pace>,
    highest_rate: f64,
    burst: f64,
    calls: Calls,
}

#[derive(Debug)]
struct Pace {
    rate: f64,
    tokens: f64,
    filled_at: Instant,
    slowed_at: Option<Instant>,
}

impl Budget {
    /// A full budget.
    pub fn new(api: &Api, calls: Calls) -> Self {
        let now = Instant::now();
        let burst = f64::from(api.burst);
        let pace = Pace {
            rate: api.rate,
            tokens: burst,
            filled_at: now,
            slowed_at: None,
        };
        Self {
            slots: Semaphore::new(api.in_flight),
            pace: Mutex::new(pace),
            highest_rate: api.rate,
            burst,
            calls,
        }
    }

    /// Reports the allowed rate to the exporter's own metrics.
    pub fn announce(&self) {
        self.calls.announce(self.pace().rate);
    }

    /// Waits for a place; the call counts as in flight until the permit is dropped.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }

    /// Waits for the turn of a call that has its place.
    pub async fn turn(&self) {
        while let Some(wait) = self.take(Instant::now()) {
            sleep(wait).await;
        }
    }

    /// A call was answered well.
    pub fn succeeded(&self) {
        let mut pace = self.pace();
        if pace.rate < self.highest_rate {
            pace.rate = (pace.rate + self.highest_rate / STEPS_UP).min(self.highest_rate);
            self.calls.limited(pace.rate);
        }
    }

    /// OVHcloud asks for less. A call that began before the rate was last halved says nothing new.
    pub fn slow_down(&self, began: Instant) {
        let now = Instant::now();
        let mut pace = self.pace();
        if pace.slowed_at.is_none_or(|slowed_at| began > slowed_at) {
            pace.rate = (pace.rate / 2.0).max(LOWEST_RATE.min(self.highest_rate));
            pace.tokens = 0.0;
            pace.filled_at = now;
            pace.slowed_at = Some(now);
            self.calls.limited(pace.rate);
        }
    }

    /// Takes a token, or says how long to wait before asking again.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut pace = self.pace();
        let earned = now.saturating_duration_since(pace.filled_at).as_secs_f64() * pace.rate;
        pace.tokens = (pace.tokens + earned).min(self.burst);
        pace.filled_at = now;
        if pace.tokens >= 1.0 {
            pace.tokens -= 1.0;
            return None;
        }
        // A little longer than needed, so that rounding does not wake the caller in vain.
        Some(Duration::from_secs_f64((1.0 - pace.tokens) / pace.rate) + Duration::from_micros(100))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::telemetry::{Build, Telemetry};

    fn budget(in_flight: usize, rate: f64, burst: u32) -> Budget {
        let api = Api { in_flight, rate, burst, ..Api::default() };
        Budget::new(&api, Telemetry::new(Build::THIS).account("test", &BTreeMap::new()))
    }

    async fn seconds_for(budget: &Budget, calls: usize) -> f64 {
        let began = Instant::now();
        for _ in 0..calls {
            let _place = budget.place().await;
            budget.turn().await;
        }
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn the_burst_is_free_and_then_the_rate_holds() {
        let budget = budget(1, 10.0, 20);
        assert!(seconds_for(&budget, 20).await < 0.01);
        let held = seconds_for(&budget, 20).await;
        assert!((1.9..2.2).contains(&held), "{held}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_refusals_halves_the_rate_once() {
        let budget = budget(1, 100.0, 100);
        let began = Instant::now();
        for _ in 0..10 {
            budget.slow_down(began);
        }
        let held = seconds_for(&budget, 100).await;
        assert!((1.9..2.2).contains(&held), "{held}");
    }

    #[tokio::test(start_paused = true)]
    async fn successes_bring_the_rate_back() {
        let budget = budget(1, 100.0, 5);
        budget.slow_down(Instant::now());
        for _ in 0..60 {
            budget.succeeded();
        }
        let held = seconds_for(&budget, 100).await;
        assert!((0.9..1.1).contains(&held), "{held}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_are_in_flight() {
        let budget = budget(2, 100.0, 100);
        let (one, _two) = (budget.place().await, budget.place().await);
        let third = budget.place();
        tokio::pin!(third);
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(one);
        assert!(third.await.is_some());
    }
}
