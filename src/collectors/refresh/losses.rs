//! The objects that a reading lost, by the ids that its errors have.

use std::collections::BTreeMap;

use crate::api;
use crate::inventory::paths;

/// The losses of one reading.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Objects that their lists name, and that could not be read, or not as a whole.
    pub(super) named: Named,
    /// Whether objects may be missing that no list names.
    pub(super) has_unnamed: bool,
    /// Objects without a value that is read beside them.
    values: Named,
    /// A loss of such a value for any of the objects.
    all_values: Option<Cause>,
}

/// The ids of losses: an id, or a path of ids down to the loss.
#[derive(Debug, Default)]
pub(super) struct Named(BTreeMap<String, Cause>);

/// The cause of a loss, from harmless to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The right to a detail is not granted.
    Refused,
    /// Anything else.
    Failed,
}

impl Losses {
    /// Adds the loss of an object.
    pub(super) fn add(&mut self, error: &api::Error, cause: Cause) {
        match (&error.object, cause) {
            (Some(id), _) => self.named.add(id, cause),
            (None, Cause::Failed) => self.has_unnamed = true,
            (None, Cause::Refused) => self.all_values = self.all_values.max(Some(cause)),
        }
    }

    /// Adds the loss of a value that is read beside the objects.
    pub(super) fn add_value(&mut self, error: &api::Error, cause: Cause) {
        match &error.object {
            Some(id) => self.values.add(id, cause),
            None => self.all_values = self.all_values.max(Some(cause)),
        }
    }

    /// The worst loss of an object that the reading has.
    pub(super) fn of(&self, id: &str) -> Option<Cause> {
        self.named.of(id).max(self.values.of(id)).max(self.all_values)
    }

    /// Whether an object that the reading lacks may exist.
    pub(super) fn hide(&self, id: &str) -> bool {
        self.has_unnamed || self.named.of(id).is_some()
    }

    /// Whether everything was read.
    pub(super) fn is_none(&self) -> bool {
        self.is_empty() && self.values.0.is_empty() && self.all_values.is_none()
    }

    /// Whether no object is lost.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_unnamed && self.named.0.is_empty()
    }
}

impl Named {
    fn add(&mut self, id: &str, cause: Cause) {
        let worst = self.0.entry(id.to_owned()).or_insert(cause);
        *worst = cause.max(*worst);
    }

    /// The worst loss of the object, of one that it is below, or of one below it.
    fn of(&self, id: &str) -> Option<Cause> {
        let above = paths(id).filter_map(|path| self.0.get(path));
        let prefix = format!("{id}/");
        let below =
            self.0.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        above.chain(below.map(|(_, cause)| cause)).max().copied()
    }

    /// The ids of all losses.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
