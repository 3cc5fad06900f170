//! Alerts on the costs of a project, in all states.

use serde_json::json;

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:alerting/get"),
    enums: &["status", "service"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "budget_alert",
    routes: &[
        Route { template: "/cloud/project/{serviceName}/alerting", kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/cloud/project/{serviceName}/alerting/{id}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
    ],
    generate: |account, size: &Size, draw: &mut Draw| {
        for_each_project(account, "alerting", |account, _, path| {
            if size.instances > 0 {
                push(account, path, ("total", "all", "ok"), draw);
            }
        });
    },
    reference: |account, draw| {
        const SERVICES: &[&str] = &[
            "ai_endpoint",
            "block_storage",
            "data_platform",
            "instances",
            "instances_gpu",
            "instances_without_gpu",
            "objet_storage",
            "rancher",
            "snapshot",
        ];
        // Those of `staging` do not work.
        for (project, alert) in [
            ("prod", ("total \"2026\"", "all", "ok")),
            ("staging", ("old", "all", "disabled")),
            ("staging", ("gone", "all", "deleted")),
        ] {
            let Some(id) = account.project(project) else { continue };
            push(account, &format!("/cloud/project/{id}/alerting"), alert, draw);
        }
        let Some(id) = account.project("prod") else { return };
        for service in SERVICES {
            let path = format!("/cloud/project/{id}/alerting");
            push(account, &path, (service, service, "ok"), draw);
        }
    },
};

fn push(
    account: &mut Account,
    path: &str,
    (name, service, status): (&str, &str, &str),
    draw: &mut Draw,
) {
    let threshold = draw.choose(&[50, 200, 1000]);
    let creation = draw.ago(30, 600);
    let alert = json!({
        "id": draw.uuid(), "name": name, "service": service, "status": status, "delay": 3600,
        "email": "jane.doe@example.com", "emails": ["jane.doe@example.com"],
        "monthlyThreshold": threshold, "creationDate": draw.v1(creation),
        "formattedMonthlyThreshold": {
            "currencyCode": "EUR", "priceInUcents": null, "text": format!("{threshold}.00 €"),
            "value": threshold,
        },
    });
    account.list_mut(path).push(alert);
}
