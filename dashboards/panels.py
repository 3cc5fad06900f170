"""The kinds of panel that the dashboards are made of, each in one look."""

import warnings

# The SDK recommends Grafana's newer schema, which older Grafanas cannot load.
warnings.filterwarnings("ignore", category=DeprecationWarning)

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap  # noqa: E402
from grafana_foundation_sdk.builders import prometheus, stat, timeseries  # noqa: E402
from grafana_foundation_sdk.models import common as shapes  # noqa: E402
from grafana_foundation_sdk.models import dashboard as model  # noqa: E402
from grafana_foundation_sdk.models import prometheus as queries  # noqa: E402
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode  # noqa: E402

DATASOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")
REF_IDS = "ABCDEFGHIJ"
# Grafana paints "no data" in the first colour of the thresholds: it must not look like a good value.
UNKNOWN = "#808080"
DAY = 86400
# The severities' colours, worst first.
SEVERITY_COLORS = {
    "critical": "dark-red",
    "high": "red",
    "medium": "orange",
    "low": "blue",
    "info": "text",
}
# A "time left" that is no time: something may end, but the exporter does not know when.
NOT_KNOWN = -100000000000


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


def to(uid, panel=None, **chosen):
    """The address of a dashboard, with the time range and the variables of this one. `panel` shows
    only the panel of that title; `generate.py` knows its number."""
    parts = ["${__url_time_range}", "${__all_variables}"]
    parts += [f"var-{name}={value}" for name, values in chosen.items() for value in listed(values)]
    parts += [f"viewPanel=<{uid}: {panel}>"] if panel else []
    return f"/d/{uid}?{'&'.join(parts)}"


def row_to(uid, keep=(), **chosen):
    """As `to`, from a row of a table, whose values replace those of the variables. `keep` are the
    variables that only some dashboards have, this one among them."""
    names = ("datasource", "job", "instance", "account", *keep)
    parts = ["${__url_time_range}"]
    parts += [f"${{{name}:queryparam}}" for name in names if name not in chosen]
    parts += [
        f"var-{name}=${{__data.fields.{field}:percentencode}}" for name, field in chosen.items()
    ]
    return f"/d/{uid}?{'&'.join(parts)}"


def listed(values):
    return (values,) if isinstance(values, str) else values


def link(title, url, outside=False):
    made = dashboard.DashboardLink(title).url(url)
    return made.target_blank(True) if outside else made


def links(title, url, outside=False):
    """The link of a column."""
    return put("links", [{"title": title, "url": url, "targetBlank": outside}])


def number(title, description, expression, behind, unit="none", alarm=None, decimals=0):
    """One number, with the address of the rows behind it. With the colour of an alarm its background
    shows how bad it is: grey without a value, green at 0, the alarm from 1. Else it is only a count."""
    panel = complete(stat.Panel(), title, description, unit, [query(expression, instant=True)])
    panel.reduce_options(last()).graph_mode(shapes.BigValueGraphMode.NONE).decimals(decimals)
    panel.text_mode(shapes.BigValueTextMode.VALUE).no_value("no data")
    panel.justify_mode(shapes.BigValueJustifyMode.CENTER)
    panel.data_links([link("Show what is behind it", behind)])
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
    panel.min(0).color_scheme(color(model.FieldColorModeId.PALETTE_CLASSIC))
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


def heat(title, description, unit, buckets):
    """The distribution of a histogram over time."""
    made = query(buckets, "{{le}}").format(queries.PromQueryFormat.HEATMAP)
    panel = complete(heatmap.Panel(), title, description, "none", [made])
    panel.calculate(False).cell_gap(1).y_axis(heatmap.YAxisConfig().unit(unit))
    panel.color(
        heatmap.HeatmapColorOptions()
        .mode(HeatmapColorMode.SCHEME)
        .scheme("Oranges")
        .steps(64)
        .exponent(0.5)
        .fill("dark-orange")
    )
    panel.filter_values(heatmap.FilterValueRange().le(1e-9))
    panel.tooltip(heatmap.HeatmapTooltip().mode(shapes.TooltipDisplayMode.SINGLE).y_histogram(True))
    return panel.show_legend().color_scheme(color(model.FieldColorModeId.FIXED, "orange"))


FULL_ONLY = "no data; only `detail: full` has names"


def bars(title, description, *made, no_value="no data"):
    """Counts of today, one bar each."""
    panel = complete(bargauge.Panel(), title, description, "none", made)
    panel.reduce_options(last()).orientation(shapes.VizOrientation.HORIZONTAL).min(0).decimals(0)
    panel.display_mode(shapes.BarGaugeDisplayMode.BASIC).show_unfilled(False)
    panel.value_mode(shapes.BarGaugeValueMode.TEXT).no_value(no_value)
    # A name beside its bar is cut at a third of the panel.
    panel.name_placement(shapes.BarGaugeNamePlacement.TOP)
    panel.text(common.VizTextDisplayOptions().title_size(13).value_size(16)).max_viz_height(40)
    return panel.color_scheme(color(model.FieldColorModeId.FIXED, "blue"))


def top(expression, legend):
    """The ten largest, for bars, the longest first."""
    return query(f"sort_desc(topk(10, {expression}))", legend, instant=True)
