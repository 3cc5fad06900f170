//! The way of one call: received, counted, struck by a fault or not, answered.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::body::{Body, respond};
use super::reset::Reset;
use crate::answer::{Desk, Request as Received, cursor};
use crate::control;
use crate::fault::{Effect, distort, strike};
use crate::lock::hold;
use crate::query::Query;
use crate::refusal::{Refusal, reason};
use crate::reply::Reply;
use crate::resources;
use crate::route::Route;
use crate::state::State;

/// The longest request body that is read.
const LONGEST_BODY: usize = 1 << 20;
const TOKEN: &str = "/auth/oauth2/token";
const NEXT: &str = "x-pagination-cursor-next";
/// The headers of a page.
const PAGE_HEADERS: [&str; 5] = [
    "x-pagination-number",
    "x-pagination-size",
    "x-pagination-total",
    "x-pagination-elements",
    NEXT,
];

/// A call that is under way, for the counters.
struct UnderWay(Arc<State>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        hold(&self.0.counters).leave();
    }
}

/// Answers one call.
pub(super) async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Reset> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(respond(Reply::from(Refusal::service(413, "Client::BadRequest", reason(413)))));
    };
    let received = receive(&parts, body.to_bytes(), state.server_time());
    if received.path.starts_with("/_simulator") {
        let Received { method, path, body, .. } = &received;
        return Ok(respond(control::answer(&state, method, path, body)));
    }
    let is_token = parts.uri.path() == TOKEN;
    let route = if is_token { None } else { find(&received) };
    let template = if is_token { Some(TOKEN) } else { route.map(|route| route.template) };
    let under_way = if is_token {
        hold(&state.counters).stats.tokens += 1;
        None
    } else {
        hold(&state.counters).enter(template, &received);
        Some(UnderWay(Arc::clone(&state)))
    };
    let effect = strike(&mut hold(&state.faults), &received.method, template, &received.path);
    let latency = hold(&state.settings).latency;
    if !latency.is_zero() {
        sleep(latency).await;
    }
    let call = Exchange { state: &state, received: &received, route, is_token };
    let response = call.apply(effect).await;
    drop(under_way);
    response
}

/// A call and what it is answered from.
struct Exchange<'a> {
    state: &'a State,
    received: &'a Received,
    route: Option<&'static Route>,
    is_token: bool,
}

impl Exchange<'_> {
    /// Answers as the effect of a fault has it.
    async fn apply(&self, effect: Option<Effect>) -> Result<Response<Body>, Reset> {
        let reply = match effect {
            None => self.truth(),
            Some(Effect::Hang) => pending().await,
            Some(Effect::Reset) => return Err(Reset),
            Some(Effect::Delay(milliseconds)) => {
                sleep(Duration::from_millis(milliseconds)).await;
                self.truth()
            }
            Some(Effect::Status(status)) => self.of_status(status),
            Some(Effect::RetryAfter { status, seconds }) => {
                let mut reply = self.of_status(status);
                reply.headers.push(("retry-after", seconds.to_string()));
                reply
            }
            Some(Effect::Html(status)) => html(status),
            Some(Effect::Garbage) => {
                Reply { body: b"{\"status\": \"ok\xff\x00\xfe".into(), ..Reply::json(200, &()) }
            }
            Some(Effect::Body { status, body }) => {
                Reply { body: body.into(), ..Reply::json(status, &()) }
            }
            Some(Effect::Echo { status, is_json }) => self.echo(status, is_json),
            Some(Effect::CutBody) => {
                let reply = self.truth();
                self.count(&reply);
                return Ok(respond(reply).map(Body::cut));
            }
            Some(Effect::Like(object)) => self.like(&object),
            Some(Effect::Page { list, keep, headers }) => {
                let listed = |list: String| Reply { body: list.into(), ..Reply::json(200, &()) };
                page(list.map_or_else(|| self.truth(), listed), keep, &headers)
            }
            Some(Effect::RepeatCursor) => self.circle(self.truth()),
            Some(effect) => self.spoilt(self.truth(), &effect),
        };
        self.count(&reply);
        Ok(respond(reply))
    }

    fn truth(&self) -> Reply {
        let Self { state, received, route, .. } = self;
        if self.is_token {
            let issued = if received.method == "POST" {
                hold(&state.gate).issue(&received.headers, &received.body)
            } else {
                Err(Refusal::no_method())
            };
            return issued.map_or_else(Reply::from, |token| Reply::json(200, &token));
        }
        let settings = *hold(&state.settings);
        let account = state.account.read().unwrap_or_else(PoisonError::into_inner);
        Desk { account: &account, gate: &state.gate, settings: &settings }.answer(received, *route)
    }

    fn of_status(&self, status: u16) -> Reply {
        let action = self.route.and_then(|route| route.action);
        Refusal::of_status(status, action).map_or_else(|| html(status), Reply::from)
    }

    /// The object with the identifier in the path, of the type that it has.
    fn like(&self, object: &str) -> Reply {
        let mut object = serde_json::from_str::<Value>(object).unwrap_or_default();
        let route = self.route.zip(object.as_object_mut());
        if let Some((route, members)) = route {
            let id = route.parameters(&self.received.path).unwrap_or_default().pop();
            let id = Value::from(id.unwrap_or_default());
            let is_number = members.get(route.key).is_some_and(Value::is_number);
            let number = id.as_str().filter(|_| is_number).and_then(|id| id.parse::<i64>().ok());
            members.insert(route.key.to_owned(), number.map_or(id, Value::from));
        }
        Reply::json(200, &object)
    }

    /// The request as it came in.
    fn echo(&self, status: u16, is_json: bool) -> Reply {
        let Received { method, url, headers, body, .. } = self.received;
        let lines = headers.iter().map(|(name, value)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        });
        let lines: String = lines.collect();
        let request = format!("{lines}{method} {url}\n\n{}", String::from_utf8_lossy(body));
        if is_json {
            return Reply::json(status, &json!({ "class": "Echo", "message": request }));
        }
        Reply { body: format!("<pre>{request}</pre>").into(), ..html(status) }
    }

    /// Members can be spoilt in good answers of known routes only.
    fn spoilt(&self, reply: Reply, effect: &Effect) -> Reply {
        match (self.route, serde_json::from_slice::<Value>(&reply.body)) {
            (Some(route), Ok(body)) if reply.status == 200 => {
                let body = distort(effect, route, body).to_string().into();
                Reply { body, ..reply }
            }
            _ => reply,
        }
    }

    /// Names the page that was asked for as the next one.
    fn circle(&self, mut reply: Reply) -> Reply {
        let asked = self.received.headers.get("x-pagination-cursor");
        let asked = asked.and_then(|cursor| cursor.to_str().ok()).map(str::to_owned);
        let true_next = reply.headers.iter().position(|(name, _)| *name == NEXT);
        let true_next = true_next.map(|place| reply.headers.swap_remove(place).1);
        let next = asked.or(true_next).unwrap_or_else(|| cursor(&self.received.path, 0));
        reply.headers.push((NEXT, next));
        reply
    }

    fn count(&self, reply: &Reply) {
        if !self.is_token {
            hold(&self.state.counters).mode(reply.mode.label());
        }
    }
}

fn receive(parts: &Parts, body: Bytes, server_time: i64) -> Received {
    let sent = parts.uri.path_and_query().map_or("/", |sent| sent.as_str());
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = parts.uri.path();
    let v1 = ["/1.0/", "/v1/"].into_iter().find_map(|prefix| path.strip_prefix(prefix));
    let path = match v1 {
        Some(rest) => format!("/{rest}"),
        // Below the origin there are v2 and the simulator's own routes; a v1 path without its
        // prefix must not be found.
        None if ["/v2/", "/_simulator/", TOKEN].iter().any(|known| path.starts_with(known)) => {
            path.to_owned()
        }
        None => format!("/unknown{path}"),
    };
    Received {
        method: parts.method.to_string(),
        path,
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers.clone(),
        body,
        url: format!("http://{host}{sent}"),
        server_time,
    }
}

/// Returns the fitting route with the fewest parameters: `volume/snapshot` is not a volume.
fn find(received: &Received) -> Option<&'static Route> {
    let fitting = resources::routes().filter(|route| route.method == received.method);
    let fitting =
        fitting.filter_map(|route| Some((route.parameters(&received.path)?.len(), route)));
    fitting.min_by_key(|(parameters, _)| *parameters).map(|(_, route)| route)
}

/// The answer with its first elements and with these headers of a page, and no others.
fn page(reply: Reply, keep: Option<usize>, headers: &BTreeMap<String, String>) -> Reply {
    let Ok(mut elements) = serde_json::from_slice::<Vec<Value>>(&reply.body) else { return reply };
    elements.truncate(keep.unwrap_or(elements.len()));
    let header = |name: &&'static str| Some((*name, headers.get(*name)?.clone()));
    let headers = PAGE_HEADERS.iter().filter_map(header).collect();
    Reply { mode: reply.mode, headers, ..Reply::json(reply.status, &elements) }
}

/// A page as gateways send it.
fn html(status: u16) -> Reply {
    let title = format!("{status} {}", reason(status));
    let page = format!("<html><head><title>{title}</title></head><body>{title}</body></html>");
    Reply { body: page.into(), content_type: "text/html", ..Reply::json(status, &()) }
}
