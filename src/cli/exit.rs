//! The exit codes beside 0; README.md lists them.

/// Runtime error.
pub(super) const FAILED: u8 = 1;
/// Findings.
pub(super) const FINDINGS: u8 = 2;
/// Invalid flags or configuration (`EX_USAGE`).
pub(super) const USAGE: u8 = 64;
