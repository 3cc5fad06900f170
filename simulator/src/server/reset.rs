//! The error that ends a connection: a reset, which a fault causes.

use std::error::Error;
use std::fmt;

/// A connection that must be reset without an answer.
#[derive(Debug)]
pub(super) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection is to be reset")
    }
}

impl Error for Reset {}
