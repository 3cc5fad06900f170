//! `docs/checks.md` and the registry of checks that it is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ovhcloud_exporter::checks::{self, Check, Framework};
use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::setting::Spec;

use crate::documents;

#[test]
fn ids_are_unique_and_each_check_says_what_a_page_needs() {
    let mut ids = BTreeSet::new();
    let names: BTreeSet<_> = collectors::ALL.iter().map(|collector| collector.name).collect();
    for check in checks::ALL {
        assert!(ids.insert(check.id), "{} is there twice", check.id);
        assert!(check.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        assert!(!check.title.is_empty() && !check.title.ends_with('.'), "{}", check.id);
        assert!(check.why.ends_with('.'), "{}", check.id);
        assert!(!check.repair.panel.is_empty() && !check.repair.panel.ends_with('.'));
        if let Some(api) = check.repair.api {
            let (method, route) = api.split_once(' ').unwrap();
            assert!(["PUT", "POST", "DELETE"].contains(&method), "{}", check.id);
            let is_known = UNREAD.contains(&api) || is_in_the_schema(method, route);
            assert!(is_known, "{}: {api}", check.id);
        }
        assert!(!check.controls().is_empty(), "{}", check.id);
        assert!(!check.needs.is_empty(), "{}", check.id);
        for need in check.needs {
            assert!(names.contains(need), "{} needs {need}", check.id);
        }
    }
}

/// Repairs on routes where the exporter reads nothing, so that the schema lacks them. OVHcloud's
/// description of its IAM actions names each.
const UNREAD: [&str; 9] = [
    "POST /cloud/project/{serviceName}/instance/{instanceId}/reinstall",
    "POST /cloud/project/{serviceName}/instance/{instanceId}/rescueMode",
    "POST /cloud/project/{serviceName}/kube/{kubeId}/log/subscription",
    "POST /cloud/project/{serviceName}/kube/{kubeId}/update",
    "POST /cloud/project/{serviceName}/volume/{volumeId}/snapshot",
    "POST /me/identity/user/{user}/disable",
    "POST /me/task/contactChange/{id}/refuse",
    "POST /v2/iam/resource/{resourceURN}/tag",
    "PUT /cloud/project/{serviceName}/kube/{kubeId}/updatePolicy",
];

/// Whether OVHcloud's schema has the route of a repair. The simulator's copy has the whole list of
/// paths; its operations are those that the exporter reads.
fn is_in_the_schema(method: &str, route: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/tests/schema");
    let (file, path) = match route.strip_prefix("/v2") {
        Some(path) => ("v2.json", path),
        None => ("v1.json", route),
    };
    let schema: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(root.join(file)).unwrap()).unwrap();
    let operations = &schema["paths"][path];
    operations[method.to_lowercase()].is_object() || operations["get"].is_object()
}

#[test]
fn settings_are_described_and_within_their_limits() {
    for check in checks::ALL {
        let mut names = BTreeSet::from(["enabled", "severity"]);
        for setting in check.settings {
            assert!(names.insert(setting.name), "{}.{} is taken", check.id, setting.name);
            assert!(setting.help.len() > 20 && !setting.help.ends_with('.'), "{}", setting.name);
            if let (Some(default), Some((least, most))) =
                (setting.kind.threshold(), setting.kind.limits())
            {
                assert!(least <= default && default <= most, "{}", setting.name);
            }
            if let Some(flag) = setting.flag {
                assert!(flag.starts_with("check."), "{flag}");
            }
        }
    }
}

/// The skeleton is a module of the tests, so it compiles and its own tests pass.
#[test]
fn the_skeleton_of_a_check_in_contributing_is_the_one_that_compiles() {
    let skeleton = documents::read("src/checks/skeleton.rs");
    documents::assert_part("CONTRIBUTING.md", "skeleton", &format!("```rust\n{skeleton}```\n"));
}

/// The controls of each framework with the checks that give evidence for them, and the controls
/// without any.
fn controls_page() -> String {
    let mut page = "# Controls\n\n\
        Made from the code: `UPDATE_DOCS=1 cargo test --test it checks` writes this page.\n\n\
        Each check of [checks.md](checks.md) gives evidence for controls of published frameworks. \
        The ids are those that scanners of other clouds map to the analogous check: no framework \
        names OVHcloud's resources, and the CIS benchmarks are those of AWS. `~` marks an analogy \
        of this project. SecNumCloud binds the provider, and is an analogue for its customers; HDS \
        builds on ISO/IEC 27001, whose controls apply. A check is evidence for a part of a \
        control, never proof of the whole. At `detail: full`, \
        `ovhcloud_policy_check_control_info` has the same mapping.\n"
        .to_owned();
    for framework in Framework::ALL {
        let mut checks = BTreeMap::<(Vec<usize>, &str), Vec<String>>::new();
        for check in checks::ALL {
            for control in check.controls().iter().filter(|one| one.framework == framework) {
                let analogy = if control.is_analogy { "~" } else { "" };
                let key = (numbers(control.id), control.id);
                checks.entry(key).or_default().push(format!("`{}`{analogy}", check.id));
            }
        }
        let name = framework.name();
        writeln!(page, "\n## {name}\n\n| control | evidence |\n|---|---|").unwrap();
        for ((_, id), checks) in &checks {
            writeln!(page, "| {id} | {} |", checks.join(", ")).unwrap();
        }
        let without = match framework.ids() {
            Some(ids) => {
                let ids = ids.into_iter().filter(|id| !checks.keys().any(|(_, one)| one == id));
                format!("Without evidence: {}.", ids.collect::<Vec<_>>().join(", "))
            }
            None => "All other controls are without evidence.".to_owned(),
        };
        writeln!(page, "\n{without}").unwrap();
    }
    page
}

/// The numbers in an id, so that 1.10 comes after 1.9.
fn numbers(id: &str) -> Vec<usize> {
    id.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

fn page() -> String {
    let mut page = "# Checks\n\n\
        Made from the code: `UPDATE_DOCS=1 cargo test --test it checks` writes this page.\n\n\
        A check is a rule over the inventory. Its status is `pass`, `fail` or `not_evaluated`: a \
        check without its data never passes. `checks.CHECK.enabled: false` in the configuration \
        file switches a check off, and `checks.CHECK.severity` (info, low, medium, high or \
        critical) replaces its severity. Both are there for each check, beside its own settings.\n\n"
        .to_owned();
    page.push_str(&table());
    for check in checks::ALL {
        page.push_str(&section(check));
    }
    page.push_str(
        "\n## Not evaluable\n\nThe API does not answer these questions, and no check pretends \
         to:\n\n| subject | reason |\n|---|---|\n",
    );
    for one in checks::NOT_EVALUABLE {
        writeln!(page, "| {} | {} |", one.subject, one.reason).unwrap();
    }
    page
}

/// The table of the page.
fn table() -> String {
    let mut table = "| check | severity | violation |\n|---|---|---|\n".to_owned();
    for check in checks::ALL {
        let (id, severity) = (check.id, check.severity.label());
        let off = if check.is_on { "" } else { ", off by default" };
        writeln!(table, "| [`{id}`](#{id}) | {severity}{off} | {} |", check.title).unwrap();
    }
    table
}

fn section(check: &Check) -> String {
    let needs: Vec<_> = check.needs.iter().map(|need| format!("`{need}`")).collect();
    let mut text = format!(
        "\n## {}\n\n{}. Severity: {}{}.\n\n- **Why**: {}\n- **Repair**: {}{}.\n- **Data**: \
         collector {}.\n",
        check.id,
        check.title,
        check.severity.label(),
        if check.is_on { "" } else { "; off by default" },
        check.why,
        check.repair.panel,
        check.repair.api.map(|api| format!(" (`{api}`)")).unwrap_or_default(),
        needs.join(", ")
    );
    let controls = controls(check);
    if !controls.is_empty() {
        writeln!(text, "- **Controls**: {controls}.").unwrap();
    }
    for setting in check.settings {
        text.push_str(&setting_line(check, setting));
    }
    text
}

/// The controls of a check by framework: `ISO/IEC 27001:2022 A.5.15, A.5.18~; SOC 2 CC6.3`.
fn controls(check: &Check) -> String {
    let controls = checks::by_framework(&check.controls());
    let each = controls.iter().map(|(framework, ids)| format!("{} {ids}", framework.name()));
    each.collect::<Vec<_>>().join("; ")
}

fn setting_line(check: &Check, setting: &Spec) -> String {
    let default = match (setting.kind.threshold(), setting.kind.limits()) {
        (Some(default), Some((least, most))) => format!(
            " Default {}, at least {}, at most {}.",
            default.shown(),
            least.shown(),
            most.shown()
        ),
        _ => " A list, empty by default.".to_owned(),
    };
    let flag = setting.flag.map(|flag| format!(" Flag `--{flag}`.")).unwrap_or_default();
    let (id, name, help) = (check.id, setting.name, setting.help);
    format!("- **Setting** `checks.{id}.{name}`: {help}.{default}{flag}\n")
}

#[test]
fn the_pages_of_checks_and_controls_are_those_of_the_code() {
    for (name, page) in [("checks.md", page()), ("controls.md", controls_page())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &page).unwrap();
        }
        assert_eq!(fs::read_to_string(path).unwrap(), page, "renew it with UPDATE_DOCS=1");
    }
}
