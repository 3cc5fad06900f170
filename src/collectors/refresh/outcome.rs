//! The result of a scope's calls, in the light of its routes and of the section before.

use std::collections::BTreeSet;

use crate::api::{self, Kind, Route};
use crate::collectors::collect::Collect;
use crate::collectors::pass::{Gathered, Part};
use crate::inventory::{Section, paths};

use super::losses::{Cause, Losses};

/// The result of the calls of one scope.
pub(super) struct Outcome<T> {
    /// The objects and losses, or the error of the scope as a whole.
    pub(super) result: Result<Gathered<T>, api::Error>,
    /// The refusals of optional routes, which are no losses.
    pub(super) refused: Vec<api::Error>,
    /// The losses and refusals, by object.
    pub(super) losses: Losses,
    /// The ids of objects that were not found, whether or not that is believed.
    pub(super) unfound: BTreeSet<String>,
}

impl<C: Collect> Outcome<C> {
    /// Judges what the calls of these routes returned, after the section `before`.
    pub(super) fn of(
        result: Result<Gathered<C>, api::Error>,
        routes: &[&Route],
        before: Option<&Section<C>>,
    ) -> Self {
        let (mut refused, mut losses) = (Vec::new(), Losses::default());
        let mut unfound = BTreeSet::new();
        let result = match result {
            Ok(mut gathered) => {
                for error in gathered.absent.drain(..) {
                    let id = error.object.as_deref().unwrap_or_default().to_owned();
                    if before.is_some_and(|before| was_there(before, &id)) {
                        gathered.lost.push(error);
                    }
                    unfound.insert(id);
                }
                let is_optional = |error: &mut api::Error| is_optional_refusal(error, routes);
                for error in gathered.lost.extract_if(.., is_optional) {
                    losses.add(&error, Cause::Refused);
                    refused.push(error);
                }
                for error in gathered.partly.extract_if(.., is_optional) {
                    losses.add_value(&error, Cause::Refused);
                    refused.push(error);
                }
                gathered.lost.iter().for_each(|error| losses.add(error, Cause::Failed));
                gathered.partly.iter().for_each(|error| losses.add_value(error, Cause::Failed));
                gathered.parts =
                    gathered.parts.into_iter().filter_map(|p| part(p, before)).collect();
                Ok(gathered)
            }
            Err(error) if before.is_some() => Err(not_found(error)),
            Err(error) => Err(error),
        };
        Self { result, refused, losses, unfound }
    }
}

impl<T> Outcome<T> {
    /// The errors that leave the scope incomplete.
    pub(super) fn errors(&self) -> impl Iterator<Item = &api::Error> {
        let (lost, partly, parts) = match &self.result {
            Ok(gathered) => (&*gathered.lost, &*gathered.partly, &*gathered.parts),
            Err(_) => (&[][..], &[][..], &[][..]),
        };
        let parts = parts.iter().filter_map(|part| part.error.as_ref());
        self.result.as_ref().err().into_iter().chain(lost).chain(partly).chain(parts)
    }
}

/// Whether the object was there, and found: a 404 alone proves no absence. OVHcloud answers it to any
/// call through a gateway with another base.
fn was_there<C: Collect>(before: &Section<C>, id: &str) -> bool {
    !before.unfound.contains(id)
        && before.items.iter().any(|item| paths(id).any(|path| item.id() == path))
}

fn is_optional_refusal(error: &api::Error, routes: &[&Route]) -> bool {
    let is_its = |route: &&Route| route.template == error.route && route.is_optional;
    matches!(error.kind, Kind::Forbidden { .. }) && routes.iter().any(is_its)
}

/// The part; `None` if OVHcloud neither has it nor had it before. An error that names its object is
/// about the part's own document, and says nothing of the list.
fn part<O>(part: Part, before: Option<&Section<O>>) -> Option<Part> {
    let is_absent = |error: &api::Error| {
        error.object.is_none() && matches!(error.kind, Kind::NotOffered | Kind::NotFound(_))
    };
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
