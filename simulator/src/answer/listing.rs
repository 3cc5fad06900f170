//! Lists: identifiers, expanded identifiers, whole objects, and pages by cursor.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Admitted;
use crate::refusal::Refusal;
use crate::reply::{Mode, Reply};
use crate::route::Kind;

/// Items of an expanded page when the caller names no size: what OVHcloud's panel asks for;
/// OVHcloud's own default is unverified.
const EXPANDED_SIZE: usize = 5000;

/// The beginning of a cursor beyond ASCII.
const BEYOND: &str = "é";

impl Admitted<'_> {
    /// The objects of this route's list that the caller may see and has asked for.
    fn shown(&self) -> Result<Vec<&Value>, Refusal> {
        let list = self.place(self.route.source.map_or(self.route.template, |source| source.list));
        if self.route.needs_list && !self.account.has_list(&list) {
            return Err(Refusal::missing(self.route.missing));
        }
        let mut shown = Vec::new();
        for object in self.account.list(&list) {
            if self.is_visible(object) && (self.route.keep)(object, &self.request.query)? {
                shown.push(object);
            }
        }
        Ok(shown)
    }

    fn views<'b>(&'b self, objects: &[&'b Value]) -> Vec<Cow<'b, Value>> {
        let context = self.context();
        objects.iter().map(|object| (self.route.view)(object, &context)).collect()
    }

    pub(super) fn ids(&self) -> Result<Reply, Refusal> {
        let objects = self.shown()?;
        let asked = self.header("x-pagination-mode") == Some("CachedObjectList-Pages");
        if asked && self.settings.listing.expanded && matches!(self.route.kind, Kind::Ids) {
            return Ok(self.expanded(&objects));
        }
        Ok(Reply::json(200, &self.identifiers(&objects)))
    }

    fn identifiers<'b>(&self, objects: &[&'b Value]) -> Vec<&'b Value> {
        objects.iter().filter_map(|object| object.get(self.route.key)).collect()
    }

    pub(super) fn objects(&self) -> Result<Reply, Refusal> {
        Ok(Reply::json(200, &self.views(&self.shown()?)))
    }

    pub(super) fn pages(&self) -> Result<Reply, Refusal> {
        let objects = self.shown()?;
        self.page(&self.views(&objects))
    }

    /// How OVHcloud pages an expanded v2 list is unverified: here by cursor, as any v2 list.
    pub(super) fn paged_ids(&self) -> Result<Reply, Refusal> {
        let objects = self.shown()?;
        let mode = self.header("x-pagination-mode").unwrap_or_default();
        if mode.starts_with("CachedObjectList-") && self.settings.listing.expanded {
            return Ok(Reply { mode: Mode::Expanded, ..self.page(&self.views(&objects))? });
        }
        self.page(&self.identifiers(&objects))
    }

    fn expanded(&self, objects: &[&Value]) -> Reply {
        if self.settings.unverified.whole_expansion {
            let reply = Reply::json(200, &self.views(objects));
            return Reply { mode: Mode::Expanded, ..reply };
        }
        let number = self.number("x-pagination-number").unwrap_or(1);
        let size = self.number("x-pagination-size").unwrap_or(EXPANDED_SIZE);
        let elements = objects.len();
        let first = (number - 1).saturating_mul(size).min(elements);
        let page = objects.iter().skip(first).take(size).copied().collect::<Vec<_>>();
        let updated = Timestamp::from_second(self.request.server_time).unwrap_or_default();
        let headers = vec![
            ("x-pagination-number", number.to_string()),
            ("x-pagination-size", size.to_string()),
            ("x-pagination-total", elements.div_ceil(size).to_string()),
            ("x-pagination-elements", elements.to_string()),
            ("x-pagination-cache-update", updated.to_string()),
        ];
        Reply { headers, mode: Mode::Expanded, ..Reply::json(200, &self.views(&page)) }
    }

    /// One page of a v2 list.
    ///
    /// OVHcloud's default and greatest page size are unverified: here both are the configured
    /// one, so that a small one makes any caller page.
    pub(super) fn page(&self, items: &[impl Serialize]) -> Result<Reply, Refusal> {
        let most = self.settings.page_size.max(1);
        let size = self.number("x-pagination-size").unwrap_or(most).min(most);
        let first = match self.header("x-pagination-cursor") {
            None => 0,
            Some(cursor) => self.decode(cursor, items.len()).ok_or_else(Refusal::bad_cursor)?,
        };
        let end = first.saturating_add(size).min(items.len());
        let reply = Reply::json(200, &items.get(first..end).unwrap_or_default());
        let headers = if end < items.len() {
            let prefix = if self.settings.unverified.cursors_beyond_ascii { BEYOND } else { "" };
            let next = format!("{prefix}{}", cursor(&self.request.path, end));
            vec![("x-pagination-cursor-next", next)]
        } else {
            Vec::new()
        };
        Ok(Reply { headers, mode: Mode::Cursor, ..reply })
    }

    /// The place that a cursor of this list points at.
    fn decode(&self, cursor: &str, length: usize) -> Option<usize> {
        let text =
            String::from_utf8(URL_SAFE_NO_PAD.decode(cursor.trim_start_matches(BEYOND)).ok()?)
                .ok()?;
        let (path, place) = text.split_once('\n')?;
        let place = place.parse().ok()?;
        (path == self.request.path && place < length).then_some(place)
    }

    /// A header's number from 1; anything else counts as not sent.
    fn number(&self, header: &str) -> Option<usize> {
        self.header(header)?.parse().ok().filter(|&number| number > 0)
    }
}

/// Points at a place of a list, for this list only.
pub(crate) fn cursor(path: &str, place: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{path}\n{place}"))
}
