//! Dates in OVHcloud's forms.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

/// Reads a date in OVHcloud's forms: with `Z` or an offset, or bare, which is its midnight in UTC.
/// The end of time (`9999-12-31`) becomes the latest timestamp.
pub(in crate::collectors) fn date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    if let Ok(timestamp) = text.parse() {
        return Ok(Some(timestamp));
    }
    if text.starts_with("9999-") {
        return Ok(Some(Timestamp::MAX));
    }
    let midnight = text.parse::<Date>().and_then(|date| date.to_zoned(TimeZone::UTC));
    midnight.map(|zoned| Some(zoned.timestamp())).map_err(|_| D::Error::custom("not a date"))
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
        assert!(read(r#""9999-12-31T23:59:59Z""#).unwrap().starts_with("9999-"));
        assert!(read(r#""soon""#).is_err() && read("7").is_err());
    }
}
