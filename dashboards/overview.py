"""The overview: freshness, findings, quantities, trends."""

from exporter import freshness, missing_permissions
from findings import all_checks_evaluated, by_severity, checks_not_evaluated, found
from layout import whole
from panels import SEVERITY_COLORS, lines, links, number, put, query, row_to, to
from promql import (
    INTERVAL,
    NEWEST_SUCCESS,
    changes_in,
    each,
    known,
    of_account,
    or_none,
    total,
    unjudged,
    unread,
    with_title,
    worst_first,
)
from tables import graded, named, rows

FINDINGS = "ovhcloud-findings"
IDENTITY = "ovhcloud-identity"
PUBLIC_CLOUD = "ovhcloud-public-cloud"
ALARMS = {"critical": "red", "high": "red", "medium": "orange"}


def severities():
    """A tile for each severity."""
    return [
        number(
            f"{severity.capitalize()} findings",
            f"Resources that fail a check of severity {severity}. 0 only if all these checks are evaluated.",
            known(found(severity=severity), unjudged(severity=severity)),
            to(FINDINGS, "Findings", severity=severity),
            alarm=ALARMS.get(severity),
        )
        for severity in SEVERITY_COLORS
    ]


def count(title, description, metric, per, collector, behind):
    return number(title, description, known(total(metric, per=per), unread(collector)), behind)


def quantities():
    region = ("project_id", "ovh_region")
    return [
        count(
            "Projects",
            "Public Cloud projects in any status.",
            "ovhcloud_cloud_projects",
            ("status",),
            "cloud_project",
            to(PUBLIC_CLOUD, "Instances and access by project"),
        ),
        count(
            "Instances",
            "Public Cloud instances in any status.",
            "ovhcloud_cloud_instances",
            (*region, "flavor", "status"),
            "cloud_instance",
            to(PUBLIC_CLOUD, "Instances and access by project"),
        ),
        count(
            "Volumes",
            "Volumes in any status.",
            "ovhcloud_cloud_volumes",
            (*region, "volume_type", "status"),
            "cloud_volume",
            to(PUBLIC_CLOUD, "Volumes by project"),
        ),
        count(
            "Databases",
            "Managed databases in any status.",
            "ovhcloud_cloud_databases",
            ("project_id", "engine", "version", "plan", "status"),
            "cloud_database",
            to(PUBLIC_CLOUD, "Databases by version"),
        ),
        count(
            "Clusters",
            "Managed Kubernetes clusters in any status.",
            "ovhcloud_cloud_kube_clusters",
            (*region, "version", "status"),
            "cloud_kube",
            to(PUBLIC_CLOUD, "Clusters by version"),
        ),
        count(
            "SSH keys",
            "SSH keys in all projects; a key in two projects counts twice.",
            "ovhcloud_cloud_ssh_keys",
            ("project_id",),
            "cloud_ssh_key",
            to(PUBLIC_CLOUD, "Instances and access by project"),
        ),
        count(
            "IAM users",
            "Local users of the accounts in any status.",
            "ovhcloud_iam_users",
            ("group", "status"),
            "iam_user",
            to(IDENTITY, "Users by group"),
        ),
        count(
            "Credentials",
            "Credentials of API applications (consumer keys) in any status.",
            "ovhcloud_api_credentials",
            ("status",),
            "api_credential",
            to(IDENTITY, "API credentials by name"),
        ),
    ]


def failing_checks():
    def failing(severity):
        return each("ovhcloud_policy_violations", "check", "severity", severity=severity) + " > bool 0 > 0"

    shown = rows(
        "Checks that fail",
        "Checks with findings, worst first. A title leads to its findings.",
        [
            or_none(
                with_title(worst_first(failing)),
                "title",
                known(total("ovhcloud_policy_violations", per=("check", "severity")), unjudged()),
            ),
            f"sum by (account, check) ({each('ovhcloud_policy_violations', 'check', 'severity')}) > 0",
        ],
        {
            "Value #A": "Severity",
            "title": "Title",
            "Value #B": "Findings",
            "account": "Account",
            "check": None,
        },
        sort_by=("-Severity", "-Findings"),
        looks={
            "Title": [
                links("Findings of this check", row_to(FINDINGS, account="account", check="check"))
            ]
        },
    )
    return shown


def accounts():
    info = each("ovhcloud_account_info", "nichandle", "ovh_endpoint")
    names = f"count by (account) ({each('ovhcloud_account_info', 'nichandle')})"
    severe = each("ovhcloud_policy_violations", "check", severity='=~"critical|high"')
    shown = rows(
        "Accounts",
        "The OVHcloud account behind each name, with the age of its newest data and its critical and high findings. A name of several accounts merges their numbers: each panel shows the highest, not the sum.",
        [
            f"{info}\n* on (account) group_left ()\n{names}\nor on (account)\n0 * {INTERVAL}",
            f"time() - {NEWEST_SUCCESS}",
            f"sum by (account) ({severe})",
            each("ovhcloud_collector_success", function="min"),
        ],
        {
            "account": "Account",
            "nichandle": "Nichandle",
            "ovh_endpoint": "Endpoint",
            "Value #B": "Age",
            "Value #D": "Last refresh",
            "Value #C": "Critical and high",
            "Value #A": "Accounts of this name",
        },
        sort_by=("-Critical and high", "Account"),
        looks={
            "Account": [links("Only this account", row_to("ovhcloud-overview", account="account"))],
            "Last refresh": [
                *named({0: ("incomplete", "orange"), 1: ("complete", "text")}),
            ],
            "Critical and high": [
                *graded("text", 1, "red"),
            ],
            "Accounts of this name": [
                *named({0: ("not known", "text")}),
                put("custom.align", "auto"),
                *graded("text", 2, "orange"),
            ],
        },
    )
    return shown


def trends():
    severity = lines(
        "Findings by severity",
        "Resources that fail a check, by the check's severity.",
        "none",
        query(total("ovhcloud_policy_violations", "severity", per=("check",)), "{{severity}}"),
        stacked=True,
    )
    by_severity(severity)
    instances = lines(
        "Instances by status",
        "Public Cloud instances of all projects.",
        "none",
        query(
            total("ovhcloud_cloud_instances", "status", per=("project_id", "ovh_region", "flavor")),
            "{{status}}",
        ),
        stacked=True,
    )
    rights = lines(
        "Identities by level of rights",
        "Users, groups, service accounts and the account itself, by their rights on any resource. admin may give rights on the account.",
        "none",
        query(total("ovhcloud_iam_identity_access", "level", per=("identity_kind",)), "{{level}}"),
        stacked=True,
    )
    counter = of_account("ovhcloud_inventory_changes_total")
    changes = lines(
        "Changes of the inventory",
        "Resources added, removed or changed, per hour. A short-lived resource, present in a single refresh, counts twice: as added and as removed.",
        "none",
        query(
            f"sum by (collector, change) ({changes_in('1h')}) > 0\n"
            f'or on ()\nlabel_replace(0 * count({counter}), "change", "no change", "", "")',
            "{{collector}} {{change}}",
        ),
        stacked=True,
        bridge=True,
    )
    age = lines(
        "Data age by account",
        "Time since the newest success of any collector, the ten oldest accounts.",
        "s",
        query(f"topk(10, time() - {NEWEST_SUCCESS})", "{{account}}"),
    )
    return severity, instances, rights, changes, age


def overview():
    severity, instances, rights, changes, age = trends()
    return whole(
        "ovhcloud-overview",
        "OVHcloud / Overview",
        "Freshness of the data, findings, quantities and trends of the OVHcloud accounts. Each number leads to the dashboard behind it.",
        [
            ("", [(4, 4, [*freshness(), missing_permissions(), checks_not_evaluated()])]),
            (
                "Findings",
                [
                    (4, 4, severities() + [exempt()]),
                    (10, 14, [failing_checks()]),
                    (10, 10, [severity]),
                ],
            ),
            ("Quantities", [(4, 3, quantities())]),
            ("Trends", [(8, 8, [instances, rights, changes])]),
            ("Accounts", [(8, 19, [accounts()]), (8, 5, [age])]),
        ],
    )


def exempt():
    return number(
        "Exempt findings",
        "Findings that an exemption accepts. They count nowhere else.",
        f"{total('ovhcloud_policy_exempted', per=('check', 'severity'))}\nor\n{all_checks_evaluated()}",
        to(FINDINGS, "Exemptions"),
    )
