//! The simulator against OVHcloud's schemas, and against what is known of OVHcloud's behaviour.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod account;
mod auth;
mod client;
mod faults;
mod iam;
mod judge;
mod kms;
mod lists;
mod program;
mod projects;
mod routes;
mod schema;
mod states;
