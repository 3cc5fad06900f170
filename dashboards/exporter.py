"""The dashboard of the exporter itself: its refreshes, its requests, its gaps and its process."""

from layout import whole
from panels import heat, lines, links, number, put, query, row_to, to
from promql import (
    ACCOUNTS,
    BUILD,
    DOWN,
    INTERVAL,
    NEWEST_SUCCESS,
    NOT_REFRESHED,
    UP,
    each,
    known,
    of_account,
    of_exporter,
    or_none,
    own_process,
    rate,
    unread,
)
from tables import MOMENT, graded, named, rows

HERE = "ovhcloud-exporter"
REFRESHED = of_account("ovhcloud_collector_success")
OK = {0: ("failed", "red"), 1: ("ok", "green")}


def missing():
    return each("ovhcloud_permission_missing_info", "collector", "action", optional='="false"')


def all_permissions_tried():
    return f"0 * count({REFRESHED}) unless on () (\n{unread()}\n)"


def freshness():
    """The tiles that every other number depends on."""
    never = f"{ACCOUNTS} unless on (account) {REFRESHED}"
    return [
        number(
            "Exporters down",
            "Exporters down, seen in the last week. Everything else is as old as their last scrape.",
            f"count({DOWN})\nor\n0 * count({UP})",
            to(HERE, "Exporters"),
            alarm="red",
        ),
        number(
            "Stale accounts",
            "Accounts without a successful collector for more than three refresh intervals, in any exporter.",
            f"count(count by (account) (\n{NOT_REFRESHED}\n))\n"
            f"or\n0 * count({NEWEST_SUCCESS}) unless on () ({ACCOUNTS} unless on (account) {NEWEST_SUCCESS})",
            to(HERE, "Accounts and their refreshes"),
            alarm="red",
        ),
        number(
            "Oldest data",
            "Time since the newest success of any collector, for the account with the oldest data. An account without any success is not included.",
            f"max(time() - {NEWEST_SUCCESS})",
            to(HERE, "Accounts and their refreshes"),
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
            to(HERE, "Collectors"),
            alarm="orange",
        ),
    ]


def missing_permissions():
    return number(
        "Missing permissions",
        "IAM actions that the exporter's credentials lack. 0 only if every collector is complete: a request without a response leaves its permission unknown.",
        f"count({missing()})\nor\n{all_permissions_tried()}",
        to(HERE, "Missing permissions by collector"),
        alarm="orange",
    )


def first_glance():
    reloads = of_exporter("ovhcloud_exporter_config_last_reload_successful")
    return [
        *freshness(),
        missing_permissions(),
        number(
            "Reloads failed",
            "Exporters whose last attempt to load the configuration failed. They continue with the one before.",
            f"sum(max by (job, instance) ({reloads}) == bool 0)",
            to(HERE, "Exporters"),
            alarm="orange",
        ),
    ]


def accounts():
    shown = rows(
        "Accounts and their refreshes",
        "The last refresh of each account. A refresh that takes longer than its interval delays the next one. An account without an age has never been read.",
        [
            f"time() - {NEWEST_SUCCESS}",
            INTERVAL,
            each("ovhcloud_account_refresh_duration_seconds"),
            f"{each('ovhcloud_account_refresh_duration_seconds')} / {INTERVAL}",
            f"1000 * {each('ovhcloud_account_last_refresh_timestamp_seconds')}",
            f"sum by (account) ({each('ovhcloud_collector_gaps', 'collector', 'reason')})",
        ],
        {
            "account": "Account",
            "Value #A": "Age",
            "Value #B": "Interval",
            "Value #C": "Duration",
            "Value #D": "Interval used",
            "Value #E": "Started",
            "Value #F": "Gaps",
        },
        sort_by=("-Age",),
        looks={
            "Account": [
                links("Overview of this account", row_to("ovhcloud-overview", account="account"))
            ],
            "Interval used": [
                put("unit", "percentunit"),
                put("decimals", 0),
                put("custom.width", 125),
            ]
            + graded("text", 0.8, "orange", 1, "red"),
        },
    )
    return shown


def collectors():
    newest = each("ovhcloud_collector_last_success_timestamp_seconds", "collector")
    success = each("ovhcloud_collector_success", "collector", function="min")
    interval = each("ovhcloud_collector_interval_seconds", "collector")
    age = f"(time() - {newest})"
    shown = rows(
        "Collectors",
        "The last refresh of each collector, failed ones first. The age counts in intervals of the collector too: more than three are too many. A collector without an age has never succeeded.",
        [
            success,
            age,
            interval,
            f"{age} / {interval}",
            f"sum by (account, collector) ({each('ovhcloud_collector_gaps', 'collector', 'reason')})",
            each("ovhcloud_collector_duration_seconds", "collector"),
            each("ovhcloud_collector_resources", "collector"),
        ],
        {
            "Value #A": "State",
            "collector": "Collector",
            "account": "Account",
            "Value #B": "Age",
            "Value #C": "Interval",
            "Value #D": "Intervals",
            "Value #E": "Gaps",
            "Value #F": "Duration",
            "Value #G": "Resources",
        },
        sort_by=("State", "-Intervals"),
        looks={
            "Resources": [put("custom.width", 100)],
            "State": [*named(OK), put("custom.width", 90)],
            "Intervals": [put("decimals", 1), put("custom.width", 100)]
            + graded("text", 3, "orange", 6, "red"),
        },
    )
    return shown


def gaps():
    shown = rows(
        "Gaps by collector and reason",
        "Lists and objects that the last refresh could not read. expired, suspended, maintenance and not_offered are states of the resource and fail no collector; the runbook of OvhcloudCollectorFailing explains each reason.",
        [
            or_none(
                each("ovhcloud_collector_gaps", "collector", "reason"),
                "reason",
                f"0 * count({REFRESHED}) unless on () (\n{unread()}\n) unless on () {of_account('ovhcloud_collector_gaps')}",
            )
        ],
        {"reason": "Reason", "Value": "Gaps", "collector": "Collector", "account": "Account"},
        sort_by=("Reason", "-Gaps"),
    )
    rights = rows(
        "Missing permissions by collector",
        "IAM actions, or routes of a consumer key, that a collector asked for and the credential lacks. An optional one costs part of the data; without the others the collector fails.",
        [
            or_none(
                each("ovhcloud_permission_missing_info", "collector", "action", "optional"),
                "action",
                all_permissions_tried(),
            )
        ],
        {
            "action": "Action",
            "collector": "Collector",
            "account": "Account",
            "optional": "Optional",
        },
        sort_by=("Optional", "Account", "Collector"),
    )
    return [(9, 10, [shown]), (9, 14, [rights])]


def refreshes():
    newest = each("ovhcloud_collector_last_success_timestamp_seconds", "collector")
    interval = each("ovhcloud_collector_interval_seconds", "collector")
    duration = lines(
        "Refresh duration by account",
        "Duration of the last refresh, the ten slowest accounts. It must stay well under the refresh interval.",
        "s",
        query(f"topk(10, {each('ovhcloud_account_refresh_duration_seconds')})", "{{account}}"),
    )
    oldest = lines(
        "Oldest collectors in intervals",
        "Age of the newest success of the ten oldest collectors, in intervals of their own: up to 1 is fresh, more than 3 is too old.",
        "none",
        query(f"topk(10, max by (collector) ((time() - {newest}) / {interval}))", "{{collector}}"),
    ).decimals(1)
    return [
        (9, 18, [collectors()]),
        (9, 6, [oldest]),
        (8, 14, [accounts()]),
        (8, 10, [duration]),
    ]


def requests():
    made = "ovhcloud_exporter_api_requests_total"
    by_code = lines(
        "API requests by code",
        "Requests to OVHcloud's API by HTTP status, or by reason without a response. They come in bursts, one per refresh.",
        "reqps",
        query(rate(made, ("code",)), "{{code}}"),
        stacked=True,
    )
    latency = heat(
        "API latency",
        "Requests by the time from sending them to the end of the response.",
        "s",
        rate("ovhcloud_exporter_api_request_duration_seconds_bucket", ("le",)),
    )
    seconds = "ovhcloud_exporter_api_request_duration_seconds"
    mean = lines(
        "Mean API latency",
        "Time from sending a request to the end of its response, by account; the ten slowest.",
        "s",
        query(
            f"topk(10, {rate(f'{seconds}_sum', ('account',))}\n/ ({rate(f'{seconds}_count', ('account',))} > 0))",
            "{{account}}",
        ),
        bridge=True,
    )
    pressure = lines(
        "Retries and throttling",
        "Requests repeated after a transient error, and responses that limit the request rate.",
        "reqps",
        *(
            query(rate(metric), legend)
            for metric, legend in (
                ("ovhcloud_exporter_api_retries_total", "retried"),
                ("ovhcloud_exporter_api_throttled_total", "throttled"),
            )
        ),
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
    counter = of_account(made)
    routes = rows(
        "Requests by route and code",
        "Requests of the last hour, as an estimate from the counters; the fifty most frequent.",
        [f"topk(50, round(sum by (route, code) (increase({counter}[1h]))) > 0)"],
        {"route": "Route", "code": "Code", "Value": "Requests"},
        sort_by=("-Requests",),
        looks={
            "Code": [put("custom.width", 110)],
            "Requests": [put("custom.width", 100)],
        },
    )
    until = "ovhcloud_exporter_api_route_closed_until_timestamp_seconds"
    closed = rows(
        "Closed routes",
        "Routes that the exporter does not request for the moment, because OVHcloud throttles them or because they do not answer; an empty route is the whole account.",
        [f"{each(until, 'route')} - time() > 0"],
        {"account": "Account", "route": "Route", "Value": "Opens in"},
        sort_by=("-Opens in",),
        looks={"Opens in": [put("unit", "s"), put("custom.width", 110)]},
    )
    return [
        (8, 8, [by_code, latency, mean]),
        (9, 8, [pressure, limit, routes]),
        (6, 24, [closed]),
    ]


def process():
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
    connections = lines(
        "Connections",
        "Open connections to the web server of each exporter. One address may have 32, all together 256.",
        "none",
        query(
            f"max by (instance) ({of_exporter('ovhcloud_exporter_http_connections')})",
            "{{instance}}",
        ),
    )
    limited = of_exporter("ovhcloud_exporter_http_connections_limited_total")
    crowds = lines(
        "Connections limited",
        "Connections that a web server refused or closed at a limit: of their address, of all addresses, replaced by a newer one, or too slow. The log of the exporter names the client.",
        "cps",
        query(f"sum by (limit) (rate({limited}[$__rate_interval]))", "{{limit}}"),
    )
    loaded = "ovhcloud_exporter_config_last_reload_success_timestamp_seconds"
    builds = rows(
        "Exporters",
        "Exporters seen in the last week: version, start, and the last load of the configuration. A failed load leaves the configuration before it in use.",
        [
            f"max by (job, instance) ({UP})",
            f"max by (job, instance, version, revision, branch) ({BUILD})",
            f"1000 * max by (job, instance) ({own_process('process_start_time_seconds')})",
            f"1000 * max by (job, instance) ({of_exporter(loaded)})",
            f"max by (job, instance) ({of_exporter('ovhcloud_exporter_config_last_reload_successful')})",
            f"max by (job, instance) ({of_exporter('ovhcloud_exporter_state_last_write_successful')})",
            f"max by (job, instance) ({of_exporter('ovhcloud_exporter_accounts')})",
            f"max by (job, instance) ({of_exporter('ovhcloud_exporter_shard_index')})",
            f"max by (job, instance) ({of_exporter('ovhcloud_exporter_shards')})",
        ],
        {
            "Value #A": "State",
            "job": "Job",
            "instance": "Instance",
            "version": "Version",
            "revision": "Revision",
            "branch": "Branch",
            "Value #C": "Started",
            "Value #D": "Loaded",
            "Value #E": "Last load",
            "Value #F": "Saved",
            "Value #G": "Accounts",
            "Value #H": "Shard",
            "Value #I": "Shards",
        },
        sort_by=("State", "Instance"),
        looks={
            "State": [*named({0: ("down", "red"), 1: ("up", "green")}), put("custom.width", 80)],
            "Job": [put("custom.width", 80)],
            "Instance": [put("custom.width", 122)],
            "Version": [put("custom.width", 95)],
            "Revision": [put("custom.width", 100)],
            "Branch": [put("custom.width", 91)],
            "Last load": [
                *named({0: ("failed", "orange"), 1: ("ok", "text")}),
                put("custom.width", 97),
            ],
            "Loaded": [*MOMENT],
            "Saved": [
                *named({0: ("failed", "orange"), 1: ("ok", "text")}),
                put("custom.width", 77),
            ],
            "Accounts": [put("custom.width", 98)],
            "Shard": [put("custom.width", 77)],
            "Shards": [put("custom.width", 84)],
        },
    )
    return [
        (7, 24, [builds]),
        (7, 8, [memory, processor, files]),
        (7, 12, [connections, crowds]),
    ]


def exporter():
    return whole(
        HERE,
        "OVHcloud / Exporter",
        "Freshness and completeness of the data, requests to OVHcloud's API, and the exporter's own process.",
        [
            ("", [(4, 4, first_glance())]),
            ("Refreshes", refreshes()),
            ("Gaps and permissions", gaps()),
            ("Requests to OVHcloud's API", requests()),
            ("Process", process()),
        ],
    )
