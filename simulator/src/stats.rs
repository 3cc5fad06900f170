//! Counts of the calls to the simulator.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use hyper::header::HeaderValue;
use serde::Serialize;

use crate::answer::Request;

/// Counts of the calls since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Calls of the API, refused and spoilt ones included; not those for tokens.
    pub requests: u64,
    /// The most calls that were under way at once.
    pub max_in_flight: u64,
    /// Calls by path template, such as `/me/api/credential` and `/v2/iam/policy`; `unknown` for
    /// paths of no route.
    pub by_route: BTreeMap<String, u64>,
    /// Calls that were the same as an earlier one (URL, body, page, list mode), by path template.
    pub repeated: BTreeMap<String, u64>,
    /// Answers by list mode: `plain`, `expanded`, `batch`, `cursor`.
    pub by_mode: BTreeMap<String, u64>,
    /// Calls of the token endpoint, refused ones included.
    pub tokens: u64,
}

/// The counts, and the number of calls under way.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) stats: Stats,
    in_flight: u64,
    /// The calls so far, as hashes: there may be many thousand calls.
    asked: HashSet<u64>,
}

/// The headers that make two calls the same, beside the URL and the body.
const PAGE: [&str; 4] =
    ["x-pagination-cursor", "x-pagination-number", "x-pagination-mode", "x-ovh-batch"];

impl Counters {
    pub(crate) fn enter(&mut self, template: Option<&str>, received: &Request) {
        let mut hasher = DefaultHasher::new();
        (&received.method, &received.url, &received.body).hash(&mut hasher);
        for header in PAGE {
            received.headers.get(header).map(HeaderValue::as_bytes).hash(&mut hasher);
        }
        if !self.asked.insert(hasher.finish()) {
            let template = template.unwrap_or("unknown").to_owned();
            *self.stats.repeated.entry(template).or_default() += 1;
        }
        self.in_flight += 1;
        self.stats.requests += 1;
        self.stats.max_in_flight = self.stats.max_in_flight.max(self.in_flight);
        *self.stats.by_route.entry(template.unwrap_or("unknown").to_owned()).or_default() += 1;
    }

    pub(crate) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn mode(&mut self, label: &str) {
        *self.stats.by_mode.entry(label.to_owned()).or_default() += 1;
    }

    pub(crate) fn reset(&mut self) {
        self.asked.clear();
        self.stats = Stats { max_in_flight: self.in_flight, ..Stats::default() };
    }
}
