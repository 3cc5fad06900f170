//! The versions of databases on offer, with their end of life.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::api::{self, Call, Identified, Listing};
use crate::collectors::pass::Pass;
use crate::collectors::shared::dates::date;

/// The end of life of the versions of each engine, by engine and version.
pub(super) type Ends = HashMap<(String, String), Timestamp>;

/// The known versions on offer.
#[derive(Debug)]
pub(super) struct Versions {
    pub(super) ends: Ends,
    pub(super) lost: Vec<api::Error>,
}

impl Versions {
    pub(super) fn lost(error: api::Error) -> Self {
        Self { ends: Ends::new(), lost: vec![error] }
    }

    pub(super) fn of(Listing { objects, lost }: Listing<Offer>) -> Self {
        let mut ends = Ends::new();
        for offer in objects {
            let end = offer.lifecycle.and_then(|lifecycle| lifecycle.end_of_life);
            let (Some(engine), Some(version), Some(end)) =
                (offer.engine, offer.version, end.or(offer.end_of_life))
            else {
                continue;
            };
            let latest = ends.entry((engine, version)).or_insert(end);
            *latest = end.max(*latest);
        }
        Self { ends, lost }
    }
}

/// The versions on offer, from the first project that answers: OVHcloud's offer does not depend on
/// the project, but a project may reject the call.
pub(super) async fn versions(pass: &Pass<'_>, call: Call) -> Result<Arc<Versions>, api::Error> {
    let told: Arc<OnceCell<Arc<Versions>>> =
        pass.daily("database versions".to_owned(), || async { Ok(OnceCell::new()) }).await?;
    let ask = || async {
        let offers = pass.session.objects(&call).await?;
        Ok(Arc::new(Versions::of(offers)))
    };
    told.get_or_try_init(ask).await.cloned()
}

/// `cloud.project.database.Availability`: one row for each plan, flavor, region and network.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
    engine: Option<String>,
    version: Option<String>,
    lifecycle: Option<Lifecycle>,
    #[serde(default, deserialize_with = "date")]
    end_of_life: Option<Timestamp>,
}

/// A row of the offer has no id, and equal rows mean nothing.
impl Identified for Offer {
    const ID: Option<&'static str> = None;
}

/// `cloud.project.database.availability.Lifecycle`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lifecycle {
    #[serde(default, deserialize_with = "date")]
    end_of_life: Option<Timestamp>,
}
