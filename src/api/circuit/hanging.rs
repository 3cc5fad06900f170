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

    /// A call that began then had no answer in time. Returns whether its route closes by that.
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
        let (refresh, until) = (caller.refresh, caller.ends_at);
        let closing = Closed { refresh, until, timeout: timeout.to_owned() };
        let before = state.closed.replace(closing);
        state.is_probed = false;
        // The other gates of the route may have closed before.
        let is_now = |closed: &Closed| closed.refresh == refresh;
        let others = self.gates.iter().filter(|(other, _)| other.route == gate.route);
        let now = others.filter(|(_, state)| state.closed.as_ref().is_some_and(is_now));
        !before.as_ref().is_some_and(is_now) && now.count() == 1
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    fn caller(path: &str, refresh: u64) -> Caller<'_> {
        let ends_at = Instant::now() + Duration::from_mins(5);
        Caller { route: "/project/{id}", path, is_plain: true, refresh, ends_at }
    }

    impl Hanging {
        fn way_of(&self, path: &str, refresh: u64) -> Way {
            self.way(&self.gate(&caller(path, refresh)), refresh)
        }

        /// Lets calls in that are made side by side, as far as they may.
        fn let_in<'a>(&mut self, paths: &[&'a str], refresh: u64) -> Vec<(Caller<'a>, Gate, bool)> {
            let mut entries = Vec::new();
            for path in paths {
                let caller = caller(path, refresh);
                let gate = self.gate(&caller);
                match self.way(&gate, refresh) {
                    Way::Open => entries.push((caller, gate, false)),
                    Way::HalfOpen => {
                        self.probe(&caller, gate);
                        entries.push((caller, gate, true));
                    }
                    Way::Probed | Way::Closed(_) => {}
                }
            }
            entries
        }

        /// The number of these calls that were made, none of which had an answer in time.
        async fn hang(&mut self, paths: &[&str], refresh: u64) -> usize {
            let (entries, began) = (self.let_in(paths, refresh), Instant::now());
            advance(TIMEOUT).await;
            for (caller, gate, is_probe) in &entries {
                self.timed_out(caller, (*gate, *is_probe), began, "answer");
            }
            entries.len()
        }

        fn answer(&mut self, paths: &[&str], refresh: u64) -> usize {
            let entries = self.let_in(paths, refresh);
            for (caller, gate, is_probe) in &entries {
                self.answered(caller, gate, *is_probe);
            }
            entries.len()
        }
    }

    fn is_closed(way: &Way) -> bool {
        matches!(way, Way::Closed(text) if text == "answer")
    }

    #[tokio::test(start_paused = true)]
    async fn two_rounds_close_a_route_for_the_refresh_and_then_one_call_probes() {
        let mut hanging = Hanging::default();
        assert_eq!(hanging.hang(&["/1", "/2", "/3"], 1).await, 3);
        assert_eq!(hanging.way_of("/4", 1), Way::Open, "one round may be a break of the network");
        assert_eq!(hanging.hang(&["/4", "/5"], 1).await, 2);
        assert!(is_closed(&hanging.way_of("/6", 1)));
        // In the next refresh: one of those that hung, and one of the others.
        assert_eq!(hanging.hang(&["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8"], 2).await, 2);
        assert!(is_closed(&hanging.way_of("/1", 2)) && is_closed(&hanging.way_of("/8", 2)));
        // The fault ends.
        assert_eq!(hanging.answer(&["/1", "/7"], 3), 2);
        assert_eq!(hanging.way_of("/8", 3), Way::Open);
        assert_eq!(hanging.way_of("/1", 3), Way::Open);
        assert_eq!(hanging.until("/project/{id}"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_is_made_once_more_and_keeps_no_other_from_its_route() {
        let mut hanging = Hanging::default();
        assert_eq!(hanging.hang(&["/1"], 1).await, 1);
        assert_eq!(hanging.hang(&["/1"], 1).await, 1, "its retry");
        assert!(is_closed(&hanging.way_of("/1", 1)));
        assert_eq!(hanging.answer(&["/2", "/3"], 1), 2);
        for refresh in 2..5 {
            assert_eq!(hanging.hang(&["/1"], refresh).await, 1);
            assert!(is_closed(&hanging.way_of("/1", refresh)));
            assert_eq!(hanging.answer(&["/2", "/3"], refresh), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_between_two_timeouts_keeps_a_route_open() {
        let mut hanging = Hanging::default();
        for (hangs, answers) in [("/1", "/2"), ("/3", "/4"), ("/5", "/6")] {
            assert_eq!(hanging.hang(&[hangs], 1).await, 1);
            assert_eq!(hanging.answer(&[answers], 1), 1);
        }
        assert_eq!(hanging.way_of("/8", 1), Way::Open);
        assert!(hanging.is_slow(&caller("/8", 1)) && hanging.is_slow(&caller("/8", 2)));
        assert!(!hanging.is_slow(&caller("/8", 3)), "a refresh without a timeout");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_given_up_leaves_its_turn() {
        let mut hanging = Hanging::default();
        hanging.hang(&["/1"], 1).await;
        let (_, gate, is_probe) = hanging.let_in(&["/1"], 2)[0];
        assert!(is_probe);
        assert_eq!(hanging.way_of("/1", 2), Way::Probed);
        hanging.release(&gate);
        assert_eq!(hanging.way_of("/1", 2), Way::HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_hangs_expanded_may_be_read_as_documented() {
        let mut hanging = Hanging::default();
        let expanded = Caller { is_plain: false, ..caller("/1", 1) };
        for _ in 0..2 {
            let gate = hanging.gate(&expanded);
            hanging.timed_out(&expanded, (gate, gate.has_hung), Instant::now(), "answer");
        }
        assert!(is_closed(&hanging.way(&hanging.gate(&expanded), 1)));
        assert_eq!(hanging.way_of("/1", 1), Way::Open);
    }
}
