//! The managed databases of a Public Cloud project, of all engines.

use jiff::Timestamp;
use serde::Deserialize;

use crate::api::{self, Identified, Listing, Route};
use crate::collectors::pass::{Gathered, Pass};
use crate::collectors::shared::amounts::Count;
use crate::collectors::shared::dates::date;
use crate::inventory::Project;

use super::Shared;

pub(in crate::collectors) static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/database/service",
    &["publicCloudProject:apiovh:database/service/get"],
);
pub(in crate::collectors) static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/database/service/{clusterId}",
    &["publicCloudProject:apiovh:database/service/get"],
);

/// The databases of a project, read once in a refresh.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn list(pass: &Pass<'_>, project: &Project) -> Shared<Wire> {
    pass.once(format!("databases of {}", project.0), || read(pass, project)).await
}

/// The ids and the engines of the project's databases at this time.
///
/// # Errors
///
/// The list cannot be read.
pub(in crate::collectors) async fn places(
    pass: &Pass<'_>,
    project: &Project,
) -> Result<Listing<(String, String)>, api::Error> {
    Ok(read(pass, project).await?.keys(Wire::place))
}

async fn read(pass: &Pass<'_>, project: &Project) -> Result<Gathered<Wire>, api::Error> {
    Ok(pass.session.each(&LIST, &ONE, &[&project.0]).await?.into())
}

/// `cloud.project.database.Service`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct Wire {
    pub(in crate::collectors) id: Option<String>,
    pub(in crate::collectors) description: Option<String>,
    pub(in crate::collectors) engine: Option<String>,
    pub(in crate::collectors) version: Option<String>,
    pub(in crate::collectors) plan: Option<String>,
    pub(in crate::collectors) status: Option<String>,
    pub(in crate::collectors) node_number: Option<Count>,
    pub(in crate::collectors) nodes: Option<Vec<Node>>,
    pub(in crate::collectors) network_type: Option<String>,
    pub(in crate::collectors) ip_restrictions: Option<Vec<Restriction>>,
    #[serde(default, deserialize_with = "date")]
    pub(in crate::collectors) created_at: Option<Timestamp>,
    pub(in crate::collectors) deletion_protection: Option<bool>,
    pub(in crate::collectors) backups: Option<WireBackups>,
    pub(in crate::collectors) endpoints: Option<Vec<Endpoint>>,
}

impl Wire {
    /// The id and the engine, which is empty if missing.
    pub(in crate::collectors) fn place(&self) -> Option<(String, String)> {
        Some((self.id.clone()?, self.engine.clone().unwrap_or_default()))
    }
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

/// `cloud.project.database.service.Node`
#[derive(Debug, Clone, Deserialize)]
pub(in crate::collectors) struct Node {
    pub(in crate::collectors) region: Option<String>,
}

/// `cloud.project.database.service.IpRestriction`
#[derive(Debug, Clone, Deserialize)]
pub(in crate::collectors) struct Restriction {
    pub(in crate::collectors) ip: Option<String>,
}

/// `cloud.project.database.service.Backup`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::collectors) struct WireBackups {
    pub(in crate::collectors) retention_days: Option<Count>,
    #[serde(default, deserialize_with = "date")]
    pub(in crate::collectors) pitr: Option<Timestamp>,
    pub(in crate::collectors) time: Option<String>,
    pub(in crate::collectors) regions: Option<Vec<Option<String>>>,
}

/// `cloud.project.database.service.Endpoint`
#[derive(Debug, Clone, Deserialize)]
pub(in crate::collectors) struct Endpoint {
    pub(in crate::collectors) component: Option<String>,
    pub(in crate::collectors) ssl: Option<bool>,
}
