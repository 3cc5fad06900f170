//! S3 policies of Public Cloud projects' OpenStack users: whether a policy allows everything.
//!
//! OVHcloud returns a policy as a text with JSON in the form of S3's policies, of which the number of
//! statements is kept. OVHcloud does not document the answer for a user without a policy: a policy
//! that is not found is unknown. The collector needs one call per user, and OVHcloud marks the route
//! as beta: it is disabled by default.

use std::borrow::Cow;
use std::slice;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Kind, Listing, Route};
use crate::family::{Desc, Family};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::cloud_users;
use super::pass::{Gathered, Pass};
use super::shared::is_unchanged;
use super::shared::known::Known;

static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/user/{userId}/policy",
    &["publicCloudProject:apiovh:user/policy/get"],
);

static UNLIMITED: Desc = Desc::count(
    "ovhcloud_cloud_s3_user_policies_unlimited",
    "OpenStack users of Public Cloud projects whose S3 policy allows every action on every bucket \
     (GET /cloud/project/{serviceName}/user/{userId}/policy)",
    &["project_id"],
);

/// The S3 policy of one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserPolicy {
    /// The user's id.
    pub user_id: i64,
    /// The policy; `None` if it is unreadable or not found.
    pub policy: Option<Statements>,
}

/// A sum of the statements of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statements {
    /// Their number.
    pub count: usize,
    /// Whether one of them allows every action of S3 on every bucket.
    pub allows_everything: bool,
}

impl Collect for UserPolicy {
    type Scope = Project;
    const NAME: &'static str = "cloud_s3_user_policy";
    const RESOURCES: &'static str = "S3 policies of OpenStack users";
    const ROUTES: &'static [&'static Route] = &[&cloud_users::LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&UNLIMITED];
    const IS_ON: bool = false;
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        self.user_id.to_string().into()
    }

    fn name(&self) -> Cow<'_, str> {
        format!("user {}", self.user_id).into()
    }

    /// A policy that is unreadable at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        self.user_id == before.user_id && is_unchanged(self.policy.as_ref(), before.policy.as_ref())
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let users = cloud_users::list(pass, scope).await?;
        // A user in deletion may no longer exist.
        let ids = users.keys(|user| user.id.filter(|_| !user.is_leaving())).objects;
        let ask = |id: i64| async move {
            Listing::from(of_user(pass, scope, id).await).of(&id.to_string())
        };
        let listing = fan_out(ids, ask, || cloud_users::ids(pass, scope)).await;
        let (mut absent, mut policies) = (Vec::new(), Vec::new());
        for (policy, error) in listing.objects {
            absent.extend(error.map(|error| error.of(&policy.id())));
            policies.push(policy);
        }
        let mut gathered = Gathered { absent, ..Gathered::new(policies, listing.lost) };
        gathered.lost.extend(users.lost.iter().cloned());
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut unlimited = Known::of(&UNLIMITED);
        for (project, section) in &sections.by_scope {
            let project = project.project_id();
            unlimited.zero([project.clone()], section.whole);
            for user in &*section.items {
                let is_unlimited = user.policy.as_ref().map(|policy| policy.allows_everything);
                unlimited.count([project.clone()], is_unlimited, section.whole);
            }
        }
        vec![unlimited.family()]
    }
}

/// The policy of a user, and the error of one that has none.
async fn of_user(
    pass: &Pass<'_>,
    project: &Project,
    id: i64,
) -> Result<(UserPolicy, Option<api::Error>), api::Error> {
    let call = ONE.at(&[&project.project_id(), &id.to_string()]);
    let (policy, absent) = match pass.session.object::<Wire>(&call).await {
        Ok(wire) => (wire.policy.as_deref().and_then(Statements::of), None),
        Err(error) if matches!(error.kind, Kind::NotFound(_)) => (None, Some(error)),
        Err(error) => return Err(error),
    };
    Ok((UserPolicy { user_id: id, policy }, absent))
}

/// `cloud.storage.PolicyRaw`
#[derive(Deserialize)]
struct Wire {
    policy: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = None;
}

/// S3's policy document.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMore<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: Option<OneOrMore<String>>,
    resource: Option<OneOrMore<String>>,
    condition: Option<Value>,
    not_action: Option<Value>,
    not_resource: Option<Value>,
}

/// A member that may be one value or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    More(Vec<T>),
    One(T),
}

impl<T> OneOrMore<T> {
    fn all(&self) -> &[T] {
        match self {
            Self::More(all) => all,
            Self::One(one) => slice::from_ref(one),
        }
    }
}

/// The names of every action of S3.
const EVERY_ACTION: [&str; 2] = ["*", "s3:*"];
/// The names of every bucket, and of every object in them.
const EVERYWHERE: [&str; 3] = ["*", "arn:aws:s3:::*", "arn:aws:s3:::*/*"];

impl Statements {
    /// Reads a policy; `None` if it is none.
    fn of(policy: &str) -> Option<Self> {
        let document: Document = serde_json::from_str(policy).ok()?;
        let statements = document.statement.all();
        // The rest that an exclusion leaves is not worked out.
        if statements.iter().any(Statement::excludes) {
            return None;
        }
        let allows_everything = statements.iter().any(Statement::allows_everything);
        Some(Self { count: statements.len(), allows_everything })
    }
}

impl Statement {
    /// Whether it allows all but some actions or resources.
    fn excludes(&self) -> bool {
        self.is_allow() && (self.not_action.is_some() || self.not_resource.is_some())
    }

    fn is_allow(&self) -> bool {
        self.effect.eq_ignore_ascii_case("allow")
    }

    /// An empty condition limits nothing.
    fn is_limited(&self) -> bool {
        let members = self.condition.as_ref().and_then(Value::as_object);
        self.condition.is_some() && members.is_none_or(|members| !members.is_empty())
    }

    fn allows_everything(&self) -> bool {
        let has = |list: Option<&OneOrMore<String>>, words: &[&str]| {
            let mut all = list.into_iter().flat_map(OneOrMore::all);
            all.any(|one| words.iter().any(|word| word.eq_ignore_ascii_case(one)))
        };
        self.is_allow()
            && !self.is_limited()
            && has(self.action.as_ref(), &EVERY_ACTION)
            && has(self.resource.as_ref(), &EVERYWHERE)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::family::Word;
    use crate::inventory::Section;

    fn read(policy: &str) -> Option<(usize, bool)> {
        let told = Statements::of(policy)?;
        Some((told.count, told.allows_everything))
    }

    #[test]
    fn a_policy_allows_everything_or_less() {
        for everything in [
            r#"{"Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:*"],
                "Resource":["arn:aws:s3:::*"]}]}"#,
            r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}"#,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","S3:*"],
                "Resource":["arn:aws:s3:::a","arn:aws:s3:::*/*"]}]}"#,
        ] {
            assert_eq!(read(everything), Some((1, true)), "{everything}");
        }
        for less in [
            r#"{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"x":1}}]}"#,
        ] {
            assert_eq!(read(less), Some((1, false)), "{less}");
        }
        assert_eq!(read(r#"{"Statement":[]}"#), Some((0, false)));
        for unreadable in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"Statement":[{"Action":"s3:*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","NotAction":"s3:Get*","Resource":"*"}]}"#,
        ] {
            assert_eq!(read(unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn none_is_unlimited_only_where_all_policies_are_known() {
        let mut sections = Sections::default();
        let statements = |is| Some(Statements { count: 1, allows_everything: is });
        let cases: [(&str, Vec<Option<Statements>>, bool); 5] = [
            ("a", vec![statements(true), None], true),
            ("b", vec![statements(false)], true),
            ("c", vec![statements(false), None], true),
            ("d", vec![statements(false)], false),
            ("e", vec![], true),
        ];
        for (project, policies, whole) in cases {
            let of = |(user_id, policy)| UserPolicy { user_id, policy };
            let items = (1..).zip(policies).map(of).collect();
            let section = Section::new(Timestamp::UNIX_EPOCH, whole, items);
            sections.by_scope.insert(Project(project.into()), section);
        }
        let samples = UserPolicy::families(&sections).remove(0).samples;
        let of = |project: &str| samples.get(&vec![Word::from(project)]).copied();
        let values = ["a", "b", "c", "d", "e"].map(of);
        assert_eq!(values, [Some(1.0), Some(0.0), None, None, Some(0.0)]);
    }
}
