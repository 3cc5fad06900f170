//! The parts that the checks of instances and of their SSH keys share.

use crate::checks::context::Context;
use crate::collectors::Nullable;
use crate::collectors::cloud_instance::Instance;
use crate::collectors::cloud_ssh_key::SshKey;
use crate::inventory::Project;

use super::leaving::is_leaving;

/// The instances that were created with an SSH key.
pub(super) struct MadeWith<'a> {
    /// The known ones.
    pub(super) instances: Vec<&'a Instance>,
    /// Whether no other instance of the project can be one.
    pub(super) is_complete: bool,
}

/// The instances of a project that were created with a key of this project.
pub(super) fn made_with<'a>(
    context: &Context<'a>,
    project: &Project,
    key: &SshKey,
) -> MadeWith<'a> {
    let Some(section) = context.inventory.cloud_instance.by_scope.get(project) else {
        return MadeWith { instances: Vec::new(), is_complete: false };
    };
    let there = || section.items.iter().filter(|instance| !is_leaving(&instance.status));
    let is_made = |instance: &&Instance| instance.ssh_key.value().is_some_and(|id| *id == key.id);
    let is_known = |instance: &Instance| !matches!(instance.ssh_key, Nullable::Unknown);
    MadeWith {
        instances: there().filter(is_made).collect(),
        is_complete: section.is_whole() && !key.id.is_empty() && there().all(is_known),
    }
}
