//! Routes that do not answer: they are not requested again in the same refresh.
//!
//! The calls of a route have two gates: one for the calls that hung before, and one for the others,
//! so that one object that never answers keeps no other object of its route from being read. The
//! form of a list counts as well: a route may hang expanded and answer as OVHcloud documents it.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

/// A gate closes after this many rounds of timeouts without an answer between them: one may be a
/// break of the network, which strikes all calls in flight.
const ROUNDS: u32 = 2;
/// Calls that hung are known up to this number, which bounds the memory.
const MOST_HUNG: usize = 10_000;

/// A call, as far as it matters whether it hangs.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Caller<'a> {
    /// The route's template.
    pub(in crate::api) route: &'static str,
    /// The path with its parameters.
    pub(in crate::api) path: &'a str,
    /// Whether it is sent without headers beside those that every call has.
    pub(in crate::api) is_plain: bool,
    /// The number of the refresh.
    pub(in crate::api) refresh: u64,
    /// The end of the refresh.
    pub(in crate::api) ends_at: Instant,
}

/// The gates of an account's routes.
#[derive(Debug, Default)]
pub(super) struct Hanging {
    gates: HashMap<Gate, State>,
    hung: HashSet<(bool, String)>,
    /// The last refresh in which a call of the route hung.
    slow: HashMap<&'static str, u64>,
}

/// The gate of some calls of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Gate {
    route: &'static str,
    is_plain: bool,
    has_hung: bool,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Rounds of timeouts since the last answer.
    rounds: u32,
    last: Option<Instant>,
    closed: Option<Closed>,
    is_probed: bool,
}

#[derive(Debug, Clone)]
struct Closed {
    /// The refresh in which it closed; 0 for a gate that was never open.
    refresh: u64,
    until: Instant,
    /// The last timeout, in words.
    timeout: String,
}

/// The state of a gate for a caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    Open,
    /// The next call probes it.
    HalfOpen,
    /// A call probes it; the others wait for its answer.
    Probed,
    /// Until the next refresh, with the timeout in words.
    Closed(String),
}

impl Hanging {
    /// The gate of a call.
    pub(super) fn gate(&self, caller: &Caller<'_>) -> Gate {
        let &Caller { route, is_plain, path, .. } = caller;
        // The allocation is spared for accounts where nothing hangs.
        let has_hung = !self.hung.is_empty() && self.hung.contains(&(is_plain, path.to_owned()));
        Gate { route, is_plain, has_hung }
    }

    /// The state of a gate in a refresh.
    pub(super) fn way(&self, gate: &Gate, refresh: u64) -> Way {
        match self.gates.get(gate) {
            None if gate.has_hung => Way::HalfOpen,
            None | Some(State { closed: None, .. }) => Way::Open,
            Some(State { closed: Some(closed), .. }) if closed.refresh == refresh => {
                Way::Closed(closed.timeout.clone())
            }
            Some(State { is_probed: true, .. }) => Way::Probed,
            Some(_) => Way::HalfOpen,
        }
    }

    /// Lets a call in where the gate is half open.
    pub(super) fn probe(&mut self, caller: &Caller<'_>, gate: Gate) {
        let state = self.gates.entry(gate).or_default();
        let never = || Closed { refresh: 0, until: caller.ends_at, timeout: String::new() };
        state.closed.get_or_insert_with(never);
        state.is_probed = true;
    }

    /// A probe ended without an answer: the next call probes.
    pub(super) fn release(&mut self, gate: &Gate) {
        if let Some(state) = self.gates.get_mut(gate) {
            state.is_probed = false;
        }
    }

    /// OVHcloud answered a call.
    pub(super) fn answered(&mut self, caller: &Caller<'_>, gate: &Gate, is_probe: bool) {
        if gate.has_hung {
            self.hung.remove(&(caller.is_plain, caller.path.to_owned()));
        }
        if let Some(state) = self.gates.get_mut(gate) {
            state.rounds = 0;
            if is_probe {
                *state = State::default();
            }
        }
    }

    /// A call that began then had no answer in time. Returns whether its gate closes by that.
    pub(super) fn timed_out(
        &mut self,
        caller: &Caller<'_>,
        (gate, is_probe): (Gate, bool),
        began: Instant,
        timeout: &str,
    ) -> bool {
        self.slow.insert(caller.route, caller.refresh);
        if self.hung.len() < MOST_HUNG {
            self.hung.insert((caller.is_plain, caller.path.to_owned()));
            // The gate of the calls that hung may be open: from now on it is probed.
            let of_hung = Gate { has_hung: true, ..gate };
            if self.gates.get(&of_hung).is_some_and(|state| state.closed.is_none()) {
                self.gates.remove(&of_hung);
            }
        }
        let state = self.gates.entry(gate).or_default();
        if state.last.is_none_or(|last| began >= last) {
            state.rounds += 1;
            state.last = Some(Instant::now());
        }
        let closes = is_probe || gate.has_hung || state.rounds >= ROUNDS;
        if !closes {
            return false;
        }
        let is_new = state.closed.as_ref().is_none_or(|closed| closed.refresh != caller.refresh);
        let (refresh, until) = (caller.refresh, caller.ends_at);
        state.closed = Some(Closed { refresh, until, timeout: timeout.to_owned() });
        state.is_probed = false;
        is_new
    }

    /// Whether calls of the route hung in this refresh or the one before: they share a part of the
    /// places of calls in flight.
    pub(super) fn is_slow(&self, caller: &Caller<'_>) -> bool {
        self.slow.get(caller.route).is_some_and(|last| last + 1 >= caller.refresh)
    }

    /// The closed routes, with the ends of the closings.
    pub(super) fn closed(&self) -> impl Iterator<Item = (&'static str, Instant)> {
        let closed = |(gate, state): (&Gate, &State)| {
            let closed = state.closed.as_ref().filter(|closed| closed.refresh > 0)?;
            Some((gate.route, closed.until))
        };
        self.gates.iter().filter_map(closed)
    }

    /// The end of the route's closing.
    pub(super) fn until(&self, route: &str) -> Option<Instant> {
        let ends = self.closed().filter(|(closed, _)| *closed == route);
        ends.map(|(_, until)| until).max()
    }
}
