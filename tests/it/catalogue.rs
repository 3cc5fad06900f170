//! The catalogue of metrics: each name and label as Prometheus' users expect, and the documents
//! that are generated from it and from the registries.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use humantime::format_duration;
use ovhcloud_exporter::collectors::Collector;
use ovhcloud_exporter::exposition::account;
use ovhcloud_exporter::family::{Desc, Kind, Names};
use ovhcloud_exporter::permissions::{actions, kind};
use ovhcloud_exporter::{access, catalogue, checks, collectors, telemetry};

use crate::permissions::marked;
use crate::{documents, golden};

const UNITS: [&str; 4] = ["_seconds", "_bytes", "_ratio", "_info"];
/// Units that are not base units, and suffixes of counters.
const NOT_UNITS: [&str; 11] = [
    "_milliseconds",
    "_minutes",
    "_hours",
    "_days",
    "_ms",
    "_percent",
    "_gib",
    "_mib",
    "_mbps",
    "_total",
    "_count",
];
/// Labels that Prometheus' own target labels usually have, or that say nothing.
const TAKEN: [&str; 16] = [
    "job",
    "instance",
    "service",
    "owner",
    "zone",
    "environment",
    "type",
    "account",
    "region",
    "endpoint",
    "container",
    "pod",
    "namespace",
    "node",
    "cluster",
    "team",
];

#[test]
fn names_are_unique_and_in_the_conventions() {
    let mut names = BTreeSet::new();
    for desc in catalogue() {
        let name = desc.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.starts_with("ovhcloud_"), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        for word in NOT_UNITS {
            assert!(!name.ends_with(word), "{name} ends in {word}");
        }
        if name.contains("timestamp") || name.contains("duration") || name.contains("interval") {
            assert!(UNITS.iter().any(|unit| name.ends_with(unit)), "{name} has no unit");
        }
        assert!(!name.contains("__") && !name.ends_with('_'));
        assert!(desc.kind != Kind::Histogram || name.ends_with("_seconds"), "{name}");
    }
    assert!(names.len() > 25);
}

#[test]
fn help_is_one_sentence_that_can_stand_on_one_line() {
    for Desc { name, help, .. } in catalogue() {
        assert!(help.len() > 20, "{name}: {help}");
        assert!(!help.ends_with('.'), "{name}: the full stop is added");
        // The encoder does not escape them.
        assert!(!help.contains(['\n', '\\']), "{name}");
        assert!(
            help.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()),
            "{name}: {help}"
        );
    }
}

#[test]
fn labels_are_in_the_conventions() {
    for Desc { name, labels, .. } in catalogue() {
        let unique: BTreeSet<_> = labels.iter().collect();
        assert_eq!(unique.len(), labels.len(), "{name}");
        for label in *labels {
            assert!(!TAKEN.contains(label), "{name}: {label}");
            assert!(label.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}: {label}");
        }
    }
}

#[test]
fn every_collector_has_routes_rights_and_families() {
    for collector in collectors::ALL {
        assert!(!collector.routes.is_empty() && !collector.families.is_empty());
        for route in collector.routes {
            assert!(route.template.starts_with('/'), "{}", route.template);
            // Routes about the caller itself, and the list of all resources, name no IAM action.
            let factors = ["totp", "sms", "u2f", "backupCode"];
            let is_factor = |path: &str| factors.iter().any(|factor| path.starts_with(factor));
            let is_free = route.template.starts_with("/auth/")
                || route.template == "/v2/iam/resource"
                || route.template.strip_prefix("/me/accessRestriction/").is_some_and(is_factor);
            assert_eq!(route.actions.is_empty(), is_free, "{}", route.template);
        }
        for family in collector.families {
            assert!(family.help.contains("(GET /"), "{} names no route", family.name);
        }
    }
}

/// The exporter's routes and rights are OVHcloud's, not our memory of them.
#[test]
fn routes_and_actions_are_those_of_ovhclouds_schema() {
    let read = |name: &str| -> serde_json::Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/tests/schema").join(name);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let (v1, v2) = (read("v1.json"), read("v2.json"));
    for route in collectors::ALL.iter().flat_map(|collector| collector.routes) {
        let (schema, path) = match route.template.strip_prefix("/v2") {
            Some(path) => (&v2, path),
            None => (&v1, route.template),
        };
        let operation = &schema["paths"][path]["get"];
        assert!(operation.is_object(), "{} is not in the schema", route.template);
        let needed = operation["x-iam-actions"].as_array().into_iter().flatten();
        let needed: Vec<_> = needed.map(|action| action["name"].as_str().unwrap()).collect();
        assert_eq!(needed, route.actions, "{}", route.template);
    }
}

/// Whether a collector is enabled by default, and how often it is refreshed.
fn default_of(collector: &Collector) -> String {
    let state = if collector.is_on { "enabled" } else { "disabled" };
    match collector.interval {
        None => state.to_owned(),
        Some(interval) => format!("{state}, every {}", format_duration(interval)),
    }
}

/// The name of the resources that a collector's actions are granted on.
fn scope(collector: &Collector) -> &'static str {
    let kinds: BTreeSet<_> =
        actions(&BTreeSet::from([collector.name])).into_iter().map(kind).collect();
    if kinds.contains("publicCloudProject") {
        "project"
    } else if kinds.contains("okms") {
        "KMS"
    } else {
        "account"
    }
}

/// The table of collectors in `docs/collectors.md`.
fn collectors_table() -> String {
    let mut table =
        "| collector | reads | scope | default | IAM actions |\n|---|---|---|---|---|\n".to_owned();
    for collector in collectors::ALL {
        let actions = marked(&BTreeSet::from([collector.name]));
        let (name, resources) = (collector.name, collector.resources);
        let (scope, default) = (scope(collector), default_of(collector));
        writeln!(
            table,
            "| [`{name}`](metrics.md#collector-{name}) | {resources} | {scope} | {default} | {actions} |"
        )
        .unwrap();
    }
    table
}

/// `docs/metrics.md`, generated from the catalogue.
fn metrics_page() -> String {
    let mut page = "# Metrics\n\n\
        Generated by `UPDATE_DOCS=1 cargo test --test it catalogue`.\n\n\
        Every family of an account has the label `account` in addition to the labels listed. An \
        unknown value has no sample; 0 is a known zero, and a count without resources is 0 with \
        its other labels empty. The column `detail` is the lowest level of \
        `detail` in the configuration that publishes the family; `findings` is the default.\n"
        .to_owned();
    let mut section = |title: &str, intro: &str, families: &mut dyn Iterator<Item = &Desc>| {
        write!(
            page,
            "\n## {title}\n\n{intro}| family | kind | detail | labels | help |\n|---|---|---|---|---|\n"
        )
        .unwrap();
        for desc in families {
            let suffix = if desc.kind == Kind::Counter { "_total" } else { "" };
            let labels: Vec<_> = desc.labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(
                page,
                "| `{}{suffix}` | {} | {} | {} | {} |",
                desc.name,
                desc.kind.word(),
                match desc.names {
                    Names::Nothing => "counts",
                    Names::Few => "findings",
                    Names::Each => "full",
                },
                labels.join(", "),
                desc.help.replace('|', "\\|")
            )
            .unwrap();
        }
    };
    for collector in collectors::ALL {
        let routes: BTreeSet<_> = collector.routes.iter().map(|route| route.template).collect();
        let actions: BTreeSet<_> =
            collector.routes.iter().flat_map(|route| route.actions).collect();
        let list = |items: Vec<&str>| {
            items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
        };
        let intro = format!(
            "Default: {}. Reads {}.\n{}.\n\n",
            default_of(collector),
            list(routes.into_iter().collect()),
            if actions.is_empty() {
                "Needs no IAM action".to_owned()
            } else {
                format!("Needs the IAM actions {}", list(actions.into_iter().copied().collect()))
            }
        );
        let title = format!("Collector `{}`", collector.name);
        section(&title, &intro, &mut collector.families.iter().copied());
    }
    section("Checks", "", &mut checks::families());
    section("Rights of identities", "", &mut access::FAMILIES.iter().copied());
    section("Collection status", "", &mut account::FAMILIES.iter().copied());
    let own = telemetry::FAMILIES;
    let intro = "In addition, the standard `process_*` metrics.\n\n";
    section("Exporter metrics", intro, &mut own.iter().copied());
    page
}

#[test]
fn the_page_of_metrics_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let page = metrics_page();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page, "regenerate it with UPDATE_DOCS=1");
    for desc in catalogue() {
        assert!(page.contains(&format!("`{}", desc.name)), "{} is not documented", desc.name);
    }
}

#[test]
fn the_page_of_collectors_lists_each() {
    documents::assert_part("docs/collectors.md", "collectors", &collectors_table());
}

/// Every family that the golden scrapes show is described as it is shown, and every one that is
/// described is shown there. The scrapes are made here, since `INSTA_UPDATE` rewrites the files
/// while this test runs.
#[tokio::test]
async fn the_goldens_show_the_catalogue() {
    let all = golden::scrapes().await;
    let described: BTreeMap<_, _> = catalogue().into_iter().map(|desc| (desc.name, desc)).collect();
    for line in all.lines().filter(|line| line.starts_with("ovhcloud_") && line.contains('{')) {
        let (name, rest) = line.split_once('{').unwrap();
        let bare = ["_total", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        let desc = described
            .get(name)
            .or_else(|| described.get(bare?))
            .unwrap_or_else(|| panic!("{name}"));
        if rest.starts_with('…') {
            continue;
        }
        let labels = rest.rsplit_once('}').unwrap().0;
        let shown: Vec<_> =
            labels.split("\",").filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
        let account = desc.per_account.then_some("account");
        let expected: Vec<_> = account.into_iter().chain(desc.labels.iter().copied()).collect();
        assert_eq!(shown, expected, "{line}");
    }
    // A series of a fault, which the goldens do not have.
    let closed = "ovhcloud_exporter_api_route_closed_until_timestamp_seconds";
    for desc in described.values().filter(|desc| desc.name != closed) {
        assert!(all.contains(&format!("# HELP {} {}.\n", desc.name, desc.help)), "{}", desc.name);
    }
}
