//! The progress of a refresh, for a progress bar.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The counters of a refresh under way.
#[derive(Debug, Default)]
pub struct Progress {
    planned: AtomicUsize,
    read: AtomicUsize,
    found: AtomicUsize,
    calls: AtomicU64,
}

impl Progress {
    /// Adds the scopes that a collector is about to read.
    pub(in crate::collectors) fn plan(&self, scopes: usize) {
        self.planned.fetch_add(scopes, Ordering::Relaxed);
    }

    /// Adds a scope and its objects after its read; `calls` is the refresh's total at this time.
    pub(in crate::collectors) fn read_one(&self, objects: usize, calls: u64) {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.found.fetch_add(objects, Ordering::Relaxed);
        self.calls.fetch_max(calls, Ordering::Relaxed);
    }

    /// The number of known scopes to read, one for each collector and scope. It grows when the
    /// projects are known.
    pub fn planned(&self) -> usize {
        self.planned.load(Ordering::Relaxed)
    }

    /// The number of scopes already read, whatever the result.
    pub fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    /// The number of calls up to the scope that was read last.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The number of objects found.
    pub fn found(&self) -> usize {
        self.found.load(Ordering::Relaxed)
    }
}
