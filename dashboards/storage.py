"""Storage and backup on the dashboard of the Public Cloud projects."""

from inventory import by_project
from panels import bars, lines, links, query, row_to, top
from promql import each_project, in_projects, per_project, with_project_name
from tables import DATE, put, rows

FINDINGS = "ovhcloud-findings"
REGION = ("ovh_region",)
VOLUME = ("ovh_region", "volume_type", "status")


def storage():
    volumes = by_project(
        "Volumes by project",
        "Volumes of each project, those that no instance uses, those without encryption, and the volume snapshots and backups.",
        {
            "Volumes": per_project("ovhcloud_cloud_volumes", *VOLUME),
            "Bytes": per_project("ovhcloud_cloud_volumes_bytes", *VOLUME),
            "Unattached": per_project("ovhcloud_cloud_volumes_unattached", *REGION),
            "Unencrypted": per_project("ovhcloud_cloud_volumes_unencrypted", *REGION),
            "Snapshots": per_project("ovhcloud_cloud_volume_snapshots", *REGION),
            "Backups": per_project("ovhcloud_cloud_volume_backups", *REGION),
        },
        ("-Unencrypted",),
        looks={"Snapshots": [put("custom.width", 100)]},
    )
    containers = by_project(
        "Object storage by project",
        "S3 buckets and Swift containers of each project. Buckets without encryption, versioning or object lock need the collector cloud_storage_s3_bucket.",
        {
            "Containers": per_project("ovhcloud_cloud_storage_containers", "ovh_region", "kind"),
            "Bytes": per_project("ovhcloud_cloud_storage_bytes", "ovh_region", "kind"),
            "Objects": per_project("ovhcloud_cloud_storage_objects", "ovh_region", "kind"),
            "Public containers": per_project("ovhcloud_cloud_storage_public_containers", *REGION),
        },
        ("-Public containers", "-Bytes"),
        looks={"Objects": [put("unit", "short"), put("custom.width", 100)]},
    )
    by_type = lines(
        "Volumes by type",
        "Size of all volumes.",
        "bytes",
        query(
            in_projects(
                "ovhcloud_cloud_volumes_bytes", "volume_type", per=("ovh_region", "status")
            ),
            "{{volume_type}}",
        ),
        stacked=True,
    )
    by_kind = lines(
        "Object storage by kind",
        "Size of all containers: S3 buckets and Swift containers.",
        "bytes",
        query(in_projects("ovhcloud_cloud_storage_bytes", "kind", per=REGION), "{{kind}}"),
        stacked=True,
    )
    snapshots = lines(
        "Snapshots and backups",
        "Size of the snapshots of volumes and of instances, and of the backups of volumes.",
        "bytes",
        *(
            query(in_projects(f"ovhcloud_cloud_{name}_bytes", per=REGION), legend)
            for name, legend in (
                ("volume_snapshots", "volume snapshots"),
                ("instance_snapshots", "instance snapshots"),
                ("volume_backups", "volume backups"),
            )
        ),
        stacked=True,
    )
    buckets = bars(
        "Buckets by protection",
        "S3 buckets by encryption, versioning and object lock, in OVHcloud's words; the ten most frequent. No data unless the collector cloud_storage_s3_bucket is on.",
        top(
            in_projects(
                "ovhcloud_cloud_storage_buckets",
                "encryption",
                "versioning",
                "object_lock",
                per=REGION,
            ),
            "{{encryption}}, versioning {{versioning}}, lock {{object_lock}}",
        ),
    )
    return [
        (9, 16, [volumes]),
        (9, 8, [by_type]),
        (9, 14, [containers]),
        (9, 10, [buckets]),
        (8, 12, [by_kind, snapshots]),
    ]


def oldest(metric, function):
    return f"1000 * {each_project(metric, function=function)}"


def backups():
    states = ("unprotected", "unknown", "exempt", "protected")

    def of(state):
        resources = each_project("ovhcloud_backup_resources", "kind", state=state)
        return with_project_name(resources, "kind")

    posture = rows(
        "Backup by project",
        "Volumes, databases, buckets and instances of each project by backup, with the newest restore point. unknown is not protected: nobody can say. Instances are unknown, since their snapshots do not name them.",
        [of(state) for state in states]
        + [
            with_project_name(
                f"1000 * {each_project('ovhcloud_backup_newest_restore_point_timestamp_seconds', 'kind')}",
                "kind",
            )
        ],
        {
            "project_name": "Project",
            "account": "Account",
            "kind": "Kind",
            "Value #A": "Unprotected",
            "Value #B": "Unknown",
            "Value #C": "Exempt",
            "Value #D": "Protected",
            "Value #E": "Newest",
            "project_id": None,
        },
        sort_by=("-Unprotected",),
        looks={
            "Kind": [put("custom.width", 170)],
            "Account": [
                links(
                    "Findings of this project",
                    row_to(FINDINGS, account="account", project="project_id"),
                )
            ]
        },
    )
    ages = by_project(
        "Snapshots by project",
        "The oldest and the newest snapshot or backup of each project, of any status.",
        {
            "Volume snapshot": oldest(
                "ovhcloud_cloud_volume_snapshots_newest_timestamp_seconds", "max"
            ),
            "Oldest": oldest("ovhcloud_cloud_volume_snapshots_oldest_timestamp_seconds", "min"),
            "Instance snapshot": oldest(
                "ovhcloud_cloud_instance_snapshots_newest_timestamp_seconds", "max"
            ),
            "Oldest one": oldest(
                "ovhcloud_cloud_instance_snapshots_oldest_timestamp_seconds", "min"
            ),
            "Instance snapshots": per_project("ovhcloud_cloud_instance_snapshots", *REGION),
            "Volume backup": oldest(
                "ovhcloud_cloud_volume_backups_newest_timestamp_seconds", "max"
            ),
            "Oldest backup": oldest(
                "ovhcloud_cloud_volume_backups_oldest_timestamp_seconds", "min"
            ),
            "Database backups": per_project("ovhcloud_cloud_database_backups", "engine"),
        },
        ("Oldest",),
        looks={
            **{
                name: [*DATE, put("custom.width", width)]
                for name, width in (
                    ("Volume snapshot", 139),
                    ("Instance snapshot", 153),
                    ("Oldest one", 105),
                    ("Volume backup", 125),
                    ("Oldest backup", 125),
                )
            },
            "Instance snapshots": [put("custom.width", 160)],
            "Database backups": [put("custom.width", 146)],
        },
    )
    trend = lines(
        "Backup over time",
        "Volumes, databases, buckets and instances by backup.",
        "none",
        query(in_projects("ovhcloud_backup_resources", "state", per=("kind",)), "{{state}}"),
        stacked=True,
    )
    return [(9, 17, [posture]), (9, 7, [trend]), (8, 24, [ages])]
