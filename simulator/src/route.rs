//! The routes that a resource declares, and how a request finds one of them.

use std::borrow::Cow;

use serde_json::Value;

use crate::account::Account;
use crate::auth::Caller;
use crate::query::{Query, decode};
use crate::refusal::Refusal;

/// A route of the API: where it is, what it needs, and what it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// As OVHcloud's documentation spells it: v1 without prefix, v2 with `/v2`.
    pub(crate) template: &'static str,
    /// The IAM action that the route needs, if it lists one.
    pub(crate) action: Option<&'static str>,
    /// The member that identifies an object.
    pub(crate) key: &'static str,
    /// The members of an object whose values are a closed set in OVHcloud's schema, the one that
    /// matters most first; `nodes.status` is a member of members.
    pub(crate) enums: &'static [&'static str],
    /// The query parameters that the route knows.
    pub(crate) query: &'static [&'static str],
    pub(crate) kind: Kind,
    /// Whether it is about the login of a person, which a service account has not.
    pub(crate) personal: bool,
    /// The list in the account that the objects come from, where it is not the route's own path.
    pub(crate) source: Option<Source>,
    /// Whether a list that the account does not have is refused; elsewhere it is an empty one.
    pub(crate) needs_list: bool,
    /// The class of the error that answers for an object or list that is not there.
    pub(crate) missing: &'static str,
    /// Whether an object of a list answers to the query.
    pub(crate) keep: Keep,
    /// An object of the account in the form in which this route shows it.
    pub(crate) view: View,
}

pub(crate) type Keep = fn(&Value, &Query) -> Result<bool, Refusal>;
pub(crate) type View = for<'a> fn(&'a Value, &Context<'a>) -> Cow<'a, Value>;
pub(crate) type Answer = fn(&Call<'_>) -> Result<Value, Refusal>;

/// A list of the account, and the member that identifies its objects there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// A template, whose parameters are the first ones of the route's path.
    pub(crate) list: &'static str,
    pub(crate) key: &'static str,
}

/// How a route makes its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A v1 list of identifiers, each of which has a route; can be expanded.
    Ids,
    /// A v1 list of whole objects, or of values that are no identifiers.
    Objects,
    /// A v2 list of whole objects, paged by cursor.
    Pages,
    /// A v2 list of identifiers, paged by cursor, each of which has a route; can be expanded.
    PagedIds,
    /// One object of a list, by the last segment of the path.
    One(Batch),
    /// The document that is alone at this path.
    Document,
    /// Made for each call.
    Made(Answer),
    /// Made for each call, answered to anybody.
    Open(Answer),
    /// A v2 list made for each call, paged by cursor.
    MadePages(Answer),
}

/// Whether several objects may be asked for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batch {
    Never,
    Usual,
    /// Only where that is switched on: no use of it has been seen on these routes.
    IfToldSo,
}

/// The context of an object for its view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) account: &'a Account,
    pub(crate) path: &'a str,
    pub(crate) query: &'a Query,
}

/// A call whose route makes its answer itself.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) account: &'a Account,
    /// The values of the template's parameters, decoded.
    pub(crate) parameters: &'a [String],
    pub(crate) caller: &'a Caller,
    pub(crate) server_time: i64,
    pub(crate) body: &'a [u8],
}

impl Route {
    /// A route that only has to say what is different about it.
    pub(crate) const GET: Self = Self {
        method: "GET",
        template: "",
        action: None,
        key: "id",
        enums: &[],
        query: &[],
        kind: Kind::Document,
        personal: false,
        source: None,
        needs_list: false,
        missing: "Client::NotFound",
        keep: |_, _| Ok(true),
        view: |object, _| Cow::Borrowed(object),
    };

    /// The parameters of the path, decoded, if the path is one of this route.
    pub(crate) fn parameters(&self, path: &str) -> Option<Vec<String>> {
        let mut parameters = Vec::new();
        let mut segments = path.split('/');
        for expected in self.template.split('/') {
            let segment = segments.next()?;
            if expected.starts_with('{') {
                if segment.is_empty() {
                    return None;
                }
                parameters.push(decode(segment, false));
            } else if expected != segment {
                return None;
            }
        }
        segments.next().is_none().then_some(parameters)
    }

    /// The template with the parameters in it: the path of the account's list or document.
    pub(crate) fn filled(template: &str, parameters: &[String]) -> String {
        let mut parameters = parameters.iter().map(String::as_str);
        let mut path = Vec::new();
        for segment in template.split('/') {
            let is_parameter = segment.starts_with('{');
            path.push(if is_parameter { parameters.next().unwrap_or_default() } else { segment });
        }
        path.join("/")
    }

    /// The type of resource that the action is about: `account`, `publicCloudProject`, …
    pub(crate) fn resource_type(&self) -> Option<&'static str> {
        self.action?.split(':').next()
    }
}
