"""The dashboard of the findings: each with its resource, the checks, the frameworks, the exemptions."""

from layout import label_values, projects, whole
from panels import SEVERITY_COLORS, lines, links, number, put, query, row_to, to
from promql import (
    ACCOUNTS,
    CHOSEN,
    IN_PROJECT,
    each,
    known,
    of_account,
    of_exporter,
    or_none,
    total,
    unjudged,
    with_project_name,
    with_title,
    worst_first,
)
from tables import graded, named, rows

from grafana_foundation_sdk.builders import dashboard

HERE = "ovhcloud-findings"
OWN = ("project", "severity", "check", "framework", "exporter")
CHECKS = {"check": '=~"$check"', "severity": '=~"$severity"'}
PAGE = "${exporter}/#check-${__data.fields.check:percentencode}"
NAMES = "no data: checks without a verdict, or `detail: counts` without names"
CONTROLS = "no data; only `detail: full` has controls"


def found(**labels):
    """The number of findings of the chosen checks, of all projects."""
    return total("ovhcloud_policy_violations", per=("check", "severity"), **labels)


def not_evaluated():
    return each(
        "ovhcloud_policy_check_not_evaluated_info", "check", "reason", reason=f'!~"{CHOSEN}"'
    )


def all_checks_evaluated():
    evaluated = of_account("ovhcloud_policy_check_status", status='!="not_evaluated"')
    return f"0 * count({evaluated} == 1) unless on () (\n{unjudged()}\n)"


def checks_not_evaluated():
    return number(
        "Checks not evaluated",
        "Checks, by account, without the data they need: the absence of their findings has no meaning. Disabled and unconfigured checks do not count.",
        f"count({not_evaluated()})\nor\n{all_checks_evaluated()}",
        to(HERE, "Checks without a verdict"),
        alarm="orange",
    )


def by_severity(panel):
    for severity, shade in SEVERITY_COLORS.items():
        panel.override_by_name(severity, [put("color", {"mode": "fixed", "fixedColor": shade})])
    return panel


def status(status):
    """The checks with this status, of the chosen ones."""
    chosen = of_account("ovhcloud_policy_check_info", **CHECKS)
    return f"({each('ovhcloud_policy_check_status', 'check', status=status)} == 1 and on (account, check) {chosen})"


def tiles():
    def checks(title, description, name, behind, alarm=None):
        known_zero = f"0 * count({each('ovhcloud_policy_check_status', 'check')}) unless on () (\n{unjudged(**CHECKS)}\n)"
        return number(
            title,
            description,
            f"count({status(name)})\nor\n{known_zero}",
            to(HERE, behind),
            alarm=alarm,
        )

    exemptions = "ovhcloud_policy_exemptions"
    review = total(exemptions, per=("check", "state"), state='=~"unused|expired"')
    # The exemptions are known with any verdict in their account, but an unused one only with a verdict
    # of its own check.
    evaluated = of_account("ovhcloud_policy_check_status", status='!="not_evaluated"') + " == 1"
    never = f"{ACCOUNTS} unless on (account) ({evaluated})"
    unclear = f"({unjudged()}) and on (account, check) {of_account(exemptions)}\nor\n{never}"
    none = f"0 * count({evaluated})"
    return [
        number(
            "Findings",
            "Resources that fail one of the chosen checks, of all projects. 0 only if all these checks are evaluated.",
            known(found(**CHECKS), unjudged(**CHECKS)),
            to(HERE, "Findings"),
            alarm="orange",
        ),
        checks("Checks failing", "Checks with findings, by account.", "fail", "Findings", "orange"),
        checks(
            "Checks passing",
            "Checks that saw all their data and found nothing, by account.",
            "pass",
            "Checks of each framework",
        ),
        checks_not_evaluated(),
        number(
            "Exemptions",
            "Exemptions in any state.",
            f"{total(exemptions, per=('check', 'state'))}\nor\n{none} unless on () (\n{never}\n)",
            to(HERE, "Exemptions"),
        ),
        number(
            "Exemptions to review",
            "Exemptions that are expired, and those that cover no finding.",
            f"{known(review, unclear)}\nor\n{none} unless on () (\n{unclear}\n)",
            to(HERE, "Exemptions by check"),
            alarm="orange",
        ),
    ]


def none_of_the_choice(chosen):
    """A known 0 of findings in a choice of projects, where other findings have names."""
    named = of_account("ovhcloud_policy_violation_info")
    counted = f"sum by (account) ({of_account('ovhcloud_policy_violations')}) > 0"
    return (
        f"(0 * count({named}) unless on () {of_account('ovhcloud_policy_violation_info', **chosen)}\n"
        f"unless on () (\n{unjudged(**CHECKS)}\nor\n{counted} unless on (account) {named}\n))"
    )


def table():
    identity = ("check", "project_id", "kind", "resource", "resource_name")
    chosen = CHECKS | {"project_id": IN_PROJECT}

    def of(severity):
        # Both matchers hold: one for the weight, one for the choice.
        one = each("ovhcloud_policy_violation_info", *identity, **chosen)
        return one.replace("severity=~", f'severity="{severity}", severity=~')

    since = each(
        "ovhcloud_policy_violation_since_timestamp_seconds", *identity, function="min", **chosen
    )
    none = f"{known(found(**CHECKS), unjudged(**CHECKS))}\nor\n{none_of_the_choice(chosen)}"
    return rows(
        "Findings",
        "Every resource that fails a check, worst first, and since when: from the resource's own dates where they hold it, else since the exporter first saw it. Each column has a filter. A finding leads to its page in the exporter with risk and repair; the variable Exporter page is its address.",
        [
            or_none(
                with_title(with_project_name(worst_first(of), *identity)), "resource_name", none
            ),
            f"1000 * {since}",
        ],
        {
            "Value #A": "Severity",
            "title": "Finding",
            "resource_name": "Name",
            "project_name": "Project",
            "account": "Account",
            "Value #B": "Since",
            "kind": "Kind",
            "resource": "Resource",
            "check": None,
            "project_id": None,
        },
        sort_by=("-Severity", "Since"),
        looks={
            "Finding": [
                links("Risk and repair, in the exporter", PAGE, outside=True),
                put("custom.width", 396),
            ],
            "Project": [
                links(
                    "Inventory of this project",
                    row_to("ovhcloud-public-cloud", account="account", project="project_id"),
                )
            ],
        },
        no_value=NAMES,
    )


def repairs():
    text = of_exporter("ovhcloud_policy_check_repair_info", check='=~"$check"')
    failing = total("ovhcloud_policy_violations", "check", per=("severity",), **CHECKS)
    return rows(
        "Repair of the failing checks",
        "The repair in the Control Panel for each of the chosen checks with findings, those with most of them first.",
        [f"({failing} > 0)\n* on (check) group_left (repair)\ntopk by (check) (1, {text})"],
        {"check": "Check", "Value": "Findings", "repair": "Repair"},
        sort_by=("-Findings",),
        looks={"Check": [links("Risk and repair, in the exporter", PAGE, outside=True)]},
    )


def trend():
    identity = ("check", "project_id", "resource", "resource_name")
    here = {"check": '=~"$check"', "project_id": IN_PROJECT}
    every = each("ovhcloud_policy_violation_info", *identity, severity='=~"$severity"', **here)
    severe = each("ovhcloud_policy_violation_info", *identity, severity='=~"critical|high"', **here)
    severity = lines(
        "Trend by severity",
        "Resources that fail one of the chosen checks, by severity.",
        "none",
        query(
            total("ovhcloud_policy_violations", "severity", per=("check",), **CHECKS),
            "{{severity}}",
        ),
        stacked=True,
    )
    checks = lines(
        "Trend of the ten largest checks",
        "Resources that fail the chosen check, for the ten checks with most of them.",
        "none",
        query(
            f"topk(10, {total('ovhcloud_policy_violations', 'check', per=('severity',), **CHECKS)})",
            "{{check}}",
        ),
    )
    where = rows(
        "Findings by project",
        "Findings of the chosen checks in each of the chosen projects, those of the account without a project.",
        [
            with_project_name(f"count by (account, project_id) ({every})"),
            with_project_name(f"count by (account, project_id) ({severe})"),
        ],
        {
            "project_name": "Project",
            "account": "Account",
            "Value #A": "Findings",
            "Value #B": "Severe",
            "project_id": None,
        },
        sort_by=("-Severe", "-Findings"),
        looks={
            "Severe": [*graded("text", 1, "red"), put("custom.width", 80)],
            "Project": [
                links(
                    "Findings of this project",
                    row_to(HERE, OWN, account="account", project="project_id"),
                )
            ],
        },
        no_value=NAMES,
    )
    return [(9, 8, [by_severity(severity)]), (9, 7, [checks]), (9, 9, [where])]


def frameworks():
    def of(name, *by):
        control = each(
            "ovhcloud_policy_check_control_info", "check", *by, framework='=~"$framework"'
        )
        chosen = each("ovhcloud_policy_check_status", "check", status=name)
        return f"sum by ({', '.join(by)}) ({control} * on (account, check) group_left () {chosen})"

    def columns(*labels):
        return dict(labels) | {"Value #A": "Fail", "Value #B": "Not evaluated", "Value #C": "Pass"}

    def expressions(*by):
        return [of(name, *by) for name in ("fail", "not_evaluated", "pass")]

    whole_frameworks = rows(
        "Checks of each framework",
        "Checks that give evidence for a control of the framework, by account and status. A check for two controls counts in each. A mapping is no proof of compliance: docs/controls.md says how it was made.",
        expressions("framework"),
        columns(("framework", "Framework")),
        sort_by=("Framework",),
        no_value=CONTROLS,
        looks={
            "Framework": [links("Only this framework", row_to(HERE, OWN, framework="framework"))]
        },
    )
    controls = rows(
        "Checks of each control",
        "Checks that give evidence for each control of the chosen frameworks, by account and status; analogy is true where the mapping is an analogy of this project.",
        expressions("framework", "control", "analogy"),
        columns(("framework", "Framework"), ("control", "Control"), ("analogy", "Analogy")),
        sort_by=("-Fail", "Framework", "Control"),
        no_value=CONTROLS,
    )
    return [(9, 10, [whole_frameworks]), (9, 14, [controls])]


def exemptions():
    end = "ovhcloud_policy_exemption_end_timestamp_seconds"
    by = ("check", "pattern", "exemption_owner")
    table = rows(
        "Exemptions",
        "Exemptions with an end, the next one first; an expired one exempts nothing. An exemption without an end is only in the table by check.",
        [
            or_none(
                f"{each(end, *by)} - time()",
                "pattern",
                f"{all_checks_evaluated()} unless on () {of_account('ovhcloud_policy_exemptions')}",
            ),
            f"1000 * {each(end, *by)}",
        ],
        {
            "Value #A": "Time left",
            "Value #B": "Ends",
            "pattern": "Resources",
            "check": "Check",
            "exemption_owner": "Owner",
            "account": "Account",
        },
        sort_by=("Time left",),
        looks={"Check": [links("Risk and repair, in the exporter", PAGE, outside=True)]},
        no_value="no data: no exemption has an end, or `detail: counts`",
    )
    states = rows(
        "Exemptions by check",
        "Exemptions of each check by state, and the findings that they accept.",
        [
            each("ovhcloud_policy_exemptions", "check", state=state)
            for state in ("active", "unused", "expired")
        ]
        + [each("ovhcloud_policy_exempted", "check")],
        {
            "check": "Check",
            "account": "Account",
            "Value #A": "Active",
            "Value #B": "Unused",
            "Value #C": "Expired",
            "Value #D": "Exempt",
        },
        sort_by=("-Expired", "-Unused"),
        looks={
            "Check": [put("custom.width", 230)],
            "Active": [put("custom.width", 80)],
            "Unused": [*graded("text", 1, "orange"), put("custom.width", 80)],
            "Expired": [*graded("text", 1, "orange"), put("custom.width", 83)],
        },
        no_value="no data, or no exemption",
    )
    return [(7, 24, [table]), (8, 13, [states]), (8, 11, [files()])]


def blind():
    unknown = each(
        "ovhcloud_policy_check_not_evaluated_info", "check", "reason", check='=~"$check"'
    )
    verdicts = rows(
        "Checks without a verdict",
        "Checks without a verdict, with the reason: not_collected (collector disabled), not_read (never, or too long ago), incomplete (part of the data is missing), unclear (a property is missing), not_evaluable (OVHcloud does not answer the question for this account or credential), not_configured, disabled.",
        [or_none(with_title(unknown), "reason", all_checks_evaluated())],
        {"reason": "Reason", "title": "Title", "check": "Check", "account": "Account"},
        sort_by=("Reason", "Check"),
        looks={"Check": [links("Risk and repair, in the exporter", PAGE, outside=True)]},
    )
    return [(9, 24, [verdicts])]


def files():
    return rows(
        "Files of lists and exemptions",
        "Whether the last refresh could read each file of allow lists, exemptions or ends of life. If not, its last good content remains in use. No row without a file in the configuration.",
        [f"min by (file) ({of_account('ovhcloud_policy_file_success')})"],
        {"Value": "State", "file": "File"},
        sort_by=("State",),
        looks={
            "State": [
                *named({0: ("not read", "orange"), 1: ("read", "text")}),
                put("custom.width", 90),
            ]
        },
        no_value="no data, or no file",
    )


def settings():
    def threshold(metric):
        return each(metric, "check", "setting", check='=~"$check"')

    times = rows(
        "Time spans of the checks",
        "The configured value, or the default, of each setting that is a time span.",
        [f"max by (check, setting) ({threshold('ovhcloud_policy_check_threshold_seconds')})"],
        {"check": "Check", "setting": "Setting", "Value": "Time"},
        sort_by=("Check",),
    )
    numbers = rows(
        "Numbers of the checks",
        "The configured value, or the default, of each setting that is a number.",
        [f"max by (check, setting) ({threshold('ovhcloud_policy_check_threshold')})"],
        {"check": "Check", "setting": "Setting", "Value": "Limit"},
        sort_by=("Check",),
    )
    ends = rows(
        "Known ends of life",
        "The day on which the known ends of life of each product were stated, the oldest first. A newer file replaces them: docs/ovhcloud-exporter.yaml, end_of_life.",
        [
            f"1000 * min by (product) ({of_account('ovhcloud_policy_end_of_life_table_timestamp_seconds')})"
        ],
        {"product": "Product", "Value": "Stated"},
        sort_by=("Stated",),
    )
    return [(9, 9, [times, numbers]), (9, 6, [ends])]


def findings():
    exporter = (
        dashboard.TextBoxVariable("exporter")
        .label("Exporter page")
        .description(
            "The address of the exporter's own page as a browser reaches it; its section on a check has risk and repair."
        )
        .default_value("http://localhost:10045")
    )
    infos = of_account("ovhcloud_policy_check_info")
    controls = of_account("ovhcloud_policy_check_control_info")
    return whole(
        HERE,
        "OVHcloud / Findings",
        "Resources that fail a check: which, where, since when; the checks without a verdict; frameworks and exemptions.",
        [
            ("", [(4, 4, tiles()), (14, 24, [table()]), (9, 24, [repairs()])]),
            ("Trend", trend()),
            ("Checks without a verdict", blind()),
            ("Exemptions", exemptions()),
            ("Frameworks", frameworks()),
            ("+Settings of the checks", settings()),
        ],
        [
            projects(),
            label_values("severity", "Severity", infos),
            label_values("check", "Check", infos),
            label_values("framework", "Framework", controls),
            exporter,
        ],
    )
