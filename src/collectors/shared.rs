//! What more than one collector needs: lists that are asked for once in a pass, and documents that
//! are part of others.

pub(super) mod known;
pub(super) mod snapshots;
pub(super) mod storage;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use crate::api::{self, Kind};
use crate::family::Word;
use crate::inventory::Project;

use super::cloud_storage_s3::{self, Bucket};
use super::cloud_user::{self, CloudUser};
use super::iam_user::{self, User};
use super::{Gathered, Pass};

pub(super) use super::cloud_storage_s3::{
    LIST as BUCKETS, ONE_REGION as REGION, REGIONS as REGION_NAMES,
};
pub(super) use super::cloud_user::LIST as CLOUD_USERS;
pub(super) use super::iam_user::{LIST as USERS, ONE as USER};

/// A list that collectors share.
pub(super) type Shared<T> = Result<Arc<Gathered<T>>, api::Error>;

impl Pass<'_> {
    /// The account's local users, asked for once in a pass, at [`USERS`] and [`USER`].
    ///
    /// # Errors
    ///
    /// The list can't be read.
    pub(super) async fn users(&self) -> Shared<User> {
        self.once("users".to_owned(), || iam_user::list(self.session)).await
    }

    /// The OpenStack users of a project, asked for once in a pass.
    ///
    /// # Errors
    ///
    /// The list can't be read.
    pub(super) async fn cloud_users(&self, project: &Project) -> Shared<CloudUser> {
        let question = format!("users of {}", project.0);
        self.once(question, || cloud_user::list(self.session, project)).await
    }

    /// Of the users that are not known below their own id, the errors of those that are still
    /// there. See [`still_listed`].
    pub(super) async fn lost_users(
        &self,
        project: &Project,
        missing: Vec<(i64, api::Error)>,
    ) -> Vec<api::Error> {
        if missing.is_empty() {
            return Vec::new();
        }
        let listed = cloud_user::list(self.session, project).await;
        still_listed(missing, listed, |user| user.id.filter(|_| !user.is_leaving()))
    }

    /// The S3 buckets of a project, asked for once in a pass.
    ///
    /// # Errors
    ///
    /// The list of regions can't be read.
    pub(super) async fn buckets(&self, project: &Project) -> Shared<Bucket> {
        let question = format!("buckets of {}", project.0);
        self.once(question, || cloud_storage_s3::list(self, project)).await
    }

    /// Of the buckets that are not known by region and name, the errors of those that are still
    /// there. See [`still_listed`].
    pub(super) async fn lost_buckets(
        &self,
        project: &Project,
        missing: Vec<((Word, String), api::Error)>,
    ) -> Vec<api::Error> {
        if missing.is_empty() {
            return Vec::new();
        }
        let listed = cloud_storage_s3::list(self, project).await;
        still_listed(missing, listed, |bucket| Some((bucket.region.clone(), bucket.name.clone())))
    }
}

/// An object that went between the list and its own call is no loss. One that the list still has,
/// asked for once more, is; and so is each, where that list can't be read.
fn still_listed<T, K: Ord>(
    missing: Vec<(K, api::Error)>,
    listed: Result<Gathered<T>, api::Error>,
    key: impl Fn(&T) -> Option<K>,
) -> Vec<api::Error> {
    let listed = listed.map(|listed| listed.items.iter().filter_map(key).collect::<BTreeSet<_>>());
    let is_there = |missed: &K| listed.as_ref().map_or(true, |listed| listed.contains(missed));
    missing.into_iter().filter(|(key, _)| is_there(key)).map(|(_, error)| error).collect()
}

/// An answer of a list. One that OVHcloud does not know is not offered here: in this region, or to
/// this project.
pub(super) fn offered<T>(answer: Result<T, api::Error>) -> Result<T, api::Error> {
    answer.map_err(|error| match error.kind {
        Kind::NotFound(_) => api::Error { kind: Kind::NotOffered, ..error },
        _ => error,
    })
}

/// Who manages what the account's IAM knows: the values of the label `managed_by`.
pub(super) const MANAGERS: [&str; 2] = ["ovh", "customer"];

/// The value of the label `managed_by`.
pub(super) fn manager(is_ovhclouds: bool) -> Word {
    if is_ovhclouds { "ovh" } else { "customer" }.into()
}

/// What a policy or a group of permissions says of actions, each list in the order of the
/// alphabet: OVHcloud's own order means nothing, and need not stay. `None` if OVHcloud did not
/// say.
#[derive(Debug, PartialEq)]
pub(super) struct Actions {
    pub(super) allowed: Option<Vec<String>>,
    pub(super) denied: Option<Vec<String>>,
    pub(super) excepted: Option<Vec<String>>,
}

/// `iam.policy.Permissions`
#[derive(Deserialize)]
pub(super) struct Permissions {
    allow: Option<Vec<Action>>,
    deny: Option<Vec<Action>>,
    except: Option<Vec<Action>>,
}

/// `iam.policy.Action`
#[derive(Deserialize)]
struct Action {
    action: Option<String>,
}

impl From<Option<Permissions>> for Actions {
    /// A list is nullable and means nothing then; missing `permissions` mean that we do not know,
    /// and so does an action without its name.
    fn from(permissions: Option<Permissions>) -> Self {
        let Some(Permissions { allow, deny, except }) = permissions else {
            return Self { allowed: None, denied: None, excepted: None };
        };
        let names = |list: Option<Vec<Action>>| {
            sorted(list.unwrap_or_default().into_iter().map(|one| one.action))
        };
        Self { allowed: names(allow), denied: names(deny), excepted: names(except) }
    }
}

/// The texts in the order of the alphabet; `None` if one of them is not known.
pub(super) fn sorted(texts: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let mut texts = texts.collect::<Option<Vec<_>>>()?;
    texts.sort();
    Some(texts)
}

/// Whether what is known both times is the same: what could not be read is no change.
pub(super) fn is_unchanged<T: PartialEq>(now: Option<&T>, before: Option<&T>) -> bool {
    now.zip(before).is_none_or(|(now, before)| now == before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Route;

    fn actions(json: &str) -> Actions {
        serde_json::from_str::<Option<Permissions>>(json).unwrap().into()
    }

    #[test]
    fn a_list_that_is_null_is_empty_and_what_is_not_told_is_not_known() {
        let told = actions(r#"{"allow":[{"action":"b"},{"action":"a"}],"deny":null}"#);
        assert_eq!(told.allowed, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((told.denied, told.excepted), (Some(vec![]), Some(vec![])));
        assert_eq!(actions("null"), Actions { allowed: None, denied: None, excepted: None });
        let unclear = actions(r#"{"allow":[{"action":"a"},{"action":null}],"except":[{}]}"#);
        assert_eq!(unclear, Actions { allowed: None, denied: Some(vec![]), excepted: None });
    }

    #[test]
    fn only_what_is_known_both_times_can_differ() {
        assert!(is_unchanged(Some(&1), Some(&1)) && is_unchanged::<i64>(None, None));
        assert!(is_unchanged(Some(&1), None) && is_unchanged(None, Some(&1)));
        assert!(!is_unchanged(Some(&1), Some(&2)));
    }

    static ROUTE: Route = Route::new("/thing/{id}", &[]);

    #[test]
    fn what_went_is_no_loss_and_what_is_still_there_is() {
        let error = || api::Error::undecodable(&ROUTE, ".", "gone");
        let missing = || vec![(1, error()), (2, error())];
        let listed = |items: Vec<i64>| Ok(Gathered { items, lost: Vec::new() });
        assert_eq!(still_listed(missing(), listed(vec![2, 3]), |id| Some(*id)).len(), 1);
        assert_eq!(still_listed(missing(), listed(vec![]), |id| Some(*id)).len(), 0);
        assert_eq!(still_listed(missing(), Err(error()), |id: &i64| Some(*id)).len(), 2);
    }
}
