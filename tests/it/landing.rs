//! The page at `/` as a person who follows an alert reads it: anchors, names, blind cases, size.

use std::slice;
use std::time::Duration;

use ovhcloud_exporter::checks;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::{Pages, landing};
use ovhcloud_exporter::report::AccountView;
use ovhcloud_simulator::{Account, Effect, Options, Size};
use serde_json::json;

use crate::exporter::{Exporter, NOW, large, reference, simulator, time, usual};

/// The bound of a page of a hundred accounts, without compression.
const LARGEST: usize = 2_000_000;

fn pages() -> Pages {
    Pages {
        detail: Detail::Findings,
        telemetry_path: "/metrics".to_owned(),
        landing_findings: true,
        shard: None,
    }
}

/// The anchors of a page, which must differ.
#[track_caller]
fn anchors(page: &str) -> Vec<&str> {
    let ids = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an anchor is there twice");
    ids
}

#[tokio::test]
async fn every_check_has_one_anchor_and_every_link_has_its_end() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let (one, two) = (exporter.view(), AccountView { name: "a/b".to_owned(), ..exporter.view() });
    for views in [vec![one.clone()], vec![one, two]] {
        let page = landing::page(&views, &pages(), time(NOW)).unwrap();
        let anchors = anchors(&page);
        for check in checks::ALL {
            assert!(anchors.contains(&format!("check-{}", check.id).as_str()), "{}", check.id);
        }
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links {
            assert!(anchors.contains(&link), "{link}");
        }
    }
}

#[tokio::test]
async fn a_finding_has_its_evidence_repair_and_date() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let page = exporter.landing();
    let start = page.find("id=\"check-credential_no_expiry\"").unwrap();
    let section = page.get(start..).unwrap().split("</details>").next().unwrap();
    let check = checks::find("credential_no_expiry").unwrap();
    for words in [check.why, check.repair.panel, "ISO", "2026-"] {
        let words = words.replace('\'', "&#39;").replace('>', "&#62;");
        assert!(section.contains(&words), "{words} in {section}");
    }
}

#[tokio::test]
async fn a_page_without_names_has_the_counts_alone() {
    let simulator = reference().await;
    simulator.fail("/me/api/credential", Effect::Status(403));
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let named = exporter.landing();
    let view = exporter.view();
    let document = serde_json::to_value(exporter.inventory()).unwrap();
    let projects = document.pointer("/cloud_project/by_scope//items").unwrap().as_array().unwrap();
    let secret: Vec<&str> = projects.iter().filter_map(|one| one["id"].as_str()).collect();
    assert!(secret.len() > 1 && secret.iter().any(|id| named.contains(id)));
    for pages in
        [Pages { landing_findings: false, ..pages() }, Pages { detail: Detail::Counts, ..pages() }]
    {
        let page = landing::page(slice::from_ref(&view), &pages, time(NOW)).unwrap();
        assert!(page.contains("Counts only.") && page.contains("findings"));
        assert!(page.contains(" forbidden</b>"), "the number and the reason stay");
        assert!(!page.contains("class=\"id\"") && !page.contains("findings\"><thead"), "{page}");
        for id in &secret {
            assert!(!page.contains(id), "{id}");
        }
        assert!(!page.contains(&view.identity));
    }
}

#[tokio::test]
async fn names_of_the_account_do_not_become_markup() {
    let simulator = reference().await;
    let name = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>a\u{202e}txt.exe";
    simulator.change(|account| {
        for project in account.projects() {
            for kind in ["instance", "sshkey"] {
                let objects = account.list_mut(&format!("/cloud/project/{project}/{kind}"));
                for object in objects {
                    object["name"] = json!(name);
                }
            }
        }
    });
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let page = exporter.landing();
    assert!(page.contains("&#60;script&#62;alert(1)"), "the name is there as a text");
    for markup in ["<script", "<img", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
}

#[tokio::test]
async fn nothing_that_is_not_known_is_good_news() {
    let refused = reference().await;
    refused.revoke();
    let mut exporter = Exporter::new(&refused);
    exporter.pass().await;
    let page = exporter.landing();
    assert!(page.contains("<b>Nothing could be read.</b>"), "{page}");
    assert!(!page.contains("</b>critical</li>"), "a 0 looks like a count: {page}");
    assert!(!page.contains("notice good") && !page.contains("badge good"), "{page}");

    let simulator = reference().await;
    simulator.fail("/me/api/credential", Effect::Status(403));
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let page = exporter.landing();
    assert!(page.contains("</b>critical</li>"), "{page}");
    assert!(page.contains(" collectors incomplete.</b> Findings may be missing."), "{page}");
    assert!(page.contains("<h2>Checks without a verdict"), "{page}");

    let later = time(NOW) + Duration::from_mins(16);
    let page = landing::page(&[exporter.view()], &pages(), later).unwrap();
    assert!(page.contains("<b>Stale data.</b>"), "{page}");
    let early = time(NOW) + Duration::from_mins(15);
    let page = landing::page(&[exporter.view()], &pages(), early).unwrap();
    assert!(!page.contains("<b>Stale data.</b>"), "{page}");
}

#[tokio::test]
async fn a_page_is_bounded() {
    let simulated = large().await;
    let mut exporter = usual(&simulated, ListMode::Auto);
    exporter.pass().await;
    let page = landing::page(&[exporter.view()], &pages(), time(NOW)).unwrap();
    assert!(page.contains("more: <code>ovhcloud-exporter report --check "), "nothing is left out");
    println!("a large account: {} bytes", page.len());
    assert!(page.len() < LARGEST, "{}", page.len());

    let account = Account::generate(Size::default(), time(NOW));
    let simulated = simulator(Options::new(account)).await;
    let mut exporter = Exporter::new(&simulated);
    exporter.pass().await;
    let view = exporter.view();
    let named = |number| AccountView { name: format!("account-{number}"), ..view.clone() };
    let views: Vec<_> = (0..100).map(named).collect();
    let page = landing::page(&views, &pages(), time(NOW)).unwrap();
    println!("100 accounts: {} bytes", page.len());
    assert!(page.len() < LARGEST, "{}", page.len());
    assert!(anchors(&page).contains(&"account-account-99"));
}
