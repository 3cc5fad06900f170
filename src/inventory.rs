//! The known state of an account, as plain data: sections with their dates, and gaps.
//!
//! This module neither reads nor judges. An unknown value is absent, never zero.

mod section;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::family::Word;

pub use section::{Loss, Section, paths};

/// The scope of a collector: the account as a whole, or one of its projects.
pub trait Scope: Ord + Clone + Debug + Send + Sync + 'static {
    /// The project's id, empty for the account.
    fn project_id(&self) -> Word;
}

/// The scope of resources that an account has once. It is written as the empty project id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "Word", from = "Word")]
pub struct Account;

impl From<Account> for Word {
    fn from(_: Account) -> Self {
        Self::default()
    }
}

impl From<Word> for Account {
    fn from(_: Word) -> Self {
        Self
    }
}

impl Scope for Account {
    fn project_id(&self) -> Word {
        Word::default()
    }
}

/// The scope of the resources of a Public Cloud project, by the project's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Project(pub Word);

impl Scope for Project {
    fn project_id(&self) -> Word {
        self.0.clone()
    }
}

/// The reason of a failed read. A closed set, since it is a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// OVHcloud rejects the credential itself.
    Credentials,
    /// The credential lacks a right.
    Forbidden,
    /// The route or the object does not exist.
    NotFound,
    /// The service has expired (OVHcloud's status 460).
    Expired,
    /// The project is out of service and may not answer.
    Suspended,
    /// OVHcloud reports the region as out of service.
    Maintenance,
    /// OVHcloud does not offer the route or the service here.
    NotOffered,
    /// OVHcloud asked for fewer calls.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// OVHcloud failed to answer.
    Server,
    /// The answer cannot be decoded.
    Undecodable,
    /// OVHcloud rejected the call for another reason.
    Rejected,
    /// The exporter itself failed.
    Bug,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 14] = [
        Self::Credentials,
        Self::Forbidden,
        Self::NotFound,
        Self::Expired,
        Self::Suspended,
        Self::Maintenance,
        Self::NotOffered,
        Self::Throttled,
        Self::Timeout,
        Self::Unreachable,
        Self::Server,
        Self::Undecodable,
        Self::Rejected,
        Self::Bug,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Maintenance => "maintenance",
            Self::NotOffered => "not_offered",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Server => "server",
            Self::Undecodable => "undecodable",
            Self::Rejected => "rejected",
            Self::Bug => "bug",
        }
    }

    /// Whether the reason may disappear by the next refresh without a repair.
    pub fn may_pass(self) -> bool {
        use Reason::{Credentials, Server, Throttled, Timeout, Unreachable};
        matches!(self, Credentials | Server | Throttled | Timeout | Unreachable)
    }

    /// Whether the gap is a state of OVHcloud's service, which no repair on our side ends: it is
    /// reported, and fails nothing.
    pub fn is_state(self) -> bool {
        matches!(self, Self::Expired | Self::Suspended | Self::Maintenance | Self::NotOffered)
    }
}

/// Objects or lists that cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The project it belongs to, empty for the account.
    pub project_id: Word,
    /// The reason.
    pub reason: Reason,
    /// The number of objects or lists missing for this reason.
    pub count: usize,
    /// The first of them, as a sentence for logs and the landing page.
    pub detail: String,
    /// The IAM actions that OVHcloud names as missing.
    pub actions: BTreeSet<Word>,
    /// Whether the collector is complete without it: a refused right that only adds details.
    #[serde(default)]
    pub optional: bool,
}

impl Gap {
    /// Whether the gap makes the reading incomplete.
    pub fn is_failure(&self) -> bool {
        !self.optional && !self.reason.is_state()
    }

    /// Whether the reason says it all: nothing repairs a service that is out of service, and its
    /// error adds nothing but the name of a region.
    pub fn is_plain(&self) -> bool {
        self.reason.is_state() && self.reason != Reason::Maintenance
    }
}

/// The known objects of a collector in an account, and the result of its last reading.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(
    serialize = "S: Serialize, T: Serialize",
    deserialize = "S: Ord + Deserialize<'de>, T: Deserialize<'de>"
))]
pub struct Sections<S, T> {
    /// The sections, by scope.
    pub by_scope: BTreeMap<S, Section<T>>,
    /// The result of the last refresh; `None` before the first refresh and for a disabled
    /// collector.
    pub reading: Option<Reading>,
    /// The time of the last reading, whatever its result.
    pub last_reading: Option<Timestamp>,
    /// The time of the last complete reading.
    pub last_success: Option<Timestamp>,
    /// The number of objects added, removed and changed from one reading to the next.
    pub changes: Changes,
    /// The first objects that the last refresh counted in them, at most [`NAMED_CHANGES`], ordered
    /// by change, project and id. A saved state has none, nor a published report: they are for the log.
    #[serde(skip)]
    pub latest: Vec<Difference>,
}

/// The most objects that [`Sections::latest`] names.
pub const NAMED_CHANGES: usize = 100;

/// The difference of an object from one reading to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The kind of the difference.
    pub change: Change,
    /// The object's project, empty for the account.
    pub project_id: Word,
    /// OVHcloud's id of the object.
    pub id: String,
    /// The name that its owner gave it, empty without one.
    pub name: String,
    /// The names of the members with another value, of a changed object.
    pub members: Vec<String>,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A new object.
    Added,
    /// An object that no longer exists.
    Removed,
    /// An object with other values.
    Changed,
}

/// The number of objects added, removed and changed since the first reading of the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// New objects.
    pub added: u64,
    /// Objects that no longer exist.
    pub removed: u64,
    /// Objects that differ in more than the values that change by themselves, such as a date of
    /// last use.
    pub changed: u64,
}

impl Changes {
    /// Counts one difference.
    pub fn count(&mut self, change: Change) {
        match change {
            Change::Added => self.added += 1,
            Change::Removed => self.removed += 1,
            Change::Changed => self.changed += 1,
        }
    }

    /// The number of differences of every kind.
    pub fn total(self) -> u64 {
        self.added.saturating_add(self.removed).saturating_add(self.changed)
    }
}

/// The result of one reading of a collector.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reading {
    /// The duration of the reading.
    pub duration: Duration,
    /// The gaps of the reading.
    pub gaps: Vec<Gap>,
}

impl Reading {
    /// Whether the reading is complete except for objects that OVHcloud does not have in service.
    pub fn is_success(&self) -> bool {
        !self.gaps.iter().any(Gap::is_failure)
    }
}

impl<S, T> Default for Sections<S, T> {
    fn default() -> Self {
        Self {
            by_scope: BTreeMap::new(),
            reading: None,
            last_reading: None,
            last_success: None,
            changes: Changes::default(),
            latest: Vec::new(),
        }
    }
}

/// The reason of missing objects in sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// The collector is disabled.
    NotCollected,
    /// The sections were never read, or are expired.
    NotRead,
    /// Some objects cannot be read.
    Incomplete,
}

impl Unseen {
    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotCollected => "not_collected",
            Self::NotRead => "not_read",
            Self::Incomplete => "incomplete",
        }
    }
}

impl<S: Scope, T> Sections<S, T> {
    /// Sections with one complete section, read at this time.
    pub fn known(scope: S, read_at: Timestamp, items: Vec<T>) -> Self {
        let section = Section::new(read_at, true, items);
        let reading = Reading { duration: Duration::ZERO, gaps: Vec::new() };
        Self {
            by_scope: [(scope, section)].into(),
            reading: Some(reading),
            last_reading: Some(read_at),
            last_success: Some(read_at),
            ..Self::default()
        }
    }

    /// All known objects, with their scopes.
    pub fn items(&self) -> impl Iterator<Item = (&S, &T)> {
        self.by_scope
            .iter()
            .flat_map(|(scope, section)| section.items.iter().map(move |item| (scope, item)))
    }

    /// The reason of missing objects; `None` if every object in service is known.
    pub fn unseen(&self) -> Option<Unseen> {
        match &self.reading {
            None => Some(Unseen::NotCollected),
            Some(reading) if self.by_scope.is_empty() && !reading.gaps.is_empty() => {
                Some(Unseen::NotRead)
            }
            Some(_) => (!self.is_whole()).then_some(Unseen::Incomplete),
        }
    }

    /// Whether every object that OVHcloud has in service is known, from this refresh or an earlier
    /// one.
    pub fn is_whole(&self) -> bool {
        let known = |project: &Word| self.by_scope.keys().any(|s| s.project_id() == *project);
        // A region in maintenance has its objects in service again.
        let is_missed = |gap: &Gap| gap.is_failure() || gap.reason == Reason::Maintenance;
        let unread = |gap: &Gap| is_missed(gap) && !known(&gap.project_id);
        self.by_scope.values().all(Section::is_whole)
            && !self.reading.iter().flat_map(|reading| &reading.gaps).any(unread)
    }

    /// The same sections without those that lack objects: a count of the rest would be wrong.
    pub fn countable(&self) -> Cow<'_, Self>
    where
        T: Clone,
    {
        if self.by_scope.values().all(Section::is_countable) {
            return Cow::Borrowed(self);
        }
        let mut by_scope = BTreeMap::new();
        let whole = self.by_scope.iter().filter(|(_, section)| section.is_countable());
        by_scope.extend(whole.map(|(scope, section)| (scope.clone(), section.clone())));
        Cow::Owned(Self { by_scope, ..self.clone() })
    }

    /// The objects of a scope; `None` unless every one of them is known.
    pub fn whole(&self, scope: &S) -> Option<&[T]> {
        let section = self.by_scope.get(scope).filter(|section| section.is_whole())?;
        Some(&section.items)
    }

    /// The number of known objects.
    pub fn len(&self) -> usize {
        self.by_scope.values().map(|section| section.items.len()).sum()
    }

    /// Whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
