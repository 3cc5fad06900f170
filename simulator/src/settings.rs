//! The switches of a running simulator.

use std::time::Duration;

/// Which of the two undocumented helpers for v1 lists work; the header of one that does not is
/// ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// `X-Pagination-Mode` turns a list of identifiers into one of objects.
    pub expanded: bool,
    /// `X-Ovh-Batch` asks for several objects in one call.
    pub batch: bool,
}

impl Listing {
    /// Both helpers.
    pub const ALL: Self = Self { expanded: true, batch: true };
    /// No helper: one call for each object.
    pub const PLAIN: Self = Self { expanded: false, batch: false };
}

impl Default for Listing {
    fn default() -> Self {
        Self::ALL
    }
}

/// Behaviour that no source shows of OVHcloud: the default is the harmless reading, the switch the
/// other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Unverified {
    /// Only the mode of an expanded list has effect: the whole list in one answer, without
    /// headers, as one third party saw it.
    pub whole_expansion: bool,
    /// `X-Ovh-Batch` works on `/cloud/project/{serviceName}` and below it too, where no use of it
    /// is known.
    pub batch_projects: bool,
    /// A consumer key's rule covers `/v2/…` only when its path begins with `/v2`.
    pub rules_name_v2: bool,
    /// The account's second factors (`/me/accessRestriction/{totp,sms,u2f,backupCode}`) are refused
    /// to all but application keys: no IAM action is known that a service account could be granted.
    pub second_factors_refused: bool,
    /// Cursors have bytes beyond ASCII, which a header may have.
    pub cursors_beyond_ascii: bool,
    /// The answer of the routes below a suspended project.
    pub suspended: SuspendedProjects,
}

/// The answer of the routes below a suspended project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SuspendedProjects {
    /// Status 460 "This Service is expired", which OVHcloud's Terraform provider reckons with.
    #[default]
    Expired,
    /// As if the project were in order.
    Answer,
}

/// The switches that answers depend on, beside the account and the caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) listing: Listing,
    pub(crate) unverified: Unverified,
    pub(crate) page_size: usize,
    pub(crate) latency: Duration,
}
