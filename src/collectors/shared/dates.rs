//! Dates in OVHcloud's forms.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::api::UNREADABLE;

use super::nullable::Nullable;

/// Reads a date in OVHcloud's forms: with `Z` or an offset, or bare. Without an offset it is in UTC,
/// and a date without a time is its midnight. A time zone's name behind it is left out. The end of
/// time (`9999-12-31`) becomes the latest timestamp.
pub(in crate::collectors) fn date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(nullable_date(deserializer)?.value().copied())
}

/// Reads a date as [`date`] does, where null means that there is none: an unreadable date that the
/// object can be kept without ([`UNREADABLE`]) is unknown.
pub(in crate::collectors) fn nullable_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Nullable<Timestamp>, D::Error> {
    match Option::<Text<'de>>::deserialize(deserializer)?.as_ref().map(|text| &*text.0) {
        None => Ok(Nullable::Null),
        Some(UNREADABLE) => Ok(Nullable::Unknown),
        Some(text) => read(text).map(Nullable::Value).ok_or_else(|| D::Error::custom("not a date")),
    }
}

/// A text that is only looked at.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The date of a member that OVHcloud's answer lacks: there is none.
pub(in crate::collectors) fn no_date() -> Nullable<Timestamp> {
    Nullable::Null
}

fn read(text: &str) -> Option<Timestamp> {
    let moment = text.trim().split('[').next().unwrap_or_default();
    if let Ok(timestamp) = moment.parse() {
        return Some(timestamp);
    }
    let day: Date = moment.get(..10)?.parse().ok()?;
    if day.year() == Date::MAX.year() {
        return Some(Timestamp::MAX);
    }
    let civil: DateTime = moment.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_ovhcloud_writes_them() {
        let read = |json: &str| {
            let read = date(&mut serde_json::Deserializer::from_str(json));
            read.map(|date| date.map(|date| date.to_string()).unwrap_or_default())
        };
        assert_eq!(read(r#""2025-03-14T10:26:53+01:00""#).unwrap(), "2025-03-14T09:26:53Z");
        assert_eq!(read(r#""2025-03-14T10:26:53.5Z""#).unwrap(), "2025-03-14T10:26:53.5Z");
        assert_eq!(read(r#""2025-03-14""#).unwrap(), "2025-03-14T00:00:00Z");
        assert_eq!(read("null").unwrap(), "");
        for bare in [
            "2026-11-21T12:39:00",
            "2026-11-21 12:39:00",
            "2026-11-21T12:39",
            "2026-11-21T12:39:00[Europe/Paris]",
            "2026-11-21T13:39:00+01:00[Europe/Paris]",
        ] {
            assert_eq!(read(&format!("\"{bare}\"")).unwrap(), "2026-11-21T12:39:00Z", "{bare}");
        }
        assert!(read(r#""9999-12-31T23:59:59Z""#).unwrap().starts_with("9999-"));
        for odd in ["soon", "", "0000-00-00", "9999-99-99", "2026-11-21T25:00:00", "2026-11-21T1"] {
            assert!(read(&format!("\"{odd}\"")).is_err(), "{odd}");
        }
        assert_eq!(read(r#""unreadable""#).unwrap(), "", "in the place of an unreadable one");
        assert!(read("7").is_err() && read(r#""2026-11-21T12:39:00.1234567890123Z""#).is_err());
    }
}
