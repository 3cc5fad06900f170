//! The parts that the checks of key management services share: their objects are keys and
//! certificates, not the services themselves.

use crate::checks::context::Context;
use crate::checks::verdict::{Missing, Opinion, Resource, Verdict};
use crate::collectors::Collect as _;
use crate::collectors::okms::{Certificate, Key, Kms};

/// Applies a rule to every key.
pub(super) fn judge_keys(context: &Context<'_>, rule: impl Fn(&Key) -> Opinion) -> Verdict {
    judge_parts(
        context,
        |kms| kms.keys.as_deref(),
        |key| Part { id: &key.id, name: &key.name },
        rule,
    )
}

/// Applies a rule to every client certificate.
pub(super) fn judge_certificates(
    context: &Context<'_>,
    rule: impl Fn(&Certificate) -> Opinion,
) -> Verdict {
    judge_parts(
        context,
        |kms| kms.credentials.as_deref(),
        |one| Part { id: &one.id, name: &one.name },
        rule,
    )
}

/// A part of a service, as findings name it.
struct Part<'a> {
    id: &'a str,
    name: &'a str,
}

/// Applies a rule to every part of a kind; a service whose parts are unreadable is unclear.
fn judge_parts<T>(
    context: &Context<'_>,
    parts: impl Fn(&Kms) -> Option<&[T]>,
    part: impl Fn(&T) -> Part<'_>,
    rule: impl Fn(&T) -> Opinion,
) -> Verdict {
    let services = &context.inventory.okms;
    let mut verdict =
        Verdict { missing: services.unseen().map(Missing::Data), ..Verdict::default() };
    for (_, kms) in services.items() {
        let resource = |id, name: &str| Resource {
            kind: Kms::NAME.into(),
            project_id: Default::default(),
            id,
            name: name.to_owned(),
        };
        let Some(parts) = parts(kms) else {
            verdict.add(Opinion::Unclear, || resource(kms.id.clone(), &kms.name));
            continue;
        };
        for one in parts {
            let Part { id, name } = part(one);
            verdict.add(rule(one), || resource(format!("{}/{id}", kms.id), name));
        }
    }
    verdict
}
