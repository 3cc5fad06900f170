"""The dashboard of resources: the content of the projects and its changes."""

from layout import whole
from panels import bars, colored_cell, lines, number, put, query, rows
from promql import each, known, of_account, or_none, total, unread, with_project_name

CONTAINER_LABELS = ("project_id", "ovh_region", "kind")
VOLUME_LABELS = ("project_id", "ovh_region", "volume_type", "status")


def changes():
    counter = of_account("ovhcloud_inventory_changes_total")
    increases = f"sum by (collector, change) (max by (account, collector, change) (increase({counter}[1h]))) > 0"
    made = lines(
        "Changes by collector",
        "Resources added, removed or changed, per hour. A short-lived resource, present in a single refresh, counts twice: as added and as removed.",
        "none",
        query(
            f'{increases}\nor on ()\nlabel_replace(0 * count({counter}), "change", "no change", "", "")',
            "{{collector}} {{change}}",
        ),
        stacked=True,
        bridge=True,
    )
    used = "{} / ({} > 0)".format(
        *(
            each(metric, "project_id", "ovh_region", "resource")
            for metric in ("ovhcloud_cloud_quota_used", "ovhcloud_cloud_quota_limit")
        )
    )
    quotas = rows(
        "Quotas nearly used up",
        "Quotas with more than 80 % in use, by project and region; without any, the highest use.",
        [
            with_project_name(f"{used}\n> 0.8", "project_id", "ovh_region", "resource")
            + f'\nor\nlabel_replace(max({used}) <= 0.8 unless on () (\n{unread("cloud_quota")}\n), "resource", "none above 80 %", "", "")'
        ],
        {
            "Value": "Used",
            "resource": "Resource",
            "ovh_region": "Region",
            "project_name": "Project",
            "project_id": "Project id",
            "account": "Account",
        },
        sort_by=("-Used",),
    )
    quotas.override_by_name("Used", [put("unit", "percentunit"), put("decimals", 0)])
    return [(9, 12, [made, quotas])]


def storage():
    volumes = lines(
        "Volumes by type",
        "Size of all volumes.",
        "bytes",
        query(
            total(
                "ovhcloud_cloud_volumes_bytes",
                "volume_type",
                per=("project_id", "ovh_region", "status"),
            ),
            "{{volume_type}}",
        ),
        stacked=True,
    )
    containers = lines(
        "Object storage by kind",
        "Size of all containers: S3 buckets and Swift containers.",
        "bytes",
        query(
            total("ovhcloud_cloud_storage_bytes", "kind", per=("project_id", "ovh_region")), "{{kind}}"
        ),
        stacked=True,
    )
    snapshots = lines(
        "Snapshots",
        "Size of all snapshots of volumes and of instances.",
        "bytes",
        query(
            total("ovhcloud_cloud_volume_snapshots_bytes", per=("project_id", "ovh_region")), "volumes"
        ),
        query(
            total("ovhcloud_cloud_instance_snapshots_bytes", per=("project_id", "ovh_region")),
            "instances",
        ),
        stacked=True,
    )
    counted = [
        number(
            "Volumes",
            "Volumes in any status.",
            known(total("ovhcloud_cloud_volumes", per=VOLUME_LABELS), unread("cloud_volume")),
        ),
        number(
            "Unattached volumes",
            "Volumes without an instance. They are billed.",
            known(
                total("ovhcloud_cloud_volumes_unattached", per=("project_id", "ovh_region")),
                unread("cloud_volume"),
            ),
            alarm="orange",
        ),
        number(
            "Unencrypted volumes",
            "Volumes without encryption, by OVHcloud's property or, without it, by their type.",
            known(
                total("ovhcloud_cloud_volumes_unencrypted", per=("project_id", "ovh_region")),
                unread("cloud_volume"),
            ),
            alarm="orange",
        ),
        number(
            "Public containers",
            "Swift containers that anybody can read.",
            known(
                total("ovhcloud_cloud_storage_public_containers", per=("project_id", "ovh_region")),
                unread("cloud_storage_swift"),
            ),
            alarm="orange",
        ),
        number(
            "Containers",
            "S3 buckets and Swift containers.",
            known(
                total("ovhcloud_cloud_storage_containers", per=CONTAINER_LABELS),
                unread("cloud_storage_s3|cloud_storage_swift"),
            ),
        ),
        number(
            "Oldest volume snapshot",
            "Age of the oldest snapshot of a volume.",
            f"time() - min({each('ovhcloud_cloud_volume_snapshots_oldest_timestamp_seconds', 'project_id', 'ovh_region', function='min')})",
            unit="s",
            decimals=1,
        ),
    ]
    return [(4, 4, counted), (9, 8, [volumes, containers, snapshots])]


def platform():
    databases = rows(
        "Databases",
        "Managed databases by engine and version.",
        [
            f"sum by (account, engine, version, status) ({each('ovhcloud_cloud_databases', 'project_id', 'engine', 'version', 'plan', 'status')})",
        ],
        {
            "Value": "Databases",
            "engine": "Engine",
            "version": "Version",
            "status": "Status",
            "account": "Account",
        },
        sort_by=("Engine", "Version"),
    )
    ends = rows(
        "Database versions by end of life",
        "End of life of the versions in use, the next one first.",
        [
            with_project_name(
                f"1000 * {each('ovhcloud_cloud_database_end_of_life_timestamp_seconds', 'project_id', 'engine', 'version')}",
                "project_id",
                "engine",
                "version",
            )
        ],
        {
            "Value": "End of life",
            "engine": "Engine",
            "version": "Version",
            "project_name": "Project",
            "project_id": "Project id",
            "account": "Account",
        },
        sort_by=("End of life",),
    )
    ends.override_by_name(
        "End of life", [put("unit", "dateTimeAsIso"), colored_cell(), put("custom.width", 170)]
    )
    clusters = lines(
        "Kubernetes clusters by version",
        "Managed clusters in any status.",
        "none",
        query(
            total(
                "ovhcloud_cloud_kube_clusters", "version", per=("project_id", "ovh_region", "status")
            ),
            "{{version}}",
        ),
        stacked=True,
    )
    outdated = lines(
        "Kubernetes clusters with problems",
        "Outdated clusters, and clusters without IP restrictions.",
        "none",
        query(
            total("ovhcloud_cloud_kube_clusters_outdated", per=("project_id", "ovh_region")),
            "not up to date",
        ),
        query(
            total(
                "ovhcloud_cloud_kube_clusters_without_ip_restrictions", per=("project_id", "ovh_region")
            ),
            "without IP restrictions",
        ),
    )
    return [(9, 12, [databases, ends]), (8, 12, [clusters, outdated])]


def access():
    users = bars(
        "Project users by role",
        "OpenStack users of the projects by role, the ten most frequent.",
        total("ovhcloud_cloud_user_roles", "role", per=("project_id",)),
        "{{role}}",
    )
    tokens = lines(
        "Tokens of users by state",
        "Personal access tokens of IAM users: with an expiration, expired, and without an expiration.",
        "none",
        query(total("ovhcloud_iam_user_tokens", "state"), "{{state}}"),
        stacked=True,
    )
    clients = lines(
        "OAuth2 clients by flow",
        "CLIENT_CREDENTIALS: service accounts. AUTHORIZATION_CODE: applications that act for a person.",
        "none",
        query(total("ovhcloud_oauth2_clients", "flow"), "{{flow}}"),
        stacked=True,
    )
    keys = lines(
        "KMS keys by state",
        "Service keys of all key management services.",
        "none",
        query(total("ovhcloud_okms_service_keys", "state", per=("ovh_region",)), "{{state}}"),
        stacked=True,
    )
    return [(8, 6, [users, tokens, clients, keys])]


def resources():
    return whole(
        "ovhcloud-resources",
        "OVHcloud / Resources",
        "Content of the projects of the OVHcloud accounts, its size and its changes.",
        ["inventory"],
        [
            (None, changes()),
            ("Storage", storage()),
            ("Databases and Kubernetes", platform()),
            ("Access", access()),
        ],
    )
