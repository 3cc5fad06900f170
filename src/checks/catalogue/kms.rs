//! The parts that the checks of key management services share: their objects are keys and
//! certificates, not the services themselves.

use ecow::eco_format;

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Part, Verdict, judge_parts};
use crate::collectors::okms::{Certificate, Key, Kms};

/// Applies a rule to every key.
pub(super) fn judge_keys(context: &Context<'_>, rule: impl Fn(&Key) -> Opinion) -> Verdict {
    judge_parts(&context.inventory.okms, |kms| {
        let keys = kms.keys.as_deref();
        parts(kms, keys, |key| (&key.id, &key.name, rule(key)))
    })
}

/// Applies a rule to every client certificate.
pub(super) fn judge_certificates(
    context: &Context<'_>,
    rule: impl Fn(&Certificate) -> Opinion,
) -> Verdict {
    judge_parts(&context.inventory.okms, |kms| {
        let certificates = kms.credentials.as_deref();
        parts(kms, certificates, |one| (&one.id, &one.name, rule(one)))
    })
}

/// The opinions about the parts of a service; a service whose parts are unreadable is unclear.
fn parts<T>(
    kms: &Kms,
    parts: Option<&[T]>,
    judged: impl Fn(&T) -> (&str, &str, Opinion),
) -> Vec<(Part, Opinion)> {
    let Some(parts) = parts else {
        return vec![(
            Part { id: kms.id.as_str().into(), name: kms.name.as_str().into() },
            Opinion::Unclear,
        )];
    };
    let opinion = |part| {
        let (id, name, opinion) = judged(part);
        (Part { id: eco_format!("{}/{id}", kms.id), name: name.into() }, opinion)
    };
    parts.iter().map(opinion).collect()
}
