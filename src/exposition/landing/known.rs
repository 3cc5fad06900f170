//! An account with the evidence that the landing page is made from.

use std::collections::HashMap;

use crate::findings::evidence::{Evidence, Found};
use crate::findings::html::parts::slug;
use crate::report::AccountView;

/// An account with what is known of it.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) view: &'a AccountView,
    /// The part of anchors that names the account.
    pub(super) slug: String,
    /// `None` before the first refresh.
    pub(super) evidence: Option<Evidence<'a>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(view: &'a AccountView) -> Self {
        let evidence = view.report.as_deref().map(|report| Evidence::of(view, report));
        Self { view, slug: slug(&view.name), evidence }
    }

    /// The findings of each check, exempt or not.
    pub(super) fn by_check(&self) -> HashMap<&'a str, Vec<&Found<'a>>> {
        let mut checks: HashMap<&str, Vec<&Found<'a>>> = HashMap::new();
        for found in self.evidence.iter().flat_map(|evidence| &evidence.findings) {
            checks.entry(found.check).or_default().push(found);
        }
        checks
    }
}
