//! Limits and headers that several kinds of lists share.

use http::HeaderName;

/// The number of objects in a page.
pub(super) const SIZE: HeaderName = HeaderName::from_static("x-pagination-size");
/// The number of a page, from 1.
pub(super) const NUMBER: HeaderName = HeaderName::from_static("x-pagination-number");
/// Elements of one list in all its pages. Each takes many times the memory of its text, and no
/// account has as many objects of one kind.
pub(super) const MOST_ELEMENTS: usize = 250_000;
/// Bytes of one list in all its pages.
pub(super) const MOST_BYTES: usize = 256 << 20;
/// Pages that bring nothing new. No list that ends has more.
pub(in crate::api) const MOST_PAGES: usize = 1000;
