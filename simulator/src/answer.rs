//! Answers a call from the account's state: who calls, whether they may, and what they see.
//!
//! Faults, latency and counting are not its matter.

use std::sync::Mutex;

use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::Value;

use crate::account::{Account, NICHANDLE, text};
use crate::auth::{Caller, Gate, Signed};
use crate::lock::hold;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::resources;
use crate::rights::Rights;
use crate::route::{Call, Context, Kind, Route};
use crate::settings::{Settings, SuspendedProjects};
use crate::urn::urn;

mod batch;
mod listing;

pub(crate) use listing::cursor;

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path as a template spells it: v1 without prefix, v2 with `/v2`.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The whole URL as it was sent, for the signature.
    pub(crate) url: String,
    pub(crate) server_time: i64,
}

/// The sources of every answer.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) account: &'a Account,
    pub(crate) gate: &'a Mutex<Gate>,
    pub(crate) settings: &'a Settings,
}

/// A call that was let in.
struct Admitted<'a> {
    account: &'a Account,
    settings: &'a Settings,
    request: &'a Request,
    route: &'static Route,
    parameters: Vec<String>,
    caller: Caller,
}

impl Desk<'_> {
    pub(crate) fn answer(&self, request: &Request, route: Option<&'static Route>) -> Reply {
        self.try_answer(request, route).unwrap_or_else(Reply::from)
    }

    fn try_answer(
        &self,
        request: &Request,
        route: Option<&'static Route>,
    ) -> Result<Reply, Refusal> {
        let Some(route) = route else {
            let elsewhere =
                resources::routes().any(|known| known.parameters(&request.path).is_some());
            return Err(if elsewhere { Refusal::no_method() } else { Refusal::no_route() });
        };
        if !request.query.names().all(|name| route.query.contains(&name)) {
            return Err(Refusal::unknown_parameter());
        }
        let Request { method, path, headers, body, url, server_time, .. } = request;
        if let Kind::Open(make) = route.kind {
            let caller = Caller { rights: Rights::none(), credential: None };
            let (account, parameters) = (self.account, &[][..]);
            let server_time = *server_time;
            let call = Call { account, parameters, caller: &caller, server_time, body };
            return Ok(Reply::json(200, &make(&call)?));
        }
        let signed = Signed { method, url, body, server_time: *server_time };
        let caller = hold(self.gate).admit(self.account, headers, &signed)?;
        caller.may_call(method, path, self.settings.unverified.rules_name_v2)?;
        let parameters = route.parameters(path).unwrap_or_default();
        let Self { account, settings, .. } = *self;
        Admitted { account, settings, request, route, parameters, caller }.answer()
    }
}

impl Admitted<'_> {
    fn answer(&self) -> Result<Reply, Refusal> {
        let Self { request, route, .. } = self;
        self.check_person()?;
        if let Kind::One(batch) = route.kind
            && let Some(separator) = self.separator(batch)
        {
            return self.batch(&separator);
        }
        self.check_rights(self.parameters.first().map(String::as_str))?;
        // A suspended project hides what is not there below it.
        self.check_project()?;
        self.check_parents()?;
        let call = Call {
            account: self.account,
            parameters: &self.parameters,
            caller: &self.caller,
            server_time: request.server_time,
            body: &request.body,
        };
        match route.kind {
            Kind::Ids => self.ids(),
            Kind::Objects => self.objects(),
            Kind::Pages => self.pages(),
            Kind::PagedIds => self.paged_ids(),
            Kind::One(_) => {
                let id = self.parameters.last().map_or("", String::as_str);
                Ok(Reply::json(200, &self.one(id)?))
            }
            Kind::Document => {
                let document = self.account.document(&self.place(route.template));
                Ok(Reply::json(200, document.ok_or_else(|| Refusal::missing(route.missing))?))
            }
            Kind::Made(make) | Kind::Open(make) => Ok(Reply::json(200, &make(&call)?)),
            Kind::MadePages(make) => {
                let list = make(&call)?;
                self.page(list.as_array().map_or(&[][..], Vec::as_slice))
            }
        }
    }

    /// Refuses an action that no grant covers on the resource that the path names.
    fn check_rights(&self, id: Option<&str>) -> Result<(), Refusal> {
        let (Some(action), Some(kind)) = (self.route.action, self.route.resource_type()) else {
            return Ok(());
        };
        let rights = &self.caller.rights;
        let granted = match id {
            _ if kind == "account" => rights.allow(action, &urn(kind, NICHANDLE)),
            Some(id) => rights.allow(action, &urn(kind, id)),
            None => rights.allow_some(action, &urn(kind, "")),
        };
        if granted { Ok(()) } else { Err(Refusal::forbidden(action)) }
    }

    /// Whether a list shows the object: a list of resources shows the granted ones only.
    fn is_visible(&self, object: &Value) -> bool {
        let (Some(action), Some(kind)) = (self.route.action, self.route.resource_type()) else {
            return true;
        };
        if kind == "account" || !self.parameters.is_empty() {
            return true;
        }
        let key = self.route.source.map_or(self.route.key, |source| source.key);
        let id = object.get(key).map(text).unwrap_or_default();
        self.caller.rights.allow(action, &urn(kind, &id))
    }

    /// Refuses service accounts on personal routes where that is switched on. Application keys
    /// are always a person's.
    fn check_person(&self) -> Result<(), Refusal> {
        let refuses = self.settings.unverified.second_factors_refused;
        if self.route.personal && refuses && self.caller.credential.is_none() {
            return Err(Refusal::not_granted());
        }
        Ok(())
    }

    /// The parents in the path must exist: without a user there are no tokens of the user.
    fn check_parents(&self) -> Result<(), Refusal> {
        let places = self.route.template.match_indices("/{");
        for ((end, _), id) in places.zip(&self.parameters) {
            let (list, rest) = self.route.template.split_at(end);
            let is_last = !rest.trim_start_matches('/').contains('/');
            let route = resources::routes().find(|route| route.template == list);
            if let Some(route) = route.filter(|_| !is_last) {
                self.stored(route, list, id)?;
            }
        }
        Ok(())
    }

    /// A project must be there for what is below it, and must not be suspended.
    fn check_project(&self) -> Result<(), Refusal> {
        if self.route.resource_type() != Some("publicCloudProject") {
            return Ok(());
        }
        let Some(id) = self.parameters.first() else { return Ok(()) };
        let project = self.account.find("/cloud/project", "project_id", id);
        let project = project.ok_or_else(Refusal::no_object)?;
        let below = !matches!(self.route.kind, Kind::One(_)) || self.parameters.len() > 1;
        let suspended = project.get("status").and_then(Value::as_str) == Some("suspended");
        let refuses = self.settings.unverified.suspended == SuspendedProjects::Expired;
        match Refusal::of_status(460, None) {
            Some(expired) if below && suspended && refuses => Err(expired),
            _ => Ok(()),
        }
    }

    /// The object that this route shows under an identifier.
    fn one(&self, id: &str) -> Result<Value, Refusal> {
        let list = self.route.template.rsplit_once('/').map_or("", |(list, _)| list);
        let object = self.stored(self.route, list, id)?;
        Ok((self.route.view)(object, &self.context()).into_owned())
    }

    /// The account's object behind an identifier of a list, by the list's template.
    fn stored(&self, route: &Route, list: &str, id: &str) -> Result<&Value, Refusal> {
        let own = (list, route.key);
        let (list, key) = route.source.map_or(own, |source| (source.list, source.key));
        let object = self.account.find(&self.place(list), key, id);
        object.ok_or_else(|| Refusal::missing(route.missing))
    }

    /// Where the account keeps what a template stands for in this call. The path as it was sent
    /// will not do: clients encode more than they must.
    fn place(&self, template: &str) -> String {
        Route::filled(template, &self.parameters)
    }

    fn context(&self) -> Context<'_> {
        Context { account: self.account, path: &self.request.path, query: &self.request.query }
    }

    fn header(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.request.headers.get(name)?.as_bytes()).ok()
    }
}
