"""The dashboard of identity and access: who may log in, who may do what, and which secrets end."""

from credentials import credentials, credentials_glance, ends, kms, tokens
from exporter import freshness
from layout import whole
from panels import FULL_ONLY, bars, lines, links, number, query, row_to, put, to, top
from promql import (
    ACCOUNTS,
    each,
    known,
    of_account,
    of_full,
    or_none,
    some,
    timed,
    total,
    unread,
)
from tables import MOMENT, graded, named, rows

HERE = "ovhcloud-identity"
FINDINGS = "ovhcloud-findings"
IDENTITIES = "iam_user|iam_group|iam_policy|oauth2_client|account"


def first_glance():
    factors = each("ovhcloud_account_second_factors", "method")
    logs = each("ovhcloud_log_subscriptions", "log")
    access = "ovhcloud_iam_identity_access"
    no_access = f"{ACCOUNTS} unless on (account) {of_account(access)}\nor\n{unread(IDENTITIES)}"
    return [
        number(
            "No second factor",
            "Accounts whose own login has no second factor. No data where OVHcloud does not report it, as to a service account.",
            known(
                f"sum((sum by (account) ({factors}) == bool 0))",
                f"{ACCOUNTS} unless on (account) {factors}",
            ),
            to(HERE, "Logins of the accounts"),
            alarm="red",
        ),
        number(
            "Logins without MFA",
            "Successful logins without a second factor in the account's audit log, as far back as it goes. No data unless the collector audit_log is on.",
            known(
                some("ovhcloud_audit_log_logins", per=("identity_type",), second_factor="false"),
                f"{ACCOUNTS} unless on (account) {of_account('ovhcloud_audit_log_logins')}\nor\n{unread('audit_log')}",
            ),
            to(HERE, "Logins by second factor"),
            alarm="red",
        ),
        number(
            "Administrators",
            "Users, groups and service accounts that may give rights on the account, beside the account itself.",
            known(
                total(access, per=("identity_kind",), level="admin", identity_kind='!="account"'),
                no_access,
            ),
            to(HERE, "Who can escalate"),
            alarm="orange",
        ),
        number(
            "Rights unknown",
            "Identities whose level of rights the exporter cannot decide.",
            known(total(access, per=("identity_kind",), level="unknown"), no_access),
            to(HERE, "Who can escalate"),
            alarm="orange",
        ),
        number(
            "Logs not forwarded",
            "Logs of the accounts, audit, api and iam, that no subscription forwards.",
            known(
                f"sum({logs} == bool 0)",
                f"{unread('log_subscription')}\nor\n{ACCOUNTS} unless on (account) {logs}",
            ),
            to(HERE, "Log subscriptions"),
            alarm="orange",
        ),
        number(
            "Contact changes",
            "Requests for a change of the contacts of a service, in any state. One to another account takes the service away.",
            known(total("ovhcloud_contact_changes", per=("state",)), unread("contact_change")),
            to(HERE, "Requests for a change of contacts"),
        ),
    ]


def logins():
    def factor(method):
        return each("ovhcloud_account_second_factors", method=method)

    def rule(name):
        return each("ovhcloud_account_login_ip_rules", rule=name)

    shown = rows(
        "Logins of the accounts",
        "The account's own login: its second factors by method, its remaining backup codes, the addresses that it accepts and denies, and the rule for all others. OVHcloud reports second factors and backup codes only to the account's own credentials.",
        [
            each("ovhcloud_account_developer_mode"),
            factor("totp"),
            factor("u2f"),
            factor("sms"),
            each("ovhcloud_account_backup_codes", function="min"),
            each("ovhcloud_account_login_default_rule_info", "rule"),
            rule("accept"),
            rule("deny"),
            each("ovhcloud_identity_providers"),
            each("ovhcloud_identity_provider_local_users_disabled"),
        ],
        {
            "account": "Account",
            "Value #B": "TOTP",
            "Value #C": "U2F",
            "Value #D": "SMS",
            "Value #E": "Backup codes",
            "rule": "Default",
            "Value #G": "Accepted",
            "Value #H": "Denied",
            "Value #I": "Identity providers",
            "Value #J": "Local logins",
            "Value #A": "Developer mode",
        },
        sort_by=("Account",),
        looks={
            "Account": [links("Findings of this account", row_to(FINDINGS, account="account"))],
            "Identity providers": [put("custom.width", 160)],
            "Local logins": [
                *named({0: ("enabled", "text"), 1: ("disabled", "text")}),
                put("custom.width", 120),
            ],
        },
    )
    by_factor = rows(
        "Logins by second factor",
        "Successful logins in the account's audit log, as far back as it goes, by the kind of identity; ACCOUNT is the owner. No data unless the collector audit_log is on.",
        [
            f"sum by (account, identity_type, second_factor) ({each('ovhcloud_audit_log_logins', 'identity_type', 'second_factor')})"
        ],
        {
            "identity_type": "Identity",
            "second_factor": "Second factor",
            "account": "Account",
            "Value": "Logins",
        },
        sort_by=("Second factor", "-Logins"),
        looks={"Logins": [put("custom.width", 90)]},
    )
    last = rows(
        "Last logins",
        "The last login of each identity in the account's audit log; the name is empty for the owner and for logins through the identity provider.",
        [timed("ovhcloud_audit_log_last_login_timestamp_seconds", "identity_type", "login")],
        {"login": "User", "identity_type": "Identity", "account": "Account", "Value": "Last login"},
        sort_by=("-Last login",),
        looks={"Last login": MOMENT},
        no_value=FULL_ONLY,
    )
    events = bars(
        "Events of the audit log",
        "Events in the account's audit log by type, as far back as it goes; the ten most frequent. No data unless the collector audit_log is on.",
        top(total("ovhcloud_audit_log_events", "event_type"), "{{event_type}}"),
    )
    reach = rows(
        "Reach of the audit log",
        "The time of the oldest event in each account's audit log.",
        [timed("ovhcloud_audit_log_oldest_timestamp_seconds", function="min")],
        {"account": "Account", "Value": "Oldest"},
        sort_by=("Oldest",),
    )
    kinds = each("ovhcloud_log_subscription_info", "log", "subscription_id", "kind")
    forwarded = rows(
        "Log subscriptions",
        "Subscriptions that forward each log of the account: audit, api and iam. A log with 0 is kept by OVHcloud alone. The kinds need `detail: full`.",
        [
            each("ovhcloud_log_subscriptions", "log", function="min"),
            f"count by (account, log) (count by (account, log, kind) ({kinds}))",
        ],
        {"log": "Log", "account": "Account", "Value #A": "Subscriptions", "Value #B": "Kinds"},
        sort_by=("Subscriptions",),
        looks={
            "Subscriptions": [*graded("text", 0, "orange", 1, "text"), put("custom.width", 125)],
            "Kinds": [put("custom.width", 80)],
        },
    )
    return [
        (6, 24, [shown]),
        (8, 12, [by_factor, last]),
        (8, 8, [events, forwarded, reach]),
    ]


def users():
    by_group = bars(
        "Users by group",
        "Local users by main group, the ten largest.",
        top(total("ovhcloud_iam_users", "group", per=("status",)), "{{group}}"),
    )
    by_status = lines(
        "Users by status",
        "Local users of the accounts.",
        "none",
        query(total("ovhcloud_iam_users", "status", per=("group",)), "{{status}}"),
        stacked=True,
    )
    members = bars(
        "Members by group",
        "Members of groups, the ten largest. A user of several groups is in each.",
        top(total("ovhcloud_iam_group_members", "group", per=("status",)), "{{group}}"),
    )
    groups = bars(
        "Groups by role",
        "Groups of local users by built-in role: ADMIN may everything, REGULAR everything but users.",
        top(total("ovhcloud_iam_groups", "role"), "{{role}}"),
    )
    role = each("ovhcloud_iam_group_info", "group", "role", role='!="NONE"')
    members_of = each("ovhcloud_iam_group_members", "group", "status")
    by_role = rows(
        "Users by role",
        "Members of groups with a built-in role, by the role and the group, powerful roles first.",
        [
            or_none(
                f"sum by (account, group) ({members_of}) * on (account, group) group_left (role) {role}",
                "group",
                of_full(of_account("ovhcloud_iam_group_members"), "iam_user|iam_group"),
            )
        ],
        {"role": "Role", "group": "Group", "account": "Account", "Value": "Users"},
        sort_by=("Role", "-Users"),
        no_value=FULL_ONLY,
    )
    user = ("login",)
    everyone = rows(
        "Users by name",
        "Every local user, those with the oldest password first. The table has no row for a user of the identity provider.",
        [
            or_none(
                each("ovhcloud_iam_user_info", *user, "group", "status", "user_type"),
                "login",
                of_full(of_account("ovhcloud_iam_user_info"), "iam_user"),
            ),
            timed("ovhcloud_iam_user_creation_timestamp_seconds", *user),
            timed("ovhcloud_iam_user_password_update_timestamp_seconds", *user),
        ],
        {
            "login": "User",
            "group": "Group",
            "status": "Status",
            "user_type": "Type",
            "account": "Account",
            "Value #B": "Created",
            "Value #C": "Password",
        },
        sort_by=("Password",),
        no_value=FULL_ONLY,
    )
    return [(8, 6, [by_group, members, groups, by_status]), (9, 9, [by_role]), (9, 15, [everyone])]


def rights():
    access = "ovhcloud_iam_identity_access"
    levels = ("admin", "write", "read", "none", "unknown")
    by_kind = rows(
        "Rights by kind of identity",
        "Identities by their rights on any resource, from policies, groups and roles; admin may give rights on the account. Rights under conditions count, and so do disabled users.",
        [
            f"sum by (identity_kind) ({each(access, 'identity_kind', level=level)})"
            for level in levels
        ],
        {"identity_kind": "Identity"}
        | {f"Value #{ref}": level.capitalize() for ref, level in zip("ABCDE", levels)},
        sort_by=("-Admin",),
    )
    escalating = rows(
        "Who can escalate",
        "Identities that may give rights on the account, and those whose rights the exporter cannot decide. The command `ovhcloud-exporter access` says why.",
        [
            or_none(
                each(
                    f"{access}_info",
                    "identity_kind",
                    "identity",
                    "level",
                    level='=~"admin|unknown"',
                ),
                "identity",
                of_full(of_account(f"{access}_info", level='=~"admin|unknown"'), IDENTITIES),
            )
        ],
        {
            "level": "Level",
            "identity_kind": "Kind",
            "identity": "Identity",
            "account": "Account",
        },
        sort_by=("Level", "Kind"),
        no_value=FULL_ONLY,
    )
    agreement = lines(
        "Comparison with OVHcloud",
        "Decisions about the exporter's own rights: agree and disagree with OVHcloud's answers, unknown if the exporter cannot decide. Any disagree is a fault of the evaluation, or data older than the answer.",
        "none",
        query(total("ovhcloud_iam_evaluation_decisions", "result"), "{{result}}"),
        stacked=True,
    )
    managed = bars(
        "Policies and groups by manager",
        "IAM policies, permissions groups and resource groups by manager: OVHcloud or the customer.",
        *(
            query(
                total(f"ovhcloud_iam_{name}", "managed_by"),
                f"{text}: {{{{managed_by}}}}",
                instant=True,
            )
            for name, text in (
                ("policies", "policies"),
                ("permissions_groups", "permissions groups"),
                ("resource_groups", "resource groups"),
            )
        ),
    )
    policy = ("policy_id", "policy_name")
    policies = rows(
        "Policies by name",
        "Every IAM policy, the last update first.",
        [
            or_none(
                each("ovhcloud_iam_policy_info", *policy, "managed_by"),
                "policy_name",
                of_full(of_account("ovhcloud_iam_policy_info"), "iam_policy"),
            ),
            timed("ovhcloud_iam_policy_creation_timestamp_seconds", *policy),
            timed("ovhcloud_iam_policy_update_timestamp_seconds", *policy),
            timed("ovhcloud_iam_policy_expiration_timestamp_seconds", *policy),
        ],
        {
            "policy_name": "Policy",
            "managed_by": "Managed by",
            "account": "Account",
            "Value #B": "Created",
            "Value #C": "Changed",
            "Value #D": "Ends",
            "policy_id": None,
        },
        sort_by=("-Changed",),
        no_value=FULL_ONLY,
    )
    resources = rows(
        "Resources of policies",
        "Resources that policies can name, by type and whether they have a tag of their owner's; empty if unknown. No data unless the collector iam_resource is on.",
        [
            f"sum by (account, resource_type, tagged) ({each('ovhcloud_iam_resources', 'resource_type', 'tagged')})"
        ],
        {
            "resource_type": "Resource type",
            "tagged": "Tagged",
            "account": "Account",
            "Value": "Resources",
        },
        sort_by=("-Resources",),
        looks={"Tagged": [put("custom.width", 80)], "Resources": [put("custom.width", 97)]},
    )
    return [
        (9, 11, [by_kind]),
        (9, 13, [escalating]),
        (8, 7, [managed]),
        (8, 9, [resources]),
        (8, 8, [agreement]),
        (9, 24, [policies]),
    ]


def identity():
    return whole(
        HERE,
        "OVHcloud / Identity and access",
        "Logins and second factors, users and their rights, credentials and tokens, and the ends of all of them.",
        [
            ("", [(3, 6, freshness()), (4, 4, first_glance()), (4, 4, credentials_glance())]),
            ("Expires next", [(10, 24, [ends()])]),
            ("Logins", logins()),
            ("Users and groups", users()),
            ("Rights and policies", rights()),
            ("API credentials and service accounts", credentials()),
            ("Tokens, SSH keys, contacts", tokens()),
            ("Key management", kms()),
        ],
    )
