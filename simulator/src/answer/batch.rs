//! Several objects in one call: `X-Ovh-Batch`, whose value is the separator of the identifiers.

use serde_json::{Value, json};

use super::Admitted;
use crate::query::decode;
use crate::refusal::Refusal;
use crate::reply::{Mode, Reply};
use crate::route::Batch;

/// The most identifiers of a call. OVHcloud's panel sends 50; a limit on its side is unverified.
const MOST: usize = 50;

impl Admitted<'_> {
    /// The separator, if the caller asks for a batch and the route knows it.
    pub(super) fn separator(&self, batch: Batch) -> Option<String> {
        let known = match batch {
            Batch::Never => false,
            Batch::Usual => true,
            Batch::IfToldSo => self.settings.unverified.batch_projects,
        };
        let separator = self.header("x-ovh-batch").filter(|text| !text.is_empty())?;
        (known && self.settings.listing.batch).then(|| separator.to_owned())
    }

    /// The items come in another order than asked for: OVHcloud's order is unverified, so that a
    /// caller must go by the key. Type and content of `error` are unverified as well.
    pub(super) fn batch(&self, separator: &str) -> Result<Reply, Refusal> {
        let last = self.request.path.rsplit('/').next().unwrap_or_default();
        let ids: Vec<_> = last.split(separator).map(|id| decode(id, false)).collect();
        if ids.len() > MOST {
            return Err(Refusal::bad_parameter());
        }
        let own_rights =
            self.parameters.len() == 1 && self.route.resource_type() != Some("account");
        if !own_rights {
            self.check_rights(self.parameters.first().map(String::as_str))?;
            self.check_project()?;
        }
        let one = |id: &String| {
            if own_rights {
                self.check_rights(Some(id))?;
            }
            self.one(id)
        };
        let item = |id: &String| match one(id) {
            Ok(value) => json!({ "key": id, "value": value, "error": null }),
            Err(refusal) => json!({ "key": id, "value": null, "error": refusal.body }),
        };
        let items: Vec<Value> = ids.iter().rev().map(item).collect();
        Ok(Reply { mode: Mode::Batch, ..Reply::json(200, &items) })
    }
}
