//! The report in HTML: whole, without scripts, and with no name that becomes markup.

use ovhcloud_exporter::checks;
use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Effect, Simulator};
use serde_json::json;

use crate::commands::end;
use crate::exporter::reference;

/// The report of the account, with these flags.
async fn report(simulator: &Simulator, flags: &[&str]) -> String {
    let arguments = [&["report", "--format", "html"], flags].concat();
    end(simulator, &arguments).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_every_check_and_every_collector_in_one_file() {
    let simulator = reference().await;
    let page = report(&simulator, &[]).await;
    for check in checks::ALL {
        assert_eq!(page.matches(&format!("-{}\">\n", check.id)).count(), 1, "{}", check.id);
        assert!(page.contains(&check.title.replace('\'', "&#39;")), "{}", check.id);
    }
    for collector in collectors::ALL {
        assert!(page.contains(&format!("<code>{}</code>", collector.name)), "{}", collector.name);
    }
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    for outside in ["<script", "<link", "<img", "src=", "url(", "@import", "href=\"http"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("A part of the whole."), "nothing is filtered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_report_and_a_half_read_account_say_so() {
    let simulator = reference().await;
    let page = report(&simulator, &["--check", "user_admin"]).await;
    assert!(page.contains("This report is filtered: check user_admin."), "{page}");
    assert!(!page.contains("notice good"), "a part says nothing about the whole");
    simulator.fail("/me/api/credential", Effect::Status(403));
    let page = report(&simulator, &[]).await;
    assert!(page.contains(" collectors incomplete.</b> Findings may be missing."), "{page}");
    assert!(page.contains("Nothing of it is known: see its row of the collectors."), "{page}");
    simulator.revoke();
    let page = report(&simulator, &[]).await;
    assert!(page.contains("<b>Nothing could be read.</b>") && !page.contains("badge good"));
    assert!(!page.contains("</b>critical</li>"), "a 0 looks like a count: {page}");
}

#[tokio::test(flavor = "multi_thread")]
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
    let page = report(&simulator, &[]).await;
    assert!(page.contains("&#60;script&#62;alert(1)"), "the name is there as a text");
    for markup in ["<script", "<img", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
}
