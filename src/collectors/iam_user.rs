//! Local users of the account's IAM, by group and status.
//!
//! No route reports the second factor and the last login of a user. The answer contains e-mail
//! addresses, which are not kept.

use std::borrow::Cow;

use crate::api::{self, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::lists::users::{self, LIST, ONE};
use super::pass::{Gathered, Pass};
use super::shared::samples::info;

pub(crate) use super::lists::users::User;

static USERS: Desc = Desc::count(
    "ovhcloud_iam_users",
    "Local IAM users by main group and status (GET /me/identity/user/{user})",
    &["group", "status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_user_info",
    "Always 1, for each local IAM user (GET /me/identity/user/{user})",
    &["login", "group", "status"],
);

impl Collect for User {
    type Scope = Account;
    const NAME: &'static str = "iam_user";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&USERS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.login.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.login.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        Ok(users::list(pass).await?.as_ref().clone())
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut users = USERS.family();
        for (_, user) in sections.items() {
            users.count([user.group.clone(), user.status.clone()]);
        }
        vec![users]
    }

    fn named(sections: &Sections<Account, Self>) -> Vec<Family> {
        let users = info(&INFO, sections, |_, user: &Self| {
            [user.login.as_str().into(), user.group.clone(), user.status.clone()]
        });
        vec![users]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::lists::users::Wire;
    use crate::family::Word;
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
        let read_at = jiff::Timestamp::UNIX_EPOCH;
        sections.by_scope.insert(Account, Section::new(read_at, true, items));
        let families = User::families(&sections);
        let samples: Vec<_> = families[0].samples.iter().collect();
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0], (&vec![Word::from(""), Word::from("DISABLED")], &1.0));
        assert_eq!(samples[1], (&vec![Word::from("ADMIN"), Word::from("OK")], &2.0));
    }
}
