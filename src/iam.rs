//! OVHcloud's IAM: the names of actions, the patterns that policies use, which actions are
//! dangerous, and the evaluation of the policies of an account.
//!
//! [`engine::Engine`] evaluates an [`account::Account`], which is plain data. Nothing here reads an
//! account or knows where its data comes from, and unknown parts stay unknown: they never count as
//! no rights.

pub mod account;
pub mod answer;
mod bits;
pub mod condition;
pub mod danger;
pub mod engine;
pub mod known;
pub mod level;
pub mod part;
pub mod pattern;
pub mod policy;
pub mod role;
pub mod truth;
mod universe;
pub mod urn;
