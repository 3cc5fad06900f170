//! One exporter with an account for each class of faults, and some without a fault.

use std::collections::BTreeMap;
use std::time::Duration;

use ovhcloud_exporter::config::account::Account;
use ovhcloud_exporter::config::{Config, ConfigErrors};
use tokio::runtime::Builder;

use super::cell::Place;
use super::fault::{CLASSES, Fault};
use super::judge::{GAPS, SUCCESS};
use super::kind::{COLLECTORS, KINDS, Kind};
use super::log::Log;
use super::proxy::Proxy;
use crate::exporter::{Scrape, reference};
use crate::running::{Running, configuration};

/// The first kind: the list of one collector.
const LIST: &Kind = &KINDS[0];
const GOOD: usize = 3;
const A_STRUCK_CALL: Duration = Duration::from_secs(5);
const A_GOOD_CALL: Duration = Duration::from_mins(1);

fn no_reload() -> Result<Config, ConfigErrors> {
    Err(ConfigErrors(vec!["no other configuration".to_owned()]))
}

#[test]
fn a_fault_of_one_account_is_in_the_log_and_touches_no_other_account() {
    let log = Log::default();
    let _guard = log.listen();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let simulator = reference().await;
        let mut accounts = Vec::new();
        let mut proxies = Vec::new();
        let classes = CLASSES.iter().filter(|class| class.only.is_empty());
        let struck: BTreeMap<String, &Fault> =
            classes.map(|class| (class.name.replace(' ', "-"), &class.faults[0])).collect();
        let good = (0..GOOD).map(|number| (format!("good-{number}"), None));
        let bad = struck.iter().map(|(name, fault)| (name.clone(), Some(*fault)));
        for (name, fault) in bad.chain(good) {
            let proxy = Proxy::start(simulator.address()).await;
            let trouble = fault.map(|fault| fault.trouble);
            proxy.strike(Box::new(move |path| trouble.filter(|_| LIST.strikes(path))));
            let place = Place { simulator: &simulator, proxy: &proxy, log: &log, is_patient: true };
            let mut account = place.account(LIST, fault.unwrap_or(&CLASSES[0].faults[0]));
            // The accounts compete for one thread, and only a fault may end a call.
            let least = if fault.is_some() { A_STRUCK_CALL } else { A_GOOD_CALL };
            account.api.read_timeout = account.api.read_timeout.max(least);
            account.api.call_timeout = account.api.call_timeout.max(least);
            accounts.push(Account { name, is_named: true, ..account });
            proxies.push(proxy);
        }
        let names: Vec<_> = accounts.iter().map(|account| account.name.clone()).collect();
        let running = Running::of(configuration(accounts), no_reload).await;
        let is_read = |page: &Scrape, name: &String| {
            page.values(SUCCESS, &[("account", name)]).len() == COLLECTORS.len()
        };
        let page = running.scrape(|page| names.iter().all(|name| is_read(page, name))).await;
        for name in &names {
            let fault = struck.get(name);
            for collector in COLLECTORS {
                let labels = [("account", name.as_str()), ("collector", collector)];
                let is_struck = fault.is_some() && LIST.takes(collector);
                // The table judges the other collectors of a struck account, each by itself.
                if fault.is_some() && !is_struck {
                    continue;
                }
                let expected = if is_struck { 0.0 } else { 1.0 };
                let gaps = || {
                    let of = format!("{GAPS}{{account=\"{name}\"");
                    let lines = page.0.lines().filter(|line| line.starts_with(&of));
                    lines.collect::<Vec<_>>().join("\n")
                };
                let success = page.value(SUCCESS, &labels);
                assert_eq!(success, expected, "{name} {collector}:\n{}", gaps());
                assert!(!is_struck || page.sum(GAPS, &labels) > 0.0, "{name}: no reason");
            }
            let text = log.text();
            let is_reported = text.lines().any(|line| {
                line.contains("WARN")
                    && line.contains(&format!("account=\"{name}\""))
                    && line.contains("api_application")
                    && line.contains("reason=")
            });
            assert_eq!(is_reported, fault.is_some(), "{name} in the log:\n{text}");
        }
    });
}
