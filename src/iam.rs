//! OVHcloud's IAM, as far as it can be known without the account: the names of actions, the
//! patterns that policies use, and which actions are dangerous.

pub mod danger;
pub mod known;
pub mod pattern;
