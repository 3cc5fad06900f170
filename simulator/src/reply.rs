//! An answer before the server puts it on the wire.

use serde::Serialize;

use crate::refusal::Refusal;

/// In which way a list was answered; anything that is no list is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    Expanded,
    Batch,
    Cursor,
}

impl Mode {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Expanded => "expanded",
            Self::Batch => "batch",
            Self::Cursor => "cursor",
        }
    }
}

/// An answer before it is made ready for the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) mode: Mode,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        let content_type = "application/json; charset=utf-8";
        Self { status, headers: Vec::new(), content_type, body, mode: Mode::Plain }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &refusal.body)
    }
}
