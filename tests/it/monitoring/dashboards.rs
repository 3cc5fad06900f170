//! The dashboards as a set: links that keep the choice, numbers with something behind them, titles
//! and columns that fit, and every family of the catalogue in a panel or in the list of reasons.

use std::collections::{BTreeMap, BTreeSet};

use ovhcloud_exporter::catalogue;
use serde_json::Value as Json;

use super::{dashboards, list, metrics_in, panels, read};

const DOCUMENT: &str = "docs/dashboards.md";
const UIDS: [&str; 5] = [
    "ovhcloud-exporter",
    "ovhcloud-findings",
    "ovhcloud-identity",
    "ovhcloud-overview",
    "ovhcloud-public-cloud",
];
/// On a page of 1440 px a column of Grafana's grid takes 58 px and more, and a panel's borders take
/// 26 px once. A character of a title in 14 px takes 7.3 px, beside 62 px for the sign of its description.
const GRID: u64 = 58;
const BORDERS: u64 = 26;
const TITLE: (u64, u64) = (73, 62);
/// The width of a table's column without one of its own, which Grafana makes no narrower.
const LEAST: u64 = 150;
/// The width of a heading's character, the room for its padding and the sign of the filter, and that of
/// the arrow of a table in its order.
const HEADING: (u64, u64, u64) = (7, 42, 24);

/// The properties of a field of its own, by name.
type Properties<'a> = BTreeMap<&'a str, &'a Json>;

fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn each_panel(check: impl Fn(&str, &Json)) {
    for (_, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            check(&format!("{}: {}", text(&dashboard, "/uid"), text(panel, "/title")), panel);
        }
    }
}

/// The properties of one field; the last of several is in force.
fn properties(changed: &Json) -> Properties<'_> {
    let all = list(changed, "/properties").iter();
    all.map(|property| (text(property, "/id"), &property["value"])).collect()
}

/// The properties that a panel gives single fields.
fn overrides(panel: &Json) -> BTreeMap<&str, Properties<'_>> {
    let all = list(panel, "/fieldConfig/overrides").iter();
    all.map(|changed| (text(changed, "/matcher/options"), properties(changed))).collect()
}

/// The columns of a table, from the name in its queries to the heading; none for a hidden one.
fn columns(panel: &Json) -> BTreeMap<&str, Option<&str>> {
    let organized = list(panel, "/transformations")
        .iter()
        .find(|change| change["id"] == "organize")
        .expect("a table has its columns in order");
    let shown = organized["options"]["indexByName"].as_object().expect("columns");
    let heading = |name: &str| organized["options"]["renameByName"][name].as_str();
    shown.keys().map(|name| (name.as_str(), heading(name))).collect()
}

/// The addresses behind a panel's numbers and cells.
fn data_links(panel: &Json) -> Vec<&str> {
    let own = list(panel, "/fieldConfig/defaults/links").iter();
    let fields = overrides(panel);
    let of_fields = fields.values().filter_map(|properties| properties.get("links"));
    let of_fields = of_fields.flat_map(|links| list(links, ""));
    own.chain(of_fields).map(|link| text(link, "/url")).collect()
}

#[test]
fn there_are_five_and_each_leads_to_the_others_with_time_and_variables() {
    let all = dashboards();
    let uids: Vec<_> = all.iter().map(|(_, dashboard)| text(dashboard, "/uid")).collect();
    assert_eq!(uids, UIDS);
    for (path, dashboard) in &all {
        let uid = text(dashboard, "/uid");
        assert!(path.ends_with(format!("{uid}.json")), "{}", path.display());
        let tags = list(dashboard, "/tags");
        let links = list(dashboard, "/links");
        let others = links.iter().find(|link| link["type"] == "dashboards").expect("a dropdown");
        assert!(list(others, "/tags").iter().all(|tag| tags.contains(tag)), "{uid}");
        for property in ["asDropdown", "includeVars", "keepTime"] {
            assert_eq!(others[property], true, "{uid}: {property}");
        }
    }
}

#[test]
fn every_dashboard_marks_restarts_and_changes_of_the_inventory() {
    for (path, dashboard) in dashboards() {
        let annotations = list(&dashboard, "/annotations/list");
        for metric in ["process_start_time_seconds", "ovhcloud_inventory_changes_total"] {
            let of = |one: &&Json| text(one, "/expr").contains(metric) && one["enable"] == true;
            assert_eq!(annotations.iter().filter(of).count(), 1, "{}: {metric}", path.display());
        }
    }
}

#[test]
fn every_number_leads_to_what_is_behind_it() {
    each_panel(|place, panel| {
        if panel["type"] == "stat" {
            assert!(!data_links(panel).is_empty(), "{place}: no link");
        }
    });
}

#[test]
fn every_link_keeps_time_and_variables_and_leads_somewhere() {
    let all = dashboards();
    let by_uid: BTreeMap<_, _> =
        all.iter().map(|(_, dashboard)| (text(dashboard, "/uid"), dashboard)).collect();
    let mut followed = 0;
    each_panel(|place, panel| {
        let own = place.split(':').next().unwrap_or_default();
        for url in data_links(panel) {
            for field in url.split("${__data.fields.").skip(1) {
                let name = field.split([':', '}']).next().unwrap_or_default();
                assert!(columns(panel).contains_key(name), "{place}: no column {name}: {url}");
            }
            if url.starts_with("${exporter}/#check-") {
                continue;
            }
            let (uid, query) =
                url.strip_prefix("/d/").and_then(|rest| rest.split_once('?')).expect(url);
            let target = by_uid.get(uid).unwrap_or_else(|| panic!("{place}: no dashboard {uid}"));
            assert!(query.contains("${__url_time_range}"), "{place}: {url}");
            let variables = list(target, "/templating/list");
            let common = ["datasource", "job", "instance", "account"];
            let all = variables.iter().map(|variable| text(variable, "/name"));
            // Within a dashboard also those that only this one has.
            for name in all.filter(|name| uid == own || common.contains(name)) {
                let kept = query.contains("${__all_variables}")
                    || query.contains(&format!("${{{name}:queryparam}}"))
                    || query.contains(&format!("var-{name}="));
                assert!(kept, "{place}: {name} is lost: {url}");
            }
            for part in query.split('&').filter_map(|part| part.strip_prefix("var-")) {
                let name = part.split('=').next().unwrap_or_default();
                let there = variables.iter().any(|variable| variable["name"] == name);
                assert!(there, "{place}: {uid} has no variable {name}");
            }
            if let Some(id) = query.split('&').find_map(|part| part.strip_prefix("viewPanel=")) {
                let id: u64 = id.parse().expect("the number of a panel");
                assert!(panels(target).any(|panel| panel["id"] == id), "{place}: {url}");
            }
        }
    });
    for (_, dashboard) in &all {
        followed += panels(dashboard).map(|panel| data_links(panel).len()).sum::<usize>();
    }
    assert!(followed > 40, "{followed}");
}

#[test]
fn a_link_that_picks_a_value_of_its_own_dashboard_drops_the_choice_before() {
    for (_, dashboard) in dashboards() {
        let variables = list(&dashboard, "/templating/list");
        let names: BTreeSet<_> = variables.iter().map(|one| text(one, "/name")).collect();
        for panel in panels(&dashboard) {
            for url in
                data_links(panel).into_iter().filter(|url| url.contains("${__all_variables}"))
            {
                let picked = url.split("&var-").skip(1).filter_map(|rest| rest.split('=').next());
                let twice: Vec<_> = picked.filter(|name| names.contains(name)).collect();
                assert!(twice.is_empty(), "{}: {twice:?}: {url}", text(panel, "/title"));
            }
        }
    }
}

#[test]
fn titles_fit_their_panels() {
    each_panel(|place, panel| {
        let wide = panel["gridPos"]["w"].as_u64().expect("a width");
        let long = u64::try_from(text(panel, "/title").chars().count()).expect("a length");
        let room = (GRID * wide).saturating_sub(TITLE.1);
        assert!(TITLE.0 * long <= 10 * room, "{place}: {long} characters in {wide} columns");
    });
}

#[test]
fn columns_fit_their_tables_and_headings_their_columns() {
    each_panel(|place, panel| {
        if panel["type"] != "table" {
            return;
        }
        let fields = overrides(panel);
        let order = list(panel, "/options/sortBy").iter();
        let order: BTreeSet<_> = order.map(|sorted| text(sorted, "/displayName")).collect();
        let mut sum = 0;
        for heading in columns(panel).into_values().flatten() {
            let own = fields.get(heading).and_then(|properties| properties.get("custom.width"));
            let width = own.and_then(|width| width.as_u64()).unwrap_or(LEAST);
            let long = u64::try_from(heading.chars().count()).expect("a length");
            let arrow = if order.contains(heading) { HEADING.2 } else { 0 };
            let room = HEADING.0 * long + HEADING.1 + arrow;
            assert!(room <= width, "{place}: {heading} in {width} px");
            sum += width;
        }
        let wide = GRID * panel["gridPos"]["w"].as_u64().expect("a width") - BORDERS;
        assert!(sum <= wide, "{place}: {sum} px in {wide}");
    });
}

#[test]
fn panels_lie_side_by_side() {
    for (path, dashboard) in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in panels(&dashboard) {
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64());
            let [x, y, w, h] = [x, y, w, h].map(|side| side.expect("a side"));
            assert!(x + w <= 24, "{}: {}", path.display(), panel["title"]);
            for cell in (y..y + h).flat_map(|row| (x..x + w).map(move |column| (row, column))) {
                assert!(taken.insert(cell), "{}: {}", path.display(), panel["title"]);
            }
        }
    }
}

#[test]
fn every_column_has_a_filter() {
    each_panel(|place, panel| {
        if panel["type"] == "table" {
            assert_eq!(panel["fieldConfig"]["defaults"]["custom"]["filterable"], true, "{place}");
            let fields = overrides(panel);
            let mut own = fields.values().filter_map(|field| field.get("custom.filterable"));
            assert!(own.all(|value| **value == true), "{place}");
        }
    });
}

#[test]
fn a_hidden_column_is_hidden_in_every_grafana() {
    each_panel(|place, panel| {
        if panel["type"] != "table" {
            return;
        }
        let fields = overrides(panel);
        for (name, _) in columns(panel).iter().filter(|(_, heading)| heading.is_none()) {
            let field = &fields[name];
            assert_eq!(field["custom.hidden"], true, "{place}: {name}");
            assert_eq!(field["custom.hideFrom"]["viz"], true, "{place}: {name}");
        }
    });
}

/// The families that the document has without a panel, each with the reason.
fn without_a_panel() -> BTreeMap<String, String> {
    let document = read(DOCUMENT);
    let section = document.split("## Families without a panel").nth(1).expect("a section");
    let row = |line: &str| {
        let (family, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((family.to_owned(), reason.trim_end_matches(" |").to_owned()))
    };
    section.lines().filter_map(row).collect()
}

/// The families that some panel asks for. A histogram's series have suffixes.
fn shown() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for (_, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for target in list(panel, "/targets") {
                shown.extend(metrics_in(text(target, "/expr")));
            }
        }
    }
    let bare = |name: &String| {
        let suffixes = ["_bucket", "_count", "_sum", "_total"];
        suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).map(str::to_owned)
    };
    let more: Vec<_> = shown.iter().filter_map(bare).collect();
    shown.extend(more);
    shown
}

#[test]
fn every_family_is_in_a_panel_or_in_the_list_of_reasons_and_never_in_both() {
    let (shown, reasons) = (shown(), without_a_panel());
    let families: BTreeSet<_> = catalogue().iter().map(|desc| desc.name.to_owned()).collect();
    let lost: Vec<_> = families.iter().filter(|name| !shown.contains(*name)).collect();
    let listed: Vec<_> = reasons.keys().collect();
    assert_eq!(lost, listed, "families without a panel, and those with a reason in {DOCUMENT}");
    assert!(reasons.values().all(|reason| reason.len() > 20), "{reasons:?}");
}

#[test]
fn the_document_has_every_dashboard_and_every_variable() {
    let document = read(DOCUMENT);
    for (path, dashboard) in dashboards() {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(document.contains(&format!("(../dashboards/{name})")), "{name}");
        for variable in list(&dashboard, "/templating/list") {
            let row = format!("| `{}` |", text(variable, "/name"));
            assert!(document.contains(&row), "{name}: {row}");
        }
    }
}
