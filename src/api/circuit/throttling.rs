//! Routes that OVHcloud closes by 408, 429 and 503, and the account where several routes are closed.
//!
//! A route closes for itself: the others are read. After its time one call probes it, and the
//! answer to that call opens it or closes it again.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Nothing is closed for longer, whatever OVHcloud asks for: a gateway's `Retry-After` may be
/// years, and an outage is over sooner.
pub(super) const LONGEST: Duration = Duration::from_mins(2);
/// Nothing is closed for less, `Retry-After` or not, so that each closing can be longer than the one
/// before.
const SHORTEST: Duration = Duration::from_secs(1);
/// This many routes close the account, if no other route answers between them: OVHcloud then means
/// the account. One gateway out of order closes its own routes, and the others answer.
const ROUTES: usize = 3;
/// The routes close the account only if they close within this time.
const WITHIN: Duration = Duration::from_mins(1);

/// The closed routes of an account.
#[derive(Debug, Default)]
pub(super) struct Throttling {
    routes: HashMap<&'static str, Closing>,
    account: Option<Closing>,
    /// The routes that closed since the last answer of any route, and when.
    recent: Vec<(&'static str, Instant)>,
}

/// A closing of a route, or of the account.
#[derive(Debug, Clone)]
struct Closing {
    /// The HTTP status that closed it.
    status: u16,
    /// No call is made before.
    until: Instant,
    length: Duration,
    is_probed: bool,
}

/// The state of the way to a route.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    Open,
    /// The next call probes it.
    HalfOpen,
    /// A call probes it; the others wait for its answer.
    Probed,
    Closed {
        status: u16,
        until: Instant,
        is_account: bool,
    },
}

/// The closings that a call probes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Probe {
    route: bool,
    pub(super) account: bool,
}

impl Probe {
    pub(super) fn is_one(self) -> bool {
        self.route || self.account
    }
}

/// The parts that an answer closed, to be reported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) route: bool,
    pub(super) account: bool,
}

impl Closing {
    fn new(status: u16, length: Duration, now: Instant) -> Self {
        Self { status, until: now + length, length, is_probed: false }
    }

    /// The probe was refused: twice the time, so that a route that is always closed makes its
    /// calls wait a few times, and then fails them at once.
    fn again(&mut self, status: u16, wait: Duration, now: Instant) {
        let length = wait.max(self.length * 2).min(LONGEST);
        *self = Self::new(status, length, now);
    }
}

impl Throttling {
    /// The state of the way to a route, through the account.
    pub(super) fn way(&self, route: &str, now: Instant) -> Way {
        let account = self.account.as_ref().map(|closing| (closing, true));
        let route = self.routes.get(route).map(|closing| (closing, false));
        let closings = || account.iter().chain(&route);
        let shut = closings().filter(|(closing, _)| now < closing.until);
        if let Some((closing, is_account)) = shut.max_by_key(|(closing, _)| closing.until) {
            let Closing { status, until, .. } = **closing;
            return Way::Closed { status, until, is_account: *is_account };
        }
        match closings().map(|(closing, _)| closing.is_probed).max() {
            None => Way::Open,
            Some(false) => Way::HalfOpen,
            Some(true) => Way::Probed,
        }
    }

    /// Lets a call in where the way is half open; it probes whatever is closed.
    pub(super) fn probe(&mut self, route: &str) -> Probe {
        let begin = |closing: &mut Closing| closing.is_probed = true;
        Probe {
            route: self.routes.get_mut(route).map(begin).is_some(),
            account: self.account.as_mut().map(begin).is_some(),
        }
    }

    /// Whether a call that was let in may still be made.
    pub(super) fn stands(&self, route: &str, probe: Probe) -> bool {
        (probe.account || self.account.is_none())
            && (probe.route || !self.routes.contains_key(route))
    }

    /// A probe ended without an answer: the next call probes.
    pub(super) fn release(&mut self, route: &str, probe: Probe) {
        let own = self.routes.get_mut(route).filter(|_| probe.route);
        for closing in own.into_iter().chain(self.account.as_mut().filter(|_| probe.account)) {
            closing.is_probed = false;
        }
    }

    /// OVHcloud answered a call, whatever the answer but 408, 429 and 503.
    pub(super) fn answered(&mut self, route: &str, probe: Probe) {
        self.recent.clear();
        if probe.route {
            self.routes.remove(route);
        }
        if probe.account {
            self.account = None;
        }
    }

    /// OVHcloud answered a call with 408, 429 or 503, and perhaps the time to wait.
    pub(super) fn refused(
        &mut self,
        route: &'static str,
        probe: Probe,
        (status, wait): (u16, Option<Duration>),
    ) -> Closed {
        let now = Instant::now();
        let wait = wait.unwrap_or_default().clamp(SHORTEST, LONGEST);
        let mut closed = Closed::default();
        if let Some(account) = self.account.as_mut().filter(|_| probe.account) {
            account.again(status, wait, now);
            closed.account = true;
        }
        match self.routes.get_mut(route) {
            Some(closing) if probe.route => {
                closing.again(status, wait, now);
                closed.route = true;
            }
            // A call of the same round says nothing new but the time.
            Some(closing) => closing.until = closing.until.max(now + wait),
            None => {
                self.routes.insert(route, Closing::new(status, wait, now));
                closed.route = true;
                closed.account |= self.closes_account(route, status, now);
            }
        }
        closed
    }

    /// Closes the account if this route is one of several.
    fn closes_account(&mut self, route: &'static str, status: u16, now: Instant) -> bool {
        self.recent.retain(|(other, at)| *other != route && now < *at + WITHIN);
        self.recent.push((route, now));
        if self.recent.len() < ROUTES || self.account.is_some() {
            return false;
        }
        let closings = self.recent.iter().filter_map(|(route, _)| self.routes.get(route));
        let until = closings.map(|closing| closing.until).max().unwrap_or(now);
        self.account = Some(Closing::new(status, until.saturating_duration_since(now), now));
        self.recent.clear();
        true
    }

    /// The closed routes, and the account as an empty one, with the ends of the closings.
    pub(super) fn closed(&self) -> impl Iterator<Item = (&'static str, Instant)> {
        let routes = self.routes.iter().map(|(route, closing)| (*route, closing.until));
        routes.chain(self.account.iter().map(|closing| ("", closing.until)))
    }

    /// The end of the route's closing; of the account's, without a route.
    pub(super) fn until(&self, route: Option<&str>) -> Option<Instant> {
        let closing = route.map_or(self.account.as_ref(), |route| self.routes.get(route));
        closing.map(|closing| closing.until)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const HOUR: Option<Duration> = Some(Duration::from_hours(1));

    /// A call of this route that is made now and answered at once with 429.
    fn refuse(throttling: &mut Throttling, route: &'static str, seconds: u64) -> Closed {
        let probe = throttling.probe(route);
        throttling.refused(route, probe, (429, Some(Duration::from_secs(seconds))))
    }

    fn seconds_left(throttling: &Throttling, route: &str) -> Option<u64> {
        match throttling.way(route, Instant::now()) {
            Way::Closed { until, .. } => Some((until - Instant::now()).as_secs()),
            _ => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_route_closes_for_itself_and_for_two_minutes_at_most() {
        let mut throttling = Throttling::default();
        assert_eq!(refuse(&mut throttling, "/a", 100_000), Closed { route: true, account: false });
        assert_eq!(seconds_left(&throttling, "/a"), Some(120));
        assert_eq!(throttling.way("/b", Instant::now()), Way::Open);
        advance(LONGEST).await;
        assert_eq!(throttling.way("/a", Instant::now()), Way::HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_probes_and_its_answer_opens() {
        let mut throttling = Throttling::default();
        refuse(&mut throttling, "/a", 5);
        advance(Duration::from_secs(5)).await;
        let probe = throttling.probe("/a");
        assert_eq!(throttling.way("/a", Instant::now()), Way::Probed);
        throttling.release("/a", probe);
        assert_eq!(
            throttling.way("/a", Instant::now()),
            Way::HalfOpen,
            "it ended without an answer"
        );
        let probe = throttling.probe("/a");
        throttling.answered("/a", probe);
        assert_eq!(throttling.way("/a", Instant::now()), Way::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn each_closing_in_a_row_is_twice_as_long() {
        let mut throttling = Throttling::default();
        for expected in [5, 10, 20, 40, 80, 120, 120] {
            refuse(&mut throttling, "/a", 5);
            assert_eq!(seconds_left(&throttling, "/a"), Some(expected));
            advance(Duration::from_secs(expected)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_of_refusals_is_one_closing() {
        let mut throttling = Throttling::default();
        for closes in [true, false, false] {
            let wait = (429, Some(Duration::from_secs(5)));
            let closed = throttling.refused("/a", Probe::default(), wait);
            assert_eq!(closed.route, closes);
        }
        assert_eq!(seconds_left(&throttling, "/a"), Some(5));
    }

    #[tokio::test(start_paused = true)]
    async fn three_routes_close_the_account_and_one_call_opens_it() {
        let mut throttling = Throttling::default();
        for (route, closes) in [("/a", false), ("/b", false), ("/c", true)] {
            assert_eq!(refuse(&mut throttling, route, 3600).account, closes, "{route}");
        }
        assert_eq!(seconds_left(&throttling, "/d"), Some(120));
        advance(LONGEST).await;
        assert_eq!(throttling.way("/d", Instant::now()), Way::HalfOpen);
        // The probe is refused: all of it closes again, and for two minutes at most.
        assert!(refuse(&mut throttling, "/d", 3600).account);
        assert_eq!(seconds_left(&throttling, "/e"), Some(120));
        advance(LONGEST).await;
        let probe = throttling.probe("/e");
        assert_eq!(throttling.way("/f", Instant::now()), Way::Probed);
        throttling.answered("/e", probe);
        assert_eq!(throttling.way("/f", Instant::now()), Way::Open);
        assert_eq!(
            throttling.way("/a", Instant::now()),
            Way::HalfOpen,
            "a route has its own probe"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn routes_close_no_account_that_answers_or_over_a_long_time() {
        let mut throttling = Throttling::default();
        for route in ["/a", "/b", "/c", "/d"] {
            assert!(!refuse(&mut throttling, route, 3600).account, "{route}");
            throttling.answered("/well", Probe::default());
        }
        let mut throttling = Throttling::default();
        for route in ["/a", "/b", "/c", "/d"] {
            assert!(!refuse(&mut throttling, route, 3600).account, "{route}");
            advance(WITHIN / 2).await;
        }
        // The same routes at their next probe are nothing new.
        for route in ["/a", "/b", "/c", "/d"] {
            advance(LONGEST).await;
            assert!(!refuse(&mut throttling, route, 3600).account, "{route}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_was_let_in_before_the_closing_is_held_back() {
        let mut throttling = Throttling::default();
        throttling.refused("/a", Probe::default(), (503, HOUR));
        assert!(
            !throttling.stands("/a", Probe::default()) && throttling.stands("/b", Probe::default())
        );
        let probe = throttling.probe("/a");
        assert!(throttling.stands("/a", probe));
    }
}
