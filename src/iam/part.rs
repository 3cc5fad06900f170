//! A part of a policy: its own permissions, or a permissions group. OVHcloud evaluates each by
//! itself: its exceptions touch its own allowed actions only.

use std::collections::HashMap;
use std::sync::Arc;

use super::account::Permissions;
use super::pattern::{self, breadth};
use super::truth::Truth;
use super::universe::{Cover, Universe};

/// A part of a policy.
#[derive(Debug, Clone)]
pub struct Part {
    /// The permissions group, as a URN; `None` for the policy's own permissions.
    pub group: Option<String>,
    actions: Arc<Actions>,
}

/// The permissions of a part, with the actions of the universe that they stand for.
#[derive(Debug, Default)]
pub(super) struct Actions {
    allow: Vec<String>,
    except: Vec<String>,
    deny: Vec<String>,
    is_resolved: bool,
    pub(super) granted: Cover,
    pub(super) denied: Cover,
}

impl Actions {
    pub(super) fn new<'a>(
        permissions: &Permissions<'a>,
        universe: &Universe,
        memo: &mut HashMap<&'a str, Cover>,
    ) -> Self {
        let Permissions { allow, except, deny } = *permissions;
        let mut cover = |list: Option<&'a [String]>| universe.cover(list.unwrap_or_default(), memo);
        let (mut granted, excepted, denied) = (cover(allow), cover(except), cover(deny));
        granted.sure.remove(&excepted.possible);
        granted.possible.remove(&excepted.sure);
        let owned = |list: Option<&[String]>| list.unwrap_or_default().to_vec();
        Self {
            is_resolved: allow.is_some() && except.is_some() && deny.is_some(),
            allow: owned(allow),
            except: owned(except),
            deny: owned(deny),
            granted,
            denied,
        }
    }
}

impl Part {
    pub(super) fn new(group: Option<String>, actions: Arc<Actions>) -> Self {
        Self { group, actions }
    }

    pub(super) fn actions(&self) -> &Actions {
        &self.actions
    }

    /// The patterns of allowed actions.
    pub fn allow(&self) -> &[String] {
        &self.actions.allow
    }

    /// The exceptions from these.
    pub fn except(&self) -> &[String] {
        &self.actions.except
    }

    /// The patterns of denied actions.
    pub fn deny(&self) -> &[String] {
        &self.actions.deny
    }

    /// Whether all its lists are known.
    pub fn is_resolved(&self) -> bool {
        self.actions.is_resolved
    }

    /// Whether it grants the action: it allows it and does not except it. Denials are another
    /// matter.
    pub fn grants(&self, action: &str) -> Truth {
        any(self.allow(), action).and(any(self.except(), action).opposite())
    }

    /// Whether it denies the action.
    pub fn denies(&self, action: &str) -> Truth {
        any(self.deny(), action)
    }

    /// An allowed pattern that is broad, and that no exception and no denial of the part takes back
    /// as a whole.
    pub fn broad(&self) -> Option<&str> {
        let is_taken_back = |action: &str| {
            let mut patterns = self.except().iter().chain(self.deny());
            patterns.any(|pattern| pattern::covers(pattern, action))
        };
        let allow = self.allow().iter().map(String::as_str);
        allow.filter(|action| breadth(action).is_some()).find(|action| !is_taken_back(action))
    }
}

fn any(patterns: &[String], action: &str) -> Truth {
    Truth::any(patterns.iter().map(|pattern| pattern::matches(pattern, action)))
}
