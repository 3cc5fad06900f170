//! Alerts on the monthly costs of Public Cloud projects. Their recipients' e-mail addresses are not
//! kept.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;
use super::shared::samples::{counted_by_project, info};

static LIST: Route = Route::new(
    "/cloud/project/{serviceName}/alerting",
    &["publicCloudProject:apiovh:alerting/get"],
);
static ONE: Route = Route::new(
    "/cloud/project/{serviceName}/alerting/{id}",
    &["publicCloudProject:apiovh:alerting/get"],
);

static ALERTS: Desc = Desc::count(
    "ovhcloud_cloud_budget_alerts",
    "Alerts on the monthly costs of Public Cloud projects by status \
     (GET /cloud/project/{serviceName}/alerting/{id})",
    &["project_id", "status"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_budget_alert_info",
    "Always 1, for each alert on the monthly costs of a Public Cloud project \
     (GET /cloud/project/{serviceName}/alerting/{id})",
    &["project_id", "alert_id", "alert_name", "billed_service", "status"],
);

/// The states of the schema; each has a sample, which may be 0.
const STATES: [&str; 3] = ["deleted", "disabled", ACTIVE];
/// The state of an alert that works.
const ACTIVE: &str = "ok";

/// An alert on the costs of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BudgetAlert {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// `ok`, `disabled`, `deleted`; empty if missing.
    pub status: Word,
    /// The services whose costs it watches: `all`, `instances`, `block_storage`, …; empty if
    /// missing.
    pub service: Word,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
}

impl BudgetAlert {
    /// Whether it works; `None` if its status is unknown.
    pub fn is_active(&self) -> Option<bool> {
        let status = &*self.status;
        STATES.contains(&status).then_some(status == ACTIVE)
    }
}

impl Collect for BudgetAlert {
    type Scope = Project;
    const NAME: &'static str = "cloud_budget_alert";
    const RESOURCES: &'static str = "alerts on the costs of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE];
    const FAMILIES: &'static [&'static Desc] = &[&ALERTS, &INFO];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let alerts = pass.session.each(&LIST, &ONE, &[&scope.project_id()]).await?;
        Ok(Gathered::from_listing(alerts, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        vec![counted_by_project(&ALERTS, sections, &STATES, |alert| alert.status.clone())]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let alerts = info(&INFO, sections, |project, alert: &Self| {
            let [id, name] = [&alert.id, &alert.name].map(|text| text.as_str().into());
            [project, id, name, alert.service.clone(), alert.status.clone()]
        });
        vec![alerts]
    }
}

/// `cloud.alerting.Alerting`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    status: Option<String>,
    service: Option<String>,
    #[serde(default, deserialize_with = "date")]
    creation_date: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["creationDate"];
}

impl From<Wire> for BudgetAlert {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            status: wire.status.unwrap_or_default().into(),
            service: wire.service.unwrap_or_default().into(),
            created: wire.creation_date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(json: &str) -> BudgetAlert {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    #[test]
    fn no_address_is_kept() {
        let told = alert(
            r#"{"id":"a","name":"total","status":"ok","service":"all","email":"ann@example.com",
                "emails":["ann@example.com"],"creationDate":"2026-01-01T00:00:00Z"}"#,
        );
        assert_eq!((told.is_active(), &*told.service), (Some(true), "all"));
        assert!(!serde_json::to_string(&told).unwrap().contains("example.com"));
    }

    #[test]
    fn an_alert_without_a_known_status_may_work() {
        let is_active = |json| alert(json).is_active();
        assert_eq!(is_active(r#"{"status":"disabled"}"#), Some(false));
        assert_eq!(is_active(r#"{"status":"deleted"}"#), Some(false));
        assert_eq!(
            (is_active(r#"{"status":null}"#), is_active(r#"{"status":"new"}"#)),
            (None, None)
        );
    }

    #[test]
    fn a_project_without_alerts_has_none_and_an_unknown_status_is_any() {
        let count = |alerts: &[&str]| {
            let items = alerts.iter().map(|json| alert(json)).collect();
            let sections = Sections::known(Project("p".into()), Timestamp::UNIX_EPOCH, items);
            let samples = BudgetAlert::families(&sections).remove(0).samples;
            STATES.map(|status| samples.get(&vec![Word::from("p"), status.into()]).copied())
        };
        assert_eq!(count(&[]), [Some(0.0); 3]);
        assert_eq!(count(&[r#"{"status":"ok"}"#]), [Some(0.0), Some(0.0), Some(1.0)]);
        assert_eq!(count(&["{}"]), [None; 3]);
    }
}
