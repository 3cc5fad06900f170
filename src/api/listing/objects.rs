//! The result of a list: its objects, and the errors of those that could not be read.

use crate::api::error::Error;

/// A list: the objects that could be read, and why the others could not.
#[derive(Debug)]
pub struct Listing<T> {
    /// The objects.
    pub objects: Vec<T>,
    /// One error per object that could not be read.
    pub lost: Vec<Error>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { objects: Vec::new(), lost: Vec::new() }
    }
}

impl<T> Listing<T> {
    pub(super) fn add(&mut self, result: Result<T, Error>) {
        match result {
            Ok(object) => self.objects.push(object),
            Err(error) => self.lost.push(error),
        }
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.objects.append(&mut other.objects);
        self.lost.append(&mut other.lost);
    }

    /// The same list with each object converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Listing<U> {
        Listing { objects: self.objects.into_iter().map(convert).collect(), lost: self.lost }
    }
}

/// One object as a list: itself, or the reason why it is missing.
impl<T> From<Result<T, Error>> for Listing<T> {
    fn from(result: Result<T, Error>) -> Self {
        let mut listing = Self::default();
        listing.add(result);
        listing
    }
}
