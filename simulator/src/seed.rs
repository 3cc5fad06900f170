//! Fills an account with the objects of every resource.

use jiff::Timestamp;

use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::resources;

impl Account {
    /// An account without any object but the account itself, in which nothing was ever set.
    ///
    /// The service account works; the application key does not, because its credential is one of
    /// the account's objects.
    pub fn empty() -> Self {
        let mut account = Self::default();
        account.put("/me", resources::nichandle());
        resources::put_unrestricted(&mut account);
        account
    }

    /// An account drawn from the seed, its dates relative to `now`.
    ///
    /// The same size and the same `now` give the same account, byte for byte. Sizes are exact,
    /// except that the simulator's own application, credential and client are always there.
    pub fn generate(size: Size, now: Timestamp) -> Self {
        let mut account = Self::empty();
        for resource in resources::ALL {
            // Each resource draws from a stream of its own, so that a new one leaves the others.
            let mut draw = Draw::new(size.seed, resource.name, now);
            (resource.generate)(&mut account, &size, &mut draw);
        }
        account
    }

    /// The small account that examples and golden files are made of: three projects (`prod`,
    /// `staging`, and `legacy`, which is suspended), and each state worth looking at once.
    pub fn reference(now: Timestamp) -> Self {
        let mut account = Self::empty();
        for resource in resources::ALL {
            let mut draw = Draw::new(0, resource.name, now);
            (resource.reference)(&mut account, &mut draw);
        }
        account
    }

    /// Adds three projects without content, in the states that `reference` leaves out:
    /// `creating`, `deleting` and `deleted`.
    #[must_use]
    pub fn with_every_project_status(mut self, now: Timestamp) -> Self {
        resources::add_projects_in_other_states(&mut self, now);
        self
    }
}
