//! The result of a scope's calls, in the light of its routes and of the section before.

use crate::api::{self, Kind, Route};
use crate::collectors::pass::{Gathered, Part};
use crate::inventory::Section;

/// The result of the calls of one scope.
pub(super) struct Outcome<T> {
    /// The objects and losses, or the error of the scope as a whole.
    pub(super) result: Result<Gathered<T>, api::Error>,
    /// The refusals of optional routes, which are no losses.
    pub(super) refused: Vec<api::Error>,
}

impl<T> Outcome<T> {
    /// Judges what the calls of these routes returned, after the section `before`.
    pub(super) fn of<O>(
        result: Result<Gathered<T>, api::Error>,
        routes: &[&Route],
        before: Option<&Section<O>>,
    ) -> Self {
        let mut refused = Vec::new();
        let result = match result {
            Ok(mut gathered) => {
                let is_optional = |error: &mut api::Error| is_optional_refusal(error, routes);
                refused.extend(gathered.lost.extract_if(.., is_optional));
                gathered.parts =
                    gathered.parts.into_iter().filter_map(|p| part(p, before)).collect();
                Ok(gathered)
            }
            Err(error) if before.is_some() => Err(not_found(error)),
            Err(error) => Err(error),
        };
        Self { result, refused }
    }

    /// The errors that leave the scope incomplete.
    pub(super) fn errors(&self) -> impl Iterator<Item = &api::Error> {
        let (lost, parts) = match &self.result {
            Ok(gathered) => (gathered.lost.as_slice(), gathered.parts.as_slice()),
            Err(_) => (&[][..], &[][..]),
        };
        let parts = parts.iter().filter_map(|part| part.error.as_ref());
        self.result.as_ref().err().into_iter().chain(lost).chain(parts)
    }
}

fn is_optional_refusal(error: &api::Error, routes: &[&Route]) -> bool {
    let is_its = |route: &&Route| route.template == error.route && route.is_optional;
    matches!(error.kind, Kind::Forbidden { .. }) && routes.iter().any(is_its)
}

/// The part; `None` if OVHcloud neither has it nor had it before.
fn part<O>(part: Part, before: Option<&Section<O>>) -> Option<Part> {
    let is_absent = |error: &api::Error| matches!(error.kind, Kind::NotOffered | Kind::NotFound(_));
    if !part.error.as_ref().is_some_and(is_absent) {
        return Some(part);
    }
    let was_read =
        before.is_some_and(|section| section.parts.get(&part.name).is_some_and(Option::is_some));
    was_read.then(|| Part { error: part.error.map(not_found), ..part })
}

/// A list that was there before is not to be found; it is not a service that OVHcloud never
/// offered.
fn not_found(error: api::Error) -> api::Error {
    match error.kind {
        Kind::NotOffered => {
            let message = "the list was there before".to_owned();
            api::Error { kind: Kind::NotFound(message), ..error }
        }
        _ => error,
    }
}
