"""Credentials, tokens, keys and certificates of the dashboard of identity: how many and how old they
are, when they were used, and when they end."""

from panels import DAY, FULL_ONLY, NOT_KNOWN, bars, lines, number, put, query, to, top
from promql import (
    FULL,
    each,
    known,
    no_full,
    of_account,
    of_full,
    or_none,
    some,
    timed,
    total,
    unjudged,
    unread,
)
from tables import rows

HERE = "ovhcloud-identity"
FINDINGS = "ovhcloud-findings"


def check(*ids):
    return to(FINDINGS, "Findings", check=ids)


def credentials_glance():
    credential = "api_credential"
    return [
        number(
            "Service accounts",
            "OAuth2 clients with the flow CLIENT_CREDENTIALS.",
            known(
                some("ovhcloud_oauth2_clients", flow="CLIENT_CREDENTIALS"), unread("oauth2_client")
            ),
            to(HERE, "OAuth2 clients by name"),
        ),
        number(
            "API applications",
            "Applications that credentials are made for, in any status.",
            known(total("ovhcloud_api_applications", per=("status",)), unread("api_application")),
            to(HERE, "API applications by name"),
        ),
        number(
            "Full-access keys",
            "Valid API credentials that allow a method that changes something on every path.",
            known(
                some("ovhcloud_api_credentials_by_access", access="everything"), unread(credential)
            ),
            check("credential_full_write"),
            alarm="red",
        ),
        number(
            "Keys from anywhere",
            "Valid API credentials that work from any address.",
            known(total("ovhcloud_api_credentials_unrestricted"), unread(credential)),
            check("credential_no_ip_limit"),
            alarm="orange",
        ),
        number(
            "Stale credentials",
            "Valid credentials that are unused or were never used.",
            known(
                total("ovhcloud_api_credentials_stale", per=("reason",)),
                unjudged(check='=~"credential_stale|credential_never_used"'),
            ),
            check("credential_stale", "credential_never_used"),
            alarm="orange",
        ),
        number(
            "Permanent tokens",
            "Access tokens of local users that never expire.",
            known(some("ovhcloud_iam_user_tokens", state="permanent"), unread("iam_user_token")),
            check("pat_no_expiry"),
            alarm="orange",
        ),
    ]


# The families with an end, each with its name in the table, the label that names the object, and the
# collector that reads it.
ENDING = (
    (
        "API credential",
        "ovhcloud_api_credential_expiration_timestamp_seconds",
        "credential_id",
        "api_credential",
    ),
    (
        "Access token",
        "ovhcloud_iam_user_token_expiration_timestamp_seconds",
        "token",
        "iam_user_token",
    ),
    ("IAM policy", "ovhcloud_iam_policy_expiration_timestamp_seconds", "policy_name", "iam_policy"),
    (
        "KMS certificate",
        "ovhcloud_okms_credential_expiration_timestamp_seconds",
        "credential_name",
        "okms",
    ),
    (
        "IdP certificate",
        "ovhcloud_identity_provider_certificate_expiration_timestamp_seconds",
        "subject",
        "identity_provider",
    ),
)
# At every level of detail, without its user.
NEXT_TOKEN = "ovhcloud_iam_user_tokens_next_expiration_timestamp_seconds"
OWN = "ovhcloud_exporter_credential_expiration_timestamp_seconds"
OTHERS = {
    "ovhcloud_api_credential_expiration_timestamp_seconds": ("application_id",),
    "ovhcloud_iam_user_token_expiration_timestamp_seconds": ("login",),
    "ovhcloud_iam_policy_expiration_timestamp_seconds": ("policy_id",),
    "ovhcloud_okms_credential_expiration_timestamp_seconds": ("okms_id", "credential_id"),
}


def worded(expression, what, label=None):
    """The expression with the columns `what` and `name`, the latter from a label."""
    if label:
        expression = f'label_replace({expression}, "name", "$1", "{label}", "(.*)")'
    return f'label_replace({expression}, "what", "{what}", "", "")'


def ending():
    """The end of everything that has one, but of those over for a month."""
    every = [
        worded(each(metric, label, *OTHERS.get(metric, ())), what, label)
        for what, metric, label, _ in ENDING
    ]
    soonest = f"({each(NEXT_TOKEN, function='min')} unless on (account) {FULL})"
    every.append(worded(soonest, "Access token, the next of all"))
    every.append(worded(each(OWN), "The exporter's own credential"))
    ends = "\nor\n".join(every)
    return f"((\n{ends}\n) > time() - {30 * DAY})"


def ends():
    collectors = "|".join(collector for *_, collector in ENDING) + "|exporter_credential"
    failing = each("ovhcloud_collector_success", "collector", collector=f'=~"{collectors}"')
    not_read = worded(
        f"{NOT_KNOWN} * ({failing} == bool 0) < 0", "Not read: see the collector", "collector"
    )
    coarse = worded(
        f"{NOT_KNOWN} * count by (account) ({no_full()})",
        "Not known: only `detail: full` has every end",
    )
    found = ending()
    left = f"{found} - time()"
    by = "min by (account, what, name, login, application_id)"
    return rows(
        "Expires next",
        "Everything with an end, what ends next at the top: API credentials, access tokens, IAM policies, client certificates of KMS, certificates of the identity provider, and the credential of the exporter. Ends of more than 30 days ago are left out. A row without a time says what the exporter does not know.",
        [
            f"{by} (\n{left}\nor\n{not_read}\nor\n{coarse}\n"
            f'or\nlabel_replace({of_full(found, collectors)}, "what", "none", "", "")\n)',
            f"1000 * {by} ({found})",
        ],
        {
            "Value #A": "Time left",
            "Value #B": "Ends",
            "what": "Object",
            "name": "Name",
            "login": "User",
            "account": "Account",
            "application_id": "Application id",
        },
        sort_by=("Time left",),
        looks={"User": [put("custom.width", 150)]},
        no_value="no data",
    )


AGES = (
    (0, 30, "up to 30 days"),
    (30, 90, "30 to 90 days"),
    (90, 365, "90 days to a year"),
    (365, None, "more than a year"),
)


def by_age(metric, per):
    """One bar for each span of time since."""
    age = f"(time() - {each(metric, *per)})"
    made = []
    for least, most, legend in AGES:
        span = f"{age} >= {least * DAY}" + (f" < {most * DAY}" if most else "")
        made.append(query(f"count({span})\nor\n0 * count({age})", legend, instant=True))
    return made


def credentials():
    credential = ("credential_id", "application_id")
    last_use = "ovhcloud_api_credential_last_use_timestamp_seconds"
    info = each("ovhcloud_api_credential_info", *credential)
    used = each(last_use, *credential)
    by_creation = bars(
        "API credentials by age",
        "API credentials in any status by the time since their creation.",
        *by_age("ovhcloud_api_credential_creation_timestamp_seconds", credential),
        no_value=FULL_ONLY,
    )
    never = f"count({info} unless on (account, credential_id) {used})\nor\n0 * count({info})"
    by_use = bars(
        "API credentials by last use",
        "API credentials in any status by the time since their last use; those without one were never used, or OVHcloud does not say when.",
        *by_age(last_use, credential),
        query(never, "never, or not known", instant=True),
        no_value=FULL_ONLY,
    )
    by_access = lines(
        "API credentials by access",
        "Valid API credentials by the calls that they allow: read, write, or everything.",
        "none",
        query(total("ovhcloud_api_credentials_by_access", "access"), "{{access}}"),
        stacked=True,
    )
    by_status = lines(
        "API credentials by status",
        "Credentials of API applications (consumer keys).",
        "none",
        query(total("ovhcloud_api_credentials", "status"), "{{status}}"),
        stacked=True,
    )
    applications = each("ovhcloud_api_application_info", "application_id", "application_name")
    names = f"topk by (account, application_id) (1, {applications})"
    by_name = rows(
        "API credentials by name",
        "Every API credential with its application, the longest unused first. The application's name is empty if it belongs to another account.",
        [
            or_none(
                f"{each('ovhcloud_api_credential_info', *credential, 'status')}\n"
                f"* on (account, application_id) group_left (application_name)\n{names}\n"
                f"or on (account, credential_id)\n{each('ovhcloud_api_credential_info', *credential, 'status')}",
                "credential_id",
                of_full(of_account("ovhcloud_api_credential_info"), "api_credential"),
            ),
            timed("ovhcloud_api_credential_creation_timestamp_seconds", *credential),
            timed(last_use, *credential),
            timed("ovhcloud_api_credential_expiration_timestamp_seconds", *credential),
        ],
        {
            "credential_id": "Credential id",
            "application_name": "Application",
            "status": "Status",
            "account": "Account",
            "Value #B": "Created",
            "Value #C": "Last use",
            "Value #D": "Ends",
            "application_id": "Application id",
        },
        sort_by=("Last use",),
        no_value=FULL_ONLY,
    )
    clients = rows(
        "OAuth2 clients by name",
        "OAuth2 clients: service accounts (CLIENT_CREDENTIALS), and applications that act for a person (AUTHORIZATION_CODE).",
        [
            or_none(
                each("ovhcloud_oauth2_client_info", "client_id", "client_name", "flow"),
                "client_name",
                known(total("ovhcloud_oauth2_clients", per=("flow",)), unread("oauth2_client")),
            )
        ],
        {
            "client_name": "Client",
            "flow": "Flow",
            "account": "Account",
            "client_id": "Client id",
        },
        sort_by=("Flow", "Client"),
        looks={"Client id": [put("custom.width", 170)]},
        no_value=FULL_ONLY,
    )
    listed = rows(
        "API applications by name",
        "Every legacy API application.",
        [
            or_none(
                each(
                    "ovhcloud_api_application_info", "application_id", "application_name", "status"
                ),
                "application_name",
                known(
                    total("ovhcloud_api_applications", per=("status",)), unread("api_application")
                ),
            )
        ],
        {
            "application_name": "Application",
            "status": "Status",
            "account": "Account",
            "application_id": "Application id",
        },
        sort_by=("Status", "Application"),
        no_value=FULL_ONLY,
    )
    return [
        (8, 6, [by_creation, by_use, by_access, by_status]),
        (10, 24, [by_name]),
        (8, 12, [clients, listed]),
        (8, 6, trends()),
    ]


def trends():
    return [
        lines(
            title,
            description,
            "none",
            query(total(metric, label, per=per), f"{{{{{label}}}}}"),
            stacked=True,
        )
        for title, description, metric, label, per in (
            (
                "Stale credentials by reason",
                "unused: not used for longer than the check allows. never_used: not once since creation.",
                "ovhcloud_api_credentials_stale",
                "reason",
                (),
            ),
            (
                "Applications by status",
                "API applications that credentials are made for.",
                "ovhcloud_api_applications",
                "status",
                (),
            ),
            (
                "OAuth2 clients by flow",
                "CLIENT_CREDENTIALS: service accounts. AUTHORIZATION_CODE: applications that act for a person.",
                "ovhcloud_oauth2_clients",
                "flow",
                (),
            ),
            (
                "Tokens by state",
                "Access tokens of local users: with an expiration, expired, and permanent.",
                "ovhcloud_iam_user_tokens",
                "state",
                (),
            ),
        )
    ]


def tokens():
    token = ("login", "token")
    listed = rows(
        "Tokens that end, by user",
        "Access tokens of local users with an end or a use. A token with neither has no series of its own.",
        [
            or_none(
                timed("ovhcloud_iam_user_token_expiration_timestamp_seconds", *token),
                "login",
                known(total("ovhcloud_iam_user_tokens", per=("state",)), unread("iam_user_token")),
            ),
            timed("ovhcloud_iam_user_token_last_use_timestamp_seconds", *token),
        ],
        {
            "login": "User",
            "token": "Token",
            "account": "Account",
            "Value #A": "Ends",
            "Value #B": "Last use",
        },
        sort_by=("Ends",),
        no_value=FULL_ONLY,
    )
    keys = rows(
        "SSH keys of the account",
        "SSH keys of the account, which are not those of its projects.",
        [
            or_none(
                each("ovhcloud_account_ssh_key_info", "ssh_key_name", "key_type", "key_bits"),
                "ssh_key_name",
                known(total("ovhcloud_account_ssh_keys"), unread("account_ssh_key")),
            )
        ],
        {"ssh_key_name": "Key", "key_type": "Type", "key_bits": "Bits", "account": "Account"},
        sort_by=("Type", "Bits"),
        no_value=FULL_ONLY,
    )
    by_type = bars(
        "Account SSH keys by type",
        "SSH keys of the account by type and length, the ten most frequent; without a type if unreadable.",
        top(
            total("ovhcloud_account_ssh_keys_by_type", "key_type", "key_bits"),
            "{{key_type}} {{key_bits}}",
        ),
    )
    changes = rows(
        "Requests for a change of contacts",
        "Requests for a change of the contacts of a service, with the account that gets it.",
        [
            or_none(
                each(
                    "ovhcloud_contact_change_info",
                    "task_id",
                    "service_domain",
                    "to_account",
                    "state",
                ),
                "service_domain",
                known(total("ovhcloud_contact_changes", per=("state",)), unread("contact_change")),
            ),
            timed("ovhcloud_contact_change_request_timestamp_seconds", "task_id"),
        ],
        {
            "service_domain": "Service",
            "to_account": "New contact",
            "state": "State",
            "account": "Account",
            "Value #B": "Requested",
            "task_id": None,
        },
        sort_by=("-Requested",),
        looks={"New contact": [put("custom.width", 126)], "State": [put("custom.width", 160)]},
        no_value=FULL_ONLY,
    )
    return [(8, 12, [listed, changes]), (8, 15, [keys]), (8, 9, [by_type])]


def kms():
    region = ("ovh_region",)

    def per(metric, *labels):
        return f"sum by (account, ovh_region) ({each(metric, 'ovh_region', *labels)})"

    services = rows(
        "Key management services",
        "Key management services by region, with their keys, client certificates, secrets and forwarded logs.",
        [
            per("ovhcloud_okms_resources"),
            per("ovhcloud_okms_service_keys", "state"),
            per("ovhcloud_okms_credentials", "status"),
            per("ovhcloud_okms_secrets"),
            per("ovhcloud_okms_log_subscriptions"),
        ],
        {
            "ovh_region": "Region",
            "account": "Account",
            "Value #A": "Services",
            "Value #B": "Keys",
            "Value #C": "Certificates",
            "Value #D": "Secrets",
            "Value #E": "Subscriptions",
        },
        sort_by=("Region",),
        looks={
            "Region": [put("custom.width", 150)],
            "Services": [put("custom.width", 90)],
            "Keys": [put("custom.width", 70)],
            "Certificates": [put("custom.width", 118)],
            "Secrets": [put("custom.width", 83)],
            "Subscriptions": [put("custom.width", 120)],
        },
    )
    states = lines(
        "Keys and certificates by state",
        "Keys of key management services by state, and client certificates by status.",
        "none",
        query(total("ovhcloud_okms_service_keys", "state", per=region), "key {{state}}"),
        query(total("ovhcloud_okms_credentials", "status", per=region), "certificate {{status}}"),
    )
    key = ("okms_id", "key_id", "key_name")
    keys = rows(
        "Keys by name",
        "Every key of the key management services, the oldest first.",
        [
            or_none(
                each("ovhcloud_okms_service_key_info", *key, "key_type", "key_bits", "state"),
                "key_name",
                known(
                    total("ovhcloud_okms_service_keys", per=("ovh_region", "state")), unread("okms")
                ),
            ),
            timed("ovhcloud_okms_service_key_creation_timestamp_seconds", *key),
        ],
        {
            "key_name": "Key",
            "key_type": "Type",
            "key_bits": "Bits",
            "state": "State",
            "account": "Account",
            "Value #B": "Created",
            "okms_id": None,
            "key_id": None,
        },
        sort_by=("Created",),
        looks={"State": [put("custom.width", 120)]},
        no_value=FULL_ONLY,
    )
    return [(8, 14, [services]), (8, 10, [states]), (8, 24, [keys])]
