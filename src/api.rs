//! The only room that speaks to OVHcloud, and it only reads: there is GET, the POST that asks for
//! a token, and the POST that asks which actions the credential may do. No other exists here.
//!
//! It knows routes, budgets, lists and errors, and no resource.

pub mod auth;
pub mod authorization;
mod body;
pub mod budget;
pub mod build;
mod circuit;
pub mod client;
pub mod error;
pub mod listing;
mod question;
mod redaction;
mod retry;
pub mod route;
pub mod transport;

pub use auth::Authenticator;
pub use authorization::{Authorization, Authorized};
pub use client::{Client, Session};
pub use error::{Error, Kind};
pub use listing::{Identified, Listing, UNREADABLE, Whole};
pub use route::{Call, Route};
