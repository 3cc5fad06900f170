//! Counts and sizes in OVHcloud's answers. An impossible one is unknown: it is neither published
//! nor capped, and it does not lose its object.

use serde::Deserialize;
use serde_json::Number;

/// The largest count or number of bytes that is believed: an exbibyte.
const MOST: i64 = 1 << 60;

/// A count, or a size in bytes, as OVHcloud reports it.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(in crate::collectors) struct Count(Number);

impl Count {
    /// The count; `None` if it is negative, has a fraction or exceeds [`MOST`].
    pub(in crate::collectors) fn known(self) -> Option<i64> {
        self.0.as_i64().filter(|count| (0..=MOST).contains(count))
    }
}

/// A size in GiB, as OpenStack counts volumes and images.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(in crate::collectors) struct Gib(Number);

impl Gib {
    /// The size in bytes; `None` if it is negative or exceeds [`MOST`].
    pub(in crate::collectors) fn bytes(self) -> Option<i64> {
        const GIB: f64 = 1_073_741_824.0;
        const MOST_GIB: f64 = 1_073_741_824.0;
        let size = self.0.as_f64().filter(|size| (0.0..=MOST_GIB).contains(size))?;
        #[expect(clippy::cast_possible_truncation, reason = "it is at most MOST")]
        let bytes = (size * GIB) as i64;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(json: &str) -> Option<i64> {
        serde_json::from_str::<Option<Count>>(json).unwrap().and_then(Count::known)
    }

    fn gib(json: &str) -> Option<i64> {
        serde_json::from_str::<Option<Gib>>(json).unwrap().and_then(Gib::bytes)
    }

    #[test]
    fn possible_counts_and_sizes_are_read() {
        assert_eq!((count("0"), count("7")), (Some(0), Some(7)));
        assert_eq!(count("1152921504606846976"), Some(MOST));
        assert_eq!((gib("0"), gib("100")), (Some(0), Some(107_374_182_400)));
        assert_eq!((gib("1.75"), gib("1073741824")), (Some(1_879_048_192), Some(MOST)));
    }

    #[test]
    fn impossible_counts_and_sizes_are_unknown() {
        let huge = "1000000000000000000000000000000";
        for json in ["-1", "-7", "2.5", "1e300", "-1e300", "1152921504606846977", huge, "null"] {
            assert_eq!(count(json), None, "{json}");
        }
        for json in ["-0.5", "-1", "1e300", "9e9", "1073741825", huge, "null"] {
            assert_eq!(gib(json), None, "{json}");
        }
    }
}
