//! Legacy API credentials that may change everything.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "credential_full_write",
    title: "API credential may change everything, beside all policies",
    severity: Severity::Critical,
    why: "Its rules open the whole API to a method that writes, and no policy limits a legacy \
          credential.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The methods that change something.
const METHODS: [&str; 3] = ["POST", "PUT", "DELETE"];

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| {
        let Some(rules) = &credential.rules else { return Opinion::Unclear };
        match rules.permitting_all(&METHODS) {
            Some(rule) => Violation::because(format!("may {rule}")).into(),
            None => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{outcome, ruled, ruled_by};

    fn with(rules: &[(&str, &str)]) -> String {
        outcome(&CHECK, &ruled(rules))
    }

    #[test]
    fn the_whole_api_with_a_method_that_writes_fails() {
        for (method, path) in [("POST", "/*"), ("PUT", "*"), ("DELETE", "/*")] {
            assert_eq!(
                with(&[("GET", "/*"), (method, path)]),
                format!("fail: may {method} {path}")
            );
        }
        assert_eq!(with(&[("GET", "/*"), ("PUT", "/me/*")]), "pass");
        assert_eq!(outcome(&CHECK, &ruled_by(None)), "not evaluated: unclear");
    }
}
