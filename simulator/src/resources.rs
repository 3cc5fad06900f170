//! Every resource that the simulator knows: one file each, and one line in the list below.

use crate::route::Route;

mod account_ssh_key;
mod application;
mod audit_log;
mod authorization;
mod bucket;
mod budget_alert;
mod cloud_user;
mod contact_change;
mod container;
mod credential;
mod database;
mod database_availability;
mod database_backup;
mod flavor;
mod floating_ip;
mod group;
mod group_user;
mod iam_resource;
mod image;
mod instance;
mod kms;
mod kms_credential;
mod kms_key;
mod kms_log_subscription;
mod kube;
mod log_subscription;
mod login_restriction;
mod me;
mod oauth2_client;
mod permissions_group;
mod policy;
mod project;
mod project_acl;
mod project_v2;
mod provider;
mod quota;
mod region;
mod resource;
mod resource_group;
mod s3_credential;
mod s3_policy;
mod second_factor;
mod security_group;
mod session;
mod snapshot;
mod ssh_key;
mod user;
mod user_token;
mod volume;
mod volume_backup;
mod volume_snapshot;
mod volume_v2;

pub(crate) use login_restriction::put_unrestricted;
pub(crate) use me::nichandle;
pub(crate) use project::add_in_other_states as add_projects_in_other_states;

use resource::Resource;

/// All resources. One that reads another's objects stands below it.
pub(crate) const ALL: &[Resource] = &[
    session::RESOURCE,
    authorization::RESOURCE,
    me::RESOURCE,
    group::RESOURCE,
    user::RESOURCE,
    user_token::RESOURCE,
    group_user::RESOURCE,
    provider::RESOURCE,
    second_factor::RESOURCE,
    login_restriction::RESOURCE,
    application::RESOURCE,
    credential::RESOURCE,
    oauth2_client::RESOURCE,
    project::RESOURCE,
    project_v2::RESOURCE,
    kms::RESOURCE,
    kms_key::RESOURCE,
    kms_credential::RESOURCE,
    policy::RESOURCE,
    permissions_group::RESOURCE,
    resource_group::RESOURCE,
    log_subscription::RESOURCE,
    account_ssh_key::RESOURCE,
    contact_change::RESOURCE,
    audit_log::RESOURCE,
    kms_log_subscription::RESOURCE,
    iam_resource::RESOURCE,
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
    security_group::RESOURCE,
    project_acl::RESOURCE,
    budget_alert::RESOURCE,
    image::RESOURCE,
    volume_backup::RESOURCE,
    floating_ip::RESOURCE,
    s3_policy::RESOURCE,
    database_backup::RESOURCE,
];

pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    ALL.iter().flat_map(|resource| resource.routes)
}
