//! The only room that speaks to OVHcloud, and it only reads: there is GET, and the POST that
//! asks for a token. No other method exists here.
//!
//! It knows routes, budgets, lists and errors, and no resource.

pub mod auth;
pub mod budget;
pub mod client;
pub mod error;
pub mod listing;
pub mod route;
mod transport;

pub use client::{Client, Session};
pub use error::{Error, Kind};
pub use listing::Listing;
pub use route::{Call, Route};
