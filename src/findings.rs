//! A report as one document: the evidence of each account, and its inventory.
//!
//! The document is plain data; each form of it is a file below. It makes no requests and judges
//! nothing.

pub mod cells;
pub mod csv;
pub mod evidence;
pub mod html;
pub mod layout;
pub mod listing;
pub mod markdown;
pub mod missing;
pub mod objects;
pub mod ocsf;
pub mod phrases;
pub mod printable;
pub mod sarif;
pub mod scope;
pub mod selection;
pub mod state;
pub mod table;
pub mod unjudged;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::checks;
use crate::collectors::State;
use crate::report::{AccountView, Report};
use crate::telemetry::Build;

use evidence::Evidence;
use selection::Selection;
use state::CollectorState;

/// The document of all accounts.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// The exporter that made it.
    pub exporter: Exporter,
    /// The time of making; the data of each account may be older.
    pub generated: Timestamp,
    /// The filters, one phrase each: a document with filters is no whole one.
    pub filters: Vec<String>,
    /// The filters themselves.
    #[serde(skip)]
    pub selection: Selection,
    /// One part per account.
    pub accounts: Vec<AccountDocument<'a>>,
}

/// The exporter that made a document.
#[derive(Debug, Serialize)]
pub struct Exporter {
    /// Its version.
    pub version: &'static str,
    /// The revision of its source.
    pub revision: &'static str,
    /// The number of its checks.
    pub checks: usize,
    /// The version of its checks: [`checks::digest`].
    pub catalogue: String,
}

/// The part of one account.
#[derive(Debug, Serialize)]
pub struct AccountDocument<'a> {
    /// The evidence.
    #[serde(flatten)]
    pub evidence: Evidence<'a>,
    /// The known objects of each collector that is on, each with its `project_id`, empty for the
    /// account's own; `null` where nothing is known.
    pub inventory: Map<String, Value>,
}

impl<'a> Document<'a> {
    /// The document of these reports, as far as the selection reaches.
    ///
    /// # Errors
    ///
    /// The inventory can't be written as JSON.
    pub fn of(
        reports: &'a [(AccountView, Report)],
        selection: &Selection,
        generated: Timestamp,
    ) -> serde_json::Result<Self> {
        let account = |(view, report): &'a (AccountView, Report)| {
            let (mut evidence, mut inventory) = (Evidence::of(view, report), inventory(report)?);
            selection.apply(&mut evidence, &mut inventory);
            Ok(AccountDocument { evidence, inventory })
        };
        Ok(Self {
            exporter: Exporter::this(),
            generated,
            filters: selection.phrases(),
            selection: selection.clone(),
            accounts: reports.iter().map(account).collect::<Result<_, _>>()?,
        })
    }
}

impl Exporter {
    /// This exporter.
    pub fn this() -> Self {
        let Build { version, revision, .. } = Build::THIS;
        Self { version, revision, checks: checks::ALL.len(), catalogue: checks::digest() }
    }
}

/// The objects of each collector that is on, or `null` where nothing is known.
fn inventory(report: &Report) -> serde_json::Result<Map<String, Value>> {
    let states = report.inventory.states();
    // A `Value` needs a serializer for each collector; text uses the one of the state file.
    let mut written: Value = serde_json::from_str(&serde_json::to_string(&report.inventory)?)?;
    let on = states.iter().filter(|state| state.reading.is_some());
    let inventory = on.map(|state: &State<'_>| {
        let sections = written.get_mut(state.name).map(Value::take).unwrap_or_default();
        let is_known = CollectorState::of(state).objects.is_some();
        (state.name.to_owned(), if is_known { objects(sections) } else { Value::Null })
    });
    Ok(inventory.collect())
}

/// The objects of all sections of a collector, each with its project in front.
fn objects(mut sections: Value) -> Value {
    let mut objects = Vec::new();
    let by_scope = sections.get_mut("by_scope").and_then(Value::as_object_mut);
    for (project_id, section) in by_scope.into_iter().flatten() {
        let items = section.get_mut("items").and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            let mut object = Map::from_iter([("project_id".to_owned(), project_id.clone().into())]);
            if let Value::Object(members) = item.take() {
                object.extend(members);
            }
            objects.push(Value::Object(object));
        }
    }
    Value::Array(objects)
}
