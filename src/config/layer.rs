//! The settings of the whole exporter, before they are resolved.

use std::path::PathBuf;

use super::detail::Detail;
use super::environment::Environment;
use super::errors::ConfigErrors;
use super::located::Located;
use super::selection::Selection;
use super::{api, checks, log, refresh, shard, web};

/// The settings that flags or the configuration file give to the whole exporter.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The schedule of the refreshes.
    pub refresh: refresh::Options,
    /// The limits of calls to the API.
    pub api: api::Options,
    /// Which collectors are on.
    pub collectors: Selection,
    /// The level of detail of the published resources.
    pub detail: Option<Located<Detail>>,
    /// The content of the log.
    pub log: log::Options,
    /// The thresholds and allow lists of the checks.
    pub checks: checks::Options,
    /// The allow lists and exemptions, of the configuration file alone.
    pub accepted: checks::Accepted,
    /// The HTTP server.
    pub web: web::Options,
    /// The file that keeps the inventory over a restart.
    pub state_file: Option<Located<PathBuf>>,
    /// The division of the accounts among several processes.
    pub shard: shard::Options,
}

impl Settings {
    /// Notes what is wrong with each value by itself.
    pub(super) fn check(&self, environment: &dyn Environment, errors: &mut ConfigErrors) {
        self.refresh.check(errors);
        self.api.check(environment, errors);
        self.web.check(errors);
    }

    /// Returns these settings over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            refresh: self.refresh.over(below.refresh),
            api: self.api.over(below.api),
            collectors: self.collectors.over(below.collectors),
            detail: self.detail.or(below.detail),
            log: self.log.over(below.log),
            checks: self.checks.over(below.checks),
            // Only the file, which is the last layer, has some.
            accepted: below.accepted,
            web: self.web.over(below.web),
            state_file: self.state_file.or(below.state_file),
            shard: self.shard.over(below.shard),
        }
    }
}
