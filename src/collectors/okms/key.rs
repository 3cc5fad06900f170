//! The keys of a key management service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::Identified;
use crate::collectors::shared::amounts::Count;
use crate::collectors::shared::dates::date;
use crate::collectors::shared::is_unchanged;
use crate::family::Word;

/// A key, without its material.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// `oct`, `RSA`, `EC`.
    pub kind: Word,
    /// Its length in bits; `None` if missing.
    #[serde(default)]
    pub bits: Option<i64>,
    /// `P-256`, `P-384`, `P-521` for a key on an elliptic curve; `None` if missing.
    #[serde(default)]
    pub curve: Option<Word>,
    /// `ACTIVE`, `PRE_ACTIVE`, `DEACTIVATED`, `COMPROMISED`, …
    pub state: Word,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl Key {
    /// Compares two readings. A value that is unknown at one of the two times is no change.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self { bits: None, curve: None, ..one.clone() };
        is_unchanged(self.bits.as_ref(), before.bits.as_ref())
            && is_unchanged(self.curve.as_ref(), before.curve.as_ref())
            && other(self) == other(before)
    }
}

/// Whether two lists of keys, in the order of their ids, are the same; an unreadable list is no
/// change.
pub(super) fn are_same(now: Option<&[Key]>, before: Option<&[Key]>) -> bool {
    now.zip(before).is_none_or(|(now, before)| {
        now.len() == before.len() && now.iter().zip(before).all(|(now, before)| now.same_as(before))
    })
}

/// `okms.serviceKey.ResponseWithIAM`; members with a key's material are omitted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireKey {
    id: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    size: Option<Count>,
    curve: Option<String>,
    state: Option<String>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
}

impl Identified for WireKey {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

impl From<WireKey> for Key {
    fn from(wire: WireKey) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            kind: wire.kind.unwrap_or_default().into(),
            bits: wire.size.and_then(Count::known),
            curve: wire.curve.map(Word::from),
            state: wire.state.unwrap_or_default().into(),
            created: wire.created_at,
        }
    }
}
