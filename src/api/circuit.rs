//! The way of a call to its route, which may be closed: OVHcloud asked for no more calls of it, or
//! it does not answer.
//!
//! A closed route fails its own calls and holds no place of the others. See
//! docs/adr/0019-a-circuit-for-each-route.md.

mod hanging;
mod throttling;

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::select;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::telemetry::Calls;

use super::error::Kind;
use super::retry::LONGEST_WAIT;

use hanging::{Gate, Hanging};
use throttling::{Probe, Throttling};

pub(super) use hanging::Caller;

/// The circuit of one account's routes.
#[derive(Debug)]
pub(super) struct Circuit {
    state: Mutex<State>,
    /// A gate opened, closed or lost its probe.
    changed: Notify,
    /// The places of calls to routes that hang, a half of all, so that the others are read.
    slow: Semaphore,
    calls: Calls,
}

#[derive(Debug, Default)]
struct State {
    throttling: Throttling,
    hanging: Hanging,
}

/// The answer to a call that wants in.
enum Admission {
    In(Gate, Option<Probe>, bool),
    /// At that time, or when the circuit changes.
    Until(Option<Instant>),
    Refused(Kind),
}

/// A call that was let in. Dropped without an end, it says nothing about its route.
#[derive(Debug)]
pub(super) struct Ticket<'a> {
    circuit: &'a Circuit,
    caller: Caller<'a>,
    gate: Gate,
    probe: Probe,
    is_probe_of_hanging: bool,
}

impl Circuit {
    /// Everything is open.
    pub(super) fn new(in_flight: usize, calls: Calls) -> Self {
        let slow = Semaphore::new((in_flight / 2).max(1));
        Self { state: Mutex::default(), changed: Notify::new(), slow, calls }
    }

    /// Waits until the call may be made; a wait that is too long for a refresh fails.
    pub(super) async fn enter<'a>(&'a self, caller: Caller<'a>) -> Result<Ticket<'a>, Kind> {
        loop {
            let changed = self.changed.notified();
            let admission = self.state().admit(&caller, Instant::now());
            match admission {
                Admission::In(gate, probe, is_probe_of_hanging) => {
                    let probe = probe.unwrap_or_default();
                    return Ok(Ticket { circuit: self, caller, gate, probe, is_probe_of_hanging });
                }
                Admission::Refused(kind) => return Err(kind),
                Admission::Until(None) => changed.await,
                Admission::Until(Some(time)) => select! {
                    () = sleep_until(time) => {}
                    () = changed => {}
                },
            }
        }
    }

    /// The place of a call to a route that hung lately; other calls need none.
    pub(super) async fn place(&self, caller: &Caller<'_>) -> Option<SemaphorePermit<'_>> {
        if self.state().hanging.is_slow(caller) { self.slow.acquire().await.ok() } else { None }
    }

    /// Another refresh begins: what closed before is probed from now on.
    pub(super) fn begin(&self) {
        let now = Instant::now();
        let state = self.state();
        let closed = state.throttling.closed().chain(state.hanging.closed());
        closed.filter(|(_, until)| *until <= now).for_each(|(route, _)| self.calls.opened(route));
    }

    /// Logs and publishes the closing of a route, or of the account without one.
    fn report(&self, route: Option<&'static str>, reason: &str) {
        let Some(until) = self.publish(route) else { return };
        if let Some(route) = route {
            tracing::warn!(route, reason, %until, "requests of a route are suspended");
        } else {
            tracing::warn!(reason, %until, "requests of the account are suspended");
        }
    }

    /// Publishes until when a route, or the account without one, is closed.
    fn publish(&self, route: Option<&'static str>) -> Option<Timestamp> {
        let state = self.state();
        let hanging = route.and_then(|route| state.hanging.until(route));
        let until = state.throttling.until(route).max(hanging).map(wall);
        match until {
            Some(until) => self.calls.closed(route.unwrap_or_default(), until.as_second()),
            None => self.calls.opened(route.unwrap_or_default()),
        }
        until
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, caller: &Caller<'_>, now: Instant) -> Admission {
        let route = caller.route;
        let throttled = self.throttling.way(route, now);
        match throttled {
            throttling::Way::Closed { status, until, is_account } if until > now + LONGEST_WAIT => {
                let until = wall(until);
                return Admission::Refused(Kind::Closed { status, until, is_account });
            }
            throttling::Way::Closed { until, .. } => return Admission::Until(Some(until)),
            throttling::Way::Probed => return Admission::Until(None),
            throttling::Way::Open | throttling::Way::HalfOpen => {}
        }
        let gate = self.hanging.gate(caller);
        let hanging = self.hanging.way(&gate, caller.refresh);
        match hanging {
            hanging::Way::Closed(timeout) => return Admission::Refused(Kind::Hanging(timeout)),
            hanging::Way::Probed => return Admission::Until(None),
            hanging::Way::HalfOpen => self.hanging.probe(caller, gate),
            hanging::Way::Open => {}
        }
        let probes = throttled == throttling::Way::HalfOpen;
        let probe = probes.then(|| self.throttling.probe(route));
        Admission::In(gate, probe, hanging == hanging::Way::HalfOpen)
    }
}

impl Ticket<'_> {
    /// Whether the call may still be made, after it waited for its place.
    pub(super) fn stands(&self, has_place: bool) -> bool {
        let Self { caller, gate, .. } = self;
        let state = self.circuit.state();
        state.throttling.stands(caller.route, self.probe)
            && (has_place || !state.hanging.is_slow(caller))
            && (self.is_probe_of_hanging
                || (state.hanging.gate(caller) == *gate
                    && state.hanging.way(gate, caller.refresh) == hanging::Way::Open))
    }

    /// OVHcloud answered, whatever the answer but 408, 429 and 503.
    pub(super) fn answered(mut self) {
        let Self { caller, gate, .. } = &self;
        let mut state = self.circuit.state();
        state.throttling.answered(caller.route, self.probe);
        state.hanging.answered(caller, gate, self.is_probe_of_hanging);
        drop(state);
        let is_account = self.probe.account;
        if self.is_probe() {
            self.settle();
            tracing::info!(route = self.caller.route, "OVHcloud answers again");
            self.circuit.publish(Some(self.caller.route));
            if is_account {
                self.circuit.publish(None);
            }
        }
    }

    /// OVHcloud answered with 408, 429 or 503.
    pub(super) fn refused(mut self, status: u16, wait: Option<Duration>) {
        let route = self.caller.route;
        let mut state = self.circuit.state();
        let closed = state.throttling.refused(route, self.probe, (status, wait));
        state.hanging.answered(&self.caller, &self.gate, self.is_probe_of_hanging);
        drop(state);
        self.settle();
        let reason = format!("HTTP {status}");
        if closed.route {
            self.circuit.report(Some(route), &reason);
        }
        if closed.account {
            self.circuit.report(None, &reason);
        }
    }

    /// The call, which began then, had no answer in time.
    pub(super) fn timed_out(mut self, began: Instant, timeout: &str) {
        let (gate, is_probe) = (self.gate, mem::take(&mut self.is_probe_of_hanging));
        let mut state = self.circuit.state();
        let closed = state.hanging.timed_out(&self.caller, (gate, is_probe), began, timeout);
        drop(state);
        if closed {
            self.circuit.report(Some(self.caller.route), &format!("no {timeout}"));
        }
        self.circuit.changed.notify_waiters();
    }

    /// Whether its answer opens or closes the way of others.
    pub(super) fn is_probe(&self) -> bool {
        self.is_probe_of_hanging || self.probe.is_one()
    }

    /// The probes are over; those who wait look again.
    fn settle(&mut self) {
        self.probe = Probe::default();
        self.is_probe_of_hanging = false;
        self.circuit.changed.notify_waiters();
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.is_probe() {
            return;
        }
        let mut state = self.circuit.state();
        state.throttling.release(self.caller.route, self.probe);
        if self.is_probe_of_hanging {
            state.hanging.release(&self.gate);
        }
        drop(state);
        self.circuit.changed.notify_waiters();
    }
}

/// The time of day of a moment.
fn wall(moment: Instant) -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "operators read a time of day, not a moment")]
    let now = SystemTime::now();
    let ahead = moment.saturating_duration_since(Instant::now());
    let time = Timestamp::try_from(now + ahead).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
