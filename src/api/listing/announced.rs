//! The size of a list by the headers of its pages, to notice what is missing.

use http::HeaderValue;

use crate::api::transport::Answer;

/// OVHcloud's cursor of the page after this one.
const NEXT: &str = "x-pagination-cursor-next";

/// The size of a list as one of its pages announces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Announced {
    /// The elements of all pages.
    pub(super) elements: Option<usize>,
    /// The number of pages.
    pub(super) pages: Option<usize>,
    /// Whether there is a page after this one.
    pub(super) goes_on: bool,
}

impl Announced {
    /// No header says anything.
    pub(super) const NOTHING: Self = Self { elements: None, pages: None, goes_on: false };

    pub(super) fn of(answer: &Answer) -> Self {
        let number = |name| answer.header(name).and_then(|text| text.trim().parse().ok());
        Self {
            elements: number("x-pagination-elements"),
            pages: number("x-pagination-total"),
            goes_on: next_cursor(answer).is_some(),
        }
    }

    /// The problem of a list that ends after this many pages and elements, if it is cut.
    pub(super) fn missing(self, pages: usize, elements: usize) -> Option<(&'static str, String)> {
        let Self { elements: all, pages: last, goes_on } = self;
        if let Some(all) = all.filter(|all| elements < *all) {
            let problem = format!("the list has {elements} of {all} elements");
            return Some(("X-Pagination-Elements", problem));
        }
        if let Some(last) = last.filter(|last| pages < *last && all.is_none()) {
            let problem = format!("the list has {pages} of {last} pages");
            return Some(("X-Pagination-Total", problem));
        }
        let problem = "the list has another page, which can't be asked for";
        goes_on.then(|| ("X-Pagination-Cursor-Next", problem.to_owned()))
    }
}

/// The cursor of the next page, as it came: it means nothing to anybody but OVHcloud.
pub(in crate::api) fn next_cursor(answer: &Answer) -> Option<HeaderValue> {
    answer.headers.get(NEXT).filter(|cursor| !cursor.is_empty()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_if_any_header_says_so() {
        let place = |elements, pages, goes_on| {
            let announced = Announced { elements, pages, goes_on };
            announced.missing(1, 50).map(|(place, _)| place)
        };
        assert_eq!(place(None, None, false), None);
        assert_eq!(place(Some(50), Some(1), false), None);
        assert_eq!(place(Some(120), None, false), Some("X-Pagination-Elements"));
        assert_eq!(place(None, Some(3), false), Some("X-Pagination-Total"));
        assert_eq!(place(Some(50), None, true), Some("X-Pagination-Cursor-Next"));
        // A list that is complete by its elements needs no more pages.
        assert_eq!(place(Some(50), Some(3), false), None);
    }
}
