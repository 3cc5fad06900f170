//! The credential of the exporter itself: its expiry, and its rights beyond reading.
//!
//! OVHcloud's answer about it depends on the kind of credential, and for some kinds no source
//! documents the answer. A rejected call leaves the value unknown, which is no gap: no further
//! right would make it readable. The collector never judges the credential.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Authorized, Identified, Kind, Route, Session};
use crate::family::{Desc, Family};
use crate::iam::danger::{self, escalates};
use crate::inventory::{Account, Sections};

use super::collect::Collect;
use super::lists::projects;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::is_write;

static DETAILS: Route = Route::new("/auth/details", &[]);
static CURRENT: Route = Route::new("/auth/currentCredential", &[]);

static EXPIRATION: Desc = Desc::gauge(
    "ovhcloud_exporter_credential_expiration_timestamp_seconds",
    "Expiry time of the credential of the exporter (GET /auth/currentCredential); no sample if it \
     never expires or OVHcloud does not report it",
    &[],
);

/// The method that OVHcloud reports for a service account, which has no consumer key to request.
const SERVICE_ACCOUNT: &str = "oauth2_client_credentials";

/// The type of a Public Cloud project in URNs and actions.
const PROJECT: &str = "publicCloudProject";

/// The number of projects in one request.
const BATCH: usize = 50;

/// The credential that the exporter uses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExporterCredential {
    /// The account of the credential, by its nichandle; `None` if OVHcloud does not report it.
    pub account: Option<String>,
    /// Its identities in policies; empty if OVHcloud does not report them.
    pub identities: Vec<String>,
    /// The owner's name for it.
    pub name: String,
    /// Its id among the legacy credentials; `None` for another kind.
    pub id: Option<i64>,
    /// The expiry time; `None` if it never expires or the time is unknown.
    pub expires: Option<Timestamp>,
    /// Whether OVHcloud reported the expiry, including that there is none.
    pub is_end_known: bool,
    /// Its rights beyond reading.
    pub reach: Reach,
    /// OVHcloud's answers about its rights, by resource; empty if OVHcloud was not requested.
    #[serde(default)]
    pub answers: Vec<Answers>,
}

/// OVHcloud's answer for resources where it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The resources, as URNs.
    pub resources: Vec<String>,
    /// The actions that the credential may do there, of those in the request.
    pub allowed: Vec<String>,
    /// The actions that it may not do there.
    pub denied: Vec<String>,
}

/// The rights of a credential, as reported by OVHcloud.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Reach {
    /// OVHcloud does not report them.
    #[default]
    Unknown,
    /// The permitted calls, as `GET /me/*`.
    Rules(Vec<String>),
    /// The dangerous actions of [`danger`] that it may perform on the account or on some project,
    /// and whether OVHcloud answered for all of them.
    Actions {
        /// The actions, those that escalate first.
        allowed: Vec<String>,
        /// Whether OVHcloud answered for the account and for all its projects.
        whole: bool,
    },
}

impl Reach {
    /// The rights beyond reading: rules with another method than GET, except for the request of the
    /// allowed actions, and actions that write.
    pub fn writes(&self) -> Vec<&str> {
        match self {
            Self::Unknown => Vec::new(),
            Self::Rules(rules) => {
                rules.iter().map(String::as_str).filter(|rule| writes(rule)).collect()
            }
            Self::Actions { allowed, .. } => allowed.iter().map(String::as_str).collect(),
        }
    }
}

/// Whether a rule, as `GET /me/*`, permits more than reading.
fn writes(rule: &str) -> bool {
    let (method, path) = rule.split_once(' ').unwrap_or((rule, ""));
    is_write(method, path)
}

impl ExporterCredential {
    /// The URN of the account, with the region of the credential's identity; `None` if it is
    /// unknown. The form follows OVHcloud's scheme.
    pub fn account_urn(&self) -> Option<String> {
        self.resource_urn("account", self.account.as_deref()?)
    }

    /// The URN of a Public Cloud project.
    pub fn project_urn(&self, id: &str) -> Option<String> {
        self.resource_urn(PROJECT, id)
    }

    /// The URN of a key management service for which OVHcloud reports none.
    pub fn okms_urn(&self, id: &str) -> Option<String> {
        self.resource_urn("okms", id)
    }

    fn resource_urn(&self, kind: &str, name: &str) -> Option<String> {
        Some(format!("urn:v1:{}:resource:{kind}:{name}", self.region()?))
    }

    /// The region in the URNs of its identities; `None` if they are unknown.
    pub fn region(&self) -> Option<String> {
        self.identities.iter().find_map(|urn| urn.split(':').nth(2)).map(str::to_owned)
    }

    /// The label of the credential: its id, its identity, or the word for an unknown one.
    pub fn label(&self) -> String {
        match (self.id, self.identities.first()) {
            (Some(id), _) => id.to_string(),
            (None, Some(urn)) => urn.clone(),
            (None, None) => "unknown".to_owned(),
        }
    }
}

impl Collect for ExporterCredential {
    type Scope = Account;
    const NAME: &'static str = "exporter_credential";
    const RESOURCES: &'static str = "the credential of the exporter itself";
    const ROUTES: &'static [&'static Route] = &[&DETAILS, &CURRENT];
    const FAMILIES: &'static [&'static Desc] = &[&EXPIRATION];
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(1));

    fn id(&self) -> Cow<'_, str> {
        self.label().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    /// A difference in the projects that could be in the request is no change of the credential.
    /// A change of its rights shows in its reach.
    fn same_as(&self, before: &Self) -> bool {
        let reach = |one: &Self| match &one.reach {
            Reach::Actions { allowed, .. } => {
                Reach::Actions { allowed: allowed.clone(), whole: true }
            }
            other => other.clone(),
        };
        let settled = |one: &Self| Self { reach: reach(one), answers: Vec::new(), ..one.clone() };
        settled(self) == settled(before)
    }

    async fn fetch(pass: &Pass<'_>, _: &Account) -> Result<Gathered<Self>, api::Error> {
        let details: Option<Details> = told(pass, &DETAILS, false).await?;
        let is_service_account = details.as_ref().is_some_and(Details::is_service_account);
        let current: Option<Current> = match told(pass, &CURRENT, is_service_account).await {
            // The credential was valid a moment ago: this kind of credential has no answer here.
            Err(api::Error { kind: Kind::Credentials(_), .. }) if details.is_some() => None,
            result => result?,
        };
        let mut credential = credential(details, current);
        let mut lost = Vec::new();
        if credential.reach == Reach::Unknown {
            match reach(pass, &credential).await {
                Ok((reach, answers)) => {
                    (credential.reach, credential.answers) = (reach, answers);
                }
                Err(error) => lost.push(error),
            }
        }
        Ok(Gathered::new(vec![credential], lost))
    }

    fn families(sections: &Sections<Account, Self>) -> Vec<Family> {
        let mut expiration = EXPIRATION.family();
        for (_, credential) in sections.items() {
            if let Some(expires) = credential.expires {
                expiration.set([], expires.as_duration().as_secs_f64());
            }
        }
        vec![expiration]
    }
}

/// The customer number of the credential's account; `None` if the answer lacks it.
///
/// # Errors
///
/// The call fails.
pub(crate) async fn nichandle(session: &Session<'_>) -> Result<Option<String>, api::Error> {
    let details: Details = session.object(&DETAILS.at(&[])).await?;
    Ok(details.account.filter(|account| !account.is_empty()))
}

/// The answer, or `None` if OVHcloud has none for this kind of credential; a known kind of that
/// sort is not requested.
async fn told<T: Identified>(
    pass: &Pass<'_>,
    route: &'static Route,
    is_in_vain: bool,
) -> Result<Option<T>, api::Error> {
    if is_in_vain {
        return Ok(None);
    }
    unless_refused(pass.session.object(&route.at(&[])).await)
}

fn unless_refused<T>(result: Result<T, api::Error>) -> Result<Option<T>, api::Error> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(api::Error {
            kind: Kind::Forbidden { .. } | Kind::NotFound(_) | Kind::Rejected { .. },
            ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn credential(details: Option<Details>, current: Option<Current>) -> ExporterCredential {
    let details = details.unwrap_or_default();
    let is_end_known = current.is_some();
    let current = current.unwrap_or_default();
    let rules = current.rules.or(details.allowed_routes);
    ExporterCredential {
        account: details.account.filter(|account| !account.is_empty()),
        identities: details.identities.unwrap_or_default(),
        name: details.description.or(details.user).unwrap_or_default(),
        id: current.credential_id,
        expires: current.expiration,
        is_end_known,
        reach: rules
            .map_or(Reach::Unknown, |rules| Reach::Rules(rules.iter().map(Rule::text).collect())),
        answers: Vec::new(),
    }
}

/// Requests the dangerous actions that OVHcloud would allow, on the account and on its projects.
async fn reach(
    pass: &Pass<'_>,
    credential: &ExporterCredential,
) -> Result<(Reach, Vec<Answers>), api::Error> {
    let unknown = || Ok((Reach::Unknown, Vec::new()));
    let Some(account) = credential.account_urn() else { return unknown() };
    let listed = projects::list(pass).await.ok();
    let projects = listed.iter().flat_map(|listed| &listed.items);
    let projects: Vec<_> =
        projects.filter_map(|project| credential.project_urn(&project.id)).collect();
    let projects: Vec<&str> = projects.iter().map(String::as_str).collect();
    let (on_account, on_project) = (danger::actions("account"), danger::actions(PROJECT));
    let account = [account.as_str()];
    let mut requests = vec![(&account[..], &on_account)];
    requests.extend(projects.chunks(BATCH).map(|projects| (projects, &on_project)));
    let mut whole = listed.is_some_and(|listed| listed.lost.is_empty());
    let (mut allowed, mut answers) = (BTreeSet::new(), Vec::new());
    for (urns, actions) in requests {
        let Some(answer) = unless_refused(pass.session.authorized(urns, actions).await)? else {
            return unknown();
        };
        whole &= urns.iter().all(|urn| answer.covers(urn, actions));
        for resource in answer.resources {
            allowed.extend(resource.allowed.iter().cloned());
            add(&mut answers, resource);
        }
    }
    let order = on_account.into_iter().chain(on_project);
    let (escalations, writes): (Vec<_>, Vec<_>) =
        order.filter(|&action| allowed.contains(action)).partition(|action| escalates(action));
    let allowed = escalations.into_iter().chain(writes).map(str::to_owned).collect();
    Ok((Reach::Actions { allowed, whole }, answers))
}

/// Adds an answer, to the resources with the same one if there are some.
fn add(answers: &mut Vec<Answers>, answer: Authorized) {
    let Authorized { urn, mut allowed, mut denied } = answer;
    allowed.sort();
    denied.sort();
    let is_same = |one: &&mut Answers| one.allowed == allowed && one.denied == denied;
    match answers.iter_mut().find(is_same) {
        Some(same) => same.resources.push(urn),
        None => answers.push(Answers { resources: vec![urn], allowed, denied }),
    }
}

/// `auth.Details`
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    account: Option<String>,
    method: Option<String>,
    description: Option<String>,
    user: Option<String>,
    identities: Option<Vec<String>>,
    /// `null` permits everything.
    allowed_routes: Option<Vec<Rule>>,
}

/// The session of the call itself has no id.
impl Identified for Details {
    const ID: Option<&'static str> = None;
}

impl Details {
    fn is_service_account(&self) -> bool {
        self.method.as_deref() == Some(SERVICE_ACCOUNT)
    }
}

/// `auth.ApiCredential`
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Current {
    credential_id: Option<i64>,
    #[serde(default, deserialize_with = "date")]
    expiration: Option<Timestamp>,
    rules: Option<Vec<Rule>>,
}

impl Identified for Current {
    const ID: Option<&'static str> = Some("credentialId");
}

/// `auth.AccessRule`
#[derive(Deserialize)]
struct Rule {
    method: Option<String>,
    path: Option<String>,
}

impl Rule {
    /// A rule without a method may write.
    fn text(&self) -> String {
        let (method, path) = (self.method.as_deref(), self.path.as_deref());
        format!("{} {}", method.unwrap_or("ANY"), path.unwrap_or("/*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(details: Option<&str>, current: Option<&str>) -> ExporterCredential {
        credential(
            details.map(|json| serde_json::from_str(json).unwrap()),
            current.map(|json| serde_json::from_str(json).unwrap()),
        )
    }

    #[test]
    fn a_consumer_key_has_an_expiry_and_rules() {
        let key = r#"{"credentialId":7,"expiration":"2026-12-01T01:00:00+01:00",
            "rules":[{"method":"GET","path":"/*"},{"method":"PUT","path":"/me"}]}"#;
        let key = read(None, Some(key));
        assert_eq!(key.expires.unwrap().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(key.label(), "7");
        assert_eq!(key.reach.writes(), ["PUT /me"]);
    }

    #[test]
    fn the_request_of_allowed_actions_is_no_write() {
        let rules = |rules: &[&str]| Reach::Rules(rules.iter().map(|&r| r.to_owned()).collect());
        assert!(rules(&["GET /*", "POST /v2/iam/authorization/check"]).writes().is_empty());
        assert_eq!(rules(&["POST /v2/iam/*", "ANY /*"]).writes().len(), 2);
    }

    #[test]
    fn a_missing_answer_is_unknown() {
        let nothing = read(None, None);
        assert_eq!(nothing, ExporterCredential::default());
        assert_eq!((nothing.label().as_str(), nothing.account_urn()), ("unknown", None));
        assert_eq!(read(Some("{}"), Some("{}")).reach, Reach::Unknown);
    }

    #[test]
    fn urns_have_the_region_of_the_identity() {
        let details = r#"{"account":"xx1-ovh","identities":["urn:v1:ca:identity:account:xx1-ovh"],
            "allowedRoutes":null}"#;
        let credential = read(Some(details), None);
        assert_eq!(credential.account_urn().unwrap(), "urn:v1:ca:resource:account:xx1-ovh");
        let project = "urn:v1:ca:resource:publicCloudProject:p1";
        assert_eq!(credential.project_urn("p1").unwrap(), project);
    }
}
