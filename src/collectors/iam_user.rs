//! Local users of the account's IAM, by group and status, with all their groups.
//!
//! The answer contains e-mail addresses, of which the domain is kept. No member reports the second
//! factor and the last login of a user; see `audit_log`.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::lists::users::{self, LIST, ONE};
use super::pass::{Gathered, Pass};
use super::shared::is_unchanged;
use super::shared::nullable::Nullable;
use super::shared::samples::{info, times};

pub(crate) use super::lists::users::User;

static USERS: Desc = Desc::count(
    "ovhcloud_iam_users",
    "Local IAM users by main group and status (GET /me/identity/user/{user})",
    &["group", "status"],
);

static MEMBERS: Desc = Desc::gauge(
    "ovhcloud_iam_group_members",
    "Members of IAM groups by their status: local users in all their groups, so that a user of \
     several groups is in each (GET /me/identity/user/{user}); a user whose list of groups is \
     missing is in the main group only",
    &["group", "status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_user_info",
    "Always 1, for each local IAM user (GET /me/identity/user/{user})",
    &["login", "group", "status", "user_type"],
);

static CREATION: Desc = Desc::of_each(
    "ovhcloud_iam_user_creation_timestamp_seconds",
    "Creation time of each local IAM user (GET /me/identity/user/{user})",
    &["login"],
);

static PASSWORD_UPDATE: Desc = Desc::of_each(
    "ovhcloud_iam_user_password_update_timestamp_seconds",
    "Last change of the password of each local IAM user (GET /me/identity/user/{user}); no sample \
     if OVHcloud reports none",
    &["login"],
);

impl Collect for User {
    type Scope = Account;
    const NAME: &'static str = "iam_user";
    const RESOURCES: &'static str = "local IAM users";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] =
        &[&USERS, &MEMBERS, &INFO, &CREATION, &PASSWORD_UPDATE];

    fn id(&self) -> Cow<'_, str> {
        self.login.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.login.as_str().into()
    }

    /// A value that is unknown at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self {
            groups: None,
            kind: Word::default(),
            urn: None,
            created: None,
            password_updated: None,
            updated: None,
            email_domain: Nullable::Unknown,
            ..one.clone()
        };
        let kind = |one: &'_ Self| Some(one.kind.clone()).filter(|kind| !kind.is_empty());
        let (password, old) = (self.password_updated.as_ref(), before.password_updated.as_ref());
        is_unchanged(self.groups.as_ref(), before.groups.as_ref())
            && is_unchanged(kind(self).as_ref(), kind(before).as_ref())
            && is_unchanged(self.urn.as_ref(), before.urn.as_ref())
            && is_unchanged(self.created.as_ref(), before.created.as_ref())
            && is_unchanged(password, old)
            && is_unchanged(self.updated.as_ref(), before.updated.as_ref())
            && self.email_domain.is_unchanged(&before.email_domain)
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        Ok(users::list(pass).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let (mut users, mut members) = (USERS.family(), MEMBERS.family());
        for (_, user) in sections.items() {
            users.count([user.group.clone(), user.status.clone()]);
            for group in user.memberships() {
                members.count([group.clone(), user.status.clone()]);
            }
        }
        vec![users, members]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let users = info(&INFO, sections, |_, user: &Self| {
            let Self { group, status, kind, .. } = user.clone();
            [user.login.as_str().into(), group, status, kind]
        });
        let dates = |desc, date: fn(&Self) -> Option<Timestamp>| {
            times(desc, sections, date, |_, user| [user.login.as_str().into()])
        };
        let creation = dates(&CREATION, |user| user.created);
        let password_update = dates(&PASSWORD_UPDATE, |user| user.password_updated);
        vec![users, creation, password_update]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::lists::users::Wire;
    use crate::inventory::Section;

    #[test]
    fn users_are_counted_by_group_and_status() {
        let wires: Vec<Wire> = serde_json::from_str(
            r#"[{"login":"a","group":"ADMIN","status":"OK"},
                {"login":"b","group":"ADMIN","status":"OK"},
                {"login":"c","group":null,"status":"DISABLED","type":null}]"#,
        )
        .unwrap();
        let mut sections = Sections::default();
        let items: Vec<User> = wires.into_iter().map(User::from).collect();
        let read_at = Timestamp::UNIX_EPOCH;
        sections.by_scope.insert(Account, Section::new(read_at, true, items));
        let families = User::families(&sections);
        let samples: Vec<_> = families[0].samples.iter().collect();
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0], (&vec![Word::from(""), Word::from("DISABLED")], &1.0));
        assert_eq!(samples[1], (&vec![Word::from("ADMIN"), Word::from("OK")], &2.0));
    }

    fn user(json: &str) -> User {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn members_are_counted_in_all_their_groups() {
        let items = vec![
            user(r#"{"group":"DEFAULT","groups":["DEFAULT","ADMIN"],"status":"OK"}"#),
            user(r#"{"group":"ADMIN","groups":[],"status":"OK"}"#),
            user(r#"{"group":"ADMIN","groups":null,"status":"DISABLED"}"#),
            user(r#"{"group":null,"groups":["dev",""],"status":"OK"}"#),
        ];
        let sections = Sections::known(Account, Timestamp::UNIX_EPOCH, items);
        let members = User::families(&sections).remove(1);
        let count = |group: &str, status: &str| {
            members.samples.get(&vec![Word::from(group), Word::from(status)]).copied()
        };
        assert_eq!((count("ADMIN", "OK"), count("ADMIN", "DISABLED")), (Some(2.0), Some(1.0)));
        assert_eq!((count("DEFAULT", "OK"), count("dev", "OK")), (Some(1.0), Some(1.0)));
        assert_eq!(members.samples.len(), 4);
    }

    #[test]
    fn no_personal_data_is_kept() {
        let user = user(
            r#"{"login":"a","email":"a@example.com","description":"Ann","type":"SERVICE",
                "urn":"urn:v1:eu:identity:user:x/a","creation":"2025-01-01T00:00:00Z",
                "passwordLastUpdate":"2026-01-01T00:00:00+01:00"}"#,
        );
        assert_eq!((&*user.kind, user.created.is_some()), ("SERVICE", true));
        assert_eq!(user.password_updated.unwrap().to_string(), "2025-12-31T23:00:00Z");
        let json = serde_json::to_string(&user).unwrap();
        assert!(!json.contains("a@") && !json.contains("Ann"), "{json}");
    }

    #[test]
    fn of_an_address_the_domain_is_kept() {
        let of = |email: &str| user(&format!(r#"{{"login":"a","email":{email}}}"#)).email_domain;
        assert_eq!(of(r#""Ann@x@Example.com ""#), Nullable::Value("example.com".into()));
        assert_eq!((of("null"), of(r#""ann""#)), (Nullable::Null, Nullable::Unknown));
        assert_eq!(of(r#""ann@""#), Nullable::Unknown);
        let update = r#"{"login":"a","lastUpdate":"2026-01-02T00:00:00Z"}"#;
        assert_eq!(user(update).updated.unwrap().to_string(), "2026-01-02T00:00:00Z");
    }

    #[test]
    fn a_new_group_is_a_change_and_an_unknown_member_is_none() {
        let old: User = serde_json::from_str(r#"{"login":"a","group":"x","status":"OK"}"#).unwrap();
        assert_eq!((&old.groups, &*old.kind, old.created), (&None, "", None));
        let now = user(
            r#"{"login":"a","group":"x","status":"OK","groups":["x"],"type":"USER",
                "creation":"2025-01-01"}"#,
        );
        assert!(now.same_as(&old) && old.same_as(&now));
        let promoted = User { groups: Some(["ADMIN".into(), "x".into()].into()), ..now.clone() };
        assert!(!promoted.same_as(&now));
        assert!(!User { status: "DISABLED".into(), ..now.clone() }.same_as(&now));
    }
}
