//! One request for each route of each collector, and the meaning of a refusal: a missing action, a
//! resource missing from the policy, or a product that is not available in this region.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::Value;

use crate::api::error::chain;
use crate::api::{Authorized, Error, Kind, Route, Session};
use crate::cli::survey::Survey;
use crate::collectors::{self, Collector};
use crate::permissions::actions;

/// The most resources in a question, and in a line of output.
const MOST_RESOURCES: usize = 50;
const NAMED: usize = 3;

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

/// Tries the routes of all collectors of these names concurrently.
pub(super) async fn of(
    session: &Session<'_>,
    names: &BTreeSet<&'static str>,
    survey: &Survey,
) -> Vec<CollectorRights> {
    let grants = Grants::ask(session, names, survey).await;
    let attempt = Attempt { session, survey, grants: &grants };
    let chosen = collectors::ALL.iter().filter(|collector| names.contains(collector.name));
    join_all(chosen.map(|collector| attempt.collector(collector))).await
}

/// OVHcloud's answer about the actions on the resources, if the credential may ask.
struct Grants(Vec<Authorized>);

impl Grants {
    async fn ask(session: &Session<'_>, names: &BTreeSet<&'static str>, survey: &Survey) -> Self {
        let urns: Vec<String> = survey.resources().into_values().flatten().collect();
        let urns: Vec<&str> = urns.iter().take(MOST_RESOURCES).map(String::as_str).collect();
        let actions: Vec<&str> = actions(names).into_iter().collect();
        if urns.is_empty() || actions.is_empty() {
            return Self(Vec::new());
        }
        Self(session.authorized(&urns, &actions).await.unwrap_or_default().resources)
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
}

impl Attempt<'_> {
    async fn collector(&self, collector: &'static Collector) -> CollectorRights {
        let mut ids = BTreeMap::new();
        let mut routes = Vec::new();
        for route in collector.routes {
            let mut rights = match self.parameters(route, &ids) {
                Ok(parameters) => self.route(route, &parameters, &mut ids).await,
                Err(why) => plain(route, State::NotAsked, why),
            };
            if rights.state == State::MissingAction && self.survey.whole.contains(collector.name) {
                rights.state = State::NotNeeded;
            }
            routes.push(rights);
        }
        CollectorRights { collector: collector.name, routes }
    }

    /// The parameters of a route: a project in service, and an id from the list above the route.
    fn parameters(
        &self,
        route: &Route,
        ids: &BTreeMap<&'static str, String>,
    ) -> Result<Vec<String>, &'static str> {
        let mut parameters = Vec::new();
        for (end, _) in route.template.match_indices("/{") {
            let list = route.template.get(..end).unwrap_or_default();
            parameters.push(if list.ends_with("/project") {
                let projects = &self.survey.projects;
                let project = projects.iter().find(|project| &*project.status == "ok");
                let project = project.or(projects.first());
                project.ok_or("there is no project to ask about")?.id.to_string()
            } else {
                ids.get(list).ok_or("there is no object to ask about")?.clone()
            });
        }
        Ok(parameters)
    }

    async fn route(
        &self,
        route: &'static Route,
        parameters: &[String],
        ids: &mut BTreeMap<&'static str, String>,
    ) -> RouteRights {
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        match self.session.object::<Value>(&route.at(&parameters)).await {
            Ok(answer) => {
                ids.extend(first_id(&answer).map(|id| (route.template, id)));
                self.granted(route)
            }
            Err(error) => self.refused(route, &error),
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
    let (missing, resources) = (Vec::new(), Vec::new());
    RouteRights { route: route.template, state, missing, resources, detail: detail.into() }
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
