//! SSH keys of a type or a length that is too weak.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::cloud_ssh_key::Algorithm;
use crate::config::setting::Setting;
use crate::config::severity::Severity;

static MIN_RSA_BITS: Setting<u64> = Setting {
    name: "min_rsa_bits",
    default: 3072,
    limits: (2048, 16384),
    help: "Report RSA keys of fewer bits; below 2048 they are always reported",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "sshkey_weak",
    title: "SSH key of a weak type or length",
    severity: Severity::High,
    why: "DSA keys and RSA keys of less than 2048 bits are too weak for any use, and OpenSSH \
          has dropped DSA. RSA keys of less than 3072 bits are not recommended for use after \
          2030.",
    repair: Repair {
        panel: "Public Cloud > Project > SSH Keys: add a new key, of type Ed25519, and delete \
                this one; replace it in authorized_keys of the instances that were created with \
                it",
        api: Some("DELETE /cloud/project/{serviceName}/sshkey/{keyId}"),
    },
    needs: &["cloud_ssh_key"],
    controls: &[&[
        (Framework::Iso27001, "A.8.24"),
        (Framework::Nis2, "9~"),
        (Framework::SecNumCloud, "10.2~"),
    ]],
    is_on: true,
    settings: &[MIN_RSA_BITS.spec()],
    evaluate,
    count: None,
};

/// The least length of RSA that no source calls broken.
const LEAST_RSA: u64 = 2048;

fn evaluate(context: &Context<'_>) -> Verdict {
    let least = context.get(&MIN_RSA_BITS);
    judge(&context.inventory.cloud_ssh_key, |key| {
        let Some(Algorithm { name, bits }) = &key.algorithm else { return Opinion::Unclear };
        let bits = bits.and_then(|bits| u64::try_from(bits).ok());
        match (&**name, bits) {
            ("ssh-dss", _) => Violation::because("its type is DSA").into(),
            ("ssh-rsa", Some(bits)) if bits < least.max(LEAST_RSA) => {
                let violation = Violation::because(format!("RSA of {bits} bits"));
                if bits < LEAST_RSA { violation } else { violation.severity(Severity::Low) }.into()
            }
            // A type that is not known may be weak.
            (_, None) => Opinion::Unclear,
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::ssh_key;
    use crate::checks::fixtures::{NOW, evaluated, nothing, outcome, outcome_with, project};
    use crate::collectors::Inventory;
    use crate::config::setting::Threshold;

    fn key(name: &str, bits: Option<u64>) -> Inventory {
        let key = ssh_key(json!({ "algorithm": { "name": name, "bits": bits } }));
        Inventory { cloud_ssh_key: project(vec![key]), ..nothing() }
    }

    #[test]
    fn a_key_is_weak_below_the_length_for_its_type() {
        for (name, bits, expected) in [
            ("ssh-ed25519", Some(256), "pass"),
            ("ecdsa-sha2-nistp256", Some(256), "pass"),
            ("ssh-rsa", Some(3072), "pass"),
            ("ssh-rsa", Some(3071), "fail: RSA of 3071 bits"),
            ("ssh-rsa", Some(1024), "fail: RSA of 1024 bits"),
            ("ssh-dss", Some(1024), "fail: its type is DSA"),
            ("ssh-new", None, "not evaluated: unclear"),
        ] {
            assert_eq!(outcome(&CHECK, &key(name, bits)), expected, "{name} {bits:?}");
        }
    }

    #[test]
    fn rsa_of_2048_bits_is_of_low_severity_and_can_be_accepted() {
        let severity = |bits| {
            let findings = evaluated(&CHECK, &key("ssh-rsa", Some(bits)), NOW).findings;
            findings[0].severity
        };
        assert_eq!((severity(2048), severity(2047)), (Some(Severity::Low), None));
        let accepted = |bits| {
            let setting = (&MIN_RSA_BITS, Threshold::Count(2048));
            outcome_with(&CHECK, &key("ssh-rsa", Some(bits)), setting)
        };
        assert_eq!(
            (accepted(2048).as_str(), accepted(2047).as_str()),
            ("pass", "fail: RSA of 2047 bits")
        );
    }

    #[test]
    fn an_unreadable_key_is_unclear() {
        let key = ssh_key(json!({ "algorithm": null }));
        let inventory = Inventory { cloud_ssh_key: project(vec![key]), ..nothing() };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
    }
}
