//! A plain HTTP client: one connection for each call, nothing clever.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use ovhcloud_simulator::{Account, Auth, Options, Simulator};
use serde_json::Value;
use tokio::net::TcpStream;

/// The moment that the tests' accounts are made for.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

pub(crate) async fn start(options: Options) -> Simulator {
    Simulator::start(options).await.unwrap()
}

pub(crate) async fn reference() -> Simulator {
    start(Options::new(Account::reference(now()))).await
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The errorCode or the class of an error.
    pub(crate) fn code(&self) -> (u16, String) {
        let body = self.json();
        let code = body.get("errorCode").or(body.get("class")).or(body.get("error"));
        (self.status, code.and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

/// Sends a request as it is.
pub(crate) async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> io::Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let mut exchange = pin!(async move {
        let response: Response<_> = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok::<_, hyper::Error>(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    });
    let answer = tokio::select! {
        answer = &mut exchange => answer,
        _ = connection => exchange.await,
    };
    answer.map_err(io::Error::other)
}

pub(crate) async fn call(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: Headers<'_>,
    body: &str,
) -> io::Result<Answer> {
    let address = simulator.address();
    let mut request =
        Request::builder().method(method).uri(target).header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(address, request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await
}

/// The value of a variable of an identity.
pub(crate) fn variable(simulator: &Simulator, auth: Auth, name: &str) -> String {
    let variables = simulator.environment(auth);
    variables.into_iter().find(|(known, _)| *known == name).unwrap().1
}

pub(crate) async fn token(simulator: &Simulator) -> String {
    let id = variable(simulator, Auth::OAuth2, "OVH_CLIENT_ID");
    let secret = variable(simulator, Auth::OAuth2, "OVH_CLIENT_SECRET");
    let form =
        format!("grant_type=client_credentials&scope=all&client_id={id}&client_secret={secret}");
    let answer = ask_token(simulator, &[], &form).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn ask_token(simulator: &Simulator, headers: Headers<'_>, form: &str) -> Answer {
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let headers = [&[form_type], headers].concat();
    call(simulator, "POST", "/auth/oauth2/token", &headers, form).await.unwrap()
}

/// GET with the token that does not expire.
pub(crate) async fn get(simulator: &Simulator, target: &str, headers: Headers<'_>) -> Answer {
    try_get(simulator, target, headers).await.unwrap()
}

pub(crate) async fn try_get(
    simulator: &Simulator,
    target: &str,
    headers: Headers<'_>,
) -> io::Result<Answer> {
    let token = format!("Bearer {}", variable(simulator, Auth::Token, "OVH_ACCESS_TOKEN"));
    let headers = [&[("authorization", token.as_str())], headers].concat();
    call(simulator, "GET", target, &headers, "").await
}

pub(crate) async fn get_with(simulator: &Simulator, target: &str, token: &str) -> Answer {
    let token = format!("Bearer {token}");
    call(simulator, "GET", target, &[("authorization", &token)], "").await.unwrap()
}
