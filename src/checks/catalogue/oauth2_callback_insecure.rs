//! OAuth2 clients that return secrets over plain HTTP.

use std::net::IpAddr;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "oauth2_callback_insecure",
    title: "OAuth2 client with a callback over plain HTTP",
    severity: Severity::Medium,
    why: "The code that opens the account travels unencrypted.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Service accounts: replace the \
                callback by one with https, or by one of the local machine",
        api: Some("PUT /me/api/oauth2/client/{clientId}"),
    },
    needs: &["oauth2_client"],
    controls: &[controls::TLS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.oauth2_client, |client| {
        match client.callback_urls.iter().find(|url| is_insecure(url)) {
            _ if client.flow.is_empty() => Opinion::Unclear,
            Some(url) => Violation::because(format!("callback {url}")).into(),
            None => Opinion::Fine,
        }
    })
}

/// Whether the URL leaves the machine of the person who logs in without encryption.
fn is_insecure(url: &str) -> bool {
    let scheme = "http://";
    let is_plain = url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let rest = url.get(scheme.len()..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    is_plain && !is_loopback && !host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::oauth2_client::Client;

    fn client(flow: &str) -> Client {
        Client {
            id: "EU.1".to_owned(),
            name: "ci".to_owned(),
            flow: flow.into(),
            identity: Some(IDENTITY.to_owned()),
            created: Some(at("2026-01-01T00:00:00Z")),
            callback_urls: Vec::new(),
        }
    }

    const IDENTITY: &str = "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1";

    fn with(url: &str, flow: &str) -> String {
        let client = Client { callback_urls: vec![url.to_owned()], ..client(flow) };
        outcome(&CHECK, &Inventory { oauth2_client: account(vec![client]), ..nothing() })
    }

    #[test]
    fn plain_http_is_for_the_own_machine_only() {
        for url in [
            "http://example.com/cb",
            "HTTP://10.0.0.1:80",
            "http://localhost@evil.example",
            "http://localhost.evil.example/",
        ] {
            assert_eq!(with(url, "AUTHORIZATION_CODE"), format!("fail: callback {url}"));
        }
        for url in [
            "https://example.com/cb",
            "http://localhost:8080/cb",
            "http://127.0.0.1",
            "http://[::1]:80/cb",
            "app://cb",
        ] {
            assert_eq!(with(url, "AUTHORIZATION_CODE"), "pass", "{url}");
        }
        assert_eq!(with("https://example.com", ""), "not evaluated: unclear");
    }
}
