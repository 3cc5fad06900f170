//! Verdicts: the findings of a check, the objects it could not judge, and the data it lacked.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::collectors::Collect;
use crate::config::exemptions::Exemption;
use crate::config::severity::Severity;
use crate::family::Word;
use crate::inventory::{Scope as _, Sections, Unseen};

/// The result of a rule. The status follows from it, so that a verdict without its
/// findings is no pass where data is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The resources that violate the check, exempt or not.
    pub findings: Vec<Finding>,
    /// The resources that lack a property the check needs in OVHcloud's answer.
    pub unclear: Vec<Resource>,
    /// The reason why the check did not see everything.
    pub missing: Option<Missing>,
}

/// The status of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The check saw everything, and nothing violates it.
    Pass,
    /// Resources violate it; there may be more among those it did not see.
    Fail,
    /// The check found no violation and did not see or understand everything.
    NotEvaluated,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::NotEvaluated];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotEvaluated => "not_evaluated",
        }
    }
}

/// The reason why a check did not see everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The configuration switches the check off.
    Disabled,
    /// The configuration lacks the list that the check compares with.
    NotConfigured,
    /// OVHcloud does not answer the question of the check for this account or this credential.
    NotEvaluable,
    /// The inventory lacks objects.
    Data(Unseen),
    /// The check itself failed.
    Bug,
}

impl Missing {
    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::NotConfigured => "not_configured",
            Self::NotEvaluable => "not_evaluable",
            Self::Data(unseen) => unseen.label(),
            Self::Bug => "bug",
        }
    }

    /// Whether no repair is missing: a collector or check is off, a list is not there, or OVHcloud
    /// does not answer the question.
    pub fn is_intended(self) -> bool {
        match self {
            Self::Disabled | Self::NotConfigured | Self::NotEvaluable => true,
            Self::Data(unseen) => unseen == Unseen::NotCollected,
            Self::Bug => false,
        }
    }
}

impl Verdict {
    /// A check that saw nothing.
    pub(crate) fn missing(missing: Missing) -> Self {
        Self { missing: Some(missing), ..Self::default() }
    }

    /// The status that follows from the findings and from the missing data.
    pub fn status(&self) -> Status {
        if self.violations().next().is_some() {
            Status::Fail
        } else if self.missing.is_some() || !self.unclear.is_empty() {
            Status::NotEvaluated
        } else {
            Status::Pass
        }
    }

    /// Whether the check saw and understood everything.
    pub fn is_complete(&self) -> bool {
        self.missing.is_none() && self.unclear.is_empty()
    }

    /// The label value for the reason of a verdict that is not complete.
    pub fn reason(&self) -> Option<&'static str> {
        let unclear = (!self.unclear.is_empty()).then_some("unclear");
        self.missing.map(Missing::label).or(unclear)
    }

    /// This verdict and that of another collector's objects.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.findings.extend(other.findings);
        self.unclear.extend(other.unclear);
        Self { missing: self.missing.or(other.missing), ..self }
    }

    /// Adds the opinion about a resource.
    pub(crate) fn add(&mut self, opinion: Opinion, resource: impl FnOnce() -> Resource) {
        match opinion {
            Opinion::Fine => {}
            Opinion::Unclear => self.unclear.push(resource()),
            Opinion::Violates(Violation { evidence, since, name, severity }) => {
                let resource = resource();
                let name = name.unwrap_or_else(|| resource.name.clone());
                let resource = Resource { name, ..resource };
                let finding = Finding { resource, evidence, since, severity, exemption: None };
                self.findings.push(finding);
            }
        }
    }

    /// Narrows the verdict to a part of its resources, given the verdict about the part alone. A rule
    /// that also looks at the others lacks whatever it lacks of them.
    pub(crate) fn narrow(&mut self, part: &Self, is_in: impl Fn(&Resource) -> bool) {
        self.findings.retain(|finding| is_in(&finding.resource));
        self.unclear.retain(&is_in);
        let of_part = part.findings.iter().map(|finding| &finding.resource);
        let of_part: BTreeSet<_> = of_part.filter(|resource| is_in(resource)).collect();
        let of_all: BTreeSet<_> = self.findings.iter().map(|finding| &finding.resource).collect();
        let others = self.missing.filter(|_| of_part != of_all);
        self.missing = part.missing.or(others);
    }

    /// The findings that are not exempt.
    pub fn violations(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.exemption.is_none())
    }
}

/// A resource, as findings and documents name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The name of its collector.
    pub kind: Word,
    /// Its project, empty for the account.
    pub project_id: Word,
    /// OVHcloud's id of it.
    pub id: Word,
    /// The name that its owner gave it, or a description where it has none.
    pub name: Word,
}

/// One resource that violates a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The resource.
    pub resource: Resource,
    /// The fact that violates the check, in a few words: `last used 2026-05-01`.
    pub evidence: String,
    /// The time since when it violates the check; `None` until [`super::remember`] has set the
    /// first sight.
    pub since: Option<Timestamp>,
    /// A severity other than the check's.
    pub severity: Option<Severity>,
    /// The exemption that covers it; an exempt finding counts as no violation.
    pub exemption: Option<Arc<Exemption>>,
}

/// A rule's answer about one object.
pub(crate) enum Opinion {
    /// It violates nothing.
    Fine,
    /// It violates the rule.
    Violates(Violation),
    /// OVHcloud's answer lacks what the rule needs.
    Unclear,
}

/// The violation of a rule by one object.
pub(crate) struct Violation {
    evidence: String,
    since: Option<Timestamp>,
    name: Option<Word>,
    severity: Option<Severity>,
}

impl Violation {
    /// A violation with the fact that proves it.
    pub(crate) fn because(evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), since: None, name: None, severity: None }
    }

    /// The time since when, where the data holds it.
    pub(crate) fn since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }

    /// A severity other than the check's.
    pub(crate) fn severity(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    /// A better name than the object has by itself.
    pub(crate) fn named(self, name: impl Into<Word>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl From<Violation> for Opinion {
    fn from(violation: Violation) -> Self {
        Self::Violates(violation)
    }
}

/// Applies a rule to every object of a collector.
pub(crate) fn judge<C: Collect>(
    sections: &Sections<C::Scope, C>,
    rule: impl Fn(&C) -> Opinion,
) -> Verdict {
    judge_in(sections, |_, item| rule(item))
}

/// Applies a rule to every object of a collector and its scope.
pub(crate) fn judge_in<C: Collect>(
    sections: &Sections<C::Scope, C>,
    rule: impl Fn(&C::Scope, &C) -> Opinion,
) -> Verdict {
    let rule = &rule;
    judge_each(sections, |scope| move |item| rule(scope, item))
}

/// Applies a rule of its own to every object of each scope, for one that looks the object up among
/// others of its scope.
pub(crate) fn judge_each<'a, C: Collect, R: Fn(&'a C) -> Opinion>(
    sections: &'a Sections<C::Scope, C>,
    rule_of: impl Fn(&'a C::Scope) -> R,
) -> Verdict {
    let mut verdict =
        Verdict { missing: sections.unseen().map(Missing::Data), ..Verdict::default() };
    let kind = Word::from(C::NAME);
    for (scope, section) in &sections.by_scope {
        let rule = rule_of(scope);
        for item in &*section.items {
            verdict.add(rule(item), || Resource {
                kind: kind.clone(),
                project_id: scope.project_id(),
                id: item.id().into(),
                name: item.name().into(),
            });
        }
    }
    verdict
}

/// A part of an object that is judged by itself, such as a key of a key management service.
pub(crate) struct Part {
    /// Its id, unique among all parts of the collector.
    pub(crate) id: Word,
    /// Its name.
    pub(crate) name: Word,
}

/// Applies a rule to every part of the objects of a collector.
pub(crate) fn judge_parts<C: Collect>(
    sections: &Sections<C::Scope, C>,
    rule: impl Fn(&C) -> Vec<(Part, Opinion)>,
) -> Verdict {
    let mut verdict =
        Verdict { missing: sections.unseen().map(Missing::Data), ..Verdict::default() };
    let kind = Word::from(C::NAME);
    for (scope, item) in sections.items() {
        for (Part { id, name }, opinion) in rule(item) {
            let (kind, project_id) = (kind.clone(), scope.project_id());
            verdict.add(opinion, || Resource { kind, project_id, id, name });
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::cloud_ssh_key::SshKey;
    use crate::inventory::Project;

    /// A rule over three keys: one violates it, one is unclear.
    fn verdict(whole: bool) -> Verdict {
        let key =
            |name: &str| SshKey { id: name.to_owned(), name: name.to_owned(), ..SshKey::default() };
        let keys = vec![key("good"), key("bad"), key("unreadable")];
        let mut sections = Sections::known(Project("p1".into()), Timestamp::UNIX_EPOCH, keys);
        for section in sections.by_scope.values_mut() {
            section.whole = whole;
        }
        judge(&sections, |key| match key.name.as_str() {
            "bad" => Violation::because("it is bad").into(),
            "unreadable" => Opinion::Unclear,
            _ => Opinion::Fine,
        })
    }

    #[test]
    fn an_unclear_object_beside_a_violation_is_still_named() {
        let verdict = verdict(true);
        assert_eq!(verdict.status(), Status::Fail);
        let named = |resources: &[Resource]| resources.iter().map(|r| r.name.clone()).collect();
        let unclear: Vec<Word> = named(&verdict.unclear);
        assert_eq!(unclear, ["unreadable"]);
        assert_eq!(verdict.reason(), Some("unclear"));
        let Finding { resource, evidence, .. } = &verdict.findings[0];
        assert_eq!((&*resource.kind, &*resource.project_id), ("cloud_ssh_key", "p1"));
        assert_eq!((resource.id.as_str(), evidence.as_str()), ("bad", "it is bad"));
    }
}
