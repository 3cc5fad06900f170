//! A share of the exporter's own metrics that is encoded by itself, and only when it has changed.

use std::fmt::Error as FmtError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::registry::{Metric, Registry};

use crate::family::Desc;

/// A number of changes, counted after each.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes(Arc<AtomicU64>);

impl Changes {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The series of one account, or of the build. Who reads the number of changes before the series
/// misses no change.
#[derive(Debug)]
pub struct Share {
    families: Vec<(&'static Desc, Registry)>,
    changes: Changes,
    /// The changes of all shares.
    all: Changes,
}

impl Share {
    pub(super) fn new(all: &Changes) -> Self {
        Self { families: Vec::new(), changes: Changes::default(), all: all.clone() }
    }

    /// A registry for each family, so that its samples can stand beside those of other shares.
    pub(super) fn register(&mut self, desc: &'static Desc, metric: impl Metric) {
        let mut registry = Registry::default();
        registry.register(desc.name, desc.help, metric);
        self.families.push((desc, registry));
    }

    pub(super) fn changed(&self) {
        self.changes.add();
        self.all.add();
    }

    /// The number of changes so far.
    pub fn changes(&self) -> u64 {
        self.changes.count()
    }

    /// The samples of each family as text, in the order of the page.
    ///
    /// # Errors
    ///
    /// None is known: writing to a string does not fail.
    pub fn encode(&self) -> Result<Vec<(&'static Desc, String)>, FmtError> {
        let samples = |(desc, registry): &(&'static Desc, Registry)| {
            let mut text = String::new();
            encode_registry(&mut text, registry)?;
            // HELP and TYPE stand once before the samples of all shares.
            let samples = text.splitn(3, '\n').nth(2).unwrap_or_default().to_owned();
            Ok((*desc, samples))
        };
        self.families.iter().map(samples).collect()
    }
}
