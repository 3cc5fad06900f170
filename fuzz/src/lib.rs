//! The parsers that are fuzzed.
#![allow(dead_code, missing_docs, clippy::all, reason = "the tests' files are used as they are")]

pub mod accept;
pub mod answers;
pub mod parsers;

#[path = "../../tests/it/exporter.rs"]
pub(crate) mod exporter;
/// The server's file imports it by this name.
pub(crate) mod exposition {
    pub(crate) use ovhcloud_exporter::exposition::Format;
}
#[path = "../../tests/it/schema/page.rs"]
mod page_law;

/// Whether a page of metrics can be read.
///
/// # Errors
///
/// The first defect of the page.
pub fn page(text: &str) -> Result<(), String> {
    page_law::read(text)
}
