//! The result of a list: its objects, and the errors of those that could not be read.

use crate::api::error::Error;

/// A list: the objects that could be read, and why the others could not.
#[derive(Debug)]
pub struct Listing<T> {
    /// The objects.
    pub objects: Vec<T>,
    /// One error per object that could not be read, per member that its object is kept without, and
    /// per list that is cut.
    pub lost: Vec<Error>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { objects: Vec::new(), lost: Vec::new() }
    }
}

impl<T> Listing<T> {
    /// An object, with the losses of its members.
    pub(super) fn of_one(decoded: Result<(T, Vec<Error>), Error>) -> Self {
        match decoded {
            Ok((object, lost)) => Self { objects: vec![object], lost },
            Err(error) => Err(error).into(),
        }
    }

    /// The same list as the answer for one object: its losses are the object's, or of what is below
    /// it.
    #[must_use]
    pub fn of(mut self, id: &str) -> Self {
        self.lost = self.lost.into_iter().map(|error| error.of(id)).collect();
        self
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
        match result {
            Ok(object) => Self { objects: vec![object], lost: Vec::new() },
            Err(error) => Self { objects: Vec::new(), lost: vec![error] },
        }
    }
}
