//! The declaration of a resource, and helpers that several resources need.

use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::Route;

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
    pub(super) const VIEW: Self =
        Self { name: "", routes: &[], generate: |_, _, _| {}, reference: |_, _| {} };
}

/// Calls `fill` with each project's identifier and the path of one of its lists.
pub(super) fn for_each_project(
    account: &mut Account,
    list: &str,
    mut fill: impl FnMut(&mut Account, &str, &str),
) {
    for id in account.projects() {
        let path = format!("/cloud/project/{id}/{list}");
        fill(account, &id, &path);
    }
}
