//! The body and the route of the one POST to the API that there is.

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use super::error::{Error, Kind};
use super::route::{Call, Route};

// It lists no action in OVHcloud's schema (`iam.json` of the second version).
static CHECK: Route = Route::new("/v2/iam/authorization/check", &[]);

/// The question which actions the credential may do. Its members are private and its route is
/// fixed, so that no other POST can be made.
#[derive(Debug)]
pub(super) struct Question {
    call: Call,
    body: Bytes,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "resourceURNs")]
    urns: &'a [&'a str],
    actions: &'a [&'a str],
}

impl Question {
    /// Asks which of these actions the credential may do on each of these resources.
    pub(super) fn new(urns: &[&str], actions: &[&str]) -> Result<Self, Error> {
        let call = CHECK.at(&[]);
        match serde_json::to_vec(&Wire { urns, actions }) {
            Ok(body) => Ok(Self { call, body: body.into() }),
            Err(error) => {
                let (path, problem) = ("the question".to_owned(), error.to_string());
                let kind = Kind::Undecodable { path, problem };
                Err(Error {
                    method: Method::POST,
                    route: CHECK.template,
                    query: None,
                    object: None,
                    kind,
                })
            }
        }
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }
}
