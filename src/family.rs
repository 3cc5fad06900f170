//! Metric families as plain data: their descriptions and their samples.
//!
//! Nothing here knows an exposition format; `exposition` does.

use std::collections::BTreeMap;

use ecow::EcoString;

/// A text that is copied often (a region, a status, a project id, a label value): up to 15 bytes are in
/// place, and copies of a longer one share it.
pub type Word = EcoString;

/// The kind of a family, for `TYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only increases; its samples end in `_total`, its name does not.
    Counter,
    /// Observations in buckets.
    Histogram,
}

impl Kind {
    /// The word in `TYPE`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// The description of one family. Each family has one static, beside the code that fills it, and
/// `crate::catalogue` lists them all.
#[derive(Debug)]
pub struct Desc {
    /// The full name with its unit, without `_total`.
    pub name: &'static str,
    /// One sentence without a full stop; names the OVHcloud route of the value.
    pub help: &'static str,
    /// The labels beside `account`, in the order of the label values in samples.
    pub labels: &'static [&'static str],
    /// The kind, for `TYPE`.
    pub kind: Kind,
    /// Whether each sample carries the label `account` in front of the others.
    pub per_account: bool,
    /// The resources that samples name, which decides where the family is published.
    pub names: Names,
    /// Whether it counts or adds up resources, so that it is 0 where there are none.
    pub is_count: bool,
}

/// The resources named by the samples of a family: none, or single resources, possibly many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    /// No resource: the samples are counts and sums.
    Nothing,
    /// Findings, and the projects that other samples belong to.
    Few,
    /// Every resource of a kind.
    Each,
}

impl Desc {
    /// A gauge of an account's inventory.
    pub const fn gauge(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            help,
            labels,
            kind: Kind::Gauge,
            per_account: true,
            names: Names::Nothing,
            is_count: false,
        }
    }

    /// A number of resources, or a sum over them.
    pub const fn count(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { is_count: true, ..Self::gauge(name, help, labels) }
    }

    /// A gauge with a sample for each finding, or for each project.
    pub const fn of_few(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { names: Names::Few, ..Self::gauge(name, help, labels) }
    }

    /// A gauge with a sample for each resource of a kind.
    pub const fn of_each(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { names: Names::Each, ..Self::gauge(name, help, labels) }
    }

    /// A counter of an account, which continues over refreshes.
    pub const fn counter(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { kind: Kind::Counter, ..Self::gauge(name, help, labels) }
    }

    /// The family, without samples yet.
    pub fn family(&'static self) -> Family {
        Family { desc: self, samples: BTreeMap::new() }
    }
}

/// A family with its samples, unique by their labels and in a stable order: a duplicate label set
/// would make Prometheus reject the whole scrape.
#[derive(Debug, Clone)]
pub struct Family {
    /// The description of the family.
    pub desc: &'static Desc,
    /// Label values, in the order of `desc.labels`, and the value.
    pub samples: BTreeMap<Vec<Word>, f64>,
}

impl Family {
    /// Sets one sample; the last value of a label set is kept.
    pub fn set<const N: usize>(&mut self, labels: [Word; N], value: f64) {
        debug_assert_eq!(N, self.desc.labels.len(), "labels of {}", self.desc.name);
        self.samples.insert(labels.into(), value);
    }

    /// Sets many samples, in less time than one by one.
    pub fn set_all<const N: usize>(&mut self, samples: impl Iterator<Item = ([Word; N], f64)>) {
        debug_assert_eq!(N, self.desc.labels.len(), "labels of {}", self.desc.name);
        let all = samples.map(|(labels, value)| (labels.into(), value));
        self.samples.append(&mut all.collect());
    }

    /// Increments the sample with these labels.
    pub fn count<const N: usize>(&mut self, labels: [Word; N]) {
        self.add(labels, 1.0);
    }

    /// Adds to the sample with these labels; adding 0 creates a missing sample.
    pub fn add<const N: usize>(&mut self, labels: [Word; N], value: f64) {
        debug_assert_eq!(N, self.desc.labels.len(), "labels of {}", self.desc.name);
        // Most are there already, and need no key of their own.
        match self.samples.get_mut(labels.as_slice()) {
            Some(sample) => *sample += value,
            None => {
                self.samples.insert(labels.into(), value);
            }
        }
    }
}

/// A count as the value of a sample.
#[expect(clippy::cast_precision_loss, reason = "no account has 2^52 of anything")]
pub fn number(count: usize) -> f64 {
    count as f64
}

/// A number from OVHcloud as the value of a sample.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 no digit of it matters")]
pub fn amount(number: i64) -> f64 {
    number as f64
}
