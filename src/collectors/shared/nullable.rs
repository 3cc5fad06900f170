//! Members for which OVHcloud's null has a meaning, and which a state file of an older version
//! lacks.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A member whose null means that there is none, in contrast to one that is unknown.
///
/// Its field needs `#[serde(default, skip_serializing_if = "Nullable::is_unknown")]`: in JSON an
/// unknown member is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nullable<T> {
    /// Unknown: unreadable, or read by an older version that did not keep it.
    #[default]
    Unknown,
    /// There is none.
    Null,
    /// Its value.
    Value(T),
}

impl<T> Nullable<T> {
    /// Whether it is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Its value; `None` if there is none or it is unknown.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }
}

impl<T: PartialEq> Nullable<T> {
    /// Whether it is the same where it is known both times: an unknown value is no change.
    pub(in crate::collectors) fn is_unchanged(&self, before: &Self) -> bool {
        self.is_unknown() || before.is_unknown() || self == before
    }
}

/// A member of OVHcloud's answer, in which a missing member is null.
impl<T> From<Option<T>> for Nullable<T> {
    fn from(member: Option<T>) -> Self {
        member.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
        member: Nullable<u8>,
    }

    #[test]
    fn a_missing_member_of_a_state_file_is_unknown_and_null_is_none() {
        for (json, member) in [
            ("{}", Nullable::Unknown),
            (r#"{"member":null}"#, Nullable::Null),
            (r#"{"member":7}"#, Nullable::Value(7)),
        ] {
            assert_eq!(serde_json::from_str::<Holder>(json).unwrap(), Holder { member });
            assert_eq!(serde_json::to_string(&Holder { member }).unwrap(), json);
        }
    }

    #[test]
    fn only_members_known_both_times_can_differ() {
        let [unknown, null, one] = [Nullable::Unknown, Nullable::Null, Nullable::Value(1)];
        assert!(unknown.is_unchanged(&one) && one.is_unchanged(&unknown) && one.is_unchanged(&one));
        assert!(!null.is_unchanged(&one) && !one.is_unchanged(&Nullable::Value(2)));
    }
}
