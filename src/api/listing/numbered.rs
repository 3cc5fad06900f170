//! Lists of the first version of the API: pages by number, of whole objects or of ids.

use http::{HeaderName, HeaderValue};

use crate::api::client::Session;
use crate::api::error::Error;
use crate::api::transport::Answer;

use super::announced::Announced;
use super::identified::Identified;
use super::limits::{NUMBER, SIZE};
use super::reading::Reading;

const MODE: HeaderName = HeaderName::from_static("x-pagination-mode");
const PRAGMA: HeaderName = HeaderName::from_static("pragma");

/// Objects asked for in one page of an expanded list: the control panel's own number.
const EXPANDED_SIZE: usize = 5000;

/// The form in which a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole objects in place of ids.
    Expanded,
    /// As OVHcloud documents the list.
    Plain,
}

impl Form {
    /// The headers of a page. The first plain one has none: OVHcloud documents no pages here.
    fn headers(self, number: usize) -> Vec<(HeaderName, HeaderValue)> {
        let page = (NUMBER, HeaderValue::from(number));
        match self {
            Self::Expanded => vec![
                (MODE, HeaderValue::from_static("CachedObjectList-Pages")),
                (SIZE, HeaderValue::from(EXPANDED_SIZE)),
                page,
                // Without it the objects may be minutes old, and the dates of the sections wrong.
                (PRAGMA, HeaderValue::from_static("no-cache")),
            ],
            Self::Plain if number == 1 => Vec::new(),
            Self::Plain => vec![page],
        }
    }
}

/// The end of a list, as far as its pages could be read.
pub(super) struct End {
    /// The last answer.
    pub(super) answer: Answer,
    /// The header that says that the list goes on, and what it says.
    pub(super) cut: Option<(&'static str, String)>,
    /// Whether the first page has whole objects.
    pub(super) has_objects: bool,
}

impl Session<'_> {
    /// The list in this form, page by page. The page headers may be missing, and size and number
    /// may have been ignored: a page that brings nothing new is the last one that is asked for.
    pub(super) async fn numbered<T: Identified>(
        &self,
        reading: &mut Reading<'_, T>,
        form: Form,
    ) -> Result<End, Error> {
        reading.begin();
        let mut number = 1;
        let mut answer = self.fetch(reading.call, &form.headers(number)).await?;
        let mut page = reading.add(&mut answer)?;
        let has_objects = page.has_objects;
        let mut announced = Announced::of(&answer);
        while let Some(cut) = cut(form, reading, announced, number, page.elements) {
            number += 1;
            answer = self.fetch(reading.call, &form.headers(number)).await?;
            page = reading.add(&mut answer)?;
            if page.is_over {
                break;
            }
            if page.fresh == 0 {
                // A page that is full by chance is the last one if the next one is empty.
                let is_end = page.elements == 0 && announced == Announced::NOTHING;
                return Ok(End { answer, cut: (!is_end).then_some(cut), has_objects });
            }
            let pages = announced.pages;
            announced = Announced::of(&answer);
            announced.pages = announced.pages.or(pages);
        }
        Ok(End { answer, cut: None, has_objects })
    }
}

/// Where and how a list is cut that ends after this page, if it is.
fn cut<T: Identified>(
    form: Form,
    reading: &Reading<'_, T>,
    announced: Announced,
    number: usize,
    elements: usize,
) -> Option<(&'static str, String)> {
    let is_full = form == Form::Expanded && elements == EXPANDED_SIZE;
    if is_full && announced == Announced::NOTHING {
        let problem = format!("no answer says whether a list of {elements} elements goes on");
        return Some(("X-Pagination-Total", problem));
    }
    Announced { elements: reading.announced, ..announced }.missing(number, reading.count())
}
