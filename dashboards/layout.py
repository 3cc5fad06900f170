"""The common parts of every dashboard: variables, links, annotations, and the grid of the panels."""

# `panels` first: it silences a warning of the SDK.
from panels import DATASOURCE
from promql import BUILD, changes_in, of_account, of_exporter

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

RUNBOOKS = "docs/runbooks.md"
EVERY_LABEL_VALUE = 1
QUERY_RESULT = 3


def variable(name, label, values, kind=EVERY_LABEL_VALUE, all_value=".+"):
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(
            {
                "qryType": kind,
                "query": values,
                "refId": "PrometheusVariableQueryEditor-VariableQuery",
            }
        )
        .definition(values)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def label_values(name, label, metric):
    return variable(name, label, f"label_values({metric}, {name})")


def projects():
    """The projects by name. All of them match also the findings of the account, which have none."""
    named = f"max by (project_id, project_name) ({of_account('ovhcloud_cloud_project_info')})"
    return variable(
        "project", "Project", f"query_result({named})", kind=QUERY_RESULT, all_value=".*"
    ).regex('/project_name="(?<text>[^"]+)|project_id="(?<value>[^"]+)/g')


class Grid:
    """The grid of 24 columns, filled from left to right, its panels numbered in that order."""

    def __init__(self):
        self.x = self.y = self.height = self.panel_id = 0

    def next(self, tall, wide):
        if self.x + wide > 24:
            self.x, self.y = 0, self.y + self.height
        at = model.GridPos(h=tall, w=wide, x=self.x, y=self.y)
        self.x, self.height = self.x + wide, tall
        self.panel_id += 1
        return self.panel_id, at


def place(made, sections):
    """Puts the panels of sections on the grid. A title that begins with `+` has its row closed: its
    panels ask for nothing until somebody opens it."""
    grid = Grid()
    for title, groups in sections:
        closed = title.startswith("+")
        if title:
            panel_id, at = grid.next(1, 24)
            row = dashboard.Row(title.lstrip("+")).id(panel_id).grid_pos(at).collapsed(closed)
            if not closed:
                made.with_row(row)
        for tall, wide, panels in groups:
            for panel in panels:
                panel_id, at = grid.next(tall, wide)
                panel.id(panel_id).grid_pos(at)
                if closed:
                    row.with_panel(panel)
                else:
                    made.with_panel(panel)
        if closed:
            made.with_row(row)
    return made


def annotation(name, shade, expression, title):
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(True)
        .hide(False)
        .icon_color(shade)
        .expr(expression)
        .step("1m")
        .title_format(title)
    )


def annotations():
    """The exporters' starts, and the changes of the inventory."""
    started = f"changes({of_exporter('process_start_time_seconds')}[3m]) > 0 and on (job, instance) {BUILD}"
    changed = f"sum by (account) ({changes_in('3m')}) > 0"
    return [
        annotation("Starts of exporters", "purple", started, "{{instance}} started"),
        annotation("Changes of the inventory", "blue", changed, "{{account}}: resources changed"),
    ]


def whole(uid, title, description, sections, variables=()):
    """A dashboard of these sections, each a title and rows of panels."""
    exporters = 'job=~"$job", instance=~"$instance"'
    interval = f"ovhcloud_account_refresh_interval_seconds{{{exporters}}}"
    others = dashboard.DashboardLink("OVHcloud dashboards").type(model.DashboardLinkType.DASHBOARDS)
    runbooks = dashboard.DashboardLink("Runbooks").type(model.DashboardLinkType.LINK)
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["ovhcloud", "prometheus"])
        .readonly()
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-24h", "now")
        .refresh("1m")
        .link(
            others.tags(["ovhcloud"])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
            .icon("external link")
            .tooltip("The other dashboards, with the same time and variables")
        )
        .link(
            runbooks.url(RUNBOOKS)
            .icon("doc")
            .tooltip("Meaning and repair of each alert")
            .target_blank(True)
        )
        .annotations(annotations())
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data Source").type("prometheus")
        )
        .with_variable(label_values("job", "Job", "ovhcloud_exporter_build_info"))
        .with_variable(
            label_values("instance", "Instance", 'ovhcloud_exporter_build_info{job=~"$job"}')
        )
        .with_variable(label_values("account", "Account", interval))
    )
    for one in variables:
        made.with_variable(one)
    return tidy(place(made, sections).build())


def every_panel(panels):
    for panel in panels:
        yield panel
        yield from every_panel(getattr(panel, "panels", None) or [])


def tidy(built):
    """Removes members that the SDK adds and that Grafana's schema does not have, or that hide something."""
    for link in built.links:
        link.placement = None
    for listed in built.templating.list_val:
        listed.auto = listed.auto_min = listed.auto_count = None
    for panel in every_panel(built.panels):
        if panel.type_val == "table":
            panel.options.footer = None
    return built
