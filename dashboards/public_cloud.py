"""The dashboard of the Public Cloud projects: what there is, what is open, what is protected."""

from exporter import freshness
from inventory import by_project, names
from layout import projects, whole
from panels import bars, lines, number, query, to, top
from promql import (
    each_project,
    in_projects,
    known,
    or_none,
    per_project,
    some_per_project,
    total,
    unjudged,
    unread,
    with_project_name,
)
from storage import backups, storage
from tables import graded, put, rows

HERE = "ovhcloud-public-cloud"
FINDINGS = "ovhcloud-findings"
REGION = ("ovh_region",)
# The labels of the families with several, beside the project.
INSTANCE = ("ovh_region", "flavor", "status")
VOLUME = ("ovh_region", "volume_type", "status")
DATABASE = ("engine", "version", "plan", "status")
CLUSTER = ("ovh_region", "version", "status")


def none_without_projects(expression):
    """Accounts without a project have no series of one: nothing is in them."""
    projects = f"{total('ovhcloud_cloud_projects', per=('status',))} == 0"
    return f"{expression}\nor\n({projects} unless on () (\n{unread('cloud_project')}\n))"


def count(title, description, metric, per, collector, behind, alarm=None, **labels):
    expression = known(in_projects(metric, per=per, **labels), unread(collector))
    return number(title, description, none_without_projects(expression), behind, alarm=alarm)


def findings_of(*checks):
    return to(FINDINGS, "Findings", check=checks)


def quantities():
    return [
        count(
            "Projects",
            "Public Cloud projects among the chosen ones.",
            "ovhcloud_cloud_project_info",
            ("status",),
            "cloud_project",
            to(HERE, "Instances and access by project"),
        ),
        count(
            "Instances",
            "Public Cloud instances in any status.",
            "ovhcloud_cloud_instances",
            INSTANCE,
            "cloud_instance",
            to(HERE, "Instances and access by project"),
        ),
        count(
            "Volumes",
            "Volumes in any status.",
            "ovhcloud_cloud_volumes",
            VOLUME,
            "cloud_volume",
            to(HERE, "Volumes by project"),
        ),
        count(
            "Containers",
            "S3 buckets and Swift containers.",
            "ovhcloud_cloud_storage_containers",
            ("ovh_region", "kind"),
            "cloud_storage_s3|cloud_storage_swift",
            to(HERE, "Object storage by project"),
        ),
        count(
            "Databases",
            "Managed databases in any status.",
            "ovhcloud_cloud_databases",
            DATABASE,
            "cloud_database",
            to(HERE, "Databases by version"),
        ),
        count(
            "Clusters",
            "Managed Kubernetes clusters in any status.",
            "ovhcloud_cloud_kube_clusters",
            CLUSTER,
            "cloud_kube",
            to(HERE, "Clusters by version"),
        ),
        count(
            "SSH keys",
            "SSH keys of the projects; a key in two projects counts twice.",
            "ovhcloud_cloud_ssh_keys",
            (),
            "cloud_ssh_key",
            to(HERE, "Instances and access by project"),
        ),
        count(
            "Cloud users",
            "OpenStack users of the projects in any status.",
            "ovhcloud_cloud_users",
            ("status",),
            "cloud_user",
            to(HERE, "Instances and access by project"),
        ),
    ]


def alarms():
    return [
        count(
            "Unattached volumes",
            "Volumes without an instance. They are billed.",
            "ovhcloud_cloud_volumes_unattached",
            REGION,
            "cloud_volume",
            findings_of("volume_unattached"),
            "orange",
        ),
        count(
            "Unencrypted volumes",
            "Volumes without encryption, by OVHcloud's property or, without it, by their type.",
            "ovhcloud_cloud_volumes_unencrypted",
            REGION,
            "cloud_volume",
            findings_of("volume_unencrypted"),
            "orange",
        ),
        count(
            "Public containers",
            "Swift containers that anybody can read.",
            "ovhcloud_cloud_storage_public_containers",
            REGION,
            "cloud_storage_swift",
            findings_of("swift_public"),
            "red",
        ),
        count(
            "Open databases",
            "Managed databases that let in every address.",
            "ovhcloud_cloud_databases_open",
            (),
            "cloud_database",
            findings_of("database_open_to_world"),
            "red",
        ),
        count(
            "Open clusters",
            "Managed Kubernetes clusters without IP restrictions.",
            "ovhcloud_cloud_kube_clusters_without_ip_restrictions",
            REGION,
            "cloud_kube",
            findings_of("kube_api_open_to_world"),
            "orange",
        ),
        count(
            "Open groups",
            "Security groups with a rule for every address, whatever the port. No data unless the collector cloud_security_group is on.",
            "ovhcloud_cloud_security_groups_open",
            REGION,
            "cloud_security_group",
            to(HERE, "Open to the internet by project"),
            "orange",
        ),
        number(
            "Unlisted SSH keys",
            "SSH keys that are not in the allow list. No data without a list.",
            none_without_projects(
                known(
                    in_projects("ovhcloud_cloud_ssh_keys_unlisted"),
                    unjudged(check="sshkey_unlisted"),
                )
            ),
            findings_of("sshkey_unlisted"),
            alarm="orange",
        ),
        count(
            "Unprotected",
            "Volumes, databases and buckets without a recent backup.",
            "ovhcloud_backup_resources",
            ("kind",),
            "cloud_volume|cloud_volume_snapshot|cloud_database|cloud_storage_s3",
            to(HERE, "Backup by project"),
            "orange",
            state="unprotected",
        ),
    ]


def instances():
    shown = by_project(
        "Instances and access by project",
        "Content of each project, and who may enter it. Third-party access: entries for other OVHcloud accounts.",
        {
            "Instances": per_project("ovhcloud_cloud_instances", *INSTANCE),
            "Addresses": per_project("ovhcloud_cloud_instance_public_addresses", "ip_version"),
            "Images": per_project("ovhcloud_cloud_images", "ovh_region", "visibility", "status"),
            "Keys": each_project("ovhcloud_cloud_ssh_keys"),
            "Unlisted": each_project("ovhcloud_cloud_ssh_keys_unlisted"),
            "Users": per_project("ovhcloud_cloud_users", "status"),
            "S3 keys": each_project("ovhcloud_cloud_s3_credentials"),
            "S3 all": each_project("ovhcloud_cloud_s3_user_policies_unlimited"),
            "Third-party access": per_project("ovhcloud_cloud_project_acl_entries", "access"),
            "Budget alerts": per_project("ovhcloud_cloud_budget_alerts", "status"),
        },
        ("-Instances",),
        looks={
            "Keys": [put("custom.width", 70)],
            "S3 keys": [put("custom.width", 83)],
            "S3 all": [*graded("text", 1, "orange"), put("custom.width", 80)],
            "Budget alerts": [*graded("text", 0, "orange", 1, "text"), put("custom.width", 125)],
        },
    )
    by_status = lines(
        "Instances by status and project",
        "Instances of the chosen projects by status.",
        "none",
        query(
            in_projects("ovhcloud_cloud_instances", "status", per=("ovh_region", "flavor")),
            "{{status}}",
        ),
        stacked=True,
    )
    by_region = bars(
        "Instances by region",
        "Public Cloud instances now, the ten largest regions.",
        top(
            in_projects("ovhcloud_cloud_instances", "ovh_region", per=("flavor", "status")),
            "{{ovh_region}}",
        ),
    )
    by_flavor = bars(
        "Instances by flavor",
        "Public Cloud instances now, the ten most frequent flavors.",
        top(
            in_projects("ovhcloud_cloud_instances", "flavor", per=("ovh_region", "status")),
            "{{flavor}}",
        ),
    )
    statuses = lines(
        "Projects by status",
        "Public Cloud projects of the accounts, chosen or not. The exporter cannot read what a suspended one holds.",
        "none",
        query(total("ovhcloud_cloud_projects", "status"), "{{status}}"),
        stacked=True,
    )
    keys = bars(
        "SSH keys by type",
        "SSH keys of the projects by type and length, the ten most frequent; without a type if unreadable.",
        top(
            in_projects("ovhcloud_cloud_ssh_keys_by_type", "key_type", "key_bits"),
            "{{key_type}} {{key_bits}}",
        ),
    )
    roles = bars(
        "Cloud users by role",
        "OpenStack users of the projects by role, the ten most frequent. A user with several roles is in each.",
        top(in_projects("ovhcloud_cloud_user_roles", "role"), "{{role}}"),
    )
    return [(10, 24, [shown]), (8, 8, [by_status, by_region, by_flavor, statuses, keys, roles])]


def exposure():
    shown = by_project(
        "Open to the internet by project",
        "Resources of each project that every address can reach. No data in a column whose collector is off: cloud_security_group, cloud_floating_ip.",
        {
            "Public containers": per_project("ovhcloud_cloud_storage_public_containers", *REGION),
            "Open databases": each_project("ovhcloud_cloud_databases_open"),
            "Public databases": some_per_project(
                "ovhcloud_cloud_databases_by_network", network="public"
            ),
            "No TLS": each_project("ovhcloud_cloud_databases_without_tls"),
            "Open clusters": per_project(
                "ovhcloud_cloud_kube_clusters_without_ip_restrictions", *REGION
            ),
            "Open groups": per_project("ovhcloud_cloud_security_groups_open", *REGION),
            "Groups": per_project("ovhcloud_cloud_security_groups", *REGION),
            "Rules": per_project(
                "ovhcloud_cloud_security_group_open_rules", "ovh_region", "protocol"
            ),
            "Floating IPs": per_project(
                "ovhcloud_cloud_floating_ips", "ovh_region", "status", "attached"
            ),
        },
        ("-Public containers",),
        looks={
            "Public databases": [*graded("text", 1, "orange"), put("custom.width", 146)],
            "Groups": [put("custom.width", 80)],
            "Rules": [put("custom.width", 80)],
            "Floating IPs": [put("custom.width", 118)],
        },
    )
    rules = bars(
        "Open rules by protocol",
        "Rules of security groups that let in every address; any stands for all protocols.",
        top(
            in_projects("ovhcloud_cloud_security_group_open_rules", "protocol", per=REGION),
            "{{protocol}}",
        ),
    )
    addresses = bars(
        "Public addresses by version",
        "Public addresses of instances by IP version.",
        top(
            in_projects("ovhcloud_cloud_instance_public_addresses", "ip_version"),
            "IPv{{ip_version}}",
        ),
    )
    floating = bars(
        "Floating IPs",
        "Floating IP addresses by status, and whether they are attached: true, false, or empty if unknown.",
        top(
            in_projects("ovhcloud_cloud_floating_ips", "status", "attached", per=REGION),
            "{{status}}, attached: {{attached}}",
        ),
    )
    return [(9, 24, [shown]), (7, 8, [rules, addresses, floating])]


def platform():
    end = "ovhcloud_cloud_database_end_of_life_timestamp_seconds"
    version = ("engine", "version")
    databases = rows(
        "Databases by version",
        "Managed databases by engine and version, with the time until OVHcloud ends the version; a version without a date has none in OVHcloud's list.",
        [
            or_none(
                with_project_name(
                    f"sum by (account, project_id, engine, version) ({each_project('ovhcloud_cloud_databases', *DATABASE)}) > 0",
                    *version,
                ),
                "engine",
                known(
                    in_projects("ovhcloud_cloud_databases", per=DATABASE), unread("cloud_database")
                ),
            ),
            with_project_name(f"{each_project(end, *version)} - time()", *version),
            with_project_name(f"1000 * {each_project(end, *version)}", *version),
        ],
        {
            "engine": "Engine",
            "version": "Version",
            "project_name": "Project",
            "account": "Account",
            "Value #A": "Databases",
            "Value #B": "Time left",
            "Value #C": "End of life",
            "project_id": None,
        },
        sort_by=("Time left",),
    )
    by_project_table = by_project(
        "Databases and clusters by project",
        "Managed databases, their nodes and the protection that they lack; clusters that lack a patch, and clusters that are never updated.",
        {
            "Databases": per_project("ovhcloud_cloud_databases", *DATABASE),
            "Nodes": per_project("ovhcloud_cloud_database_nodes", "engine"),
            "Deletable": each_project("ovhcloud_cloud_databases_without_deletion_protection"),
            "Clusters": per_project("ovhcloud_cloud_kube_clusters", *CLUSTER),
            "Outdated": per_project("ovhcloud_cloud_kube_clusters_outdated", *REGION),
            "Frozen": some_per_project(
                "ovhcloud_cloud_kube_clusters_by_update_policy", update_policy="NEVER_UPDATE"
            ),
        },
        ("-Deletable",),
        looks={
            "Nodes": [put("custom.width", 77)],
            "Deletable": [*graded("text", 1, "orange"), put("custom.width", 100)],
            "Frozen": [*graded("text", 1, "orange"), put("custom.width", 80)],
        },
    )
    clusters = rows(
        "Clusters by version",
        "Managed Kubernetes clusters by version and status. The check kube_version_eol compares the version with its upstream end of life.",
        [
            or_none(
                with_project_name(
                    f"sum by (account, project_id, version, status) ({each_project('ovhcloud_cloud_kube_clusters', *CLUSTER)}) > 0",
                    "version",
                    "status",
                ),
                "version",
                known(
                    in_projects("ovhcloud_cloud_kube_clusters", per=CLUSTER), unread("cloud_kube")
                ),
            )
        ],
        {
            "version": "Version",
            "status": "Status",
            "project_name": "Project",
            "account": "Account",
            "Value": "Clusters",
            "project_id": None,
        },
        sort_by=("Project",),
    )
    policies = bars(
        "Clusters by update policy",
        "Managed Kubernetes clusters by OVHcloud's update policy.",
        top(
            in_projects("ovhcloud_cloud_kube_clusters_by_update_policy", "update_policy"),
            "{{update_policy}}",
        ),
    )
    ended = lines(
        "Findings of ends of life",
        "Databases, clusters and instances whose version is at its end of life, of all projects.",
        "none",
        *(
            query(total("ovhcloud_policy_violations", per=("severity",), check=check), legend)
            for check, legend in (
                ("database_engine_eol", "databases"),
                ("kube_version_eol", "clusters"),
                ("instance_image_eol", "instances"),
            )
        ),
    )
    return [
        (9, 14, [databases]),
        (9, 10, [clusters]),
        (8, 15, [by_project_table]),
        (8, 9, [policies]),
        (8, 24, [ended]),
    ]


def quotas():
    used = "{} / ({} > 0)".format(
        *(
            each_project(metric, "ovh_region", "resource")
            for metric in ("ovhcloud_cloud_quota_used", "ovhcloud_cloud_quota_limit")
        )
    )
    by = ("ovh_region", "resource")
    table = rows(
        "Quotas nearly used up",
        "Quotas with more than 80 % in use, by project and region.",
        [
            with_project_name(f"{used}\n> 0.8", *by)
            + f'\nor\nlabel_replace(max({used}) <= 0.8 unless on () (\n{unread("cloud_quota")}\n), "resource", "none above 80 %", "", "")'
        ],
        {
            "Value": "Used",
            "resource": "Resource",
            "ovh_region": "Region",
            "project_name": "Project",
            "account": "Account",
            "project_id": None,
        },
        sort_by=("-Used",),
    )
    trend = lines(
        "Highest use of quotas",
        "The highest use of each resource's quota in any region of the chosen projects, the ten highest.",
        "percentunit",
        query(f"topk(10, max by (resource) ({used}))", "{{resource}}"),
    )
    return [(9, 14, [table]), (9, 10, [trend])]


def public_cloud():
    return whole(
        HERE,
        "OVHcloud / Public Cloud",
        "Content of the Public Cloud projects: how much, how open to the internet, how well backed up, and until when supported.",
        [
            ("", [(3, 6, freshness()), (4, 3, quantities()), (3, 6, alarms())]),
            ("Open to the internet", exposure()),
            ("Instances and access", instances()),
            ("Storage", storage()),
            ("Backup", backups()),
            ("Databases and Kubernetes", platform()),
            ("Quotas", quotas()),
            ("+Resources by name (detail: full)", names()),
        ],
        [projects()],
    )
