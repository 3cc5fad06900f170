//! What more than one collector needs: lists that are asked for once in a pass.

use std::sync::Arc;

use crate::api;

use super::iam_user::{self, User};
use super::{Gathered, Pass};

/// A list that collectors share.
pub(super) type Shared<T> = Result<Arc<Gathered<T>>, api::Error>;

impl Pass<'_> {
    /// The account's local users, asked for once in a pass.
    ///
    /// # Errors
    ///
    /// The list can't be read.
    pub(super) async fn users(&self) -> Shared<User> {
        self.once("users".to_owned(), || iam_user::list(self.session)).await
    }
}
