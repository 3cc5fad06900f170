"""What is on the overview: is it fresh, is something wrong, how much is there."""

from layout import whole
from panels import bars, colored_cell, lines, number, put, query, rows, steps, words
from promql import (
    BUILD,
    CHECK_TITLES,
    INTERVAL,
    NEWEST_SUCCESS,
    SEVERITIES,
    UP,
    each,
    findings_by_weight,
    instances,
    of_account,
    of_exporter,
    or_zero,
    own_process,
    total,
    with_project_name,
)

SEVERITY_COLORS = {"critical": "dark-red", "high": "red", "medium": "orange", "low": "blue"}


def first_glance():
    """Is it fresh, is something wrong, how much is there."""
    good, warn, bad = "green", "orange", "red"
    fresh = f"time() - {NEWEST_SUCCESS}\n<= on (job, account)\n3 * {INTERVAL}"
    missing = each("ovhcloud_permission_missing_info", "collector", "action")
    severe = total(
        "ovhcloud_policy_violations", per=("check", "severity"), severity='=~"critical|high"'
    )
    judged = of_account("ovhcloud_policy_check_status", status='!="not_evaluated"')
    not_evaluated = each(
        "ovhcloud_policy_check_not_evaluated_info",
        "check",
        reason='!~"not_collected|not_configured"',
    )
    judged = [
        number(
            "Exporters down",
            "Exporters that answered within a day and do not now. Everything below is as old as their last answer.",
            f"sum(({UP}) == bool 0)",
            thresholds=steps(good, 1, bad),
        ),
        number(
            "Accounts not refreshed",
            "Accounts of which no collector has succeeded for more than three refresh intervals.",
            or_zero(f"count({INTERVAL} unless on (job, account) (\n{fresh}\n))", INTERVAL),
            thresholds=steps(good, 1, bad),
        ),
        number(
            "Oldest account data",
            "Time since the newest success of any collector, of the account where that is longest ago. An account that was never read has none.",
            f"max(time() - {NEWEST_SUCCESS})",
            unit="s",
            decimals=1,
        ),
        number(
            "Collectors failing",
            "Collectors, by account, that could not read everything in the last pass, for want of rights or another cause.",
            f"sum({each('ovhcloud_collector_success', 'collector', function='min')} == bool 0)",
            thresholds=steps(good, 1, warn),
        ),
        number(
            "Critical and high findings",
            "Resources that fail a check of severity critical or high. A check that could not be evaluated adds nothing here.",
            or_zero(severe, f"{judged} == 1"),
            thresholds=steps(good, 1, bad),
        ),
        number(
            "Checks not evaluated",
            "Checks, by account, that lack the data they need: no findings from them does not mean that all is well. Checks that are switched off or not configured do not count.",
            or_zero(f"count({not_evaluated})", of_account("ovhcloud_policy_check_status")),
            thresholds=steps(good, 1, warn),
        ),
    ]
    counted = [
        number(
            "Projects",
            "Public Cloud projects in any status.",
            total("ovhcloud_cloud_projects", per=("status",)),
        ),
        number("Instances", "Public Cloud instances in any status.", instances()),
        number(
            "SSH keys",
            "SSH keys in all projects; a key in two projects counts twice.",
            total("ovhcloud_cloud_ssh_keys", per=("project_id",)),
        ),
        number(
            "Unlisted SSH keys",
            "SSH keys that are on no allow list. No data without a list.",
            total("ovhcloud_cloud_ssh_keys_unlisted", per=("project_id",)),
            thresholds=steps(good, 1, warn),
        ),
        number(
            "IAM users",
            "Users of the accounts in any status.",
            total("ovhcloud_iam_users", per=("group", "status")),
        ),
        number(
            "API credentials",
            "Credentials of API applications (consumer keys) in any status.",
            total("ovhcloud_api_credentials", per=("status",)),
        ),
        number(
            "Stale API credentials",
            "Valid credentials that nobody uses any more or that were never used.",
            total("ovhcloud_api_credentials_stale", per=("reason",)),
            thresholds=steps(good, 1, warn),
        ),
        number(
            "Missing permissions",
            "IAM actions that the exporter's credentials lack.",
            or_zero(f"count({missing})", of_account("ovhcloud_collector_success")),
            thresholds=steps(good, 1, warn),
        ),
    ]
    return [(4, 4, judged), (4, 3, counted)]


def findings():
    identity = ("check", "project_id", "resource", "resource_name")
    shown = rows(
        "Findings",
        "Every resource that fails a check, worst first.",
        [with_project_name(findings_by_weight(), *identity)],
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
    }
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
    blind = rows(
        "Checks not evaluated",
        "Checks without a verdict and why: not_collected (the collector is off), not_read (never, or too long ago), incomplete (part of the data is missing), not_configured.",
        [f"{unknown}\n* on (job, account, check) group_left (title)\n{CHECK_TITLES}"],
        {"reason": "Reason", "account": "Account", "check": "Check id", "title": "Title"},
        sort_by=("Reason", "Account"),
    )
    return [(10, 14, [shown]), (10, 10, [over_time]), (6, 24, [blind])]


def freshness():
    newest = each("ovhcloud_collector_last_success_timestamp_seconds", "collector")
    success = each("ovhcloud_collector_success", "collector", function="min")
    collectors = rows(
        "Collectors",
        "The last pass of each collector, failed ones first. Without an age it has never succeeded.",
        [
            success,
            f"time() - {newest}",
            f"sum by (job, account, collector) ({each('ovhcloud_collector_gaps', 'collector', 'reason')})",
            each("ovhcloud_collector_duration_seconds", "collector"),
        ],
        {
            "Value #A": "State",
            "collector": "Collector",
            "account": "Account",
            "Value #B": "Age",
            "Value #C": "Gaps",
            "Value #D": "Duration",
        },
        sort_by=("State", "-Age"),
        empty="-",
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
        [each("ovhcloud_permission_missing_info", "collector", "action")],
        {"action": "Action", "collector": "Collector", "account": "Account"},
        sort_by=("Account", "Collector"),
    )
    age = lines(
        "Age of the newest success by collector",
        "Time since each collector last read everything, of the account where that is longest ago.",
        "s",
        query(f"max by (collector) (time() - {newest})", "{{collector}}"),
    )
    gaps = lines(
        "Gaps by reason",
        "What could not be read in the last pass. expired and suspended are states of a project and fail no collector.",
        "none",
        query(total("ovhcloud_collector_gaps", "reason", per=("collector",)), "{{reason}}"),
        stacked=True,
    )
    share = lines(
        "Accounts read in full by collector",
        "Share of the accounts of which the collector read everything in its last pass.",
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
        instances("region"),
        "{{region}}",
    )
    by_flavor = bars(
        "Instances by flavor",
        "Public Cloud instances now, the ten most frequent flavors.",
        instances("flavor"),
        "{{flavor}}",
    )
    keys = rows(
        "SSH keys by project",
        "How many SSH keys each project holds, and how many of them are on no allow list (no column without a list).",
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
        empty="-",
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
        "Each SSH key that is on no allow list, with its project.",
        [with_project_name(violations, "project_id", "resource")],
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
        "Calls to OVHcloud's API by HTTP status, or by the reason where there was no answer. They come in bursts, one per pass.",
        "reqps",
        query(rate("ovhcloud_exporter_api_requests_total", "code"), "{{code}}"),
        stacked=True,
    )
    buckets = rate("ovhcloud_exporter_api_request_duration_seconds_bucket", "le")
    latency = lines(
        "API latency",
        "Time from sending a call to OVHcloud's API to the end of its answer: the time that 50, 90 and 99 of 100 calls stay under.",
        "s",
        *(
            query(f"histogram_quantile({share / 100}, {buckets})", f"p{share}")
            for share in (50, 90, 99)
        ),
        bridge=True,
    )
    pressure = lines(
        "Retries and throttling",
        "Calls made again after a failure that may pass, and answers that ask the exporter to slow down.",
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
        "Pass duration by account",
        "How long the last pass took, the ten slowest accounts. It must stay well under the refresh interval.",
        "s",
        query(f"topk(10, {each('ovhcloud_account_refresh_duration_seconds')})", "{{account}}"),
    )
    limit = lines(
        "Request limit by account",
        "Calls per second that the exporter allows itself at present, the ten lowest accounts. Throttling halves it, success raises it again.",
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
        "Share of the files and connections that the process may have open at once.",
        "percentunit",
        query(
            f"{of_exporter('process_open_fds')} / {of_exporter('process_max_fds')} and on (job, instance) {BUILD}",
            "{{instance}}",
        ),
    )
    builds = rows(
        "Exporters",
        "Each exporter that answered within a day, with its version and its start.",
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
        empty="-",
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
        "Who and what has access to the OVHcloud accounts, what runs in them, and how fresh and complete that knowledge is.",
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
