//! Lists that several collectors read. Each is read once in a refresh.

pub(super) mod buckets;
pub(super) mod cloud_users;
pub(super) mod databases;
pub(super) mod instances;
pub(super) mod projects;
pub(super) mod regions;
pub(super) mod users;

use std::sync::Arc;

use crate::api;

use super::pass::Gathered;

/// A list that collectors share.
pub(super) type Shared<T> = Result<Arc<Gathered<T>>, api::Error>;
