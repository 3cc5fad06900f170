//! Faults: what goes wrong, on which calls, and how often.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rights::glob;

mod distort;

pub(crate) use distort::distort;

/// Something that goes wrong on the calls of some path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A path template as OVHcloud's documentation spells it, or a concrete path, `*` standing
    /// for anything; v1 without prefix, v2 with `/v2`.
    pub path: String,
    /// The method, if only one is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How many calls it strikes; all of them if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The effect.
    pub effect: Effect,
}

/// The effect of a fault on a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This status, with OVHcloud's body for it: HTML for 408, 502 and 504.
    Status(u16),
    /// This status with the header `Retry-After`, which no source shows OVHcloud to send.
    RetryAfter {
        /// The status, 429 or 503 for example.
        status: u16,
        /// The header's value.
        seconds: u64,
    },
    /// The true answer, after so many milliseconds.
    Delay(u64),
    /// The first half of the true body, then the end of the connection.
    CutBody,
    /// Status 200 and bytes that are no JSON.
    Garbage,
    /// This status with a page of HTML, as gateways send.
    Html(u16),
    /// The true answer, whose objects have nothing but their identifier.
    MissingMembers,
    /// The true answer, with values that no schema knows in place of states.
    UnknownEnums,
    /// The true answer, whose objects have null everywhere but in their identifier.
    NullMembers,
    /// The true answer, with members that no schema knows.
    ExtraMembers,
    /// The true answer, in which one object of a list (the one in the middle) has an identifier
    /// and a state of a wrong type.
    WrongType,
    /// Status 200 with this object as JSON, whose identifier is the one that is asked for.
    Like(String),
    /// The true answer of a list, with its first elements only and with other headers.
    Page {
        /// A list as JSON in place of the true one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<String>,
        /// How many elements it keeps; all of them if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep: Option<usize>,
        /// The headers `x-pagination-…` that it gets in place of its own.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// A v2 list that goes round in a circle: the next page is always the second.
    RepeatCursor,
    /// No answer, and the connection stays open.
    Hang,
    /// The connection is reset without an answer.
    Reset,
    /// This status with a page that shows the request, headers and body included, as gateways
    /// that are being debugged send.
    Echo {
        /// The status.
        status: u16,
        /// Whether the request stands in the message of a JSON error, and not in HTML.
        is_json: bool,
    },
    /// This status with this text as JSON.
    Body {
        /// The status.
        status: u16,
        /// The text, whatever it is.
        body: String,
    },
}

impl Fault {
    /// A fault on every call of a path.
    pub fn new(path: &str, effect: Effect) -> Self {
        Self { path: path.to_owned(), method: None, times: None, effect }
    }

    /// The same fault on the next calls only.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    fn strikes(&self, method: &str, template: Option<&str>, path: &str) -> bool {
        self.method.as_deref().is_none_or(|meant| meant.eq_ignore_ascii_case(method))
            && self.times != Some(0)
            && (Some(self.path.as_str()) == template || glob(&self.path, path))
    }
}

/// The effect on a call: that of the first fault that strikes it, which is counted down.
pub(crate) fn strike(
    faults: &mut [Fault],
    method: &str,
    template: Option<&str>,
    path: &str,
) -> Option<Effect> {
    let fault = faults.iter_mut().find(|fault| fault.strikes(method, template, path))?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.effect.clone())
}
