//! The page at `/`: the findings, checks and collectors of every account, for people.
//!
//! An alert links to `/#check-ID`, which every check has in every state. Resources are shown up to a
//! number for the whole page, so that the page of a hundred accounts stays small; reports have all.

mod account;
mod check;
mod known;

use askama::Template;
use jiff::Timestamp;

use crate::collectors;
use crate::config::detail::Detail;
use crate::findings::html::parts::{clean, second};
use crate::report::AccountView;
use crate::telemetry::Build;

use account::Account;
use check::Group;
use known::Known;

/// The settings of the pages.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The level of detail of the metrics.
    pub detail: Detail,
    /// The path of the metrics.
    pub telemetry_path: String,
    /// Whether the landing page may name resources.
    pub landing_findings: bool,
    /// The division of the accounts among several exporters, if there is one.
    pub shard: Option<String>,
}

impl Pages {
    /// The reason why the landing page names nothing; `None` if it does.
    fn hidden(&self) -> Option<&'static str> {
        match (self.detail, self.landing_findings) {
            (Detail::Counts, _) => Some("the configuration has `detail: counts`"),
            (_, false) => Some(
                "the configuration has `landing_findings: false` under `web`, or the exporter runs \
                 with `--web.disable-landing-findings`",
            ),
            (_, true) => None,
        }
    }
}

#[derive(Template)]
#[template(path = "landing.html", whitespace = "minimize")]
struct Landing<'a> {
    build: Build,
    telemetry_path: &'a str,
    made: String,
    hidden: Option<&'static str>,
    shard: Option<&'a str>,
    accounts: Vec<Account<'a>>,
    is_single: bool,
    groups: Vec<Group<'a>>,
    /// The names of all collectors.
    reads: String,
}

/// The page as it is at this time.
///
/// # Errors
///
/// None is known: the page is a text in memory.
pub fn page(views: &[AccountView], pages: &Pages, now: Timestamp) -> askama::Result<String> {
    let known: Vec<Known<'_>> = views.iter().map(Known::of).collect();
    let hidden = pages.hidden();
    let names: Vec<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    let landing = Landing {
        build: Build::THIS,
        telemetry_path: &pages.telemetry_path,
        made: second(now),
        hidden,
        shard: pages.shard.as_deref(),
        accounts: account::all(&known, hidden.is_none(), now),
        is_single: known.len() == 1,
        groups: check::groups(&known, hidden.is_none()),
        reads: names.join(", "),
    };
    landing.render().map(|page| clean(&page))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use crate::checks;

    use super::*;

    fn view(name: &str) -> AccountView {
        AccountView {
            name: name.to_owned(),
            endpoint: "ovh-eu".to_owned(),
            identity: "service account <EU.1> (client_id: OVH_CLIENT_ID)".to_owned(),
            labels: BTreeMap::new(),
            interval: Duration::from_mins(5),
            report: None,
        }
    }

    fn pages(detail: Detail, landing_findings: bool) -> Pages {
        let (telemetry_path, shard) = ("/metrics".to_owned(), None);
        Pages { detail, telemetry_path, landing_findings, shard }
    }

    #[test]
    fn an_account_in_its_first_refresh_has_every_check_and_no_good_news() {
        let pages = pages(Detail::Findings, true);
        let page = page(&[view("a<b")], &pages, Timestamp::UNIX_EPOCH).unwrap();
        assert!(page.contains("Account <bdi>a&#60;b</bdi>") && page.contains("every 5m"), "{page}");
        assert!(page.contains("service account &#60;EU.1&#62; (client_id: OVH_CLIENT_ID)"));
        assert!(page.contains("The first refresh is under way."), "{page}");
        assert!(page.contains("The first refresh reads cloud_project, "), "{page}");
        for check in checks::ALL {
            let anchor = format!("id=\"check-{}\"", check.id);
            assert_eq!(page.matches(&anchor).count(), 1, "{anchor}");
        }
        assert!(!page.contains("class=\"badge good\"") && !page.contains("notice good"), "{page}");
    }

    #[test]
    fn accounts_have_an_index_and_anchors_of_their_own() {
        let pages = pages(Detail::Findings, true);
        let page = page(&[view("a b"), view("a-b")], &pages, Timestamp::UNIX_EPOCH).unwrap();
        for anchor in ["account-a~20~b", "account-a-b"] {
            assert_eq!(page.matches(&format!("id=\"{anchor}\"")).count(), 1, "{page}");
            assert!(page.contains(&format!("href=\"#{anchor}\"")), "{page}");
        }
    }

    #[test]
    fn a_shard_without_accounts_is_no_good_news() {
        let mut pages = pages(Detail::Findings, true);
        pages.shard = Some("Shard 1 of the shards 0 to 2 watches 0 of <2> accounts.".to_owned());
        let page = page(&[], &pages, Timestamp::UNIX_EPOCH).unwrap();
        assert!(page.contains("watches 0 of &#60;2&#62; accounts."), "{page}");
        assert!(!page.contains("class=\"badge good\"") && !page.contains("notice good"), "{page}");
    }

    #[test]
    fn a_page_without_names_says_so_and_has_no_identity() {
        for pages in [pages(Detail::Counts, true), pages(Detail::Full, false)] {
            let page = page(&[view("a")], &pages, Timestamp::UNIX_EPOCH).unwrap();
            assert!(page.contains("Counts only.") && !page.contains("EU.1"), "{page}");
        }
    }
}
