//! Metric families as plain data: what they are called and the samples they have.
//!
//! Nothing here knows an exposition format; `exposition` does.

use std::collections::BTreeMap;

use internment::ArcIntern;

/// A short text that many resources share (a region, a status, a project id): one copy of each
/// lives in the process, however often it occurs, and goes when the last user goes.
pub type Word = ArcIntern<str>;

/// What a family counts or tells, for `TYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only goes up; its samples end in `_total`, its name does not.
    Counter,
    /// Observations in buckets.
    Histogram,
}

impl Kind {
    /// The word that `TYPE` uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// The description of one family. There is one static of it per family, beside the code that
/// fills it, and `crate::catalogue` lists them all.
#[derive(Debug)]
pub struct Desc {
    /// The full name with its unit, without `_total`.
    pub name: &'static str,
    /// One sentence without a full stop; names the OVHcloud route the value comes from.
    pub help: &'static str,
    /// The labels beside `account`, in the order in which samples give their values.
    pub labels: &'static [&'static str],
    /// What `TYPE` says.
    pub kind: Kind,
    /// Whether each sample carries the label `account` in front of the others.
    pub per_account: bool,
    /// What each sample names, which decides where it is published.
    pub names: Names,
}

/// What the samples of a family name: nothing, or single resources, of which there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    /// Nothing: they are counts and sums.
    Nothing,
    /// What is wrong, and the projects that other samples belong to.
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
        Self { name, help, labels, kind: Kind::Gauge, per_account: true, names: Names::Nothing }
    }

    /// A gauge with a sample for each resource that is wrong, or for each project.
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

    /// A counter of an account, which goes on over passes.
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

/// A family with its samples, unique by their labels and in a stable order: a label set that
/// occurs twice would make Prometheus refuse the whole scrape.
#[derive(Debug, Clone)]
pub struct Family {
    /// What the samples mean.
    pub desc: &'static Desc,
    /// Label values, in the order of `desc.labels`, and the value.
    pub samples: BTreeMap<Vec<Word>, f64>,
}

impl Family {
    /// Sets one sample; the last value given to the same labels stands.
    pub fn set<const N: usize>(&mut self, labels: [Word; N], value: f64) {
        debug_assert_eq!(N, self.desc.labels.len(), "labels of {}", self.desc.name);
        self.samples.insert(labels.into(), value);
    }

    /// Counts one more under these labels.
    pub fn count<const N: usize>(&mut self, labels: [Word; N]) {
        self.add(labels, 1.0);
    }

    /// Adds to the sample with these labels; adding 0 makes sure that it is there.
    pub fn add<const N: usize>(&mut self, labels: [Word; N], value: f64) {
        debug_assert_eq!(N, self.desc.labels.len(), "labels of {}", self.desc.name);
        *self.samples.entry(labels.into()).or_insert(0.0) += value;
    }
}

/// A count as the value of a sample.
#[expect(clippy::cast_precision_loss, reason = "no account has 2^52 of anything")]
pub fn number(count: usize) -> f64 {
    count as f64
}

/// A number of OVHcloud's as the value of a sample.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 no digit of it matters")]
pub fn amount(number: i64) -> f64 {
    number as f64
}
