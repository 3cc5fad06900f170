"""The overview: freshness, findings, quantities."""

from layout import whole
from panels import bars, colored_cell, lines, number, put, query, rows, steps, words
from promql import (
    ACCOUNTS,
    BUILD,
    CHECK_TITLES,
    CHOSEN,
    DOWN,
    INTERVAL,
    NEWEST_SUCCESS,
    NOT_REFRESHED,
    SEVERITIES,
    UP,
    each,
    findings_by_weight,
    instances,
    known,
    of_account,
    of_exporter,
    or_none,
    own_process,
    total,
    unjudged,
    unread,
    with_project_name,
)

SEVERE = '=~"critical|high"'

SEVERITY_COLORS = {"critical": "dark-red", "high": "red", "medium": "orange", "low": "blue"}


def severe():
    return total("ovhcloud_policy_violations", per=("check", "severity"), severity=SEVERE)


def not_evaluated():
    return each(
        "ovhcloud_policy_check_not_evaluated_info", "check", "reason", reason=f'!~"{CHOSEN}"'
    )


def missing():
    return each("ovhcloud_permission_missing_info", "collector", "action", optional="=\"false\"")


def first_glance():
    """Freshness, findings, quantities."""
    never = f"{ACCOUNTS} unless on (account) {of_account('ovhcloud_collector_success')}"
    judged = [
        number(
            "Exporters down",
            "Exporters down, seen in the last week. Everything below is as old as their last scrape.",
            f"count({DOWN})\nor\n0 * count({UP})",
            alarm="red",
        ),
        number(
            "Accounts not refreshed",
            "Accounts without a successful collector for more than three refresh intervals, in any exporter.",
            f"count(count by (account) (\n{NOT_REFRESHED}\n))\n"
            f"or\n0 * count({NEWEST_SUCCESS}) unless on () ({ACCOUNTS} unless on (account) {NEWEST_SUCCESS})",
            alarm="red",
        ),
        number(
            "Oldest account data",
            "Time since the newest success of any collector, for the account with the oldest data. An account without any success is not included.",
            f"max(time() - {NEWEST_SUCCESS})",
            unit="s",
            decimals=1,
        ),
        number(
            "Collectors failing",
            "Collectors, by account, with errors in the last refresh, due to missing permissions or another cause.",
            known(
                f"sum({each('ovhcloud_collector_success', 'collector', function='min')} == bool 0)",
                never,
            ),
            alarm="orange",
        ),
        number(
            "Critical and high findings",
            "Resources that fail a check of severity critical or high. 0 only if all these checks are evaluated.",
            known(severe(), unjudged(severity=SEVERE)),
            alarm="red",
        ),
        number(
            "Checks not evaluated",
            "Checks, by account, without the data they need: the absence of their findings has no meaning. Disabled and unconfigured checks do not count.",
            f"count({not_evaluated()})\nor\n{all_checks_evaluated()}",
            alarm="orange",
        ),
    ]
    counted = [
        number(
            "Projects",
            "Public Cloud projects in any status.",
            known(total("ovhcloud_cloud_projects", per=("status",)), unread("cloud_project")),
        ),
        number(
            "Instances",
            "Public Cloud instances in any status.",
            known(instances(), unread("cloud_instance")),
        ),
        number(
            "SSH keys",
            "SSH keys in all projects; a key in two projects counts twice.",
            known(total("ovhcloud_cloud_ssh_keys", per=("project_id",)), unread("cloud_ssh_key")),
        ),
        number(
            "Unlisted SSH keys",
            "SSH keys that are not in the allow list. No data without a list.",
            known(
                total("ovhcloud_cloud_ssh_keys_unlisted", per=("project_id",)),
                unjudged(check="sshkey_unlisted"),
            ),
            alarm="orange",
        ),
        number(
            "IAM users",
            "Users of the accounts in any status.",
            known(total("ovhcloud_iam_users", per=("group", "status")), unread("iam_user")),
        ),
        number(
            "API credentials",
            "Credentials of API applications (consumer keys) in any status.",
            known(total("ovhcloud_api_credentials", per=("status",)), unread("api_credential")),
        ),
        number(
            "Stale API credentials",
            "Valid credentials that are unused or were never used.",
            known(
                total("ovhcloud_api_credentials_stale", per=("reason",)),
                unjudged(check='=~"credential_stale|credential_never_used"'),
            ),
            alarm="orange",
        ),
        number(
            "Missing permissions",
            "IAM actions that the exporter's credentials lack. 0 only if every collector is complete: a request without a response leaves its permission unknown.",
            f"count({missing()})\nor\n{all_permissions_tried()}",
            alarm="orange",
        ),
    ]
    return [(4, 4, judged), (4, 3, counted)]


def all_checks_evaluated():
    evaluated = of_account("ovhcloud_policy_check_status", status='!="not_evaluated"')
    return f"0 * count({evaluated} == 1) unless on () (\n{unjudged()}\n)"


def all_permissions_tried():
    return f"0 * count({of_account('ovhcloud_collector_success')}) unless on () (\n{unread()}\n)"


def findings():
    identity = ("check", "project_id", "resource", "resource_name")
    shown = rows(
        "Findings",
        "Every resource that fails a check, worst first.",
        [
            or_none(
                with_project_name(findings_by_weight(), *identity),
                "check",
                known(
                    total("ovhcloud_policy_violations", per=("check", "severity")), unjudged()
                ),
            )
        ],
        {
            "Value": "Severity",
            "check": "Check id",
            "account": "Account",
            "project_name": "Project",
            "resource_name": "Name",
            "resource": "Resource",
        },
        sort_by=("-Severity", "Check id"),
    )
    severities = {
        weight: (severity, SEVERITY_COLORS[severity]) for severity, weight in SEVERITIES.items()
    } | {0: ("none", "green")}
    shown.override_by_name(
        "Severity",
        [
            put("mappings", [words(severities)]),
            colored_cell(),
            put("custom.align", "left"),
        ],
    )
    over_time = lines(
        "Findings by severity",
        "Resources that fail a check, by the check's severity.",
        "none",
        query(total("ovhcloud_policy_violations", "severity", per=("check",)), "{{severity}}"),
        stacked=True,
    )
    for severity, shade in SEVERITY_COLORS.items():
        over_time.override_by_name(severity, [put("color", {"mode": "fixed", "fixedColor": shade})])
    unknown = each("ovhcloud_policy_check_not_evaluated_info", "check", "reason")
    titled = f"{unknown}\n* on (account, check) group_left (title)\n{CHECK_TITLES}"
    blind = rows(
        "Checks not evaluated",
        "Checks without a verdict, with the reason: not_collected (collector disabled), not_read (never, or too long ago), incomplete (part of the data is missing), unclear (a property is missing), not_evaluable (OVHcloud does not answer the question for this account or credential), not_configured, disabled.",
        [or_none(titled, "reason", all_checks_evaluated())],
        {"reason": "Reason", "account": "Account", "check": "Check id", "title": "Title"},
        sort_by=("Reason", "Account"),
    )
    return [(10, 14, [shown]), (10, 10, [over_time]), (7, 14, [blind]), (7, 10, [accounts()])]


def accounts():
    info = each("ovhcloud_account_info", "nichandle", "ovh_endpoint")
    names = f"count by (account) ({each('ovhcloud_account_info', 'nichandle')})"
    shown = rows(
        "Accounts",
        "The OVHcloud account behind each name. A name of several accounts merges their numbers: each panel shows the highest, not the sum.",
        [f"{info}\n* on (account) group_left ()\n{names}\nor on (account)\n0 * {INTERVAL}"],
        {
            "account": "Account",
            "nichandle": "Nichandle",
            "ovh_endpoint": "Endpoint",
            "Value": "Accounts of this name",
        },
        sort_by=("-Accounts of this name", "Account"),
    )
    shown.override_by_name(
        "Accounts of this name",
        [
            put("mappings", [words({0: ("not known", "text")})]),
            colored_cell(),
            put("color", {"mode": "thresholds"}),
            put("thresholds", steps("text", 2, "orange").build()),
        ],
    )
    return shown


def freshness():
    newest = each("ovhcloud_collector_last_success_timestamp_seconds", "collector")
    success = each("ovhcloud_collector_success", "collector", function="min")
    collectors = rows(
        "Collectors",
        "The last refresh of each collector, failed ones first. A collector without an age has never succeeded.",
        [
            success,
            f"time() - {newest}",
            f"sum by (account, collector) ({each('ovhcloud_collector_gaps', 'collector', 'reason')})",
            each("ovhcloud_collector_duration_seconds", "collector"),
        ],
        {
            "Value #A": "State",
            "collector": "Collector",
            "account": "Account",
            "Value #B": "Age",
            "Value #C": "Errors",
            "Value #D": "Duration",
        },
        sort_by=("State", "-Age"),
    )
    collectors.override_by_name(
        "State",
        [
            put("mappings", [words({0: ("failed", "red"), 1: ("ok", "green")})]),
            colored_cell(),
            put("custom.align", "left"),
        ],
    )
    for name in ("Age", "Duration"):
        collectors.override_by_name(name, [put("unit", "s"), put("decimals", 1)])
    permissions = rows(
        "Missing permissions",
        "IAM actions that a collector needs and the account's credential lacks.",
        [or_none(missing(), "action", all_permissions_tried())],
        {"action": "Action", "collector": "Collector", "account": "Account"},
        sort_by=("Account", "Collector"),
    )
    age = lines(
        "Age of the newest success by collector",
        "Time since each collector was last complete, for the account with the oldest data.",
        "s",
        query(f"max by (collector) (time() - {newest})", "{{collector}}"),
    )
    gaps = lines(
        "Errors by reason",
        "Lists and objects that could not be read in the last refresh. expired and suspended are states of a project and fail no collector.",
        "none",
        query(total("ovhcloud_collector_gaps", "reason", per=("collector",)), "{{reason}}"),
        stacked=True,
    )
    share = lines(
        "Complete accounts by collector",
        "Share of the accounts with a complete last refresh of the collector.",
        "percentunit",
        query(f"avg by (collector) ({success})", "{{collector}}"),
    ).max(1)
    return [(10, 14, [collectors]), (10, 10, [permissions]), (9, 8, [age, gaps, share])]


def identities():
    users = lines(
        "IAM users by status",
        "PASSWORD_CHANGE_REQUIRED: the user has to set a password at the next login.",
        "none",
        query(total("ovhcloud_iam_users", "status", per=("group",)), "{{status}}"),
        stacked=True,
    )
    groups = bars(
        "IAM users by group",
        "Users by their main group, the ten largest groups.",
        total("ovhcloud_iam_users", "group", per=("status",)),
        "{{group}}",
    )
    policies = lines(
        "IAM policies",
        "Policies by who manages them: OVHcloud (read-only) or the customer.",
        "none",
        query(total("ovhcloud_iam_policies", "managed_by"), "{{managed_by}}"),
        stacked=True,
    )
    credentials = lines(
        "API credentials by status",
        "Credentials of API applications; only validated ones give access.",
        "none",
        query(total("ovhcloud_api_credentials", "status"), "{{status}}"),
        stacked=True,
    )
    stale = lines(
        "Stale API credentials by reason",
        "unused: not used for longer than the check allows. never_used: not once since creation. No data where the credentials cannot be read.",
        "none",
        query(total("ovhcloud_api_credentials_stale", "reason"), "{{reason}}"),
        stacked=True,
    )
    applications = lines(
        "API applications by status",
        "Applications that credentials are made for.",
        "none",
        query(total("ovhcloud_api_applications", "status"), "{{status}}"),
        stacked=True,
    )
    return [(8, 8, [users, groups, policies]), (8, 8, [credentials, stale, applications])]


def public_cloud():
    projects = lines(
        "Projects by status",
        "Public Cloud projects. The exporter cannot read what a suspended one holds.",
        "none",
        query(total("ovhcloud_cloud_projects", "status"), "{{status}}"),
        stacked=True,
    )
    by_status = lines(
        "Instances by status",
        "Public Cloud instances of all projects.",
        "none",
        query(instances("status"), "{{status}}"),
        stacked=True,
    )
    by_region = bars(
        "Instances by region",
        "Public Cloud instances now, the ten largest regions.",
        instances("ovh_region"),
        "{{ovh_region}}",
    )
    by_flavor = bars(
        "Instances by flavor",
        "Public Cloud instances now, the ten most frequent flavors.",
        instances("flavor"),
        "{{flavor}}",
    )
    keys = rows(
        "SSH keys by project",
        "How many SSH keys each project holds, and how many of them are not in the allow list (no column without a list).",
        [
            with_project_name(each(metric, "project_id"), "project_id")
            for metric in ("ovhcloud_cloud_ssh_keys", "ovhcloud_cloud_ssh_keys_unlisted")
        ],
        {
            "project_name": "Project",
            "project_id": "Project id",
            "account": "Account",
            "Value #A": "Keys",
            "Value #B": "Unlisted",
        },
        sort_by=("-Unlisted", "-Keys"),
    )
    keys.override_by_name(
        "Unlisted",
        [
            colored_cell(),
            put("color", {"mode": "thresholds"}),
            put("thresholds", steps("text", 1, "orange").build()),
        ],
    )
    violations = each(
        "ovhcloud_policy_violation_info",
        "project_id",
        "resource",
        "resource_name",
        check="sshkey_unlisted",
    )
    unlisted = rows(
        "Unlisted SSH keys",
        "Each SSH key that is not in the allow list, with its project.",
        [
            or_none(
                with_project_name(violations, "project_id", "resource"),
                "resource_name",
                known(
                    total("ovhcloud_cloud_ssh_keys_unlisted", per=("project_id",)),
                    unjudged(check="sshkey_unlisted"),
                ),
            )
        ],
        {
            "resource_name": "Key",
            "project_name": "Project",
            "project_id": "Project id",
            "account": "Account",
        },
        sort_by=("Project", "Key"),
    )
    return [(8, 6, [projects, by_status, by_region, by_flavor]), (9, 12, [keys, unlisted])]


def exporter():
    def rate(metric, by):
        return f"sum by ({by}) (rate({of_account(metric)}[$__rate_interval]))"

    requests = lines(
        "API requests by code",
        "Requests to OVHcloud's API by HTTP status, or by reason without a response. They come in bursts, one per refresh.",
        "reqps",
        query(rate("ovhcloud_exporter_api_requests_total", "code"), "{{code}}"),
        stacked=True,
    )
    buckets = rate("ovhcloud_exporter_api_request_duration_seconds_bucket", "le")
    latency = lines(
        "API latency",
        "Time from sending a request to OVHcloud's API to the end of its response: 50th, 90th and 99th percentile.",
        "s",
        *(
            query(f"histogram_quantile({share / 100}, {buckets})", f"p{share}")
            for share in (50, 90, 99)
        ),
        bridge=True,
    )
    pressure = lines(
        "Retries and throttling",
        "Requests repeated after a transient error, and responses that limit the request rate.",
        "reqps",
        *(
            query(f"sum (rate({of_account(metric)}[$__rate_interval]))", legend)
            for metric, legend in (
                ("ovhcloud_exporter_api_retries_total", "retried"),
                ("ovhcloud_exporter_api_throttled_total", "throttled"),
            )
        ),
    )
    duration = lines(
        "Refresh duration by account",
        "Duration of the last refresh, the ten slowest accounts. It must stay well under the refresh interval.",
        "s",
        query(f"topk(10, {each('ovhcloud_account_refresh_duration_seconds')})", "{{account}}"),
    )
    limit = lines(
        "Request limit by account",
        "Current adaptive request rate limit in requests per second, the ten lowest accounts. Throttling halves it, success raises it again.",
        "reqps",
        query(
            f"bottomk(10, {each('ovhcloud_exporter_api_requests_per_second_limit', function='min')})",
            "{{account}}",
        ),
    )
    memory = lines(
        "Memory",
        "Resident memory of each exporter.",
        "bytes",
        query(own_process("process_resident_memory_bytes"), "{{instance}}"),
    )
    processor = lines(
        "CPU",
        "Processor time of each exporter, in processors.",
        "none",
        query(
            f"rate({of_exporter('process_cpu_seconds_total')}[$__rate_interval]) and on (job, instance) {BUILD}",
            "{{instance}}",
        ),
    ).decimals(3)
    files = lines(
        "Open files",
        "Share of the process's limit of open files and connections.",
        "percentunit",
        query(
            f"{of_exporter('process_open_fds')} / {of_exporter('process_max_fds')} and on (job, instance) {BUILD}",
            "{{instance}}",
        ),
    )
    builds = rows(
        "Exporters",
        "Exporters seen in the last week, with version and start time.",
        [
            f"max by (job, instance) ({UP})",
            f"max by (job, instance, version, revision) ({BUILD})",
            f"1000 * max by (job, instance) ({own_process('process_start_time_seconds')})",
        ],
        {
            "Value #A": "State",
            "job": "Job",
            "instance": "Instance",
            "version": "Version",
            "revision": "Revision",
            "Value #C": "Started",
        },
        sort_by=("State", "Instance"),
    )
    builds.override_by_name("Started", [put("unit", "dateTimeFromNow")])
    builds.override_by_name(
        "State",
        [
            put("mappings", [words({0: ("down", "red"), 1: ("up", "green")})]),
            colored_cell(),
            put("custom.align", "left"),
        ],
    )
    return [
        (8, 8, [requests, latency, pressure]),
        (8, 8, [duration, limit, memory]),
        (7, 6, [processor, files]),
        (7, 12, [builds]),
    ]


def overview():
    return whole(
        "ovhcloud-overview",
        "OVHcloud / Overview",
        "Access to the OVHcloud accounts, their resources, and the freshness and completeness of the data.",
        ["security"],
        [
            (None, first_glance()),
            ("Findings", findings()),
            ("Freshness and completeness", freshness()),
            ("Identity and access", identities()),
            ("Public Cloud", public_cloud()),
            ("Exporter", exporter()),
        ],
    )
