"""The kinds of panel that the dashboard is made of, each in one look."""

import warnings

# The SDK recommends Grafana's newer schema, which older Grafanas cannot load.
warnings.filterwarnings("ignore", category=DeprecationWarning)

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus  # noqa: E402
from grafana_foundation_sdk.builders import stat, table, timeseries  # noqa: E402
from grafana_foundation_sdk.models import common as shapes  # noqa: E402
from grafana_foundation_sdk.models import dashboard as model  # noqa: E402
from grafana_foundation_sdk.models import prometheus as queries  # noqa: E402

DATASOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")
REF_IDS = "ABCD"
# Grafana paints "no data" in the first colour of the thresholds: it must not look like a good value.
UNKNOWN = "#808080"
# Columns that need no more, whatever the table, so that names and ids get the rest.
WIDTHS = {
    "Age": 110,
    "Check id": 200,
    "Collector": 140,
    "Duration": 110,
    "Errors": 80,
    "Keys": 80,
    "Project id": 280,
    "Reason": 130,
    "Revision": 110,
    "Severity": 90,
    "Started": 130,
    "State": 80,
    "Unlisted": 90,
    "Version": 90,
}


def query(expression, legend=None, instant=False, as_table=False):
    made = prometheus.Dataquery().datasource(DATASOURCE).expr(expression)
    made.editor_mode(queries.QueryEditorMode.CODE).legend_format(legend or "__auto")
    if "$__rate_interval" in expression:
        # README's scrape_interval. Otherwise Grafana takes the data source's, 15 s by default, and a
        # rate over 1 m has a single sample.
        made.interval("1m")
    if instant or as_table:
        made.instant()
    else:
        made.range()
    kind = queries.PromQueryFormat.TABLE if as_table else queries.PromQueryFormat.TIME_SERIES
    return made.format(kind)


def complete(panel, title, description, unit, expressions):
    """The common parts of every panel. The queries get the refIds A, B, …"""
    panel.title(title).description(description).unit(unit).datasource(DATASOURCE)
    for ref_id, made in zip(REF_IDS, expressions):
        panel.with_target(made.ref_id(ref_id))
    return panel


def steps(*colors):
    """Thresholds: the first colour holds below every value, then value and colour in turn."""
    values = [(None, colors[0])] + list(zip(colors[1::2], colors[2::2]))
    made = [model.Threshold(value=value, color=color) for value, color in values]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(made)


def color(mode, fixed=None):
    made = dashboard.FieldColor().mode(mode)
    return made.fixed_color(fixed) if fixed else made


def put(name, value):
    return model.DynamicConfigValue(id_val=name, value=value)


def words(meanings):
    """A value mapping: value to (text, colour)."""
    made = {
        str(value): model.ValueMappingResult(text=text, color=shade, index=index)
        for index, (value, (text, shade)) in enumerate(meanings.items())
    }
    return model.ValueMap(options=made)


def colored_cell():
    return put("custom.cellOptions", {"type": "color-text"})


def last():
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


def number(title, description, expression, unit="none", alarm=None, decimals=0):
    """One number. With the colour of an alarm its background shows how bad it is: grey without a
    value, green at 0, the alarm from 1. Else it is only a count."""
    panel = complete(stat.Panel(), title, description, unit, [query(expression, instant=True)])
    panel.reduce_options(last()).graph_mode(shapes.BigValueGraphMode.NONE).decimals(decimals)
    panel.text_mode(shapes.BigValueTextMode.VALUE).no_value("no data")
    panel.justify_mode(shapes.BigValueJustifyMode.CENTER)
    if alarm:
        thresholds = steps(UNKNOWN, 0, "green", 1, alarm)
        panel.color_mode(shapes.BigValueColorMode.BACKGROUND).thresholds(thresholds)
        return panel.color_scheme(color(model.FieldColorModeId.THRESHOLDS))
    panel.color_mode(shapes.BigValueColorMode.VALUE)
    return panel.color_scheme(color(model.FieldColorModeId.FIXED, "text"))


def lines(title, description, unit, *made, stacked=False, bridge=False):
    """Values over time. `bridge` connects the points where a rate has no value between two refreshes."""
    panel = complete(timeseries.Panel(), title, description, unit, made)
    panel.line_width(1).fill_opacity(25 if stacked else 8).show_points(shapes.VisibilityMode.NEVER)
    panel.min(0).color_scheme(color(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    panel.legend(
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.LIST)
        .placement(shapes.LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
    )
    panel.tooltip(
        common.VizTooltipOptions()
        .mode(shapes.TooltipDisplayMode.MULTI)
        .sort(shapes.SortOrder.DESCENDING)
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    if unit == "none":
        panel.decimals(0)
    if bridge:
        panel.span_nulls(True)
    return panel


def bars(title, description, expression, legend):
    """The ten largest counts of today, longest bar first."""
    made = query(f"sort_desc(topk(10, {expression}))", legend, instant=True)
    panel = complete(bargauge.Panel(), title, description, "none", [made])
    panel.reduce_options(last()).orientation(shapes.VizOrientation.HORIZONTAL).min(0).decimals(0)
    panel.display_mode(shapes.BarGaugeDisplayMode.BASIC).show_unfilled(False)
    panel.value_mode(shapes.BarGaugeValueMode.TEXT).no_value("no data")
    return panel.color_scheme(color(model.FieldColorModeId.FIXED, "blue"))


def rows(title, description, expressions, columns, sort_by=()):
    """A table. `columns` are the labels and values to show, in order, with their headings; the
    other columns are hidden. `sort_by` has headings, those to sort downwards marked by a minus."""
    made = [query(expression, as_table=True) for expression in expressions]
    panel = complete(table.Panel(), title, description, "none", made)
    if len(made) > 1:
        panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    values = (
        ["Value"] if len(made) == 1 else [f"Value #{ref_id}" for ref_id in REF_IDS[: len(made)]]
    )
    known = [
        "Time",
        *values,
        "job",
        "account",
        "instance",
        "project_id",
        "severity",
        "check",
        "resource",
    ]
    hidden = [name for name in known if name not in columns]
    panel.with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {name: True for name in hidden},
                "indexByName": {name: index for index, name in enumerate(columns)},
                "renameByName": columns,
            },
        )
    )
    panel.cell_options(shapes.TableAutoCellOptions())
    panel.show_header(True).cell_height(shapes.TableCellHeight.SM).no_value("no data")
    panel.color_scheme(color(model.FieldColorModeId.FIXED, "text"))
    for name, wide in WIDTHS.items():
        if name in columns.values():
            panel.override_by_name(name, [put("custom.width", wide)])
    # The text for an empty table must not fill the empty cells of one with rows.
    for name in columns.values():
        panel.override_by_name(name, [put("noValue", "-")])
    order = [
        common.TableSortByFieldState().display_name(name.lstrip("-")).desc(name.startswith("-"))
        for name in sort_by
    ]
    return panel.sort_by(order) if order else panel
