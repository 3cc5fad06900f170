//! Objects of the reference account that the other files do not have: those that a judgement of the
//! account finds, or does not find, beside the usual ones. Most are copies of an object with other
//! members.

mod access;
mod cloud;
mod copy;
mod policies;

use super::resource::Resource;

pub(super) const RESOURCE: Resource = Resource {
    name: "variety",
    reference: |account, draw| {
        access::add(account, draw);
        policies::add(account, draw);
        cloud::add(account, draw);
    },
    ..Resource::VIEW
};
