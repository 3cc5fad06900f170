//! The differences of two documents, as plain data.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::collectors::Subject;
use crate::findings::Exporter;
use crate::inventory::Change;

/// The differences of two documents.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The exporter that compared them.
    pub exporter: Exporter,
    /// The older document.
    pub old: Source,
    /// The newer document.
    pub new: Source,
    /// The accounts of both, in the order of the older one.
    pub accounts: Vec<AccountChanges>,
    /// The accounts that only the older document has. They are not compared.
    pub only_in_old: Vec<String>,
    /// The accounts that only the newer document has. They are not compared.
    pub only_in_new: Vec<String>,
}

/// A document.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// The file.
    pub file: String,
    /// The version of the exporter that wrote it, empty if unknown.
    pub version: String,
    /// The version of the checks that judged it, empty if unknown.
    pub catalogue: String,
}

/// The differences of an account.
#[derive(Debug, Serialize)]
pub struct AccountChanges {
    /// Its name.
    pub account: String,
    /// The start of the older refresh.
    pub old_began: Option<Timestamp>,
    /// The start of the newer refresh.
    pub new_began: Option<Timestamp>,
    /// The objects that came, went or changed: identities, keys, rights, and the rest.
    pub objects: Vec<ObjectChange>,
    /// The identities with another level of rights on the account.
    pub levels: Vec<LevelChange>,
    /// The findings that came, went or changed.
    pub findings: Vec<FindingChange>,
    /// The objects that can't be compared.
    pub not_comparable: Vec<Blind>,
    /// The checks whose findings can't be compared.
    pub checks_not_comparable: Vec<CheckBlind>,
    /// The identities whose level of rights only one of the documents knows.
    pub levels_not_comparable: Vec<LevelChange>,
}

/// An object that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectChange {
    /// The subject of its collector.
    pub subject: Subject,
    /// Its collector.
    pub kind: &'static str,
    /// Its project, empty for the account.
    pub project_id: String,
    /// The name of the project, empty if it has none or is unknown.
    pub project_name: String,
    /// The name that its owner gave it, empty without one.
    pub name: String,
    /// OVHcloud's id of it.
    pub id: String,
    /// The kind of the difference.
    pub change: Change,
    /// The members with another value, of a changed object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A member of an object with another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its name.
    pub member: String,
    /// The older value; `null` for none.
    pub old: Value,
    /// The newer value; `null` for none.
    pub new: Value,
}

/// An identity with another level of rights.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LevelChange {
    /// The kind of the identity.
    pub identity_kind: &'static str,
    /// Its URN.
    pub identity: String,
    /// Its name.
    pub name: String,
    /// The older level; `null` for a new identity.
    pub old: Option<&'static str>,
    /// The newer level.
    pub new: &'static str,
}

/// Objects of a collector that can't be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Blind {
    /// How much the older document has of them.
    pub old: &'static str,
    /// How much the newer document has of them.
    pub new: &'static str,
    /// Their project, empty for the account and for all projects.
    pub project_id: String,
    /// The name of the project, empty if it has none or is unknown.
    pub project_name: String,
    /// The collector.
    pub kind: String,
    /// Whether OVHcloud has them out of service in both: no repair on our side ends it.
    pub is_out_of_service: bool,
}

/// A finding that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingChange {
    /// The difference.
    pub outcome: Outcome,
    /// Its severity, the newer one if both documents have it.
    pub severity: String,
    /// The id of its check.
    pub check: String,
    /// The violation in a few words.
    pub title: String,
    /// The collector of its resource.
    pub kind: String,
    /// The project of its resource, empty for the account.
    pub project_id: String,
    /// The name of the project, empty if it has none or is unknown.
    pub project_name: String,
    /// OVHcloud's id of its resource.
    pub resource: String,
    /// The name of its resource.
    pub resource_name: String,
    /// The fact that violates the check.
    pub evidence: String,
    /// The reason why it is unknown, or may be older; `null` for every other outcome.
    pub reason: Option<String>,
    /// The severity and the exemption, if they have another value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// The difference of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Only the newer document has it.
    Appeared,
    /// Only the newer document has it, and the older one may have missed it.
    MayBeOlder,
    /// Both have it, with another severity or exemption.
    Changed,
    /// Only the older document has it, and the resource no longer exists.
    ResourceRemoved,
    /// Only the older document has it, and its check saw everything that it looks at.
    Resolved,
    /// Only the older document has it, and the newer one may have missed it.
    Unknown,
}

/// A check whose findings can't all be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckBlind {
    /// Its id.
    pub check: String,
    /// The reason why the older document lacks a verdict about everything; `null` if it has it.
    pub old: Option<String>,
    /// The reason why the newer document lacks a verdict about everything; `null` if it has it.
    pub new: Option<String>,
    /// Whether both lack the same, and only for objects that OVHcloud has out of service.
    pub is_out_of_service: bool,
    /// The thresholds with another value: the two judged by other settings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Member>,
}

impl Comparison {
    /// Whether something could not be compared that could have been read.
    pub fn is_incomplete(&self) -> bool {
        let is_blind = |one: &AccountChanges| {
            one.not_comparable.iter().any(|blind| !blind.is_out_of_service)
                || one.checks_not_comparable.iter().any(|blind| !blind.is_out_of_service)
                || !one.levels_not_comparable.is_empty()
        };
        self.accounts.iter().any(is_blind)
            || !self.only_in_old.is_empty()
            || !self.only_in_new.is_empty()
    }
}

impl AccountChanges {
    /// Whether nothing is known to differ.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.levels.is_empty() && self.findings.is_empty()
    }
}

impl ObjectChange {
    /// The order of a list: by subject, kind, project, name and id.
    pub(super) fn key(&self) -> (Subject, [&str; 5]) {
        let Self { kind, project_name, project_id, name, id, .. } = self;
        (self.subject, [kind, project_name, project_id, name, id])
    }
}
