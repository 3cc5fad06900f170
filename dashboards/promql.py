"""The expressions of the dashboards: the selected series, and counts over them.

Every count takes the maximum by account before it adds up: whichever replicas and jobs watch an
account, it counts once. The label `account` identifies it; OvhcloudAccountNameAmbiguous fires where
one name stands for two accounts.
"""

# Worst first; the weight is what the findings table sorts by.
SEVERITIES = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}


def of_exporter(metric, **labels):
    """The series of the selected exporters. A label's value may be a matcher such as `!~"a|b"`."""
    matchers = ['job=~"$job"', 'instance=~"$instance"']
    matchers += [
        name + (value if value.endswith('"') else f'="{value}"') for name, value in labels.items()
    ]
    return f"{metric}{{{', '.join(matchers)}}}"


def of_account(metric, **labels):
    """The series of the selected accounts."""
    return of_exporter(metric, **labels).replace("}", ', account=~"$account"}')


def each(metric, *by, function="max", **labels):
    """One series per account and the labels given, whatever the number of exporters."""
    return f"{function} by ({', '.join(('account', *by))}) ({of_account(metric, **labels)})"


def total(metric, *by, per=(), **labels):
    """The sum over all accounts by some labels; `per` are the metric's other labels."""
    group = f" by ({', '.join(by)})" if by else ""
    return f"sum{group} ({each(metric, *by, *per, **labels)})"


# A multiple choice of projects; all of them match also the findings of the account, which have none.
IN_PROJECT = '=~"$project"'


def each_project(metric, *by, function="max", **labels):
    """One series per selected project and the labels given."""
    return each(metric, "project_id", *by, function=function, project_id=IN_PROJECT, **labels)


def in_projects(metric, *by, per=(), **labels):
    """The sum over the selected projects by some labels; `per` are the metric's other labels."""
    return total(metric, *by, per=("project_id", *per), project_id=IN_PROJECT, **labels)


def per_project(metric, *per, **labels):
    """One sum per selected project; `per` are the metric's other labels."""
    return f"sum by (account, project_id) ({each_project(metric, *per, **labels)})"


def some(metric, *by, per=(), **labels):
    """The part of a count that has these labels: 0 where the whole is known and no part has them."""
    per = (*per, *labels)
    return f"({total(metric, *by, per=per, **labels)}\nor\n0 * {total(metric, *by, per=per)})"


def some_per_project(metric, **labels):
    """As `some`, for each selected project."""
    whole = per_project(metric, *labels)
    return f"({per_project(metric, *labels, **labels)}\nor\n0 * {whole})"


BUILD = of_exporter("ovhcloud_exporter_build_info")
# `up` and `process_*` belong to every job there is; these keep to the exporter's own. Which targets are
# exporters, and which are down, is as in the alert OvhcloudExporterDown.
IS_EXPORTER = f"""and on (job, instance) (
  last_over_time({BUILD}[1w])
  or
  {of_exporter("up", job='=~".*ovhcloud.*"')}
)"""
UP = f"{of_exporter('up')}\n{IS_EXPORTER}"
DOWN = f"{of_exporter('up')} == 0\n{IS_EXPORTER}"


def own_process(metric):
    return f"{of_exporter(metric)} and on (job, instance) {BUILD}"


INTERVAL = each("ovhcloud_account_refresh_interval_seconds")
NEWEST_SUCCESS = each("ovhcloud_collector_last_success_timestamp_seconds")
# The accounts that should have data: also those of an exporter that is down.
ACCOUNTS = f"""(
  {INTERVAL}
  or
  max by (account) (
    last_over_time({of_account("ovhcloud_account_refresh_interval_seconds")}[1w])
    and on (job, instance) {of_exporter("up")} == 0
  )
)"""
# As in the alert OvhcloudAccountNotRefreshed.
NOT_REFRESHED = f"""time() - max without (collector) (
  {of_account("ovhcloud_collector_last_success_timestamp_seconds")}
  or
  0 * {of_account("ovhcloud_account_refresh_interval_seconds")}
    + on (job, instance) group_left () {of_exporter("process_start_time_seconds")}
)
> on (job, instance, account) group_left ()
3 * {of_account("ovhcloud_account_refresh_interval_seconds")}
unless on (job, instance, account) (
  min by (job, instance, account) ({of_account("ovhcloud_collector_success")}) == 1
  and on (job, instance, account)
  time() - {of_account("ovhcloud_account_last_refresh_timestamp_seconds")}
  <= on (job, instance, account)
  3 * {of_account("ovhcloud_account_refresh_interval_seconds")}
)"""
# Reasons of a check without a verdict that an operator has chosen.
CHOSEN = "not_collected|not_configured|not_evaluable|disabled"


def unread(collectors=".+"):
    """The accounts in which one of these collectors was incomplete, and those without a refresh of each
    of them: a collector that is off has seen nothing."""
    metric = "ovhcloud_collector_success"
    named = [] if collectors == ".+" else [{"collector": name} for name in collectors.split("|")]
    incomplete = f"""{each(metric, "collector", collector=f'=~"{collectors}"')} == 0"""
    never = [f"{ACCOUNTS} unless on (account) {of_account(metric, **one)}" for one in named or [{}]]
    return "\nor\n".join([incomplete, *never])


def unjudged(**labels):
    """The checks without the data they need, and the accounts without any evaluation. The labels
    select checks by those of ovhcloud_policy_check_info."""
    unknown = each("ovhcloud_policy_check_not_evaluated_info", "check", reason=f'!~"{CHOSEN}"')
    chosen = of_account("ovhcloud_policy_check_info", **labels)
    status = of_account("ovhcloud_policy_check_status")
    return (
        f"{unknown} and on (account, check) {chosen}\nor\n{ACCOUNTS} unless on (account) {status}"
    )


def known(expression, blind):
    """The number, but 0 only if the blind spots are empty: a part that is unknown may hold some."""
    return f"{expression} > 0\nor\n({expression} unless on () (\n{blind}\n))"


def or_none(expression, label, zero):
    """A row with "none" in the column of the label, if a number is known to be 0."""
    return f'{expression}\nor\nlabel_replace(({zero}) == 0, "{label}", "none", "", "")'


# The accounts with the level of detail `full`: each of them has this family, whatever it holds.
FULL = each("ovhcloud_policy_check_control_info")


def no_full():
    """The accounts whose resources have no series of their own."""
    return f"{ACCOUNTS} unless on (account) {FULL}"


def of_full(expression, collectors):
    """A known 0 of something that only the level of detail `full` names, if the expression is empty."""
    return f"0 * count({FULL}) unless on () ({expression}) unless on () (\n{unread(collectors)}\nor\n{no_full()}\n)"


# One series per project even while replicas disagree on its name, so that a join finds one.
PROJECT_NAMES = f"topk by (account, project_id) (1, {of_account('ovhcloud_cloud_project_info')})"
CHECK_TITLES = f"topk by (account, check) (1, {of_account('ovhcloud_policy_check_info')})"


def with_project_name(expression, *identity):
    """Adds the label project_name: the id where the name is not known, and none without a project."""
    by = ", ".join(dict.fromkeys(("account", "project_id", *identity)))
    return (
        f"({expression})\n* on (account, project_id) group_left (project_name)\n{PROJECT_NAMES}"
        f'\nor on ({by})\nlabel_replace({expression}, "project_name", "$1", "project_id", "(.+)")'
    )


def with_title(expression):
    """Adds the title of the check."""
    return f"({expression})\n* on (account, check) group_left (title)\n{CHECK_TITLES}"


def worst_first(per_severity):
    """The expression of each severity, times its weight."""
    return "\nor\n".join(
        f"{weight} * ({per_severity(severity)})" for severity, weight in SEVERITIES.items()
    )


def timed(metric, *by, **labels):
    """A time for a column: Grafana counts in milliseconds."""
    return f"1000 * {each(metric, *by, **labels)}"


def rate(metric, by=()):
    """The rate per second, of a panel whose target has an interval."""
    group = f" by ({', '.join(by)})" if by else ""
    return f"sum{group} (rate({of_account(metric)}[$__rate_interval]))"


def changes_in(window):
    """Resources that came, went or changed, once for each account whatever watches it."""
    counter = of_account("ovhcloud_inventory_changes_total")
    return f"max by (account, collector, change) (increase({counter}[{window}]))"
