//! Lists that end before all that they announce.

use std::collections::BTreeMap;

use ovhcloud_simulator::{
    Account, Effect, Fault, Listing, Options, Simulator, Size, Unverified, routes,
};
use serde_json::{Value, json};

use crate::exporter::{Exporter, NOW, Scrape, reference, simulator, time};

const EXPANDED: Listing = Listing { expanded: true, batch: false };
const CREDENTIALS: &str = "/me/api/credential";

/// A page with its first elements, and with these headers.
fn page(keep: usize, headers: &[(&str, &str)]) -> Effect {
    let text = |(name, value): &(&str, &str)| (format!("x-pagination-{name}"), (*value).to_owned());
    Effect::Page { list: None, keep: Some(keep), headers: headers.iter().map(text).collect() }
}

async fn with_credentials(credentials: usize) -> Simulator {
    let size = Size { credentials, ..Size::default() };
    simulator(Options::new(Account::generate(size, time(NOW)))).await
}

/// How many credentials were counted, and whether that is all.
fn counted(scrape: &Scrape) -> (f64, bool) {
    let collector = [("collector", "api_credential")];
    let gaps = scrape.sum("ovhcloud_collector_gaps", &collector);
    let is_whole = scrape.value("ovhcloud_collector_success", &collector) == 1.0;
    assert_eq!(is_whole, gaps == 0.0);
    (scrape.value("ovhcloud_collector_resources", &collector), is_whole)
}

#[tokio::test]
async fn a_list_that_is_cut_is_read_as_ids_or_is_a_gap() {
    let elements = [("elements", "120")];
    let pages = [("total", "3"), ("elements", "120")];
    let total = [("total", "3")];
    let cursor = [("cursor-next", "abc")];
    // The form that works, the pages until the list is well again, if ever, and the count.
    let cases: [(_, Vec<Effect>, bool, _); 10] = [
        // Ids that are paged though they are not expanded.
        (Listing::PLAIN, vec![page(50, &pages)], true, (120.0, true)),
        (Listing::PLAIN, vec![page(50, &pages)], false, (50.0, false)),
        (Listing::ALL, vec![page(50, &elements); 2], true, (120.0, true)),
        (EXPANDED, vec![page(50, &elements); 2], true, (120.0, true)),
        (EXPANDED, vec![page(50, &elements)], false, (50.0, false)),
        (EXPANDED, vec![page(60, &cursor); 2], true, (120.0, true)),
        (EXPANDED, vec![page(60, &cursor)], false, (60.0, false)),
        // An empty page in the middle.
        (EXPANDED, vec![page(60, &total), page(0, &total)], true, (120.0, true)),
        (EXPANDED, vec![page(60, &total)], false, (60.0, false)),
        // A number of pages that is not known of any list, and that none brings.
        (EXPANDED, vec![page(120, &[("total", "9")])], false, (120.0, false)),
    ];
    let simulator = with_credentials(120).await;
    for (offered, effects, heals, expected) in cases {
        simulator.listing(offered);
        let fault = |effect: &Effect| {
            let fault = Fault::new(CREDENTIALS, effect.clone());
            if heals { fault.times(1) } else { fault }
        };
        simulator.faults(effects.iter().map(fault).collect());
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(counted(&scrape), expected, "{offered:?}, {effects:?}, {heals}");
    }
}

#[tokio::test]
async fn a_full_page_without_headers_is_not_taken_for_the_last() {
    let simulator = with_credentials(5001).await;
    simulator.faults(vec![Fault::new(CREDENTIALS, page(5000, &[])).times(1)]);
    assert_eq!(counted(&Exporter::new(&simulator).pass().await), (5001.0, true));
    // Nobody says whether the list goes on, and no page but the first one comes.
    simulator.fail(CREDENTIALS, page(5000, &[]));
    simulator.unverified(Unverified { whole_expansion: true, ..Unverified::default() });
    assert_eq!(counted(&Exporter::new(&simulator).pass().await).0, 5000.0);
    // The ids tell.
    simulator.faults(vec![Fault::new(CREDENTIALS, page(5000, &[])).times(2)]);
    assert_eq!(counted(&Exporter::new(&simulator).pass().await), (5001.0, true));
}

/// Lists of whole objects of either version.
#[tokio::test]
async fn a_list_of_objects_that_is_cut_is_a_gap() {
    for (route, collector) in
        [("/cloud/project/{serviceName}/sshkey", "cloud_ssh_key"), ("/v2/iam/policy", "iam_policy")]
    {
        assert!(routes().any(|served| served.template == route));
        let simulator = reference().await;
        simulator.fail(route, page(1, &[("elements", "3")]));
        let scrape = Exporter::new(&simulator).pass().await;
        let gap = [("collector", collector), ("reason", "undecodable")];
        assert!(scrape.sum("ovhcloud_collector_gaps", &gap) > 0.0, "{route}");
        let success = [("collector", collector)];
        assert_eq!(scrape.value("ovhcloud_collector_success", &success), 0.0, "{route}");
    }
}

#[tokio::test]
async fn a_cursor_is_sent_back_as_it_came() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 1;
    options.unverified = Unverified { cursors_beyond_ascii: true, ..Unverified::default() };
    let paged = simulator(options).await;
    let scrape = Exporter::new(&paged).pass().await;
    let expected = Exporter::new(&reference().await).pass().await;
    let policies = |scrape: &Scrape| scrape.sum("ovhcloud_iam_policies", &[]);
    assert!(policies(&expected) > 2.0);
    assert_eq!(policies(&scrape), policies(&expected));
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_policy")]), 1.0);
}

#[tokio::test]
async fn a_list_may_have_more_than_a_thousand_pages() {
    let size = Size { policies: 1100, ..Size::default() };
    let mut options = Options::new(Account::generate(size, time(NOW)));
    options.page_size = 1;
    let simulator = simulator(options).await;
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    assert!(scrape.sum("ovhcloud_iam_policies", &[]) >= 1100.0);
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_policy")]), 1.0);
}

#[tokio::test]
async fn a_cursor_that_comes_back_loses_nothing_that_was_read() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.page_size = 1;
    let simulator = simulator(options).await;
    simulator.fail("/v2/iam/policy", Effect::RepeatCursor);
    let scrape = Exporter::new(&simulator).pass().await;
    let known = scrape.value("ovhcloud_collector_resources", &[("collector", "iam_policy")]);
    assert_eq!(known, 2.0);
    scrape.lacks("ovhcloud_iam_policies", &[]);
    assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_policy")]), 0.0);
}

/// Objects, ids and what is neither in one list.
#[tokio::test]
async fn what_did_not_expand_is_asked_for_by_itself() {
    let simulator = reference().await;
    let mut users = Vec::new();
    simulator.change(|account| users = account.list("/me/identity/user").to_vec());
    let logins: Vec<&Value> = users.iter().map(|user| &user["login"]).collect();
    let expected = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    let mut partly = vec![users[0].clone()];
    partly.extend(logins[1..].iter().map(|login| (*login).clone()));
    let spoilt = json!([users[0], null, {}]);
    for (list, calls) in [(json!(partly), 1), (spoilt, 2)] {
        let effect = Effect::Body { status: 200, body: list.to_string() };
        simulator.faults(vec![Fault::new("/me/identity/user", effect).times(1)]);
        simulator.reset_stats();
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), expected, "{list}");
        assert_eq!(scrape.value("ovhcloud_collector_success", &[("collector", "iam_user")]), 1.0);
        // An element that is neither makes the list of ids worth a call.
        let made: BTreeMap<_, _> = simulator.stats().by_route;
        assert_eq!(made["/me/identity/user"], calls, "{list}");
    }
}
