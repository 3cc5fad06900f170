//! The settings of the whole exporter, before they are resolved.

use std::path::PathBuf;

use super::detail::Detail;
use super::given::Given;
use super::mistakes::Mistakes;
use super::selection::Selection;
use super::surroundings::Surroundings;
use super::{api, checks, refresh, web};

/// The settings that flags or the configuration file give to the whole exporter.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// When to read.
    pub refresh: refresh::Asked,
    /// How hard the API may be asked.
    pub api: api::Asked,
    /// Which collectors are on.
    pub collectors: Selection,
    /// How much to publish of a single resource.
    pub detail: Option<Given<Detail>>,
    /// The thresholds and allow lists of the checks.
    pub checks: checks::Asked,
    /// Where to serve.
    pub web: web::Asked,
    /// Where what is known is kept over a restart.
    pub state_file: Option<Given<PathBuf>>,
}

impl Settings {
    /// Notes what is wrong with each value by itself.
    pub(super) fn check(&self, surroundings: &dyn Surroundings, mistakes: &mut Mistakes) {
        self.refresh.check(mistakes);
        self.api.check(surroundings, mistakes);
        self.web.check(mistakes);
    }

    /// Returns these settings over those of `below`. The collectors are applied one
    /// after another instead.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            refresh: self.refresh.over(below.refresh),
            api: self.api.over(below.api),
            collectors: self.collectors,
            detail: self.detail.or(below.detail),
            checks: self.checks.over(below.checks),
            web: self.web.over(below.web),
            state_file: self.state_file.or(below.state_file),
        }
    }
}
