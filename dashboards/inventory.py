"""Tables by project, and of single resources, which only the level of detail `full` names."""

from panels import FULL_ONLY, links, row_to
from promql import each_project, in_projects, known, or_none, unread, with_project_name
from tables import put, rows

HERE = "ovhcloud-public-cloud"
FINDINGS = "ovhcloud-findings"
PROJECT = {"project_name": "Project"}


def by_project(title, description, values, sort_by, looks=None):
    """A table of the chosen projects by name: the columns are headings with their expressions."""
    made = [with_project_name(expression) for expression in values.values()]
    headings = {f"Value #{ref}": heading for ref, heading in zip("ABCDEFGHIJ", values)}
    to_findings = links(
        "Findings of this project", row_to(FINDINGS, account="account", project="project_id")
    )
    only = links("Only this project", row_to(HERE, account="account", project="project_id"))
    return rows(
        title,
        description,
        made,
        {"project_name": "Project", "account": "Account"} | headings | {"project_id": None},
        sort_by=sort_by,
        looks={"Project": [only], "Account": [to_findings]} | (looks or {}),
    )


def listed(title, description, info, columns, count, collector, dates=(), sort_by=(), looks=None):
    """The resources of one kind by name. `columns` are labels with headings, `count` the family that
    counts the same resources with its labels: without any of them, the table says none. `dates` are
    families of the same resources with a time."""
    metric, *counted = count
    identity = tuple(columns)
    first = identity[0]
    zero = known(in_projects(metric, per=tuple(counted)), unread(collector))
    queries = [or_none(with_project_name(each_project(info, *identity), *identity), first, zero)]
    values = {}
    for ref, (heading, family, labels, factor) in zip("BCDEF", dates):
        queries.append(f"{factor} * {each_project(family, *labels)}")
        values[f"Value #{ref}"] = heading
    shown = {name: heading for name, heading in columns.items() if heading}
    unseen = {name: None for name in (*identity, "project_id") if name not in shown}
    return rows(
        title,
        description,
        queries,
        shown | PROJECT | values | unseen,
        sort_by=sort_by or (columns[first],),
        looks=looks,
        no_value=FULL_ONLY,
    )


def names():
    region = {"ovh_region": "Region"}
    instance = ("instance_id", "instance_name")
    database = ("database_id", "database_name")
    milliseconds = 1000
    instances = listed(
        "Instances by name",
        "Every Public Cloud instance, the oldest first.",
        "ovhcloud_cloud_instance_info",
        {
            "instance_name": "Instance",
            "instance_id": None,
            **region,
            "flavor": "Flavor",
            "status": "Status",
        },
        ("ovhcloud_cloud_instances", "ovh_region", "flavor", "status"),
        "cloud_instance",
        dates=(
            (
                "Created",
                "ovhcloud_cloud_instance_creation_timestamp_seconds",
                instance,
                milliseconds,
            ),
        ),
        sort_by=("Created",),
    )
    addresses = listed(
        "Public addresses by instance",
        "Every public address of an instance.",
        "ovhcloud_cloud_instance_public_address_info",
        {"ip_address": "IP address", "ip_version": "Version", "instance_name": "Instance"},
        ("ovhcloud_cloud_instance_public_addresses", "ip_version"),
        "cloud_instance",
    )
    volumes = listed(
        "Volumes by name",
        "Every volume with its type and status; available is attached to nothing.",
        "ovhcloud_cloud_volume_info",
        {
            "volume_name": "Volume",
            "volume_id": None,
            **region,
            "volume_type": "Type",
            "status": "Status",
        },
        ("ovhcloud_cloud_volumes", "ovh_region", "volume_type", "status"),
        "cloud_volume",
        looks={"Type": [put("custom.width", 120)]},
    )
    restore = rows(
        "Restore points by resource",
        "The newest restore point of each volume, database and bucket that has one, the oldest first. A resource without one is not here: the table Backup by project counts it.",
        [
            with_project_name(
                f"1000 * {each_project('ovhcloud_backup_restore_point_timestamp_seconds', 'kind', 'resource', 'resource_name')}",
                "kind",
                "resource",
                "resource_name",
            )
        ],
        {
            "resource_name": "Name",
            "kind": "Kind",
            **PROJECT,
            "Value": "Newest",
            "resource": None,
            "project_id": None,
        },
        sort_by=("Newest",),
        no_value=FULL_ONLY,
    )
    databases = listed(
        "Databases by name",
        "Every managed database: creation, newest backup, the time until which it can be restored to a point in time, and how long it keeps backups.",
        "ovhcloud_cloud_database_info",
        {
            "database_name": "Database",
            "database_id": None,
            "engine": "Engine",
            "version": "Version",
            "status": "Status",
        },
        ("ovhcloud_cloud_databases", "engine", "version", "plan", "status"),
        "cloud_database",
        dates=(
            (
                "Created",
                "ovhcloud_cloud_database_creation_timestamp_seconds",
                database,
                milliseconds,
            ),
            (
                "Newest",
                "ovhcloud_cloud_database_newest_backup_timestamp_seconds",
                ("database_id",),
                milliseconds,
            ),
            (
                "Restorable until",
                "ovhcloud_cloud_database_pitr_timestamp_seconds",
                database,
                milliseconds,
            ),
            ("Retention", "ovhcloud_cloud_database_backup_retention_seconds", database, 1),
        ),
    )
    clusters = listed(
        "Clusters by name",
        "Every managed Kubernetes cluster.",
        "ovhcloud_cloud_kube_cluster_info",
        {
            "cluster_name": "Cluster",
            "cluster_id": None,
            **region,
            "version": "Version",
            "status": "Status",
        },
        ("ovhcloud_cloud_kube_clusters", "ovh_region", "version", "status"),
        "cloud_kube",
    )
    containers = listed(
        "Containers by name",
        "Every S3 bucket and Swift container.",
        "ovhcloud_cloud_storage_container_info",
        {"ovh_container": "Container", **region, "kind": "Kind"},
        ("ovhcloud_cloud_storage_containers", "ovh_region", "kind"),
        "cloud_storage_s3|cloud_storage_swift",
        looks={"Kind": [put("custom.width", 80)]},
    )
    buckets = listed(
        "Buckets by name",
        "Every S3 bucket with its protection. No data unless the collector cloud_storage_s3_bucket is on.",
        "ovhcloud_cloud_storage_bucket_info",
        {
            "bucket": "Bucket",
            "encryption": "Encryption",
            "versioning": "Versioning",
            "object_lock": "Object lock",
        },
        ("ovhcloud_cloud_storage_buckets", "ovh_region", "encryption", "versioning", "object_lock"),
        "cloud_storage_s3_bucket",
    )
    groups = listed(
        "Security groups by name",
        "Every security group. No data unless the collector cloud_security_group is on.",
        "ovhcloud_cloud_security_group_info",
        {"security_group_name": "Group", "security_group_id": None, **region, "status": "Status"},
        ("ovhcloud_cloud_security_groups", "ovh_region"),
        "cloud_security_group",
    )
    floating = listed(
        "Floating IPs by address",
        "Every floating IP address and what it is attached to. No data unless the collector cloud_floating_ip is on.",
        "ovhcloud_cloud_floating_ip_info",
        {"ip_address": "IP address", **region, "status": "Status", "entity_type": "Attached to"},
        ("ovhcloud_cloud_floating_ips", "ovh_region", "status", "attached"),
        "cloud_floating_ip",
    )
    images = listed(
        "Images by name",
        "Images that instances use or that are not public.",
        "ovhcloud_cloud_image_info",
        {
            "image_name": "Image",
            "image_id": None,
            **region,
            "visibility": "Visibility",
            "status": "Status",
        },
        ("ovhcloud_cloud_images", "ovh_region", "visibility", "status"),
        "cloud_image",
    )
    keys = listed(
        "SSH keys by name",
        "Every SSH key of a project, with its type and length; both are empty for an unreadable key.",
        "ovhcloud_cloud_ssh_key_info",
        {"ssh_key_name": "Key", "ssh_key_id": None, "key_type": "Type", "key_bits": "Bits"},
        ("ovhcloud_cloud_ssh_keys",),
        "cloud_ssh_key",
    )
    users = listed(
        "Cloud users by name",
        "Every OpenStack user of a project.",
        "ovhcloud_cloud_user_info",
        {"username": "User", "user_id": None, "status": "Status"},
        ("ovhcloud_cloud_users", "status"),
        "cloud_user",
    )
    grants = listed(
        "Third-party access by account",
        "Other OVHcloud accounts with access to a project.",
        "ovhcloud_cloud_project_acl_entry_info",
        {"account_id": "Account id", "access": "Access"},
        ("ovhcloud_cloud_project_acl_entries", "access"),
        "cloud_project_acl",
    )
    volume_snapshots = listed(
        "Volume snapshots by name",
        "Every snapshot of a volume.",
        "ovhcloud_cloud_volume_snapshot_info",
        {"snapshot_name": "Snapshot", "snapshot_id": None, **region, "status": "Status"},
        ("ovhcloud_cloud_volume_snapshots", "ovh_region"),
        "cloud_volume_snapshot",
    )
    volume_backups = listed(
        "Volume backups by name",
        "Every backup of a volume.",
        "ovhcloud_cloud_volume_backup_info",
        {"backup_name": "Backup", "backup_id": None, **region, "status": "Status"},
        ("ovhcloud_cloud_volume_backups", "ovh_region"),
        "cloud_volume_backup",
    )
    instance_snapshots = listed(
        "Instance snapshots by name",
        "Every snapshot of an instance.",
        "ovhcloud_cloud_instance_snapshot_info",
        {"snapshot_name": "Snapshot", "snapshot_id": None, **region, "status": "Status"},
        ("ovhcloud_cloud_instance_snapshots", "ovh_region"),
        "cloud_instance_snapshot",
    )
    budgets = listed(
        "Budget alerts by project",
        "Every alert on the monthly costs of a project.",
        "ovhcloud_cloud_budget_alert_info",
        {"alert_name": "Alert", "alert_id": None, "billed_service": "Service", "status": "Status"},
        ("ovhcloud_cloud_budget_alerts", "status"),
        "cloud_budget_alert",
    )
    return [
        (10, 24, [databases]),
        (10, 14, [instances]),
        (10, 10, [addresses]),
        (
            9,
            12,
            [
                volumes,
                restore,
                clusters,
                containers,
                buckets,
                groups,
                floating,
                images,
                keys,
                users,
            ],
        ),
        (9, 12, [volume_snapshots, volume_backups, instance_snapshots, budgets, grants]),
    ]
