//! One cell of the table: a fault on a kind of route, warm and fresh.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::api::Api;
use ovhcloud_simulator::{Auth, Simulator};
use tokio::time::{sleep, timeout};

use super::fault::{Fault, Trouble};
use super::judge::{self, Defect, SUCCESS, differences, in_short, values};
use super::kind::{COLLECTORS, Kind};
use super::log::Log;
use super::proxy::Proxy;
use crate::credentials::good;
use crate::exporter::{Exporter, NOW, Scrape};

const LATER: &str = "2026-11-21T00:05:00Z";
const AT_LAST: &str = "2026-11-21T00:10:00Z";

/// The longest time of a refresh under a fault, and of the whole return to normal after it.
const LONGEST: Duration = Duration::from_secs(150);
/// A route may rest for a while after its fault: its closings double, and one of 32 s may begin before the
/// end of a refresh of [`HOPELESS`].
const HEALED_WITHIN: Duration = Duration::from_secs(40);
/// After a fault that asks for a long wait.
const HEALED_AT_LAST: Duration = Duration::from_secs(140);
/// The time of a refresh in which every call fails: the rate of calls falls as low as it can.
const HOPELESS: Duration = Duration::from_secs(40);

const WAYS: [Auth; 3] = [Auth::OAuth2, Auth::ApplicationKey, Auth::Token];

/// The simulator, the proxy and the log of a cell.
pub(super) struct Place<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) proxy: &'a Proxy,
    pub(super) log: &'a Log,
    /// Whether to wait for the end of a long `Retry-After`.
    pub(super) is_patient: bool,
}

impl Place<'_> {
    /// The account of the simulator behind the proxy, with short times.
    pub(super) fn account(&self, kind: &Kind, fault: &Fault) -> Account {
        let mut account = good(self.simulator, kind.auth);
        account.endpoint.name = format!("http://{}/1.0", self.proxy.address);
        let [from, to] = [self.simulator.address(), self.proxy.address].map(|it| it.to_string());
        account.endpoint.root = account.endpoint.root.replace(&from, &to);
        if let Some(url) = &account.endpoint.token_url {
            account.endpoint.token_url = Some(url.as_str().replace(&from, &to).parse().unwrap());
        }
        // Only faults of time may end a call: the machine may be busy.
        let takes_time = matches!(
            fault.trouble,
            Trouble::Slow(_) | Trouble::Head(_) | Trouble::Endless | Trouble::Large { .. }
        );
        account.api = Api {
            listing: kind.listing,
            largest_answer: super::LARGEST_ANSWER,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(if takes_time { 1 } else { 20 }),
            call_timeout: Duration::from_secs(if takes_time { 2 } else { 30 }),
            ..account.api
        };
        account.collectors = BTreeSet::from(COLLECTORS);
        account
    }

    fn begin(&self, kind: &'static Kind, fault: &Fault) {
        let trouble = fault.trouble;
        self.proxy.strike(Box::new(move |path| kind.strikes(path).then_some(trouble)));
    }

    fn end(&self) {
        self.proxy.strike(Box::new(|_| None));
    }

    /// The defects of this fault on this kind of route.
    pub(super) async fn run(&self, kind: &'static Kind, fault: &Fault) -> Vec<Defect> {
        self.end();
        self.log.clear();
        let trapped = self.proxy.trapped();
        let mut defects = Vec::new();
        let account = self.account(kind, fault);
        let mut warm = start(account.clone(), fault);
        let before = warm.pass().await;
        let failing = before.values(SUCCESS, &[]).iter().filter(|value| **value < 1.0).count();
        assert_eq!(failing, 0, "without a fault nothing fails:\n{}", before.0);
        if kind.is_asked_once {
            warm.reconnect();
        }

        self.begin(kind, fault);
        warm.time = time_of(kind);
        match timeout(LONGEST, warm.pass_at(LATER)).await {
            Ok(during) => defects.extend(judge::warm(kind, &before, &during)),
            Err(_) => defects.push(Defect('X', "the warm refresh does not end".to_owned())),
        }
        if self.proxy.struck() == 0 {
            defects.push(Defect('?', "no call was struck".to_owned()));
        }
        defects.extend(self.secrets(&warm));
        let mut fresh = start(account, fault);
        fresh.time = time_of(kind);
        match timeout(LONGEST, fresh.pass()).await {
            Ok(during) => defects.extend(judge::fresh(kind, &before, &during)),
            Err(_) => defects.push(Defect('X', "the fresh refresh does not end".to_owned())),
        }
        defects.extend(self.secrets(&fresh));

        self.end();
        for exporter in [&mut warm, &mut fresh] {
            exporter.time = None;
        }
        // Findings that the fresh one has now for the first time begin as those of the warm one did.
        for (exporter, now) in [(&mut warm, AT_LAST), (&mut fresh, NOW)] {
            defects.extend(self.heal(kind, fault, exporter, (now, &before)).await);
        }
        if self.proxy.trapped() > trapped {
            defects.push(Defect('F', "the other host got a connection".to_owned()));
        }
        defects
    }

    /// After the fault everything is as it was. A route that was asked to be left alone for long may
    /// rest, and no other.
    async fn heal(
        &self,
        kind: &Kind,
        fault: &Fault,
        exporter: &mut Exporter,
        (now, before): (&str, &Scrape),
    ) -> Option<Defect> {
        let began = Instant::now();
        let expected = values(before);
        let within = if fault.waits_long() { HEALED_AT_LAST } else { HEALED_WITHIN };
        loop {
            let after = exporter.pass_at(now).await;
            let may_rest = |name: &str| fault.waits_long() && !self.is_patient && kind.takes(name);
            let is_complete = |name: &str| after.values(SUCCESS, &[("collector", name)]) == [1.0];
            let failing: Vec<_> =
                COLLECTORS.iter().filter(|name| !may_rest(name) && !is_complete(name)).collect();
            let other = differences(&expected, &values(&after));
            let rests = COLLECTORS.iter().any(|name| may_rest(name));
            if failing.is_empty() && (other.is_empty() || rests) {
                return None;
            }
            if began.elapsed() > within {
                let what = format!("failing {failing:?}, {}", in_short(&other));
                return Some(Defect('H', what));
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn secrets(&self, exporter: &Exporter) -> Vec<Defect> {
        let mut secrets = self.proxy.secrets();
        let variables = WAYS
            .iter()
            .flat_map(|auth| self.simulator.environment(*auth))
            .filter(|(name, _)| name.ends_with("SECRET") || name.ends_with("CONSUMER_KEY"));
        secrets.extend(variables.map(|(_, value)| value));
        secrets.insert("MARKED-TOKEN".to_owned());
        judge::secrets(exporter, &self.log.text(), &secrets)
    }
}

/// The landing page names errors along with findings, which take most of the time here.
fn start(account: Account, fault: &Fault) -> Exporter {
    let mut exporter = Exporter::of(account);
    exporter.landing_findings = fault.shows_secrets();
    exporter
}

fn time_of(kind: &Kind) -> Option<Duration> {
    kind.loses.is_empty().then_some(HOPELESS)
}

/// A fault on a kind of route.
pub(super) type Cell = (&'static Kind, &'static Fault);
