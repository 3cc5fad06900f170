//! The colours of the dashboards, by Grafana's rules: a value that is not known is never green.

use serde_json::{Value as Json, json};

use super::{dashboards, list, panels};

/// Grafana's thresholds for a panel that has none.
const DEFAULT: &str = r#"[{"value": null, "color": "green"}, {"value": 80, "color": "red"}]"#;

/// The fields of a panel that are drawn alike: its defaults, and each override over them.
fn fields(panel: &Json) -> Vec<(String, Json)> {
    let defaults = panel["fieldConfig"]["defaults"].clone();
    let mut fields = vec![(panel["title"].to_string(), defaults.clone())];
    for changed in list(panel, "/fieldConfig/overrides") {
        let mut field = defaults.clone();
        for property in list(changed, "/properties") {
            let id = property["id"].as_str().expect("the id of a property");
            field[id] = property["value"].clone();
        }
        fields.push((format!("{}: {}", panel["title"], changed["matcher"]["options"]), field));
    }
    fields
}

/// The colour of a value, or of none, for which Grafana takes the first colour of the thresholds
/// (`getDisplayProcessor` of @grafana/data).
fn color(field: &Json, value: Option<f64>) -> String {
    let text = value.map(|value| value.to_string());
    for mapping in list(field, "/mappings") {
        let mapped = match mapping["type"].as_str().expect("the type of a mapping") {
            "value" => text.as_ref().map(|text| &mapping["options"][text]["color"]),
            kind => panic!("a mapping that this test does not know: {kind}"),
        };
        if let Some(color) = mapped.and_then(Json::as_str) {
            return color.to_owned();
        }
    }
    let found = match field["color"]["mode"].as_str().unwrap_or("thresholds") {
        "fixed" => field["color"]["fixedColor"].clone(),
        "thresholds" => {
            let own = list(field, "/thresholds/steps");
            let default: Json = serde_json::from_str(DEFAULT).expect("JSON");
            let steps = if own.is_empty() { list(&default, "") } else { own };
            let reached = |step: &&Json| {
                step["value"].as_f64().is_none_or(|least| value.is_some_and(|value| value >= least))
            };
            steps.iter().rev().find(reached).expect("a first colour")["color"].clone()
        }
        // One colour for each series, whatever its value.
        "palette-classic" => json!("by series"),
        mode => panic!("a mode that this test does not know: {mode}"),
    };
    found.as_str().expect("a colour").to_owned()
}

#[test]
fn no_field_of_any_panel_is_green_without_a_value() {
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for (place, field) in fields(panel) {
                let color = color(&field, None);
                assert!(!color.contains("green"), "{}: {place}: {color}", path.display());
            }
        }
    }
}

#[test]
fn no_cell_has_an_alarm_without_a_value() {
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard).filter(|panel| panel["type"] == "table") {
            for (place, field) in fields(panel) {
                assert_eq!(color(&field, None), "text", "{}: {place}", path.display());
            }
        }
    }
}

#[test]
fn a_tile_is_grey_without_a_value_green_at_0_and_an_alarm_from_1() {
    let mut judging = 0;
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard).filter(|panel| panel["type"] == "stat") {
            let place = format!("{}: {}", path.display(), panel["title"]);
            let field = &panel["fieldConfig"]["defaults"];
            let colors = [None, Some(0.0), Some(1.0)].map(|value| color(field, value));
            if field["color"]["mode"] == "fixed" {
                assert_eq!(colors, ["text", "text", "text"], "{place}");
                continue;
            }
            judging += 1;
            assert_eq!(colors[..2], ["#808080", "green"], "{place}");
            assert!(["orange", "red"].contains(&colors[2].as_str()), "{place}: {colors:?}");
        }
    }
    assert!(judging > 0, "no tile has thresholds");
}

#[test]
fn a_cell_is_green_only_for_a_value_that_is_good() {
    let mut green = Vec::new();
    for (_, dashboard) in dashboards() {
        for panel in panels(&dashboard).filter(|panel| panel["type"] == "table") {
            for (place, field) in fields(panel) {
                let is_green = |value: &i32| color(&field, Some(f64::from(*value))) == "green";
                green.extend((0..=5).filter(is_green).map(|value| format!("{place} {value}")));
            }
        }
    }
    green.sort();
    // No finding; a collector that is complete; an exporter that is up.
    let good = [
        r#""Checks that fail": "Severity" 0"#,
        r#""Collectors": "State" 1"#,
        r#""Exporters": "State" 1"#,
        r#""Findings": "Severity" 0"#,
    ];
    assert_eq!(green, good);
}

#[test]
fn a_panel_without_a_value_shows_no_data() {
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let place = format!("{}: {}", path.display(), panel["title"]);
            let text = &panel["fieldConfig"]["defaults"]["noValue"];
            if ["stat", "table", "bargauge"].contains(&panel["type"].as_str().expect("type")) {
                // Some say which setting brings the data.
                let text = text.as_str().unwrap_or_default();
                assert!(text.starts_with("no data"), "{place}: {text}");
            } else {
                assert!(text.is_null(), "{place}: {text}");
            }
        }
    }
}

#[test]
fn the_colors_of_this_test_are_those_of_grafana() {
    let steps = json!([{"value": null, "color": "a"}, {"value": 0, "color": "b"}, {"value": 2, "color": "c"}]);
    let field = json!({"color": {"mode": "thresholds"}, "thresholds": {"steps": steps}});
    for (value, expected) in [(None, "a"), (Some(-1.0), "a"), (Some(0.0), "b"), (Some(2.0), "c")] {
        assert_eq!(color(&field, value), expected, "{value:?}");
    }
    assert_eq!(color(&json!({"color": {"mode": "thresholds"}}), None), "green");
    assert_eq!(color(&json!({}), None), "green");
}
