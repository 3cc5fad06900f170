//! Limits and headers that several kinds of lists share.

use http::HeaderName;

/// The number of objects in a page.
pub(super) const SIZE: HeaderName = HeaderName::from_static("x-pagination-size");
/// No list that ends has more pages.
pub(in crate::api) const MOST_PAGES: usize = 1000;
