//! A document as it was written, by this version of the exporter or another: members that it does not
//! know are left out, and missing ones are empty.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::difference::Source;

/// A document.
#[derive(Debug)]
pub struct Written {
    /// Its file and its exporter.
    pub source: Source,
    /// Its filters, one phrase each.
    pub filters: Vec<String>,
    /// Its accounts.
    pub(super) accounts: Vec<Account>,
}

/// The reason why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum NotADocument {
    /// It is no JSON, or JSON of another form.
    #[error(
        "it is neither a JSON report (`report --format json`, `inventory --format json`) nor a \
         state file"
    )]
    Form(#[source] serde_json::Error),
    /// It ends in the middle.
    #[error("it is cut off: write the report again")]
    CutOff(#[source] serde_json::Error),
    /// It has no account.
    #[error("it has no account")]
    Empty,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    exporter: Exporter,
    #[serde(default)]
    filters: Vec<String>,
    accounts: Vec<Account>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Exporter {
    version: String,
    catalogue: String,
}

/// An account.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    #[serde(rename = "account")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) began: Option<Timestamp>,
    #[serde(default)]
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) collectors: Vec<Collector>,
    #[serde(default)]
    pub(super) gaps: Vec<Gap>,
    #[serde(default)]
    pub(super) checks: Vec<Check>,
    #[serde(default)]
    pub(super) findings: Vec<Finding>,
    /// The objects of each collector, `null` where nothing is known.
    pub(super) inventory: Map<String, Value>,
}

/// The projects of an account.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Scope {
    #[serde(default)]
    pub(super) projects: Vec<Project>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Project {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

/// The state of a collector.
#[derive(Debug, Deserialize)]
pub(super) struct Collector {
    pub(super) collector: String,
    /// The word of [`crate::findings::state::Completeness`].
    pub(super) state: String,
}

/// A gap of a collector.
#[derive(Debug, Deserialize)]
pub(super) struct Gap {
    pub(super) collector: String,
    #[serde(default)]
    pub(super) project_id: String,
    /// The label of [`crate::inventory::Reason`], or one of a later version.
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    pub(super) count: usize,
    #[serde(default)]
    pub(super) optional: bool,
}

/// The state of a check.
#[derive(Debug, Deserialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) unclear: Vec<Resource>,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    /// `None` in the document of an older version.
    #[serde(default)]
    pub(super) thresholds: Option<Vec<Threshold>>,
}

/// A threshold of a check.
#[derive(Debug, Deserialize)]
pub(super) struct Threshold {
    #[serde(default)]
    pub(super) setting: String,
    #[serde(default)]
    pub(super) value: String,
}

/// A resource that a check could not judge.
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) project_id: String,
    #[serde(default, rename = "resource")]
    pub(super) id: String,
}

/// A finding.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) check: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) severity: String,
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) project_id: String,
    #[serde(default)]
    pub(super) project_name: String,
    #[serde(default)]
    pub(super) resource: String,
    #[serde(default)]
    pub(super) resource_name: String,
    #[serde(default)]
    pub(super) evidence: String,
    #[serde(default)]
    pub(super) exemption: Option<Value>,
}

impl Written {
    /// The document in a text. `file` names it in the output.
    ///
    /// # Errors
    ///
    /// The text is no document.
    pub fn parse(file: String, text: &[u8]) -> Result<Self, NotADocument> {
        let Document { exporter: Exporter { version, catalogue }, filters, accounts } =
            serde_json::from_slice(text).map_err(|error| {
                if error.is_eof() { NotADocument::CutOff(error) } else { NotADocument::Form(error) }
            })?;
        if accounts.is_empty() {
            return Err(NotADocument::Empty);
        }
        Ok(Self { source: Source { file, version, catalogue }, filters, accounts })
    }
}
