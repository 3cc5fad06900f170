//! One request for each route of each collector, and the meaning of a refusal: a missing action, a
//! resource missing from the policy, or a product that is not available in this region.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::Value;

use crate::api::error::chain;
use crate::api::{Authorized, Error, Kind, Route, Session};
use crate::cli::survey::Survey;
use crate::collectors::cloud_project::CloudProject;
use crate::collectors::{self, Collector};
use crate::permissions::{actions, kind, path};

/// The most resources in a question, and in a line of output.
const MOST_RESOURCES: usize = 50;
pub(super) const NAMED: usize = 3;
/// A list of each project that is short in most projects.
const SHORT: &str = "/cloud/project/{serviceName}/sshkey";

/// The routes of a collector.
#[derive(Debug, Serialize)]
pub(super) struct CollectorRights {
    pub(super) collector: &'static str,
    pub(super) routes: Vec<RouteRights>,
}

/// The result of one route.
#[derive(Debug, Serialize)]
pub(super) struct RouteRights {
    pub(super) route: &'static str,
    pub(super) state: State,
    /// The actions, or the rules of a consumer key, that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<String>,
    /// The actions or rules that could not be asked for, because the list above could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unverified: Vec<String>,
    /// The resources missing from the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    /// The reason, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Readable.
    Granted,
    /// Refused, and the collector is complete without it.
    NotNeeded,
    /// The action is granted on no known resource.
    MissingAction,
    /// The action is granted, but not on these resources.
    MissingResource,
    /// Not available in this region or project.
    NotOffered,
    /// No project or object for the route's parameters.
    NotAsked,
    /// Another error.
    Failed,
}

impl CollectorRights {
    pub(super) fn is_well(&self) -> bool {
        use State::{Failed, MissingAction, MissingResource};
        let is_bad = |state| matches!(state, Failed | MissingAction | MissingResource);
        !self.routes.iter().any(|route| is_bad(route.state))
    }
}

/// The result of all routes, and of the projects.
pub(super) struct Rights {
    pub(super) collectors: Vec<CollectorRights>,
    /// The projects beside the first, on each of which one list was tried.
    pub(super) projects: Vec<(String, Result<(), Error>)>,
    /// The list that was tried on each project.
    pub(super) probe: Option<&'static str>,
    /// Whether OVHcloud answered for every action on every resource, or its refusal.
    pub(super) answered: Result<(), String>,
}

/// Tries the routes of all collectors of these names concurrently, and then one list of each further
/// project. `is_key` is a credential with rules and not with actions.
pub(super) async fn of(
    session: &Session<'_>,
    names: &BTreeSet<&'static str>,
    survey: &Survey,
    is_key: bool,
) -> Rights {
    let (grants, answered) = Grants::ask(session, names, survey).await;
    let attempt = Attempt { session, survey, grants: &grants, is_key };
    let chosen = collectors::ALL.iter().filter(|collector| names.contains(collector.name));
    let collectors = join_all(chosen.map(|collector| attempt.collector(collector))).await;
    let probe = probe(names, &collectors);
    let projects = match probe {
        Some(route) => attempt.projects(route).await,
        None => Vec::new(),
    };
    Rights { collectors, projects, probe: probe.map(|route| route.template), answered }
}

/// A granted list of a project: the shortest, or else any.
fn probe(names: &BTreeSet<&'static str>, tried: &[CollectorRights]) -> Option<&'static Route> {
    let is_granted = |route: &&&'static Route| {
        let mut routes = tried.iter().flat_map(|one| &one.routes);
        routes.any(|one| one.route == route.template && one.state == State::Granted)
    };
    let is_list = |route: &&&'static Route| {
        route.template.starts_with("/cloud/project/{serviceName}/")
            && route.template.matches('{').count() == 1
    };
    let chosen = collectors::ALL.iter().filter(|collector| names.contains(collector.name));
    let lists = chosen.flat_map(|collector| collector.routes).filter(is_list).filter(is_granted);
    lists.copied().min_by_key(|route| route.template != SHORT)
}

/// The actions on resources of this type.
fn on<'a>(urn: &str, actions: &[&'a str]) -> Vec<&'a str> {
    let own = urn.split(':').nth(4);
    actions.iter().copied().filter(|action| own == Some(kind(action))).collect()
}

/// OVHcloud's answer about the actions on the resources, if the credential may ask.
struct Grants(Vec<Authorized>);

impl Grants {
    async fn ask(
        session: &Session<'_>,
        names: &BTreeSet<&'static str>,
        survey: &Survey,
    ) -> (Self, Result<(), String>) {
        let resources = survey.resources();
        let projects = resources.get("publicCloudProject").map_or(0, Vec::len);
        let urns: Vec<String> = resources.into_values().flatten().collect();
        let urns: Vec<&str> = urns.iter().map(String::as_str).collect();
        let actions: Vec<&str> = actions(names).into_iter().collect();
        let (mut all, mut answered) = (Vec::new(), Ok(()));
        if projects < survey.projects.len() {
            answered = Err("the URNs of the projects are unknown".to_owned());
        }
        let questions = urns.chunks(MOST_RESOURCES).map(async |urns| {
            let answer = session.authorized(urns, &actions).await?;
            let is_whole = urns.iter().all(|urn| answer.covers(urn, &on(urn, &actions)));
            Ok((answer.resources, is_whole))
        });
        for answer in join_all(questions).await {
            match answer {
                Ok((resources, is_whole)) => {
                    all.extend(resources);
                    if !is_whole {
                        answered = Err("the answer leaves permissions out".to_owned());
                    }
                }
                Err(error) => {
                    let error: Error = error;
                    answered = Err(chain(&error));
                }
            }
        }
        (Self(all), answered)
    }

    /// The resources of the action's type without the action, if any resource has it.
    fn lacking(&self, action: &str) -> Vec<String> {
        let has = |list: &[String]| list.iter().any(|one| one == action);
        if !self.0.iter().any(|one| has(&one.allowed)) {
            return Vec::new();
        }
        let kind = format!(":resource:{}:", action.split(':').next().unwrap_or_default());
        let lacking = self.0.iter().filter(|one| one.urn.contains(&kind) && has(&one.denied));
        lacking.map(|one| one.urn.clone()).collect()
    }
}

struct Attempt<'a> {
    session: &'a Session<'a>,
    survey: &'a Survey,
    grants: &'a Grants,
    is_key: bool,
}

/// The lists of a collector that were read: the id of an object, or `None` after an error.
type Lists = BTreeMap<&'static str, Option<String>>;

/// The reason why a route has no parameters.
enum Unasked {
    /// There is no project or object.
    Nothing(&'static str),
    /// A list of projects or objects could not be read.
    Refused(String),
}

impl Attempt<'_> {
    async fn collector(&self, collector: &'static Collector) -> CollectorRights {
        let mut lists = Lists::new();
        let mut routes = Vec::new();
        for route in collector.routes {
            let mut rights = match self.parameters(route, &lists) {
                Ok(parameters) => self.route(route, &parameters, &mut lists).await,
                Err(Unasked::Nothing(why)) => plain(route, State::NotAsked, why),
                Err(Unasked::Refused(why)) => {
                    lists.insert(route.template, None);
                    let unverified = self.needed(route);
                    RouteRights { unverified, ..plain(route, State::NotAsked, why) }
                }
            };
            if rights.state == State::MissingAction && self.survey.whole.contains(collector.name) {
                rights.state = State::NotNeeded;
            }
            routes.push(rights);
        }
        CollectorRights { collector: collector.name, routes }
    }

    /// The actions of a route, or its rule.
    fn needed(&self, route: &Route) -> Vec<String> {
        if self.is_key {
            return vec![format!("GET {}", path(route.template))];
        }
        route.actions.iter().map(|&action| action.to_owned()).collect()
    }

    /// The parameters of a route: a project in service, and an id from the list above the route.
    fn parameters(&self, route: &Route, lists: &Lists) -> Result<Vec<String>, Unasked> {
        let mut parameters = Vec::new();
        for (end, _) in route.template.match_indices("/{") {
            let list = route.template.get(..end).unwrap_or_default();
            parameters.push(if list.ends_with("/project") {
                self.project()?
            } else {
                match lists.get(list) {
                    Some(Some(id)) => id.clone(),
                    Some(None) => {
                        return Err(Unasked::Refused(format!("{list} could not be read")));
                    }
                    None => return Err(Unasked::Nothing("there is no object to ask about")),
                }
            });
        }
        Ok(parameters)
    }

    fn project(&self) -> Result<String, Unasked> {
        let projects = &self.survey.projects;
        let project = projects.iter().find(|project| is_in_service(project));
        match project.or(projects.first()) {
            Some(project) => Ok(project.id.to_string()),
            None if self.survey.projects_error().is_some() => {
                Err(Unasked::Refused("the list of projects could not be read".to_owned()))
            }
            None => Err(Unasked::Nothing("there is no project to ask about")),
        }
    }

    /// One call for each project in service beside the first.
    async fn projects(&self, route: &'static Route) -> Vec<(String, Result<(), Error>)> {
        let projects = self.survey.projects.iter().filter(|project| is_in_service(project));
        let calls = projects.skip(1).map(|project| async move {
            let call = route.at(&[&project.id]);
            let answer = self.session.object::<Value>(&call).await;
            (project.id.to_string(), answer.map(|_| ()))
        });
        join_all(calls).await
    }

    async fn route(
        &self,
        route: &'static Route,
        parameters: &[String],
        lists: &mut Lists,
    ) -> RouteRights {
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        match self.session.object::<Value>(&route.at(&parameters)).await {
            Ok(answer) => {
                lists.extend(first_id(&answer).map(|id| (route.template, Some(id))));
                self.granted(route)
            }
            Err(error) => {
                if !matches!(error.kind, Kind::NotFound(_) | Kind::NotOffered | Kind::Expired) {
                    lists.insert(route.template, None);
                }
                self.refused(route, &error)
            }
        }
    }

    /// Granted on this resource, and possibly missing on others.
    fn granted(&self, route: &'static Route) -> RouteRights {
        let missing: Vec<String> = route.actions.iter().map(|&action| action.to_owned()).collect();
        self.on_other_resources(route, &missing)
            .unwrap_or_else(|| plain(route, State::Granted, String::new()))
    }

    fn refused(&self, route: &'static Route, error: &Error) -> RouteRights {
        match &error.kind {
            Kind::Forbidden { actions } => {
                self.on_other_resources(route, actions).unwrap_or_else(|| RouteRights {
                    missing: actions.clone(),
                    ..plain(route, State::MissingAction, String::new())
                })
            }
            Kind::NotFound(_) => plain(route, State::NotOffered, String::new()),
            Kind::Expired => plain(route, State::NotAsked, "the project has expired"),
            Kind::Rejected { .. } if route.actions.is_empty() => {
                plain(route, State::NotOffered, String::new())
            }
            _ => plain(route, State::Failed, chain(error)),
        }
    }

    /// The actions that are granted on a part of their resources only.
    fn on_other_resources(&self, route: &'static Route, actions: &[String]) -> Option<RouteRights> {
        let lacking = |action: &&String| !self.grants.lacking(action).is_empty();
        let missing: Vec<String> = actions.iter().filter(lacking).cloned().collect();
        let resources: BTreeSet<_> = missing.iter().flat_map(|a| self.grants.lacking(a)).collect();
        let resources: Vec<String> = resources.into_iter().collect();
        if resources.is_empty() {
            return None;
        }
        let named: Vec<&str> = resources.iter().take(NAMED).map(String::as_str).collect();
        let more = resources.len().saturating_sub(NAMED);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        let named = named.join(", ");
        let detail = format!("granted elsewhere; missing from the policy: {named}{rest}");
        Some(RouteRights { missing, resources, ..plain(route, State::MissingResource, detail) })
    }
}

fn plain(route: &'static Route, state: State, detail: impl Into<String>) -> RouteRights {
    RouteRights {
        route: route.template,
        state,
        missing: Vec::new(),
        unverified: Vec::new(),
        resources: Vec::new(),
        detail: detail.into(),
    }
}

pub(super) fn is_in_service(project: &CloudProject) -> bool {
    &*project.status == "ok"
}

/// The id of the first element of a list of ids or objects.
fn first_id(answer: &Value) -> Option<String> {
    let first = answer.as_array()?.first()?;
    match first.get("id").or_else(|| first.get("name")).unwrap_or(first) {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
