//! Every resource that the simulator knows: one file each, and one line in the list below.

use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::Route;

mod application;
mod authorization;
mod bucket;
mod cloud_user;
mod container;
mod credential;
mod database;
mod database_availability;
mod flavor;
mod group;
mod instance;
mod kube;
mod me;
mod oauth2_client;
mod policy;
mod project;
mod project_v2;
mod quota;
mod region;
mod s3_credential;
mod session;
mod snapshot;
mod ssh_key;
mod user;
mod volume;
mod volume_snapshot;
mod volume_v2;

pub(crate) use me::nichandle;
pub(crate) use project::add_in_other_states as add_projects_in_other_states;

/// A resource: where it is served, and what accounts hold of it.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Names the resource's own stream of random choices.
    pub(crate) name: &'static str,
    pub(crate) routes: &'static [Route],
    /// Fills a generated account.
    pub(crate) generate: fn(&mut Account, &Size, &mut Draw),
    /// Fills the reference account.
    pub(crate) reference: fn(&mut Account, &mut Draw),
}

impl Resource {
    /// A resource without objects of its own.
    const VIEW: Self = Self { name: "", routes: &[], generate: |_, _, _| {}, reference: |_, _| {} };
}

/// All resources. One that reads another's objects stands below it.
pub(crate) const ALL: &[Resource] = &[
    session::RESOURCE,
    authorization::RESOURCE,
    me::RESOURCE,
    group::RESOURCE,
    user::RESOURCE,
    application::RESOURCE,
    credential::RESOURCE,
    oauth2_client::RESOURCE,
    project::RESOURCE,
    project_v2::RESOURCE,
    policy::RESOURCE,
    region::RESOURCE,
    flavor::RESOURCE,
    cloud_user::RESOURCE,
    ssh_key::RESOURCE,
    instance::RESOURCE,
    volume::RESOURCE,
    volume_v2::RESOURCE,
    volume_snapshot::RESOURCE,
    snapshot::RESOURCE,
    bucket::RESOURCE,
    container::RESOURCE,
    s3_credential::RESOURCE,
    database_availability::RESOURCE,
    database::RESOURCE,
    kube::RESOURCE,
    quota::RESOURCE,
];

pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    ALL.iter().flat_map(|resource| resource.routes)
}

/// Calls `fill` with each project's identifier and the path of one of its lists.
fn for_each_project(
    account: &mut Account,
    list: &str,
    mut fill: impl FnMut(&mut Account, &str, &str),
) {
    for id in account.projects() {
        let path = format!("/cloud/project/{id}/{list}");
        fill(account, &id, &path);
    }
}
