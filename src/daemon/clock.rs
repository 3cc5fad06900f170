//! The clock.

use jiff::Timestamp;

/// The source of the time; tests give one that stands still.
pub type Clock = fn() -> Timestamp;

/// The time of this machine.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub fn system_clock() -> Timestamp {
    Timestamp::now()
}
