//! Draws what a generated object is made of: choices, identifiers, dates, and the ways in which
//! OVHcloud writes them.

use fastrand::Rng;
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// A stream of random choices and the moment that all dates are relative to.
#[derive(Debug)]
pub(crate) struct Draw {
    rng: Rng,
    now: i64,
    /// Turn at each date and at each object with nulls, so that every spelling really occurs.
    date_turn: usize,
    null_turn: usize,
}

impl Draw {
    pub(crate) fn new(seed: u64, stream: &str, now: Timestamp) -> Self {
        // FNV-1a: the standard hasher promises no stable result between releases.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in seed.to_le_bytes().into_iter().chain(stream.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self { rng: Rng::with_seed(hash), now: now.as_second(), date_turn: 0, null_turn: 0 }
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.rng.usize(..bound.max(1))
    }

    /// True once in `n` times on average.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn choose<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let place = self.below(choices.len());
        choices.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| self.rng.digit(16)).collect()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.rng.u8(..)).collect()
    }

    /// A random UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let digits = self.hex(32);
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        let variant = self.choose(&['8', '9', 'a', 'b']);
        let (head, second, third) = (part(0, 8), part(8, 12), part(13, 16));
        format!("{head}-{second}-4{third}-{variant}{}-{}", part(17, 20), part(20, 32))
    }

    /// Some moment between `least` and `most` days ago, in seconds from the epoch.
    pub(crate) fn ago(&mut self, least: i64, most: i64) -> i64 {
        self.now - self.rng.i64(least * DAY..=most * DAY)
    }

    /// So many days ago, or ahead where negative, in seconds from the epoch.
    pub(crate) fn days_ago(&self, days: i64) -> i64 {
        self.now - days * DAY
    }

    /// A date as v1 writes it: in turn with `Z`, with an offset, and with fractional seconds.
    pub(crate) fn v1(&mut self, second: i64) -> Value {
        self.date_turn += 1;
        let date = Timestamp::from_second(second).unwrap_or_default();
        match self.date_turn % 3 {
            0 => json!(date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            1 => {
                let there = date.to_zoned(TimeZone::fixed(offset(2)));
                json!(there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
            }
            _ => json!(date.strftime("%Y-%m-%dT%H:%M:%S.482913Z").to_string()),
        }
    }

    /// A date as v2 writes it.
    pub(crate) fn v2(second: i64) -> Value {
        let date = Timestamp::from_second(second).unwrap_or_default();
        json!(date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// A date without time.
    pub(crate) fn day(second: i64) -> Value {
        let date = Timestamp::from_second(second).unwrap_or_default();
        json!(date.strftime("%Y-%m-%d").to_string())
    }

    /// A v1 date as v2 writes it; what is no date stays as it is.
    pub(crate) fn v2_of(v1: &Value) -> Value {
        let date = v1.as_str().and_then(|date| date.parse::<Timestamp>().ok());
        date.map_or_else(|| v1.clone(), |date| Self::v2(date.as_second()))
    }

    /// Leaves out the members that are null, of every other object.
    ///
    /// Whether OVHcloud sends null or nothing is unverified, so that readers get both.
    pub(crate) fn vary_nulls(&mut self, mut object: Value) -> Value {
        self.null_turn += 1;
        if self.null_turn.is_multiple_of(2)
            && let Some(members) = object.as_object_mut()
        {
            members.retain(|_, value| !value.is_null());
        }
        object
    }
}
