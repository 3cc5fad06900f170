"""Tables, and the look of each column by its heading."""

from panels import (
    DAY,
    NOT_KNOWN,
    REF_IDS,
    SEVERITY_COLORS,
    UNKNOWN,
    colored_cell,
    color,
    complete,
    put,
    query,
    steps,
    words,
)
from promql import SEVERITIES

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as model

# Grafana makes no column without a width of its own narrower.
LEAST = 150
LEFT = put("custom.align", "left")


def graded(*colors):
    return [
        colored_cell(),
        put("color", {"mode": "thresholds"}),
        put("thresholds", steps(*colors).build()),
    ]


def named(meanings):
    return [put("mappings", [words(meanings)]), colored_cell(), LEFT]


SECONDS = [put("unit", "s"), put("decimals", 1)]
DATE = [put("unit", "time:YYYY-MM-DD")]
MOMENT = [put("unit", "dateTimeAsIso"), put("custom.width", 160)]
ALARM = graded("text", 1, "orange")
WEIGHTS = {weight: (name, SEVERITY_COLORS[name]) for name, weight in SEVERITIES.items()}
# Before every date, and after NOT_KNOWN: without a time, a cell has no alarm.
LONG_AGO = NOT_KNOWN // 10
# The columns that look alike in every table, by heading: the width, and the look. A column without a
# width shares the rest of the panel; Grafana makes none narrower than 150.
LOOKS = {
    "Accepted": (100, []),
    "Access": (100, []),
    "Account": (100, []),
    "Account id": (130, []),
    "Action": (330, []),
    "Added": (90, []),
    "Admin": (90, ALARM),
    "Addresses": (110, []),
    "Age": (105, SECONDS),
    "Analogy": (90, []),
    "Applies": (100, []),
    "Application id": (140, []),
    "Attached to": (120, []),
    "Backup codes": (130, graded("text", 0, "orange", 3, "text")),
    "Backups": (100, []),
    "Bits": (70, []),
    "Buckets": (90, []),
    "Bytes": (90, [put("unit", "bytes")]),
    "Changed": (105, DATE),
    "Check": (240, []),
    "Clusters": (90, []),
    "Collector": (190, []),
    "Control": (120, []),
    "Containers": (110, []),
    "Created": (105, DATE),
    "Credential id": (130, []),
    "Databases": (107, []),
    "Default": (90, []),
    "Denied": (90, []),
    "Developer mode": (140, named({0: ("off", "text"), 1: ("on", "orange")})),
    "Duration": (100, SECONDS),
    "Encryption": (110, []),
    "End of life": (111, DATE),
    "Endpoint": (200, []),
    "Ends": (105, DATE),
    "Engine": (90, []),
    "Exempt": (80, []),
    "Fail": (80, ALARM),
    "Fingerprint": (420, []),
    "Findings": (90, []),
    "Flavor": (100, []),
    "Flow": (190, []),
    "Framework": (190, []),
    "Gaps": (80, []),
    "Group": (130, []),
    "Images": (90, []),
    "Instances": (100, []),
    "Interval": (100, [put("unit", "s"), put("decimals", 0)]),
    "IP address": (150, []),
    "Kind": (180, []),
    "Last use": (105, DATE),
    "Level": (90, []),
    "Limit": (90, []),
    "Log": (80, []),
    "Managed by": (110, []),
    "Newest": (105, DATE),
    "Nichandle": (130, []),
    "No lock": (90, ALARM),
    "No protection": (120, ALARM),
    "No TLS": (90, ALARM),
    "Nobody else": (110, []),
    "None": (80, []),
    "Not evaluated": (125, graded("text", 1, "orange")),
    "Object lock": (111, []),
    "Oldest": (105, DATE),
    "Open": (80, ALARM),
    "Open clusters": (125, ALARM),
    "Open databases": (132, ALARM),
    "Open groups": (111, ALARM),
    "Optional": (90, []),
    "Outdated": (90, ALARM),
    "Owner": (130, []),
    "Pass": (80, []),
    "Password": (105, DATE),
    "Plan": (100, []),
    "Project": (None, []),
    "Protected": (100, []),
    "Public addresses": (140, ALARM),
    "Public containers": (153, ALARM),
    "Read": (90, []),
    "Reason": (140, []),
    "Region": (140, []),
    "Requested": (105, DATE),
    "Resource": (160, []),
    "Restorable until": (146, DATE),
    "Retention": (100, SECONDS),
    "Revision": (110, []),
    "Role": (130, []),
    "Route": (None, []),
    "Second factor": (130, []),
    "Setting": (130, []),
    "Severity": (90, named(WEIGHTS | {0: ("none", "green")})),
    "Since": (105, DATE),
    "SMS": (70, []),
    "Started": (160, MOMENT),
    "State": (110, []),
    "Stated": (105, DATE),
    "Status": (110, []),
    "Terms": (100, []),
    "Third-party access": (160, ALARM),
    "Time": (100, SECONDS),
    "Time left": (
        110,
        [
            put("unit", "s"),
            put("decimals", 0),
            put("mappings", [words({NOT_KNOWN: ("not known", UNKNOWN)})]),
            *graded("text", LONG_AGO, "red", 0, "orange", 7 * DAY, "yellow", 30 * DAY, "text"),
        ],
    ),
    "TOTP": (70, []),
    "Type": (100, []),
    "U2F": (70, []),
    "Unattached": (110, ALARM),
    "Unencrypted": (111, ALARM),
    "Unknown": (100, graded("text", 1, "orange")),
    "Unlisted": (90, ALARM),
    "Unprotected": (111, ALARM),
    "Used": (
        80,
        [put("unit", "percentunit"), put("decimals", 0)] + graded("text", 0.9, "orange", 1, "red"),
    ),
    "Users": (80, []),
    "Version": (83, []),
    "Versioning": (110, []),
    "Visibility": (104, []),
    "Volumes": (90, []),
    "Write": (90, []),
}


def hidden(name):
    """A column that only links use. Grafana 12.2 renamed the setting; each ignores the other's."""
    return put("custom.hidden", True), put(
        "custom.hideFrom", {"viz": True, "legend": False, "tooltip": False}
    )


def room(heading, sort_by):
    """The width that a heading takes, with its padding, the sign of its filter, and that of its order."""
    ordered = any(name.lstrip("-") == heading for name in sort_by)
    return 42 + 7 * len(heading) + (24 if ordered else 0)


def rows(title, description, expressions, columns, sort_by=(), looks=None, no_value="no data"):
    """A table. `columns` are the labels and values to show, in order, with their headings; a label with
    the heading None is there for links only. `sort_by` has headings, those to sort downwards marked by
    a minus. `looks` changes columns of this table, by heading."""
    made = [query(expression, as_table=True) for expression in expressions]
    panel = complete(table.Panel(), title, description, "none", made)
    if len(made) > 1:
        panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    values = ["Value"] if len(made) == 1 else [f"Value #{ref}" for ref in REF_IDS[: len(made)]]
    others = ["account", "job", "instance", "project_id", "check", "resource", "severity", "kind"]
    left_out = [name for name in ("Time", *values, *others) if name not in columns]
    headings = {name: heading for name, heading in columns.items() if heading}
    panel.with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {name: True for name in left_out},
                "indexByName": {name: index for index, name in enumerate(columns)},
                "renameByName": headings,
            },
        )
    )
    panel.cell_options(shapes.TableAutoCellOptions()).filterable(True)
    panel.show_header(True).cell_height(shapes.TableCellHeight.SM).no_value(no_value)
    panel.color_scheme(color(model.FieldColorModeId.FIXED, "text"))
    for heading in headings.values():
        width, look = LOOKS.get(heading, (None, []))
        changed = [*look, *(looks or {}).get(heading, [])]
        widths = [width] + [one.value for one in changed if one.id_val == "custom.width"]
        changed = [one for one in changed if one.id_val != "custom.width"]
        if widths[-1] or room(heading, sort_by) > LEAST:
            changed.append(put("custom.width", max(widths[-1] or 0, room(heading, sort_by))))
        # The text for an empty table must not fill the empty cells of one with rows.
        panel.override_by_name(heading, [put("noValue", "-"), *changed])
    for name in (name for name, heading in columns.items() if not heading):
        panel.override_by_name(name, list(hidden(name)))
    order = [
        common.TableSortByFieldState().display_name(name.lstrip("-")).desc(name.startswith("-"))
        for name in sort_by
    ]
    return panel.sort_by(order) if order else panel
