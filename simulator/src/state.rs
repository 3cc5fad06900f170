//! The state that the calls of a running simulator share.

use std::sync::{Mutex, RwLock};

use jiff::Timestamp;

use crate::account::Account;
use crate::auth::Gate;
use crate::fault::Fault;
use crate::settings::Settings;
use crate::stats::Counters;

/// The state that the calls of a running simulator work on.
pub(crate) struct State {
    pub(crate) account: RwLock<Account>,
    pub(crate) gate: Mutex<Gate>,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) faults: Mutex<Vec<Fault>>,
    pub(crate) counters: Mutex<Counters>,
    pub(crate) clock_ahead: i64,
}

impl State {
    pub(crate) fn server_time(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "the simulated server has a clock")]
        let now = Timestamp::now();
        now.as_second().saturating_add(self.clock_ahead)
    }
}
