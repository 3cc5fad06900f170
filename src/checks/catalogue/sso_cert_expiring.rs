//! Signing certificates of the identity provider close to their end.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static SOON: Setting<Duration> = Setting {
    name: "soon",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report certificates that end sooner than this",
    flag: None,
};

static URGENT: Setting<Duration> = Setting {
    name: "urgent",
    default: days(14),
    limits: (days(1), days(3650)),
    help: "Report certificates that end sooner than this with severity high",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "sso_cert_expiring",
    title: "Certificate of the identity provider is about to expire",
    severity: Severity::High,
    why: "After the end of the last certificate nobody logs in by the identity provider.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > SSO: upload the new metadata of \
                the identity provider",
        api: Some("PUT /me/identity/provider"),
    },
    needs: &["identity_provider"],
    controls: &[controls::FEDERATION, controls::CERTIFICATES],
    is_on: true,
    settings: &[SOON.spec(), URGENT.spec()],
    evaluate,
    count: None,
};

/// The certificate with the latest end decides: a provider announces its next one beside the old.
fn evaluate(context: &Context<'_>) -> Verdict {
    let limits = [context.get(&SOON), context.get(&URGENT)];
    judge(&context.inventory.identity_provider, |provider| {
        let ends = provider.certificates.iter().map(|certificate| certificate.expires);
        match ends.collect::<Option<BTreeSet<_>>>().as_ref().and_then(BTreeSet::last) {
            Some(last) => context.expiring(*last, limits),
            None => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, evaluated, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::identity_provider::{Certificate, Provider};

    fn with(ends: &[Option<&str>]) -> Inventory {
        let certificate =
            |end: Option<&str>| Certificate { subject: "CN=idp".to_owned(), expires: end.map(at) };
        let certificates = ends.iter().copied().map(certificate).collect();
        let provider =
            Provider { url: String::new(), local_users_disabled: Some(true), certificates };
        Inventory { identity_provider: account(vec![provider]), ..nothing() }
    }

    #[test]
    fn the_severity_rises_as_the_end_comes_near() {
        assert_eq!(outcome(&CHECK, &with(&[Some("2026-12-21T00:00:00Z")])), "pass");
        for (end, severity) in [
            ("2026-12-20T23:59:59Z", Some(Severity::Medium)),
            ("2026-12-05T00:00:00Z", Some(Severity::Medium)),
            ("2026-12-04T23:59:59Z", None),
            ("2026-01-01T00:00:00Z", None),
        ] {
            let findings = evaluated(&CHECK, &with(&[Some(end)]), NOW).findings;
            assert_eq!(findings[0].severity, severity, "{end}");
        }
        let soon = outcome(&CHECK, &with(&[Some("2026-12-01T00:00:00Z")]));
        assert_eq!(soon, "fail: expires 2026-12-01");
    }

    #[test]
    fn a_later_certificate_is_enough_and_an_unknown_end_is_unclear() {
        let two = with(&[Some("2026-11-22T00:00:00Z"), Some("2030-01-01T00:00:00Z")]);
        assert_eq!(outcome(&CHECK, &two), "pass");
        for unknown in [with(&[]), with(&[None, Some("2030-01-01T00:00:00Z")])] {
            assert_eq!(outcome(&CHECK, &unknown), "not evaluated: unclear");
        }
    }
}
