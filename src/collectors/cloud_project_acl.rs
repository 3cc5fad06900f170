//! Other OVHcloud accounts with access to Public Cloud projects, given outside of IAM's policies.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::customer;
use super::shared::samples::{counted_by_project, info};

static LIST: Route =
    Route::new("/cloud/project/{serviceName}/acl", &["publicCloudProject:apiovh:acl/get"]);
static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/acl/{accountId}",
    &["publicCloudProject:apiovh:acl/get"],
);

static ENTRIES: Desc = Desc::count(
    "ovhcloud_cloud_project_acl_entries",
    "Other OVHcloud accounts with access to Public Cloud projects, by access \
     (GET /cloud/project/{serviceName}/acl/{accountId})",
    &["project_id", "access"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_project_acl_entry_info",
    "Always 1, for each other OVHcloud account with access to a Public Cloud project \
     (GET /cloud/project/{serviceName}/acl/{accountId})",
    &["project_id", "account_id", "access"],
);

/// The kinds of access in the schema; each has a sample, which may be 0.
const ACCESS: [&str; 2] = ["readOnly", "readWrite"];

/// The access of another account to a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AclEntry {
    /// The customer number of the account (nichandle); of an e-mail address in its place, `@` and
    /// the domain.
    pub account: String,
    /// `readOnly` or `readWrite`; empty if missing.
    pub access: Word,
}

impl Collect for AclEntry {
    type Scope = Project;
    const NAME: &'static str = "cloud_project_acl";
    const RESOURCES: &'static str = "other accounts with access to projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&ENTRIES, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.account.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.account.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let entries = pass.session.each(&LIST, &ONE, &[&scope.project_id()]).await?;
        Ok(Gathered::from_listing(entries, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        vec![counted_by_project(&ENTRIES, sections, &ACCESS, |entry| entry.access.clone())]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let entries = info(&INFO, sections, |project, entry: &Self| {
            [project, entry.account.as_str().into(), entry.access.clone()]
        });
        vec![entries]
    }
}

/// `cloud.Acl`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    account_id: Option<String>,
    #[serde(rename = "type")]
    access: Option<String>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("accountId");
}

impl From<Wire> for AclEntry {
    fn from(wire: Wire) -> Self {
        Self { account: customer(wire.account_id), access: wire.access.unwrap_or_default().into() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn entry(json: &str) -> AclEntry {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn an_entry_with_missing_members_is_kept() {
        let told = entry(r#"{"accountId":"yy2222-ovh","type":"readWrite","new":1}"#);
        assert_eq!((&*told.account, &*told.access), ("yy2222-ovh", "readWrite"));
        assert_eq!(entry(r#"{"accountId":"ann@example.com","type":null}"#).account, "@example.com");
    }

    #[test]
    fn an_entry_of_unknown_access_may_be_either() {
        let count = |entries: &[&str]| {
            let items = entries.iter().map(|json| entry(json)).collect();
            let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
            let samples = AclEntry::families(&sections).remove(0).samples;
            ACCESS.map(|access| samples.get(&vec![Word::from("p"), access.into()]).copied())
        };
        assert_eq!(count(&[]), [Some(0.0), Some(0.0)]);
        assert_eq!(count(&[r#"{"type":"readOnly"}"#]), [Some(1.0), Some(0.0)]);
        assert_eq!(count(&[r#"{"type":"readOnly"}"#, "{}"]), [Some(1.0), None]);
    }
}
