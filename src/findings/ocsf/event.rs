//! The event class Compliance Finding (2003) of OCSF 1.8.0, as far as a report fills it.

use serde::Serialize;

use crate::checks::Severity;

/// The version of the schema.
const SCHEMA: &str = "1.8.0";
/// The name of the program, and of the project that makes it.
const PRODUCT: &str = "ovhcloud-exporter";

/// An event. Times are in milliseconds since the epoch. `U` is the part without a place in OCSF.
#[derive(Debug, Serialize)]
pub(super) struct Event<'a, U> {
    #[serde(flatten)]
    pub(super) kind: Kind,
    pub(super) severity_id: u8,
    pub(super) severity: &'static str,
    #[serde(flatten)]
    pub(super) status: Lifecycle,
    pub(super) status_detail: String,
    pub(super) time: i64,
    pub(super) message: String,
    pub(super) metadata: Metadata<'a>,
    pub(super) finding_info: FindingInfo<'a>,
    pub(super) compliance: Compliance<'a>,
    pub(super) resources: [Resource<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remediation: Option<Remediation>,
    pub(super) cloud: Cloud<'a>,
    pub(super) unmapped: U,
}

/// The ids of the class and of its activity.
#[derive(Debug, Serialize)]
pub(super) struct Kind {
    activity_id: u8,
    activity_name: &'static str,
    category_uid: u8,
    category_name: &'static str,
    class_uid: u16,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
}

impl Kind {
    /// The creation of a compliance finding.
    pub(super) const CREATE: Self = Self {
        activity_id: 1,
        activity_name: "Create",
        category_uid: 2,
        category_name: "Findings",
        class_uid: 2003,
        class_name: "Compliance Finding",
        type_uid: 200_301,
        type_name: "Compliance Finding: Create",
    };
}

/// The status of the finding as a task of somebody.
#[derive(Debug, Serialize)]
pub(super) struct Lifecycle {
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    pub(super) status_code: &'static str,
}

/// The origin of the event.
#[derive(Debug, Serialize)]
pub(super) struct Metadata<'a> {
    version: &'static str,
    product: Product<'a>,
    profiles: [&'static str; 1],
    event_code: &'a str,
    /// The time of the document.
    logged_time: i64,
}

#[derive(Debug, Serialize)]
struct Product<'a> {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
    feature: Feature<'a>,
}

/// The catalogue of checks and its version.
#[derive(Debug, Serialize)]
struct Feature<'a> {
    name: &'static str,
    version: &'a str,
}

impl<'a> Metadata<'a> {
    pub(super) fn of(
        version: &'static str,
        catalogue: &'a str,
        event_code: &'a str,
        logged_time: i64,
    ) -> Self {
        let feature = Feature { name: "check catalogue", version: catalogue };
        let product = Product { name: PRODUCT, vendor_name: PRODUCT, version, feature };
        Self { version: SCHEMA, product, profiles: ["cloud"], event_code, logged_time }
    }
}

/// The identity and the description of the finding.
#[derive(Debug, Serialize)]
pub(super) struct FindingInfo<'a> {
    pub(super) uid: String,
    pub(super) title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) desc: &'a str,
    pub(super) types: [&'static str; 1],
    pub(super) analytic: Analytic<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) data_sources: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_seen_time: Option<i64>,
    pub(super) last_seen_time: i64,
}

/// The check.
#[derive(Debug, Serialize)]
pub(super) struct Analytic<'a> {
    uid: &'a str,
    name: &'a str,
    type_id: u8,
    r#type: &'static str,
}

impl<'a> Analytic<'a> {
    pub(super) fn of(uid: &'a str, name: &'a str) -> Self {
        Self { uid, name, type_id: 1, r#type: "Rule" }
    }
}

/// The verdict, and the controls that it gives evidence for.
#[derive(Debug, Serialize)]
pub(super) struct Compliance<'a> {
    pub(super) control: &'a str,
    pub(super) desc: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) standards: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) requirements: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) control_parameters: Vec<Parameter<'a>>,
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    pub(super) status_details: [String; 1],
}

/// The value of a threshold.
#[derive(Debug, Serialize)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// The resource that was judged.
#[derive(Debug, Serialize)]
pub(super) struct Resource<'a> {
    pub(super) uid: &'a str,
    pub(super) name: &'a str,
    pub(super) r#type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) region: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Group<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<Owner<'a>>,
}

/// The project of a resource.
#[derive(Debug, Serialize)]
pub(super) struct Group<'a> {
    pub(super) uid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) name: &'a str,
    pub(super) r#type: &'static str,
}

/// The owner of a resource, a person or a team.
#[derive(Debug, Serialize)]
pub(super) struct Owner<'a> {
    pub(super) name: &'a str,
}

/// The repair.
#[derive(Debug, Serialize)]
pub(super) struct Remediation {
    pub(super) desc: String,
}

/// The place of the resource.
#[derive(Debug, Serialize)]
pub(super) struct Cloud<'a> {
    provider: &'static str,
    account: Account<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
    // Deprecated since 1.4 in favour of `account.uid`, which is the account here; data lakes with an
    // older version read it.
    #[serde(skip_serializing_if = "str::is_empty")]
    project_uid: &'a str,
}

#[derive(Debug, Serialize)]
struct Account<'a> {
    uid: &'a str,
    name: &'a str,
}

impl<'a> Cloud<'a> {
    pub(super) fn of(account: &'a str, region: &'a str, project_uid: &'a str) -> Self {
        let account = Account { uid: account, name: account };
        Self { provider: "OVHcloud", account, region, project_uid }
    }
}

/// The id and the caption of a severity.
pub(super) fn severity(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
