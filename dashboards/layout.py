"""The common parts of every dashboard: variables, links, and the grid of the panels."""

# `panels` first: it silences a warning of the SDK.
from panels import DATASOURCE

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

RUNBOOKS = "docs/runbooks.md"


def variable(name, label, metric):
    values = f"label_values({metric}, {name})"
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(
            {"qryType": 1, "query": values, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
        )
        .definition(values)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def place(made, sections):
    """Puts panels on the grid of 24 columns, from left to right, and numbers them in that order."""
    x = y = height = 0
    panel_id = 1
    for title, groups in sections:
        if title:
            y, x = y + height, 0
            at = model.GridPos(h=1, w=24, x=0, y=y)
            made.with_row(dashboard.Row(title).id(panel_id).grid_pos(at))
            panel_id, y, height = panel_id + 1, y + 1, 0
        for tall, wide, panels in groups:
            for panel in panels:
                if x + wide > 24:
                    x, y = 0, y + height
                made.with_panel(
                    panel.id(panel_id).grid_pos(model.GridPos(h=tall, w=wide, x=x, y=y))
                )
                panel_id, x, height = panel_id + 1, x + wide, tall
    return made


def whole(uid, title, description, tags, sections):
    """A dashboard of these sections, each a title and rows of panels."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["ovhcloud", "prometheus", *tags])
        .readonly()
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-24h", "now")
        .refresh("1m")
        .link(
            dashboard.DashboardLink("Runbooks")
            .type(model.DashboardLinkType.LINK)
            .url(RUNBOOKS)
            .icon("doc")
            .tooltip("Meaning and repair of each alert")
            .target_blank(True)
        )
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data Source").type("prometheus")
        )
        .with_variable(variable("job", "Job", "ovhcloud_exporter_build_info"))
        .with_variable(
            variable("instance", "Instance", 'ovhcloud_exporter_build_info{job=~"$job"}')
        )
        .with_variable(
            variable(
                "account",
                "Account",
                'ovhcloud_account_refresh_interval_seconds{job=~"$job", instance=~"$instance"}',
            )
        )
    )
    return tidy(place(made, sections).build())


def tidy(built):
    """Removes members that the SDK adds and that Grafana's schema does not have, or that hide something."""
    for link in built.links:
        link.placement = None
    for listed in built.templating.list_val:
        listed.auto = listed.auto_min = listed.auto_count = None
    for panel in built.panels:
        if panel.type_val == "table":
            panel.options.footer = None
    return built
